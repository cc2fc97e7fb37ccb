// PGlite in a thread of its own: Jest's has no `import()`, which PGlite needs. Answers { id, text, values }.
import { PGlite } from '@electric-sql/pglite';
import { parentPort } from 'node:worker_threads';

const database = await PGlite.create();
parentPort.on('message', async ({ id, text, values }) => {
  try {
    const { rows } = await database.query(text, values);
    parentPort.postMessage({ id, rows });
  } catch ({ message, code }) {
    parentPort.postMessage({ id, error: { message, code } });
  }
});
