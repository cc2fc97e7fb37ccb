// The server: the page at /, the ChatKit endpoint at /chatkit and, unless NODE_ENV is `production`, the playground.
import './environment'; // the first import, because the others read the settings
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chatkitMiddleware } from 'chatkit-express';
import { chatkitPlayground } from 'chatkit-express/playground';
import express from 'express';
import { about, respond } from './assistant';
import { giveSession, type User, userOf } from './session';
import { closeStore, place, store } from './store';

const isProduction = process.env['NODE_ENV'] === 'production';

const chatkit = chatkitMiddleware<User>({
  store,
  respond,
  context: userOf,
  cors: false, // the page comes from this server
  exposeErrors: !isProduction, // the playground shows why an answer failed
});

const app = express();
app.use(giveSession);
app.use('/chatkit', chatkit);
if (!isProduction) app.use('/playground', chatkitPlayground({ url: '/chatkit' }));
app.use(express.static(join(import.meta.dirname, '../public')));

const server = createServer(app);
server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error;
  console.error('The port is taken. Set PORT to another one.');
  process.exit(1);
});
server.listen(Number(process.env['PORT'] || 3000), () => {
  const { port } = server.address() as AddressInfo;
  console.log(`http://localhost:${port}\n${about}. Threads are kept in ${place}.`);
});

async function shutDown(): Promise<void> {
  server.close(); // new connections are refused
  await chatkit.close({ drainMs: 10_000 }); // open answers can finish; the text of the others is stored
  await closeStore(); // the process now exits by itself
}

process.once('SIGTERM', () => void shutDown());
process.once('SIGINT', () => void shutDown());
