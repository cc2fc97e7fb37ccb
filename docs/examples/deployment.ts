import compression from 'compression';
import express from 'express';
import helmet from 'helmet';
import { Pool } from 'pg';
import { chatkitMiddleware } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { respond } from './assistant';

const app = express();

// #region proxy
app.set('trust proxy', 1); // there is one proxy in front of this server
// #endregion

// #region compression
app.use(compression());
// #endregion

// #region helmet
const cdn = 'https://cdn.platform.openai.com';
app.use(helmet({ contentSecurityPolicy: { directives: { scriptSrc: ["'self'", cdn], frameSrc: [cdn] } } }));
// #endregion

const pool = new Pool();
const closeDatabase = () => pool.end();
const chatkit = chatkitMiddleware({ store: new PostgresStore({ pool, owner: () => 'shared' }), respond });
app.use('/chatkit', chatkit);
const server = app.listen(3000);

// #region shutdown
async function shutDown(): Promise<void> {
  server.close(); // new connections go to another instance
  await chatkit.close({ drainMs: 10_000 }); // open answers can finish; the text of the others is stored
  await closeDatabase(); // the process now exits by itself
}

process.once('SIGTERM', () => void shutDown());
process.once('SIGINT', () => void shutDown());
// #endregion
