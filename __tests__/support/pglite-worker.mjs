// Runs PGlite in a worker thread, because PGlite needs `import()`, which Jest's context lacks. Answers { id, text,
// values }.
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
