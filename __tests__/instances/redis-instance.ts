// A server in a process of its own that shares its runs through Redis, and its threads through a file of SQLite:
// `tsx redis-instance.ts <settings>`. Reports its port, and each call and each abort of its hook. The text of a message
// says how many words its answer has, the pause before each, and before which word it waits until the test lets it go on.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import express from 'express';
import Database from 'libsql';
import { chatkitMiddleware, type HookEventInput, messageText, type Turn } from 'chatkit-express';
import { RedisRunRegistry } from 'chatkit-express/redis';
import { SqliteStore } from 'chatkit-express/sqlite';
import { redisClients } from '../support/redis-clients';
import { slow } from '../support/slow-store';
import { heldUntil } from './held';
import type { Report } from './instance';

export interface RedisSettings {
  redis: string;
  file: string;
  client: 'redis' | 'ioredis';
  leaseMs: number;
  heartbeatMs: number;
  keepEndedMs: number;
  resumes: boolean;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as RedisSettings;
const report = (message: Report) => void process.send?.(message);

/** Writes the words of an answer, from a word on. */
async function* say(turn: Turn<string>, text: string, { id, from }: { id: string; from: number }) {
  const [words = 1, pauseMs = 1, heldAt] = text.split(' ').map(Number);
  const all = Array.from({ length: words }, (_, index) => `w${index} `);
  const item = (said: string) => ({
    id,
    thread_id: turn.thread.id,
    created_at: new Date().toISOString(),
    type: 'assistant_message' as const,
    content: [{ type: 'output_text' as const, text: said, annotations: [] }],
  });
  turn.signal.addEventListener('abort', () => report({ aborted: text, at: Date.now() }));
  if (from === 0) yield { type: 'thread.item.added', item: item('') } as HookEventInput;
  for (const [index, delta] of all.slice(from).entries()) {
    if (from + index === heldAt) await heldUntil(turn.signal);
    await setTimeout(pauseMs); // because a model takes time
    const update = { type: 'assistant_message.content_part.text_delta', content_index: 0, delta } as const;
    yield { type: 'thread.item.updated', item_id: id, update } as HookEventInput;
    turn.checkpoint({ id, from: from + index + 1 });
  }
  yield { type: 'thread.item.done', item: item(all.join('')) } as HookEventInput;
}

void (async () => {
  const database = new Database(settings.file);
  database.exec('PRAGMA busy_timeout = 10000');
  const sqlite = new SqliteStore<string>({ database, owner: (user) => user });
  await sqlite.migrate();
  const { client } = await redisClients[settings.client](settings.redis);
  const { leaseMs, heartbeatMs, keepEndedMs, resumes } = settings;
  const chatkit = chatkitMiddleware<string>({
    store: slow(sqlite),
    runs: { registry: new RedisRunRegistry({ client, leaseMs, heartbeatMs }), keepEndedMs },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    context: (request) => request.get('x-user') ?? 'ann',
    async *respond(turn) {
      const text = turn.input ? messageText(turn.input) : '';
      report({ called: 'respond', text });
      yield* say(turn, text, { id: turn.generateId('message'), from: 0 });
    },
    ...(resumes && {
      async *resume(turn) {
        const text = turn.input ? messageText(turn.input) : '';
        report({ called: 'resume', text });
        const at = turn.checkpointed as { id: string; from: number } | undefined;
        yield* say(turn, text, at ?? { id: turn.generateId('message'), from: 0 });
      },
    }),
  });
  const server = createServer(express().use('/chatkit', chatkit)).listen(0, '127.0.0.1');
  server.once('listening', () => report({ port: (server.address() as AddressInfo).port }));
  process.once('SIGTERM', () => {
    server.close();
    void chatkit.close({ drainMs: 0 }).then(() => process.exit(0));
  });
  process.once('disconnect', () => process.exit(2));
})();
