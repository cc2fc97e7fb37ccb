// PGlite, PostgreSQL compiled to WebAssembly, as a pool of connections. It has one connection, so its users take turns.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PostgresPool } from 'chatkit-express/postgres';

interface Answer {
  id: number;
  rows: unknown[];
  error?: { message: string; code: string };
}

/** A fresh database in memory. `end` stops it. */
export function startPglite(): PostgresPool & { end(): Promise<unknown> } {
  const worker = new Worker(join(__dirname, 'pglite-worker.mjs'));
  const waiting = new Map<number, (answer: Answer) => void>();
  worker.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
  let asked = 0;
  const query = async (text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> => {
    const id = ++asked;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    worker.postMessage({ id, text, values });
    const { rows, error } = await answered;
    waiting.delete(id);
    if (error) throw Object.assign(new Error(error.message), { code: error.code });
    return { rows: Array.from(rows) }; // an array of Jest's own realm
  };
  let free: Promise<unknown> = Promise.resolve();
  return {
    query(text, values) {
      const result = free.then(() => query(text, values));
      free = result.catch(() => undefined);
      return result;
    },
    async connect() {
      const before = free;
      let release!: () => void;
      free = new Promise<void>((resolve) => (release = resolve));
      await before;
      return { query, release: () => release() };
    },
    end: () => worker.terminate(),
  };
}
