// One of several servers behind a proxy, in a process of its own: `tsx instance.ts <port> <SQLite file>`. Sends a message
// to its parent when it listens. After SIGTERM it closes everything and ends by itself.
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { chatkitMiddleware, type HookEventInput, type RespondTurn, type Store } from 'chatkit-express';
import { SqliteStore } from 'chatkit-express/sqlite';
import express from 'express';
import Database from 'libsql';

const [port = '', file = ''] = process.argv.slice(2);
const database = new Database(file);
database.exec('PRAGMA busy_timeout = 10000');

/** Makes each call take a few milliseconds, so that a request is in progress at any moment. */
function slow<T extends Store>(store: T): T {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...args: unknown[]) => unknown;
      if (/^generate/.test(String(name))) return call;
      return async (...args: unknown[]) => {
        await wait(2 + Math.random() * 6); // because a database takes time
        return call(...args);
      };
    },
  });
}

/** Says ten words in 0.5 to 2 seconds. */
async function* respond({ thread, generateId, signal }: RespondTurn<unknown>): AsyncGenerator<HookEventInput> {
  const item = {
    type: 'assistant_message' as const,
    id: generateId('message'),
    thread_id: thread.id,
    created_at: new Date().toISOString(),
  };
  yield { type: 'thread.item.added', item: { ...item, content: [{ text: '' }] } };
  const pause = 50 + Math.random() * 150;
  for (let word = 0; word < 10; word++) {
    await wait(pause, undefined, { signal });
    const update = { type: 'assistant_message.content_part.text_delta' as const, content_index: 0, delta: 'word ' };
    yield { type: 'thread.item.updated', item_id: item.id, update };
  }
  yield { type: 'thread.item.done', item: { ...item, content: [{ text: 'word '.repeat(10) }] } };
}

void (async () => {
  const store = new SqliteStore({ database, owner: () => 'ann' });
  await store.migrate();
  const chatkit = chatkitMiddleware({ store: slow(store), respond });
  const server = createServer(express().use('/chatkit', chatkit));
  server.listen(Number(port), '127.0.0.1', () => process.send?.('listening'));
  const parentGone = () => process.exit(2);
  process.on('disconnect', parentGone);

  async function shutDown() {
    server.close(); // takes no new connections
    await chatkit.close({ drainMs: 20_000 });
    database.close();
    process.off('disconnect', parentGone).disconnect();
  }
  process.once('SIGTERM', () => void shutDown());
})();
