// Races for one row: in any order, both calls take effect or one of them is refused. Repeated, because a faulty store
// does not fail in every round.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { ChatKitError, NotFoundError } from '../errors';
import { makeCall } from './conditional';
import { makeItem, makeThread, numbered } from './documents';
import type { Store } from '../stores/store';
import { type Case, idsOf, isInherited, query, type Trial } from './trial';

/** Runs a race once, and fails for a wrong result. `round` is the number of the repetition. */
type Race = (trial: Trial, threadId: string, round: number) => Promise<void>;

const rounds = 20;

/** Starts both calls in alternating order, at once or a moment apart. Returns the outcome of each call. */
async function together(round: number, calls: (() => Promise<unknown>)[]): Promise<PromiseSettledResult<unknown>[]> {
  const isReversed = round % 2 === 1;
  const started: Promise<unknown>[] = [];
  for (const [index, call] of (isReversed ? calls.toReversed() : calls).entries()) {
    if (index > 0 && round % 5 === 2) await setImmediate();
    if (index > 0 && round % 5 === 4) await setTimeout(1);
    const calling = call();
    calling.catch(() => undefined); // handled by `allSettled`
    started.push(calling);
  }
  const settled = await Promise.allSettled(started);
  return isReversed ? settled.toReversed() : settled;
}

/** Returns the results of calls that may be refused. Fails when a call failed for another reason. */
function accepted<Result>(settled: PromiseSettledResult<unknown>[]): Result[] {
  return settled.flatMap((result) => {
    if (result.status === 'fulfilled') return [result.value as Result];
    const { reason } = result as { reason: unknown };
    if (reason instanceof NotFoundError || (reason instanceof ChatKitError && reason.code === 'conflict')) return [];
    throw reason;
  });
}

const afterDeletion =
  (change: (trial: Trial, threadId: string) => Promise<unknown>): Race =>
  async (trial, threadId, round) => {
    const { store, ann, notFound } = trial;
    await store.saveThread(makeThread(threadId), ann);
    await store.addThreadItem(threadId, makeItem(threadId, 'a'), ann);
    accepted(await together(round, [() => change(trial, threadId), async () => store.deleteThread(threadId, ann)]));
    await notFound(store.loadThread(threadId, ann));
    await notFound(store.loadItem(threadId, 'new', ann));
  };

const twoChanges =
  (one: Parameters<Trial['store']['updateThread']>[1], other: Parameters<Trial['store']['updateThread']>[1]): Race =>
  async ({ store, ann, equal }, threadId, round) => {
    const metadata = { kept: 1, removed: 1 };
    await store.saveThread(makeThread(threadId, { title: 'old', metadata }), ann);
    const settled = await together(
      round,
      [one, other].map((change) => () => store.updateThread(threadId, change, ann)),
    );
    equal(accepted(settled).length, 2);
    const changes = [one, other].map(({ metadata: changed }) => changed);
    const expected = { ...metadata, ...changes[0]?.set, ...changes[1]?.set };
    for (const key of changes.flatMap((changed) => changed?.remove ?? [])) Reflect.deleteProperty(expected, key);
    const { title, metadata: stored } = await store.loadThread(threadId, ann);
    equal({ title, stored }, { title: one.title ?? other.title ?? 'old', stored: expected });
  };

async function completedTwice({ store, ann, equal }: Trial, threadId: string, round: number): Promise<void> {
  await store.saveThread(makeThread(threadId), ann);
  await store.addThreadItem(threadId, makeCall(threadId, 'call'), ann);
  const outputs = ['one', 'two'];
  const settled = await together(
    round,
    outputs.map((output) => async () => {
      await store.completeItem(threadId, makeCall(threadId, 'call', output), { attempt: output, turn: [] }, ann);
      return output;
    }),
  );
  const taken = accepted<string>(settled);
  equal(taken.length, 1);
  equal(await store.loadItem(threadId, 'call', ann), makeCall(threadId, 'call', taken[0]));
}

async function lastOfTurn({ store, ann, equal }: Trial, threadId: string, round: number): Promise<void> {
  const turn = numbered(3, 'call');
  await store.saveThread(makeThread(threadId), ann);
  for (const id of turn) await store.addThreadItem(threadId, makeCall(threadId, id), ann);
  const settled = await together(
    round,
    turn.map((id) => () => store.completeItem(threadId, makeCall(threadId, id, 1), { attempt: id, turn }, ann)),
  );
  const left = accepted<{ pending: number }>(settled).map(({ pending }) => pending);
  equal(left.toSorted(), [0, 1, 2]);
}

async function createdTwice({ store, ann, equal, itemsOf }: Trial, threadId: string, round: number): Promise<void> {
  const titles = ['one', 'two'];
  const settled = await together(
    round,
    titles.map((title) => async () => {
      await store.createThread(makeThread(threadId, { title }), makeItem(threadId, 'i', title), ann);
      return title;
    }),
  );
  const created = accepted<string>(settled);
  equal(created.length, 1);
  equal((await store.loadThread(threadId, ann)).title, created[0]);
  equal(await itemsOf(threadId, ann), [makeItem(threadId, 'i', created[0])]);
}

async function insertedTwice({ store, ann, equal, itemsOf }: Trial, threadId: string, round: number): Promise<void> {
  await store.saveThread(makeThread(threadId), ann);
  const settled = await together(
    round,
    ['one', 'two'].map((text) => async () => {
      await store.insertItem(threadId, makeItem(threadId, 'i', text), ann);
      return text;
    }),
  );
  const inserted = accepted<string>(settled);
  equal(inserted.length, 1);
  equal(await itemsOf(threadId, ann), [makeItem(threadId, 'i', inserted[0])]);
}

/** Checks that a thread gets no message after the call that locks it has returned. */
async function lockedForMessages(
  { store, ann, equal, itemsOf }: Trial,
  threadId: string,
  round: number,
): Promise<void> {
  await store.saveThread(makeThread(threadId), ann);
  let atLock: string[] = [];
  await together(round, [
    () =>
      store.insertItemIfActive(threadId, makeItem(threadId, 'i'), ann).catch((error: unknown) => {
        if (!(error instanceof ChatKitError && error.code === 'forbidden')) throw error;
      }),
    async () => {
      await store.updateThread(threadId, { status: { type: 'locked' } }, ann);
      atLock = idsOf(await itemsOf(threadId, ann));
    },
  ]).then(accepted);
  equal(idsOf(await itemsOf(threadId, ann)), atLock);
}

/** Checks that a reader never sees parts of both answers, or the question without an answer. */
async function replacedWhole({ store, ann, equal, itemsOf }: Trial, threadId: string, round: number): Promise<void> {
  const old = numbered(5, 'old');
  await store.saveThread(makeThread(threadId), ann);
  for (const id of ['question', ...old]) await store.addThreadItem(threadId, makeItem(threadId, id), ann);
  const { end } = await store.loadItemAndEnd(threadId, 'question', ann);
  const settled = await together(round, [
    () => store.replaceItemsAfter(threadId, 'question', end, makeItem(threadId, 'new'), ann),
    async () => {
      for (let times = 0; times < 5; times++) {
        const page = await store.loadThreadItems(threadId, query(), ann);
        if (page.has_more) return; // two pages are read at two moments
        const seen = idsOf(page.data).filter((id) => id !== 'later');
        equal(seen, seen.includes('new') ? ['question', 'new'] : ['question', ...old]);
      }
    },
    () => store.addThreadItem(threadId, makeItem(threadId, 'later'), ann),
  ]);
  equal(accepted(settled).length, 3);
  equal(idsOf(await itemsOf(threadId, ann)).toSorted(), ['later', 'new', 'question']);
}

const cases: Record<string, { of: keyof Store; race: Race }> = {
  'a renamed thread that is deleted stays deleted': {
    of: 'updateThread',
    race: afterDeletion(({ store, ann }, id) => store.updateThread(id, { title: 'new' }, ann)),
  },
  'a thread whose metadata changes while it is deleted stays deleted': {
    of: 'updateThread',
    race: afterDeletion(({ store, ann }, id) => store.updateThread(id, { metadata: { set: { key: 1 } } }, ann)),
  },
  'a thread that is answered again while it is deleted stays deleted': {
    of: 'replaceItemsAfter',
    race: afterDeletion(({ store, ann }, id) => store.replaceItemsAfter(id, 'a', null, makeItem(id, 'new'), ann)),
  },
  'of two outputs for one call one is stored and the other is refused': { of: 'completeItem', race: completedTwice },
  'of the calls of one turn that are completed at once exactly one is the last': {
    of: 'completeItem',
    race: lastOfTurn,
  },
  'a new title and a new key of the metadata are both kept': {
    of: 'updateThread',
    race: twoChanges({ title: 'new' }, { metadata: { set: { key: 1 } } }),
  },
  'two new keys of the metadata are both kept': {
    of: 'updateThread',
    race: twoChanges({ metadata: { set: { one: 1 } } }, { metadata: { set: { two: 2 }, remove: ['removed'] } }),
  },
  'of two threads with one id one is created and the other is refused': { of: 'createThread', race: createdTwice },
  'of two items with one id one is inserted and the other is refused': { of: 'insertItem', race: insertedTwice },
  'a thread that is locked gets no message afterwards': { of: 'insertItemIfActive', race: lockedForMessages },
  'an answer that is replaced is never seen in part': { of: 'replaceItemsAfter', race: replacedWhole },
};

/** Returns the races. @param always True to run the races of inherited operations as well. */
export const races = (always: boolean): Case[] =>
  Object.entries(cases).map(([name, { of, race }]) => ({
    name: `race: ${name}`,
    check: async (trial) => {
      if (!always && isInherited(trial.store, of)) return;
      for (let round = 0; round < rounds; round++) await race(trial, `t_${round}`, round);
    },
  }));
