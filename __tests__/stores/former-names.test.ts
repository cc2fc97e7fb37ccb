// Stores that were written for the former names of methods, and stores that have both.
/* eslint-disable @typescript-eslint/no-deprecated -- the former names are what is tested */
import { type Attachment, type LeasedAttachment, MemoryStore, Store } from 'chatkit-express';
import { ada, ask, type Context, serve, silently } from '../support/core';
import { clockPassed } from '../support/gate';
import { createThread } from '../support/requests';
import { MemoryAttachments } from '../support/memory-attachments';
import type { LogLine } from '../support/recording-logger';

const owner = ({ user }: Context) => user;
const file: Attachment = { type: 'file', id: 'f', name: 'a.txt', mime_type: 'text/plain' };
const warning = 'the store has methods under their former names; rename them';
const renamed = {
  tieAttachment: 'attachToThread',
  claimUnsentAttachments: 'leaseUnsentAttachments',
  deleteClaimedAttachment: 'deleteLeasedAttachment',
};
type Query = { before: Date; limit: number };
type Row = { owner: string; id: string };

/** Calls of the three methods, by the name that was called. */
let calls: string[] = [];
beforeEach(() => (calls = []));

/** Overrides the former names of a store that has the new ones, as a subclass that was written before would. */
class OldSubclass extends MemoryStore<Context> {
  override async tieAttachment(attachment: Attachment, context: Context): Promise<void> {
    calls.push('tieAttachment');
    return super.tieAttachment(attachment, context);
  }

  override async claimUnsentAttachments(query: Query): Promise<LeasedAttachment[]> {
    calls.push('claimUnsentAttachments');
    return super.claimUnsentAttachments(query);
  }

  override async deleteClaimedAttachment(claimed: Row): Promise<boolean | void> {
    calls.push('deleteClaimedAttachment');
    return super.deleteClaimedAttachment(claimed);
  }
}

class NewSubclass extends MemoryStore<Context> {
  override async attachToThread(attachment: Attachment, context: Context): Promise<void> {
    calls.push('attachToThread');
    return super.attachToThread(attachment, context);
  }

  override async leaseUnsentAttachments(query: Query): Promise<LeasedAttachment[]> {
    calls.push('leaseUnsentAttachments');
    return super.leaseUnsentAttachments(query);
  }

  override async deleteLeasedAttachment(leased: Row): Promise<boolean | void> {
    calls.push('deleteLeasedAttachment');
    return super.deleteLeasedAttachment(leased);
  }
}

/** The methods that every store has, over a MemoryStore, and some of the three. */
function plainStore(names: readonly string[]): Store<Context> {
  const inner = new MemoryStore<Context>({ owner });
  const required = [
    ...['loadThread', 'saveThread', 'loadThreads', 'deleteThread', 'loadThreadItems', 'addThreadItem', 'saveItem'],
    ...['loadItem', 'deleteThreadItem', 'saveAttachment', 'loadAttachment', 'deleteAttachment', 'ownerOf'],
  ];
  const methods = [...required, ...names].map((name) => {
    const method = Reflect.get(inner, name) as (...values: unknown[]) => unknown;
    const call = (...values: unknown[]) => {
      if (names.includes(name)) calls.push(name);
      return method.apply(inner, values);
    };
    return [name, call] as const;
  });
  return Object.fromEntries(methods) as unknown as Store<Context>;
}

/** Extends Store itself, with the former names only. */
function extendingStore(): Store<Context> {
  const store = Object.create(Store.prototype) as Store<Context>;
  return Object.assign(store, plainStore(Object.keys(renamed)));
}

/** Sends a message with one attachment, and sweeps another one that was never sent. */
async function sendAndSweep(store: Store<Context>): Promise<LogLine[]> {
  const attachmentStore = new MemoryAttachments<Context>(owner);
  const core = serve({ store, attachmentStore, uploads: { unsentAfterMs: 1 } });
  await store.saveAttachment(file, ada);
  await store.saveAttachment({ ...file, id: 'unsent' }, ada);
  await ask(core, createThread('Hello', { attachments: ['f'] }));
  await clockPassed(1); // since the save
  expect(await core.server.sweep()).toBe(1);
  expect((await store.loadAttachment('f', ada)).thread_id).toEqual(expect.any(String));
  return core.logger.take('warn').filter(({ message }) => message === warning);
}

const former = Object.keys(renamed);
const current = Object.values(renamed);

test.each<[string, () => Store<Context>]>([
  ['is an object', () => plainStore(former)],
  ['extends Store', extendingStore],
  ['extends MemoryStore', () => new OldSubclass({ owner })],
])('a store that %s and has the former names only is used through them, with one warning', async (_kind, make) => {
  const warnings = await sendAndSweep(make());
  expect(calls).toEqual(former);
  expect(warnings.map(({ fields }) => fields)).toEqual([{ methods: renamed }]);
});

test.each<[string, () => Store<Context>]>([
  ['is an object with the new names', () => plainStore(current)],
  ['is an object with both names', () => plainStore([...former, ...current])],
  ['extends MemoryStore with the new names', () => new NewSubclass({ owner })],
])('a store that %s is used through the new names, without a warning', async (_kind, make) => {
  const warnings = await sendAndSweep(make());
  expect(calls).toEqual(current);
  expect(warnings).toEqual([]);
});

test('a store with one former name is used through that and the two new ones', async () => {
  const names = ['tieAttachment', 'leaseUnsentAttachments', 'deleteLeasedAttachment'];
  const warnings = await sendAndSweep(plainStore(names));
  expect(calls).toEqual(names);
  expect(warnings.map(({ fields }) => fields)).toEqual([{ methods: { tieAttachment: 'attachToThread' } }]);
});

test('a hook finds the new names on a store that has the former ones only', async () => {
  const store = plainStore(former);
  let found: Store<Context> | undefined;
  const core = serve({ store, respond: silently((turn) => (found = turn.store)) });
  await ask(core, createThread());
  await store.saveAttachment(file, ada);
  await found?.attachToThread({ ...file, thread_id: 't' }, ada);
  expect(calls).toEqual(['tieAttachment']);
  expect(core.logger.takeWarnings()).toHaveLength(1);
});

test('a store of this package answers to the former names', async () => {
  const store = new MemoryStore<Context>({ owner });
  await store.saveAttachment(file, ada);
  const query = { before: new Date(Date.now() + 1000), limit: 10 };
  const leased = await Reflect.apply(store.claimUnsentAttachments, store, [query]);
  expect(leased).toEqual([{ owner: 'ada', attachment: file }]);
  await expect(Reflect.apply(store.tieAttachment, store, [file, ada])).rejects.toMatchObject({ code: 'not_found' });
  await Reflect.apply(store.deleteClaimedAttachment, store, [{ owner: 'ada', id: 'f' }]);
  expect(await store.leaseUnsentAttachments(query)).toEqual([]);
});
