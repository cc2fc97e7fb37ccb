// A server without HTTP for the tests of its core, with a memory store and a logger whose lines must all be expected.
import {
  type Answer,
  type ChatKitOptions,
  type ChatKitServer,
  type HookEventInput,
  MemoryStore,
  type Store,
  type ThreadStreamEvent,
} from 'chatkit-express';
import { resolveOptions } from '../../src/options';
import { createServer } from '../../src/server';
import { isRule, RecordingLogger } from './recording-logger';
import { createThread } from './requests';
import { storeUnderTest } from './slow-store';

/** Who is asking, in these tests. */
export interface Context {
  user: string;
}
export const ada: Context = { user: 'ada' };

export interface Core {
  server: ChatKitServer<Context>;
  store: Store<Context>;
  logger: RecordingLogger;
  runs: ReturnType<typeof resolveOptions>['runs'];
}

let loggers: RecordingLogger[] = [];

/** What a test did not take out of its logger was not expected. */
afterEach(() => {
  const unexpected = loggers.flatMap(({ lines }) =>
    lines.filter((line) => (line.level === 'warn' || line.level === 'error') && !isRule(line)),
  );
  loggers = [];
  expect(unexpected).toEqual([]);
});

export type CoreOptions = Omit<Partial<ChatKitOptions<Context>>, 'store' | 'logger'> & { store?: Store<Context> };

/** A server with these hooks; `respond` says nothing unless it is given. */
export function serve({ store: given = new MemoryStore<Context>(), ...options }: CoreOptions = {}): Core {
  const store = storeUnderTest(given);
  const logger = new RecordingLogger();
  loggers.push(logger);
  const respond = async function* () {};
  const resolved = resolveOptions({ respond, ...options, store, logger });
  return { server: createServer(resolved), store, logger, runs: resolved.runs };
}

/** A hook that does this and yields nothing. */
export function silently<T>(act: (turn: T) => unknown): (turn: T) => AsyncGenerator<HookEventInput, void, undefined> {
  return async function* (turn) {
    await act(turn);
    yield* [];
  };
}

/** What JSON may hold, unchecked: a wrong guess about it fails the test. */
type Json = ReturnType<typeof JSON.parse>;

/** The value that a request is answered with. */
export async function askJson({ server }: Core, request: unknown, context = ada): Promise<Json> {
  const answer = await server.process(request, context);
  if (answer.kind !== 'json') throw new Error('answered with a stream');
  return answer.value;
}

/** The stream that a request is answered with. */
export async function openStream({ server }: Core, request: unknown, context = ada) {
  const answer: Answer = await server.process(request, context);
  if (answer.kind !== 'stream') throw new Error('answered with JSON');
  return answer.events;
}

/** All events of a stream. */
export async function readAll(stream: AsyncIterable<ThreadStreamEvent>): Promise<ThreadStreamEvent[]> {
  const events: ThreadStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** All events that a request is answered with. */
export async function ask(core: Core, request: unknown, context = ada): Promise<ThreadStreamEvent[]> {
  return readAll(await openStream(core, request, context));
}

/** The code and the issues' paths of what a request is refused with. */
export async function refusal({ server }: Core, request: unknown, context = ada) {
  const error: unknown = await server.process(request, context).then(
    () => Promise.reject(new Error('the request was not refused')),
    (thrown: unknown) => thrown,
  );
  const { code, message, issues } = error as { code: string; message: string; issues?: { path: unknown[] }[] };
  return { code, message, fields: issues?.map(({ path }) => path.join('.')) };
}

/** Starts a thread and reads its stream to the end. */
export async function startThread(core: Core, text = 'Hello', context = ada) {
  const events = await ask(core, createThread(text), context);
  const [created, said] = events;
  if (created?.type !== 'thread.created' || said?.type !== 'thread.item.done') throw new Error('no thread was created');
  return { threadId: created.thread.id, messageId: said.item.id, events };
}

/** All items of a thread as they are stored, hidden ones too. */
export async function storedItems({ store }: Core, threadId: string, context = ada) {
  const page = await store.loadThreadItems(threadId, { limit: 100, after: null, order: 'asc' }, context);
  return page.data;
}

/** The ids of a thread's items as they are stored; of those that the server named, the types. */
export async function storedNames(core: Core, threadId: string, context = ada): Promise<string[]> {
  const items = await storedItems(core, threadId, context);
  return items.map(({ id, type }) => (/^(msg|shcx)_[0-9a-f]{32}$/.test(id) ? type : id));
}
