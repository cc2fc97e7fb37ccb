// Starts the example: `npm run example`, or `PORT=4000 npm run example` for a port other than 3000. DATABASE_URL says
// where the threads are kept, UPLOADS where the files: see store.ts.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createApp } from './app';
import { aiModel } from './models/ai-model';
import { providerOf } from './models/provider';
import { openAttachmentStore, openStore } from './store';

const port = Number(process.env['PORT'] || 3000);
const { store, place, close: closeDatabase } = await openStore(process.env['DATABASE_URL']);
const provider = providerOf(process.env, aiModel);
const pageFolder = fileURLToPath(new URL('page', import.meta.url));
const attachmentStore = openAttachmentStore(process.env['UPLOADS'] || undefined);
const { app, chatkit } = createApp({ store, attachmentStore, provider, pageFolder });
const server = createServer(app);

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error;
  console.error(`Port ${port} is taken. Choose another: PORT=${port + 1} npm run example`);
  process.exit(1);
});

// 0 takes any free port, so ask which one it is.
server.listen(port, () => {
  const { port: chosen } = server.address() as AddressInfo;
  console.log(
    `The example is at http://localhost:${chosen} and its ChatKit endpoint at /chatkit.\n` +
      `Its threads are kept in ${place}. ${provider ? `${provider.models[0]} of ${provider.name} answers` : 'It answers by keyword'}. ` +
      'Stop it with Ctrl+C, and at once with another Ctrl+C.',
  );
});

// #region shutdown
async function shutDown(): Promise<void> {
  server.close(); // new connections go to another instance
  await chatkit.close({ drainMs: 10_000 }); // open answers can finish; the text of the others is stored
  await closeDatabase(); // the process now exits by itself
}

process.once('SIGTERM', () => void shutDown());
process.once('SIGINT', () => void shutDown());
// #endregion
