import compression from 'compression';
import express from 'express';
import helmet from 'helmet';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { respond } from './assistant';

const app = express();

// #region proxy
app.set('trust proxy', 1); // one proxy stands in front of this server
// #endregion

// #region compression
app.use(compression());
// #endregion

// #region helmet
const cdn = 'https://cdn.platform.openai.com';
app.use(helmet({ contentSecurityPolicy: { directives: { scriptSrc: ["'self'", cdn], frameSrc: [cdn] } } }));
// #endregion

// #region shutdown
const chatkit = chatkitMiddleware({ store: new MemoryStore(), respond });
app.use('/chatkit', chatkit);
const server = app.listen(3000);

async function shutDown() {
  setTimeout(() => process.exit(1), 10_000).unref(); // in case a database does not answer
  await chatkit.close();
  server.close();
}

process.once('SIGTERM', () => void shutDown());
process.once('SIGINT', () => void shutDown());
// #endregion
