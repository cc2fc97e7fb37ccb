// What TypeScript infers from the options, and which mistakes it reports.
import {
  chatkitMiddleware,
  type CorsOptions,
  type HookEvents,
  MemoryAttachmentStore,
  MemoryStore,
  type RespondTurn,
  streamAnswer,
} from 'chatkit-express';
import cors from 'cors';
import { z } from 'zod';

interface User {
  userId: string;
}
const store = new MemoryStore<User>();
const context = (): User => ({ userId: 'ada' });
async function* respond(turn: RespondTurn<User>): HookEvents {
  yield* streamAnswer(turn, turn.context.userId.toUpperCase());
}

test('hooks receive the context that the option `context` makes', () => {
  const plain = new MemoryStore();
  const served = [
    chatkitMiddleware({
      store: plain,
      context: (request) => Promise.resolve({ userId: request.get('x-user') ?? '', visits: 1 }),
      async *respond({ context }) {
        const visits: number = context.visits;
        // @ts-expect-error There is no such key.
        yield { type: 'progress_update', text: `${visits} ${String(context.visit)}` };
      },
    }),
    // The option below the hooks: they receive the context of the store.
    chatkitMiddleware({
      store,
      async *respond({ context }) {
        const user: string = context.userId;
        yield { type: 'progress_update', text: user };
      },
      context: (request) => ({ userId: request.get('x-user') ?? '' }),
    }),
    chatkitMiddleware({
      store,
      attachmentStore: new MemoryAttachmentStore(),
      context,
      respond,
      actions: {
        rename: {
          payload: z.object({ name: z.string() }),
          handle({ payload, context: { userId } }) {
            // @ts-expect-error There is no such key.
            expect([payload.name.length, userId.length, payload.nam]).toHaveLength(3);
          },
        },
      },
    }),
    chatkitMiddleware<User>({ store, context, respond }),
    chatkitMiddleware({ store: plain, context, respond }),
  ];
  expect(served.map(({ server }) => server.openRuns)).toEqual([0, 0, 0, 0, 0]);
});

test('`context` can be left out where nothing needs a context', () => {
  const served = chatkitMiddleware({ store: new MemoryStore(), respond: (turn) => streamAnswer(turn, 'Hello') });
  expect(served.server.openRuns).toBe(0);
});

test('`context` is required where the store or a hook needs a context', () => {
  // @ts-expect-error The store needs one.
  const ofStore = chatkitMiddleware({ store, respond: (turn) => streamAnswer(turn, 'Hello') });
  // @ts-expect-error The hook needs one.
  const ofHook = chatkitMiddleware({ store: new MemoryStore(), respond });
  // @ts-expect-error The attachment store needs one.
  const ofFiles = chatkitMiddleware({
    store: new MemoryStore(),
    attachmentStore: new MemoryAttachmentStore<User>(),
    respond: (turn) => streamAnswer(turn, 'Hello'),
  });
  // @ts-expect-error The type that is given needs one.
  const ofType = chatkitMiddleware<User>({ store, respond });
  expect([ofStore, ofHook, ofFiles, ofType].map(({ server }) => server.openRuns)).toEqual([0, 0, 0, 0]);
});

test('a context that is not enough for the store or a hook does not compile', () => {
  const other = () => ({ user: 'ada' });
  // @ts-expect-error The store needs `userId`.
  const ofStore = chatkitMiddleware({ store, context: other, respond: (turn) => streamAnswer(turn, 'Hello') });
  // @ts-expect-error The hook needs `userId`.
  const ofHook = chatkitMiddleware({ store: new MemoryStore(), context: other, respond });
  const ofFiles = chatkitMiddleware({
    store: new MemoryStore(),
    // @ts-expect-error The attachment store needs `userId`.
    attachmentStore: new MemoryAttachmentStore<User>(),
    context: other,
    respond: (turn) => streamAnswer(turn, 'Hello'),
  });
  expect([ofStore, ofHook, ofFiles].map(({ server }) => server.openRuns)).toEqual([0, 0, 0]);
});

test('an event with a wrong key does not compile', () => {
  const plain = new MemoryStore();
  const served = [
    chatkitMiddleware({
      store: plain,
      async *respond() {
        yield { type: 'notice', level: 'info', message: 'Saved', title: 'Draft' };
      },
    }),
    chatkitMiddleware({
      store: plain,
      // @ts-expect-error A required key is misspelt.
      async *respond() {
        yield { type: 'notice', level: 'info', mesage: 'Saved' };
      },
    }),
    chatkitMiddleware({
      store: plain,
      // @ts-expect-error An optional key is misspelt.
      async *respond() {
        yield { type: 'notice', level: 'info', message: 'Saved', titel: 'Draft' };
      },
    }),
  ];
  expect(served.map(({ server }) => server.openRuns)).toEqual([0, 0, 0]);
});

test('the options of `cors` are those of its own types, in both directions', () => {
  const theirs: cors.CorsOptions = { origin: [/\.example\.com$/, 'https://example.com'], credentials: true };
  const ours: CorsOptions = { origin: (_origin, done) => done(null, true), maxAge: 60 };
  const accepted: [Required<CorsOptions>, Required<cors.CorsOptions>] = [
    {} as Required<cors.CorsOptions>,
    {} as Required<CorsOptions>,
  ];
  const [middleware, handler] = [chatkitMiddleware({ store, context, respond, cors: theirs }), cors(ours)];
  // @ts-expect-error There is no such option.
  const unknown: CorsOptions = { origins: '*' };
  expect([typeof middleware, typeof handler, accepted.length, Object.keys(unknown)]).toEqual([
    ...['function', 'function', 2],
    ['origins'],
  ]);
});
