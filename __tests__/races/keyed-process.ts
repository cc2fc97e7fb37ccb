// A process of its own that answers messages with an Idempotency-Key: `tsx keyed-process.ts <url>`. Each message of its
// parent is one post. The answer to each is a report, and each call of the hook is another one.
import { setTimeout } from 'node:timers/promises';
import { chatkitMiddleware, type Logger } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { Pool } from 'pg';

export interface KeyedPost {
  id: number;
  /** The owner, who has one message only. */
  user: string;
  request: unknown;
  /** `lost`: the first write is carried out and rejects. `left`: the proxy closes the connection before the answer. */
  fate: 'fine' | 'lost' | 'left';
  /** After so many milliseconds the client gives up, and posts again. */
  patienceMs: number;
}

/** `answered` by an answer that was read to its end, `left`, or the code of a refusal. */
export type KeyedReport = { id: number; outcome: string } | { called: string };

interface Context {
  user: string;
  isLost: boolean;
}

/** A store that reports the loss of its connection after it has stored the message of a post. */
class LosingStore extends PostgresStore<Context> {
  override async createThread(...args: Parameters<PostgresStore<Context>['createThread']>): Promise<void> {
    await super.createThread(...args);
    if (args[2].isLost) throw new Error('the connection was lost');
  }
}

const report = (message: KeyedReport) => void process.send?.(message);
const silent = () => undefined;
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };
const pool = new Pool({ connectionString: process.argv[2], max: 10 });
const store = new LosingStore({ pool, owner: ({ user }) => user });
const { server } = chatkitMiddleware<Context>({
  store,
  logger,
  context: () => ({ user: '', isLost: false }),
  async *respond({ thread, context, generateId }) {
    report({ called: context.user });
    await setTimeout(Math.random() * 3); // because a model takes time
    const base = { id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() };
    yield { type: 'thread.item.done', item: { ...base, type: 'assistant_message', content: [{ text: 'Hi' }] } };
  },
});

async function outcomeOf({ user, request, fate, patienceMs }: KeyedPost): Promise<string> {
  const signal = AbortSignal.timeout(patienceMs);
  const context = { user, isLost: fate === 'lost' };
  try {
    const answer = await server.process(request, context, { idempotencyKey: 'key', signal });
    if (answer.kind === 'json') return 'json';
    if (fate === 'left' || signal.aborted) {
      await answer.events.cancel();
      return 'left';
    }
    let last = '';
    for await (const event of answer.events) last = event.type;
    return last === 'thread.item.done' ? 'answered' : last;
  } catch (error) {
    const { code } = error as { code?: string };
    return code === undefined || code === 'internal' ? String(error) : code;
  }
}

process.on('message', (post: KeyedPost) => {
  void outcomeOf(post).then((outcome) => report({ id: post.id, outcome }));
});
process.on('disconnect', () => void pool.end().then(() => process.exit()));
void store.migrate().then(() => process.send?.('ready'));
