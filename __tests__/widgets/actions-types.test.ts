// What TypeScript knows of a map of actions: payloads from their schemas, the context, and what a handler may give.
import { actions, chatkitMiddleware, defineAction, MemoryStore, replaceWidget } from 'chatkit-express';
import { z } from 'zod';

interface Context {
  userId: string;
}
const store = new MemoryStore<Context>();
const context = (): Context => ({ userId: 'ada' });
const respond = async function* () {};

test('a handler knows its payload and its context', async () => {
  const seen: unknown[] = [];
  const hooks = actions<Context>()({
    count: {
      payload: z.object({ by: z.number(), at: z.string().default('now') }),
      handle({ payload, context }) {
        const sum: number = payload.by + 1;
        const at: string = payload.at;
        const user: string = context.userId;
        // @ts-expect-error There is no such field.
        seen.push(sum, at, user, payload.times);
      },
    },
    rename: {
      payload: z.string().transform((name) => ({ name })),
      handle: ({ payload }) => void seen.push(payload.name.length),
    },
    none: {
      handle({ payload }) {
        const nothing: unknown = payload;
        seen.push(nothing);
      },
    },
  });
  const turn = { action: { type: 'count', payload: { by: 1 } }, context: { userId: 'ada' } } as never;
  expect(await hooks.syncAction(turn)).toEqual({});
  expect(seen).toEqual([2, 'now', 'ada', undefined]);
  expect(() => chatkitMiddleware<Context>({ store, context, respond, ...hooks })).not.toThrow();
});

test('without a context, and spread into the options', () => {
  const middleware = chatkitMiddleware({
    store: new MemoryStore(),
    respond,
    ...actions({
      go: {
        payload: z.object({ n: z.number() }),
        async *handle(turn) {
          const n: number = turn.payload.n;
          yield* replaceWidget(turn, { type: 'Card', children: [{ type: 'Text', value: String(n) }] });
        },
      },
      stay: { payload: z.object({ n: z.number() }), handle: (turn) => replaceWidget(turn, { type: 'Card' }) },
    }),
  });
  expect(middleware.server.openRuns).toBe(0);
});

test('what no hook could use does not compile', () => {
  // @ts-expect-error A handler is missing.
  expect(actions({ go: { payload: z.string() } })).toHaveProperty('action');
  // @ts-expect-error The handler gives something else.
  expect(actions({ go: { payload: z.string(), handle: () => 7 } })).toHaveProperty('action');
  // @ts-expect-error No schema.
  expect(actions({ go: { payload: { n: 1 }, handle: () => undefined } })).toHaveProperty('action');
});

test('the option `actions` knows its payloads and its context', () => {
  const inferred = chatkitMiddleware({
    store,
    context,
    respond,
    actions: {
      count: {
        payload: z.object({ by: z.number(), at: z.string().default('now') }),
        async *handle({ payload, context, thread }) {
          const by: number = payload.by;
          const user: string = context.userId;
          // @ts-expect-error There is no such field.
          const times: unknown = payload.times;
          yield { type: 'progress_update', text: `${by} ${payload.at.length} ${user} ${thread.id} ${String(times)}` };
        },
      },
      rename: { payload: z.string(), handle: (turn) => replaceWidget(turn, { type: 'Card', key: turn.payload }) },
    },
  });
  const named = chatkitMiddleware<Context>({
    store,
    context,
    respond,
    actions: {
      count: defineAction({
        payload: z.object({ by: z.number() }),
        handle({ payload, context }) {
          const sum: number = payload.by + context.userId.length;
          // @ts-expect-error There is no such field.
          return { updated_item: sum > payload.times ? null : undefined };
        },
      }),
    },
  });
  expect([inferred.server.openRuns, named.server.openRuns]).toEqual([0, 0]);
});
