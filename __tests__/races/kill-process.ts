// A server of its own over HTTP: `tsx kill-process.ts <url>`. Tells its parent the port. Its answers have five items.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import express from 'express';
import { chatkitMiddleware } from 'chatkit-express';
import { openStore } from './database';

void (async () => {
  const { store } = await openStore(process.argv[2] ?? '');
  const silent = () => undefined;
  const chatkit = chatkitMiddleware({
    store,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    async *respond({ thread, generateId }) {
      const name = randomUUID();
      for (let part = 1; part <= 5; part++) {
        const base = { id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() };
        await setTimeout(Math.random() * 20); // a model that thinks
        const content = [{ text: `${name} ${part}` }];
        yield { type: 'thread.item.done', item: { ...base, type: 'assistant_message', content } };
      }
    },
  });
  const server = createServer(express().use('/chatkit', chatkit)).listen(0, '127.0.0.1');
  server.once('listening', () => process.send?.((server.address() as AddressInfo).port));
})();
