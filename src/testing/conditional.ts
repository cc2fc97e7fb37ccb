// The conditional operations: each changes its row, and changes nothing when its condition is false.
import { ChatKitError, type ErrorCode } from '../errors';
import type { ClientToolCallItem } from '../protocol';
import { createdAt, makeItem, makeNote, makeThread, numbered } from './documents';
import { type Case, checkList, idsOf, isInherited, query, type Trial } from './trial';

/** Fails unless the call is refused with ChatKitError `conflict`. */
const conflict = (trial: Trial, call: Promise<unknown>) => refused(trial, 'conflict', call);

/** Fails unless the call is refused with a ChatKitError of this code. */
async function refused({ equal }: Trial, code: ErrorCode, call: Promise<unknown>): Promise<void> {
  const answer = await call.then(
    (resolved: unknown) => ({ resolved }),
    (error: unknown) => {
      if (error instanceof ChatKitError) return error.code;
      throw error;
    },
  );
  equal(answer, code);
}

/** Makes a call of a client tool, which is completed when it has an output. */
export function makeCall(threadId: string, id: string, output?: unknown): ClientToolCallItem {
  const call = {
    id,
    thread_id: threadId,
    created_at: createdAt,
    call_id: `call of ${id}`,
    name: 'pick',
    arguments: {},
  };
  if (output === undefined) return { ...call, type: 'client_tool_call', status: 'pending' };
  return { ...call, type: 'client_tool_call', status: 'completed', output };
}

const attempt = (name: string, turn: readonly string[] = []) => ({ attempt: name, turn });

/** Keys and values that some databases change or refuse. */
const oddMetadata = {
  '': 'empty',
  'a.b': 1,
  '$.a': [1],
  'with "quotes" and \\ and \'': null,
  'nul \u0000 and \ud800': 'text \u0000 and \udc00',
  '7': { deep: { old: true } },
  ['__proto__']: { polluted: true },
};

const updateThread: Record<string, (trial: Trial) => Promise<void>> = {
  'changes the named fields, and returns the thread': async ({ store, ann, equal, itemsOf }) => {
    const thread = makeThread('t', { title: 'old', allowed_image_domains: ['a.example'], later_field: 7 });
    await store.saveThread(thread, ann);
    await store.addThreadItem('t', makeItem('t', 'i'), ann);
    const locked = { type: 'locked' as const, reason: 'review' };
    const changed = await store.updateThread('t', { title: 'new', status: locked }, ann);
    equal(changed, { ...thread, title: 'new', status: locked });
    equal(await store.loadThread('t', ann), changed);
    const bare = await store.updateThread('t', { title: null, allowed_image_domains: null }, ann);
    equal(bare, makeThread('t', { status: locked, later_field: 7 }));
    equal(Object.hasOwn(bare, 'title'), false);
    equal(await store.loadThread('t', ann), bare);
    equal(await store.updateThread('t', {}, ann), bare);
    equal(await itemsOf('t', ann), [makeItem('t', 'i')]);
  },

  'changes and removes single keys of the metadata': async ({ store, ann, equal }) => {
    await store.saveThread(makeThread('t', { metadata: { keep: [1], change: { old: 1 }, drop: 1 } }), ann);
    const set = { change: { new: 2 }, add: null };
    const changed = await store.updateThread('t', { metadata: { set, remove: ['drop', 'never'] } }, ann);
    equal(changed, makeThread('t', { metadata: { keep: [1], change: { new: 2 }, add: null } }));
    equal(await store.loadThread('t', ann), changed);
  },

  'takes keys and values of any text': async ({ store, ann, equal }) => {
    await store.saveThread(makeThread('t', { metadata: { keep: 1 } }), ann);
    await store.updateThread('t', { metadata: { set: oddMetadata } }, ann);
    const { metadata } = await store.loadThread('t', ann);
    equal(Object.entries(metadata).toSorted(), Object.entries({ keep: 1, ...oddMetadata }).toSorted());
    const odd = await store.updateThread('t', { metadata: { remove: Object.keys(oddMetadata) } }, ann);
    equal(odd.metadata, { keep: 1 });
  },

  'throws when the thread is not there, and does not bring it back': async ({
    store,
    ann,
    bob,
    notFound,
    threadsOf,
    equal,
  }) => {
    await notFound(store.updateThread('t', { title: 'new' }, ann));
    await store.saveThread(makeThread('t'), ann);
    await store.deleteThread('t', ann);
    await notFound(store.updateThread('t', { title: 'new' }, ann));
    equal(await threadsOf(ann), []);
    equal(await threadsOf(bob), []);
  },
};

const createThread: Record<string, (trial: Trial) => Promise<void>> = {
  'adds a thread and its first item': async (trial) => {
    const { store, ann, equal, itemsOf } = trial;
    for (const id of ['a', 'b']) await store.createThread(makeThread(id), makeItem(id, 'i'), ann);
    await store.addThreadItem('a', makeItem('a', 'j'), ann);
    equal(await store.loadThread('a', ann), makeThread('a'));
    equal(await itemsOf('a', ann), [makeItem('a', 'i'), makeItem('a', 'j')]);
    equal(await itemsOf('b', ann), [makeItem('b', 'i')]);
    await checkList(trial, (page) => store.loadThreads(page, ann), ['a', 'b']);
  },

  'succeeds again for the same thread and item, and changes nothing': async ({ store, ann, equal, itemsOf }) => {
    const item = makeNote('t', 'i', { odd: 'text \u0000', list: [1.5, null] });
    await store.createThread(makeThread('t'), item, ann);
    await store.updateThread('t', { title: 'renamed' }, ann);
    await store.addThreadItem('t', makeItem('t', 'j'), ann);
    await store.createThread(makeThread('t'), item, ann);
    equal(await store.loadThread('t', ann), makeThread('t', { title: 'renamed' }));
    equal(await itemsOf('t', ann), [item, makeItem('t', 'j')]);
  },

  'is refused for an id that is there, and changes nothing': async (trial) => {
    const { store, ann, equal, itemsOf } = trial;
    await store.createThread(makeThread('t', { title: 'first' }), makeItem('t', 'i', 'first'), ann);
    await conflict(trial, store.createThread(makeThread('t', { title: 'second' }), makeItem('t', 'i', 'second'), ann));
    await conflict(trial, store.createThread(makeThread('t', { title: 'second' }), makeItem('t', 'j', 'second'), ann));
    equal(await store.loadThread('t', ann), makeThread('t', { title: 'first' }));
    equal(await itemsOf('t', ann), [makeItem('t', 'i', 'first')]);
  },
};

const insertItem: Record<string, (trial: Trial) => Promise<void>> = {
  'adds an item, also when the same call is repeated': async ({ store, ann, equal, itemsOf }) => {
    await store.saveThread(makeThread('t'), ann);
    for (const id of ['a', 'b', 'a']) await store.insertItem('t', makeNote('t', id, { odd: '\u0000' }), ann);
    equal(await itemsOf('t', ann), [makeNote('t', 'a', { odd: '\u0000' }), makeNote('t', 'b', { odd: '\u0000' })]);
  },

  'is refused for the id of another item, and changes nothing': async (trial) => {
    const { store, ann, equal, itemsOf } = trial;
    await store.saveThread(makeThread('t'), ann);
    await store.insertItem('t', makeItem('t', 'i', 'first'), ann);
    await conflict(trial, store.insertItem('t', makeItem('t', 'i', 'second'), ann));
    equal(await itemsOf('t', ann), [makeItem('t', 'i', 'first')]);
  },

  'throws when the thread is not there, and does not bring it back': async ({ store, ann, notFound }) => {
    await notFound(store.insertItem('t', makeItem('t', 'i'), ann));
    await notFound(store.loadThread('t', ann));
  },
};

const insertItemIfActive: Record<string, (trial: Trial) => Promise<void>> = {
  'adds an item to an active thread, also when the same call is repeated': async ({ store, ann, equal, itemsOf }) => {
    await store.saveThread(makeThread('t'), ann);
    for (const id of ['a', 'b', 'a']) await store.insertItemIfActive('t', makeItem('t', id), ann);
    equal(await itemsOf('t', ann), [makeItem('t', 'a'), makeItem('t', 'b')]);
  },

  'is refused for the id of another item, and changes nothing': async (trial) => {
    const { store, ann, equal, itemsOf } = trial;
    await store.saveThread(makeThread('t'), ann);
    await store.insertItemIfActive('t', makeItem('t', 'i', 'first'), ann);
    await conflict(trial, store.insertItemIfActive('t', makeItem('t', 'i', 'second'), ann));
    equal(await itemsOf('t', ann), [makeItem('t', 'i', 'first')]);
  },

  'is refused while the thread is locked or closed, and changes nothing': async (trial) => {
    const { store, ann, equal, itemsOf } = trial;
    await store.saveThread(makeThread('t'), ann);
    await store.insertItemIfActive('t', makeItem('t', 'before'), ann);
    for (const type of ['locked', 'closed'] as const) {
      await store.updateThread('t', { status: { type, reason: 'review' } }, ann);
      await refused(trial, 'forbidden', store.insertItemIfActive('t', makeItem('t', 'i'), ann));
      await store.insertItemIfActive('t', makeItem('t', 'before'), ann); // a repetition
      equal(await itemsOf('t', ann), [makeItem('t', 'before')]);
    }
    await store.updateThread('t', { status: { type: 'active' } }, ann);
    await store.insertItemIfActive('t', makeItem('t', 'after'), ann);
    equal(await itemsOf('t', ann), [makeItem('t', 'before'), makeItem('t', 'after')]);
  },

  'throws when the thread is not there, and does not bring it back': async ({ store, ann, notFound }) => {
    await notFound(store.insertItemIfActive('t', makeItem('t', 'i'), ann));
    await notFound(store.loadThread('t', ann));
  },
};

const completeItem: Record<string, (trial: Trial) => Promise<void>> = {
  'replaces a pending item in its place': async ({ store, ann, equal, itemsOf }) => {
    await store.saveThread(makeThread('t'), ann);
    for (const id of ['a', 'b', 'c']) await store.addThreadItem('t', makeCall('t', id), ann);
    const answer = await store.completeItem('t', makeCall('t', 'b', { odd: '\u0000' }), attempt('one'), ann);
    equal(answer, { pending: 0, repeated: false });
    equal(await itemsOf('t', ann), [makeCall('t', 'a'), makeCall('t', 'b', { odd: '\u0000' }), makeCall('t', 'c')]);
  },

  'counts the items of the turn that are still pending': async ({ store, ann, equal }) => {
    await store.saveThread(makeThread('t'), ann);
    for (const id of ['a', 'b', 'c', 'elsewhere']) await store.addThreadItem('t', makeCall('t', id), ann);
    await store.addThreadItem('t', makeItem('t', 'said'), ann);
    const turn = ['a', 'b', 'c', 'said', 'nowhere'];
    const left: number[] = [];
    for (const id of ['b', 'a', 'c']) {
      const { pending } = await store.completeItem('t', makeCall('t', id, 1), attempt(`of ${id}`, turn), ann);
      left.push(pending);
    }
    equal(left, [2, 1, 0]);
  },

  'is refused for an item that is not pending, and changes nothing': async (trial) => {
    const { store, ann, equal } = trial;
    await store.saveThread(makeThread('t'), ann);
    await store.addThreadItem('t', makeCall('t', 'call'), ann);
    await store.addThreadItem('t', makeItem('t', 'message'), ann);
    await store.completeItem('t', makeCall('t', 'call', 'first'), attempt('one'), ann);
    await conflict(trial, store.completeItem('t', makeCall('t', 'call', 'second'), attempt('two'), ann));
    await conflict(trial, store.completeItem('t', makeCall('t', 'call', 'first'), attempt('three'), ann));
    await conflict(trial, store.completeItem('t', makeCall('t', 'message', 1), attempt('four'), ann));
    equal(await store.loadItem('t', 'call', ann), makeCall('t', 'call', 'first'));
    equal(await store.loadItem('t', 'message', ann), makeItem('t', 'message'));
  },

  'succeeds again for the same attempt, and says so': async ({ store, ann, equal }) => {
    if (isInherited(store, 'completeItem')) return; // the default does not store attempts
    await store.saveThread(makeThread('t'), ann);
    for (const id of ['a', 'b']) await store.addThreadItem('t', makeCall('t', id), ann);
    for (const repeated of [false, true, true]) {
      const answer = await store.completeItem('t', makeCall('t', 'a', 1), attempt('odd \u0000', ['a', 'b']), ann);
      equal(answer, { pending: 1, repeated });
    }
    equal(await store.loadItem('t', 'a', ann), makeCall('t', 'a', 1));
  },

  'throws when the item or the thread is not there': async ({ store, ann, notFound }) => {
    await notFound(store.completeItem('t', makeCall('t', 'i', 1), attempt('one'), ann));
    await store.saveThread(makeThread('t'), ann);
    await notFound(store.completeItem('t', makeCall('t', 'i', 1), attempt('one'), ann));
    await notFound(store.loadItem('t', 'i', ann));
  },
};

/** Stores a thread with these items, and returns its end. */
async function threadWith({ store, ann }: Trial, ids: readonly string[], after: string) {
  await store.saveThread(makeThread('t'), ann);
  for (const id of ids) await store.addThreadItem('t', makeItem('t', id), ann);
  return store.loadItemAndEnd('t', after, ann);
}

const ranges: Record<string, (trial: Trial) => Promise<void>> = {
  'loadItemAndEnd gives the item and the id of the newest': async (trial) => {
    const { store, ann, equal, notFound } = trial;
    const odd = 'odd \u0000 and \ud800 and "';
    const { item, end } = await threadWith(trial, ['a', 'b', odd], 'b');
    equal([item, end.lastItemId], [makeItem('t', 'b'), odd]);
    equal((await store.loadItemAndEnd('t', odd, ann)).end.lastItemId, odd);
    await notFound(store.loadItemAndEnd('t', 'nowhere', ann));
    await notFound(store.loadItemAndEnd('nowhere', 'a', ann));
  },

  'deleteItemsAfter deletes up to the end, and keeps the items that were added later': async (trial) => {
    const { store, ann, equal, itemsOf } = trial;
    const old = numbered(120, 'old');
    const { end } = await threadWith(trial, ['a', 'b', ...old], 'b');
    await store.addThreadItem('t', makeItem('t', 'later'), ann);
    await store.deleteItemsAfter('t', 'b', end, ann);
    equal(idsOf(await itemsOf('t', ann)), ['a', 'b', 'later']);
    await store.deleteItemsAfter('t', 'b', end, ann);
    equal(idsOf(await itemsOf('t', ann)), ['a', 'b', 'later']);
    await store.deleteItemsAfter('t', 'a', null, ann);
    equal(idsOf(await itemsOf('t', ann)), ['a']);
  },

  'deleteItemsAfter does nothing when the item or the thread is not there': async (trial) => {
    const { store, ann, equal, itemsOf } = trial;
    const { end } = await threadWith(trial, ['a', 'b'], 'a');
    await store.deleteItemsAfter('t', 'nowhere', end, ann);
    await store.deleteItemsAfter('t', 'nowhere', null, ann);
    await store.deleteItemsAfter('nowhere', 'a', null, ann);
    await store.deleteItemsAfter('t', 'b', (await store.loadItemAndEnd('t', 'b', ann)).end, ann);
    equal(idsOf(await itemsOf('t', ann)), ['a', 'b']);
  },

  'replaceItemsAfter puts one item in the place of all others': async (trial) => {
    const { store, ann, equal, itemsOf } = trial;
    const { end } = await threadWith(trial, ['a', 'b', ...numbered(120, 'old')], 'b');
    await store.addThreadItem('t', makeItem('t', 'later'), ann);
    for (let times = 0; times < 2; times++) {
      await store.replaceItemsAfter('t', 'b', end, makeItem('t', 'new', 'answer'), ann);
      await store.addThreadItem('t', makeItem('t', 'next'), ann);
      equal(idsOf(await itemsOf('t', ann)), ['a', 'b', 'later', 'new', 'next']);
    }
    equal(await store.loadItem('t', 'new', ann), makeItem('t', 'new', 'answer'));
    await store.replaceItemsAfter('t', 'a', null, makeItem('t', 'last'), ann);
    equal(idsOf(await itemsOf('t', ann)), ['a', 'last']);
  },

  'replaceItemsAfter takes an id of the old items, and of those before': async (trial) => {
    const { store, ann, equal, itemsOf } = trial;
    const { end } = await threadWith(trial, ['a', 'b', 'c', 'd', 'e'], 'b');
    await store.replaceItemsAfter('t', 'b', end, makeItem('t', 'd', 'new'), ann);
    equal(await itemsOf('t', ann), [makeItem('t', 'a'), makeItem('t', 'b'), makeItem('t', 'd', 'new')]);
    await store.replaceItemsAfter('t', 'b', null, makeItem('t', 'a', 'new'), ann);
    equal(await itemsOf('t', ann), [makeItem('t', 'a', 'new'), makeItem('t', 'b')]);
  },

  'replaceItemsAfter throws when the item or the thread is not there, and changes nothing': async (trial) => {
    const { store, ann, equal, notFound, itemsOf } = trial;
    await threadWith(trial, ['a', 'b'], 'a');
    await notFound(store.replaceItemsAfter('t', 'nowhere', null, makeItem('t', 'new'), ann));
    await notFound(store.replaceItemsAfter('nowhere', 'a', null, makeItem('nowhere', 'new'), ann));
    await notFound(store.loadThreadItems('nowhere', query(), ann));
    equal(idsOf(await itemsOf('t', ann)), ['a', 'b']);
  },
};

const named = (cases: Record<string, (trial: Trial) => Promise<void>>, prefix = '') =>
  Object.entries(cases).map(([name, check]) => ({ name: `${prefix}${name}`, check }));

export const conditional: readonly Case[] = [
  ...named(updateThread, 'updateThread '),
  ...named(createThread, 'createThread '),
  ...named(insertItem, 'insertItem '),
  ...named(insertItemIfActive, 'insertItemIfActive '),
  ...named(completeItem, 'completeItem '),
  ...named(ranges),
];
