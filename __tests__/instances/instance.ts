// A server in a process of its own that shares its runs with others: `tsx instance.ts <database> <settings>`. Reports its
// port, and each call and each abort of its hook. The text of a message says how many words its answer has, the pause
// before each, and, if it has a third number, before which word the answer waits until the test lets it go on.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import express from 'express';
import { chatkitMiddleware, type HookEventInput, messageText, type Turn } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { Pool } from 'pg';
import { heldUntil } from './held';

export interface Settings {
  leaseMs: number;
  heartbeatMs: number;
  resumes: boolean;
  keepEndedMs: number;
  listen: boolean;
  schema: string;
}

export type Report =
  | { port: number }
  /** `respond` or `resume` was called. */
  | { called: string; text: string }
  | { aborted: string; at: number };

/** An owner, and whether the commit of the message is reported as lost. */
interface Context {
  user: string;
  isLost: boolean;
}

const [database, json = '{}'] = process.argv.slice(2);
const settings = JSON.parse(json) as Settings;
process.on('disconnect', () => process.exit()); // its parent is gone
const report = (message: Report) => void process.send?.(message);
const pool = new Pool({ connectionString: database, max: 20 });
pool.on('error', () => undefined); // an idle connection that the end of the server cuts

/** A store that reports the loss of its connection after it has stored the message of a post. */
class LosingStore extends PostgresStore<Context> {
  override async createThread(...args: Parameters<PostgresStore<Context>['createThread']>): Promise<void> {
    await super.createThread(...args);
    if (args[2].isLost) throw new Error('the connection was lost');
  }
}

/** Writes the words of an answer, from a word on. */
async function* say(
  turn: Turn<Context>,
  text: string,
  { id, from }: { id: string; from: number },
): AsyncGenerator<HookEventInput> {
  const [words = 1, pauseMs = 1, heldAt] = text.split(' ').map(Number);
  const base = { id, thread_id: turn.thread.id, created_at: new Date().toISOString() };
  const item = (said: string) => ({ ...base, type: 'assistant_message' as const, content: [{ text: said }] });
  const before = (count: number) => Array.from({ length: count }, (_, index) => `w${index} `).join('');
  turn.signal.addEventListener('abort', () => report({ aborted: text, at: Date.now() }));
  if (from === 0) yield { type: 'thread.item.added', item: item('') };
  for (let word = from; word < words; word++) {
    if (word === heldAt) await heldUntil(turn.signal);
    await setTimeout(pauseMs);
    const update = { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: `w${word} ` } as const;
    yield { type: 'thread.item.updated', item_id: id, update };
    turn.checkpoint({ id, from: word + 1 });
  }
  yield { type: 'thread.item.done', item: item(before(words)) };
}

void (async () => {
  const store = new LosingStore({ pool, owner: ({ user }) => user, schema: settings.schema });
  await store.migrate();
  const { leaseMs, heartbeatMs, keepEndedMs, listen, resumes } = settings;
  const registry = store.runRegistry({ leaseMs, heartbeatMs, listen });
  const chatkit = chatkitMiddleware<Context>({
    store,
    runs: { registry, keepEndedMs },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    context: (request) => ({ user: request.get('x-user') ?? 'ann', isLost: request.get('x-lost') === '1' }),
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
        if (at && (await isStored(turn, at.id))) return;
        // Without a checkpoint the answer begins anew, in the item that was begun.
        yield* say(turn, text, at ?? { id: turn.pending[0]?.id ?? turn.generateId('message'), from: 0 });
      },
    }),
  });
  const server = createServer(express().use('/chatkit', chatkit)).listen(0, '127.0.0.1');
  server.once('listening', () => report({ port: (server.address() as AddressInfo).port }));
})();

async function isStored({ store, thread, context }: Turn<Context>, id: string): Promise<boolean> {
  return store.loadItem(thread.id, id, context).then(
    () => true,
    () => false,
  );
}
