// Random operations as data: each can be drawn, called on a store, applied to the model, and printed as code.
import type { Order } from '../protocol';
import type { PageQuery, Store } from '../stores/store';
import { makeAttachment, makeItem, makeThread, numbered } from './documents';
import type { Answer, Space } from './model';

/** The arguments of any method, so that each operation can be drawn and left out independently. */
export interface Operation {
  readonly method: keyof typeof methods;
  readonly userId: string;
  readonly threadId: string;
  readonly itemId: string;
  readonly attachmentId: string;
  /** `after` is the id of a thread or of an item, depending on the method. */
  readonly query: PageQuery;
  /** Part of each saved row, so that no two saves are equal. */
  readonly version: number;
}

/** The methods that an operation calls. The store and the printer of operations implement them. */
type Calls = { [Name in keyof Store]: Store[Name] };

interface Method {
  /** The weight with which the method is drawn. */
  readonly weight: number;
  call(store: Calls, operation: Operation, context: unknown): Promise<unknown>;
  model(space: Space, operation: Operation): Answer;
}

const threadOf = ({ threadId, version }: Operation) => makeThread(threadId, { title: `version ${version}` });
const itemOf = ({ threadId, itemId, version }: Operation) => makeItem(threadId, itemId, `version ${version}`);
const attachmentOf = ({ attachmentId, threadId, version }: Operation) =>
  makeAttachment(attachmentId, { name: `version ${version}`, thread_id: threadId });

const methods = {
  loadThread: {
    weight: 1,
    call: (store, { threadId }, context) => store.loadThread(threadId, context),
    model: (space, { threadId }) => space.loadThread(threadId),
  },
  saveThread: {
    weight: 3,
    call: (store, operation, context) => store.saveThread(threadOf(operation), context),
    model: (space, operation) => space.saveThread(threadOf(operation)),
  },
  loadThreads: {
    weight: 2,
    call: (store, { query }, context) => store.loadThreads(query, context),
    model: (space, { query }) => space.loadThreads(query),
  },
  deleteThread: {
    weight: 1,
    call: async (store, { threadId }, context) => store.deleteThread(threadId, context),
    model: (space, { threadId }) => space.deleteThread(threadId),
  },
  loadThreadItems: {
    weight: 3,
    call: (store, { threadId, query }, context) => store.loadThreadItems(threadId, query, context),
    model: (space, { threadId, query }) => space.loadThreadItems(threadId, query),
  },
  addThreadItem: {
    weight: 5,
    call: (store, operation, context) => store.addThreadItem(operation.threadId, itemOf(operation), context),
    model: (space, operation) => space.putItem(operation.threadId, itemOf(operation)),
  },
  saveItem: {
    weight: 2,
    call: (store, operation, context) => store.saveItem(operation.threadId, itemOf(operation), context),
    model: (space, operation) => space.putItem(operation.threadId, itemOf(operation)),
  },
  loadItem: {
    weight: 2,
    call: (store, { threadId, itemId }, context) => store.loadItem(threadId, itemId, context),
    model: (space, { threadId, itemId }) => space.loadItem(threadId, itemId),
  },
  deleteThreadItem: {
    weight: 2,
    call: (store, { threadId, itemId }, context) => store.deleteThreadItem(threadId, itemId, context),
    model: (space, { threadId, itemId }) => space.deleteThreadItem(threadId, itemId),
  },
  saveAttachment: {
    weight: 2,
    call: (store, operation, context) => store.saveAttachment(attachmentOf(operation), context),
    model: (space, operation) => space.saveAttachment(attachmentOf(operation)),
  },
  loadAttachment: {
    weight: 1,
    call: (store, { attachmentId }, context) => store.loadAttachment(attachmentId, context),
    model: (space, { attachmentId }) => space.loadAttachment(attachmentId),
  },
  deleteAttachment: {
    weight: 1,
    call: (store, { attachmentId }, context) => store.deleteAttachment(attachmentId, context),
    model: (space, { attachmentId }) => space.deleteAttachment(attachmentId),
  },
} satisfies Record<string, Method>;

export const methodOf = ({ method }: Operation): Method => methods[method];

/** The methods, repeated according to their weight. */
const hat = Object.entries(methods).flatMap(([name, { weight }]) =>
  Array.from({ length: weight }, () => name as keyof typeof methods),
);

// Few ids, so that operations concern the same rows.
const threadIds = numbered(5, 'thr');
const itemIds = numbered(7, 'msg');
const attachmentIds = numbered(3, 'atc');

/** Returns the operations of a seed, followed by reads of all rows. */
export function drawOperations(seed: number, count: number, userIds: readonly string[]): Operation[] {
  const random = mulberry32(seed);
  const drawn = Array.from({ length: count }, (_row, version) => draw(random, version, userIds));
  const look = {
    itemId: '',
    attachmentId: '',
    version: count,
    query: { limit: 100, after: null, order: 'asc' as const },
  };
  const looks = userIds.flatMap((userId): Operation[] => [
    { ...look, method: 'loadThreads', userId, threadId: '' },
    ...threadIds.map((threadId) => ({ ...look, method: 'loadThreadItems' as const, userId, threadId })),
    ...attachmentIds.map((attachmentId) => ({
      ...look,
      method: 'loadAttachment' as const,
      userId,
      threadId: '',
      attachmentId,
    })),
  ]);
  return [...drawn, ...looks];
}

function draw(random: () => number, version: number, userIds: readonly string[]): Operation {
  const pick = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value;
  const method = pick(hat);
  const cursors = method === 'loadThreads' ? threadIds : itemIds;
  return {
    method,
    userId: pick(userIds),
    threadId: pick(threadIds),
    itemId: pick(itemIds),
    attachmentId: pick(attachmentIds),
    query: {
      limit: 1 + Math.floor(random() * 6),
      after: random() < 0.5 ? null : pick(cursors),
      order: pick<Order>(['asc', 'desc']),
    },
    version,
  };
}

/** Returns the operation as a line of code, with its context. */
export function printOperation(operation: Operation, context: unknown): string {
  let printed = '';
  const print =
    (method: string) =>
    (...given: unknown[]) => {
      printed = `await store.${method}(${given.map((value) => JSON.stringify(value)).join(', ')});`;
    };
  const recorder = new Proxy({}, { get: (_target, method) => print(String(method)) }) as Calls;
  void methodOf(operation).call(recorder, operation, context);
  return printed;
}

/** Tommy Ettinger's 32-bit generator. Returns the same numbers from 0 to 1 for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
