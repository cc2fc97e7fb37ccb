// A process of its own that serves the protocol without HTTP: `tsx race-process.ts <url> <mode>`. Each message of its
// parent is a request and the moment at which to begin with it.
import { randomUUID } from 'node:crypto';
import { chatkitMiddleware, type HookEventInput, type Logger, type Turn } from 'chatkit-express';
import { type Mode, openStore } from './database';

export interface Order {
  id: number;
  /** In milliseconds since 1970. */
  at: number;
  request: unknown;
}

export interface Report {
  id: number;
  /** `ok`, the code of a refusal, or `stream.error`. */
  outcome: string;
  /** How often a hook was called for the request. */
  calls: number;
}

const [url = '', mode = 'right'] = process.argv.slice(2);
const silent = () => undefined;
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };

/** An answer of three items that name it. */
async function* answer({ thread, generateId }: Turn<unknown>): AsyncGenerator<HookEventInput, void, undefined> {
  const name = randomUUID();
  for (const part of [1, 2, 3]) {
    const base = { id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() };
    const content = [{ text: `${name} ${part} of 3` }];
    yield { type: 'thread.item.done', item: { ...base, type: 'assistant_message', content } };
  }
}

void (async () => {
  const { store, close } = await openStore(url, mode as Mode);
  const calls = new Map<number, number>();
  const called = (context: unknown) => {
    const { id } = context as { id: number };
    calls.set(id, (calls.get(id) ?? 0) + 1);
  };
  const { server } = chatkitMiddleware({
    store,
    logger,
    async *respond(turn) {
      called(turn.context);
      yield* answer(turn);
    },
    async *action({ action, thread, context }) {
      called(context);
      Object.assign(thread.metadata, action.payload);
      yield { type: 'progress_update', text: '.' };
    },
  });

  async function serve(id: number, request: unknown): Promise<string> {
    try {
      const given = await server.process(request, { id });
      if (given.kind === 'json') return 'ok';
      let outcome = 'ok';
      for await (const event of given.events) if (event.type === 'error') outcome = 'stream.error';
      return outcome;
    } catch (error) {
      const { code = String(error) } = error as { code?: string };
      return code;
    }
  }

  process.on('message', ({ id, at, request }: Order) => {
    while (performance.timeOrigin + performance.now() < at); // a timer would be late by up to a millisecond
    void serve(id, request).then((outcome) => process.send?.({ id, outcome, calls: calls.get(id) ?? 0 }));
  });
  process.on('disconnect', () => void close().then(() => process.exit()));
  process.send?.('ready');
})();
