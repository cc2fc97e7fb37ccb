// storeSuite leaves a store the freedom that the contract leaves it.
import type { test as nodeTest } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Thread } from 'chatkit-express';
import { ChatKitError } from '../../src/errors';
import { MemoryStore } from '../../src/stores/memory';
import type { PageQuery } from '../../src/stores/store';
import { storeSuite, type StoreSuiteOptions, type SuiteUser } from '../../src/testing';
import { failures } from './collect';

class OwnedStore extends MemoryStore<SuiteUser> {
  constructor() {
    super({ owner: ({ userId }) => userId });
  }
}

class WithoutIdsOfAttachments extends OwnedStore {
  override deleteThread = async (threadId: string, context: SuiteUser) => {
    await super.deleteThread(threadId, context);
    return undefined as unknown as string[];
  };
}

class WithShortPages extends OwnedStore {
  override loadThreadItems(threadId: string, query: PageQuery, context: SuiteUser) {
    return super.loadThreadItems(threadId, { ...query, limit: Math.min(query.limit, 2) }, context);
  }
}

class WithNullCursors extends OwnedStore {
  override loadThreads = async (query: PageQuery, context: SuiteUser) => ({
    after: null,
    ...(await super.loadThreads(query, context)),
  });
}

class WithUndefinedFields extends OwnedStore {
  override async loadThread(threadId: string, context: SuiteUser): Promise<Thread> {
    return { title: undefined, allowed_image_domains: undefined, ...(await super.loadThread(threadId, context)) };
  }
}

/** Ids are one space for all, as where the id alone is the primary key. */
class WithOneSpaceOfIds extends OwnedStore {
  readonly #ownerOf = new Map<string, string>();

  override async saveThread(thread: Thread, context: SuiteUser) {
    const owner = this.#ownerOf.get(thread.id) ?? context.userId;
    if (owner !== context.userId) throw new ChatKitError('conflict', 'The id is taken');
    this.#ownerOf.set(thread.id, owner);
    await super.saveThread(thread, context);
  }

  override async deleteThread(threadId: string, context: SuiteUser) {
    if (this.#ownerOf.get(threadId) === context.userId) this.#ownerOf.delete(threadId);
    return super.deleteThread(threadId, context);
  }
}

/** Every call starts later than it is made, and in another order. */
class Slow extends OwnedStore {
  #calls = 0;
  #later = async () => {
    for (let turns = ++this.#calls % 3; turns > 0; turns--) await setImmediate();
  };

  override async addThreadItem(...given: Parameters<OwnedStore['addThreadItem']>) {
    const [threadId, item, context] = structuredClone(given);
    await this.#later();
    await super.addThreadItem(threadId, item, context);
  }

  override async deleteThread(...given: Parameters<OwnedStore['deleteThread']>) {
    await this.#later();
    return super.deleteThread(...given);
  }
}

test.each([WithoutIdsOfAttachments, WithShortPages, WithNullCursors, WithUndefinedFields, WithOneSpaceOfIds, Slow])(
  'accepts a store %p',
  async (OddStore) => {
    expect(await failures({ create: () => new OddStore() })).toEqual([]);
  },
);

test('makes the contexts that the store understands', async () => {
  interface Session {
    user: { id: string };
  }
  const tests: (() => Promise<void>)[] = [];
  storeSuite({
    name: 'store',
    create: async () => Promise.resolve(new MemoryStore<Session>({ owner: ({ user }) => user.id })),
    context: (id) => ({ user: { id } }),
    test: (_name, run) => tests.push(run),
  });
  for (const run of tests) await expect(run()).resolves.toBeUndefined();
});

test('destroys every store once, also when its test fails', async () => {
  const created: MemoryStore<SuiteUser>[] = [];
  const destroyed: unknown[] = [];
  const create = () => {
    const store = new OwnedStore();
    store.loadItem = () => Promise.reject(new Error('broken'));
    created.push(store);
    return store;
  };
  const failed = await failures({ create, destroy: async (store) => Promise.resolve(destroyed.push(store)) });
  expect(failed.length).toBeGreaterThan(5);
  expect(destroyed).toEqual(created);
});

test('leaves out isolation for a store without owners, and nothing else', () => {
  const namesOf = (owners: boolean) => {
    const names: string[] = [];
    storeSuite({ name: 'store', create: () => new MemoryStore(), owners, test: (name) => names.push(name) });
    return names;
  };
  const left = new Set(namesOf(false));
  const leftOut = namesOf(true).filter((name) => !left.has(name));
  expect(left.size).toBeGreaterThan(50);
  expect(leftOut.length).toBeGreaterThan(15);
  expect(leftOut.filter((name) => !/owner/.test(name))).toEqual([]);
});

test('gives each test a name of its own, and a time', () => {
  const names: string[] = [];
  const times = new Set<number>();
  const note: StoreSuiteOptions['test'] = (name, _run, timeoutMs) => {
    names.push(name);
    times.add(timeoutMs);
  };
  storeSuite({ name: 'MyStore', create: () => new MemoryStore(), test: note, timeoutMs: 5 });
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !name.startsWith('MyStore: '))).toEqual([]);
  expect([...times]).toEqual([5]);
});

test('takes the test functions of Jest and Node, and the expect of Jest', () => {
  const runners: [StoreSuiteOptions['test'], StoreSuiteOptions['test'] | undefined] = [
    test,
    undefined as typeof nodeTest | undefined,
  ];
  const expects: StoreSuiteOptions['expect'] = expect;
  expect([runners.length, expects]).toEqual([2, expect]);
});
