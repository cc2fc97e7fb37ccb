// Calls that overlap: nothing is lost, nothing is torn, and there is one order that every reader sees.
import { NotFoundError } from '../errors';
import type { Thread, ThreadItem } from '../protocol';
import { makeAttachment, makeItem, makeNote, makeThread, numbered } from './documents';
import { lists } from './lists';
import { allDone, type Case, checkList, idsOf, orders, query, readList, type Trial } from './trial';

const fiftyAtOnce = (open: (typeof lists)[keyof typeof lists]) => async (trial: Trial) => {
  const list = await open(trial);
  const ids = numbered(50, 'row');
  await allDone(ids.map((id) => list.put(id)));
  const found = await readList(list.load);
  trial.equal(found.toSorted(), ids.toSorted());
  for (const order of orders) {
    for (const limit of [1, 7, 50]) await checkList(trial, list.load, found, { limit, order });
  }
};

async function twoThreads(trial: Trial): Promise<void> {
  const { store, ann } = trial;
  const threadIds = ['a', 'b'];
  for (const id of threadIds) await store.saveThread(makeThread(id), ann);
  const ids = numbered(25, 'i');
  await allDone(
    threadIds.map(async (threadId) => {
      for (const id of ids) await store.addThreadItem(threadId, makeItem(threadId, id), ann);
    }),
  );
  for (const threadId of threadIds) {
    await checkList(trial, (page) => store.loadThreadItems(threadId, page, ann), ids, { limit: 4, order: 'asc' });
  }
}

async function twoWriters(trial: Trial): Promise<void> {
  const { store, ann, equal } = trial;
  await store.saveThread(makeThread('t'), ann);
  const writers = [numbered(25, 'a'), numbered(25, 'b')];
  await allDone(
    writers.map(async (ids) => {
      for (const id of ids) await store.addThreadItem('t', makeItem('t', id), ann);
    }),
  );
  const load = (page: Parameters<typeof store.loadThreadItems>[1]) => store.loadThreadItems('t', page, ann);
  const found = await readList(load);
  equal(found.length, 50);
  for (const ids of writers)
    equal(
      found.filter((id) => ids.includes(id)),
      ids,
    );
  for (const order of orders) await checkList(trial, load, found, { limit: 7, order });
}

/** Reads on while items are added, as a page does that follows a thread. */
async function pagingForward(trial: Trial): Promise<void> {
  const { store, ann, equal } = trial;
  await store.saveThread(makeThread('t'), ann);
  for (const id of numbered(20, 'old')) await store.addThreadItem('t', makeItem('t', id), ann);
  const fresh = numbered(60, 'new');
  const adds: Promise<unknown>[] = [];
  const seen: string[] = [];
  const readOn = async () => {
    const page = await store.loadThreadItems('t', query({ limit: 3, after: seen.at(-1) ?? null }), ann);
    seen.push(...idsOf(page));
    return page.has_more;
  };
  const reading = (async () => {
    while (fresh.length > 0) {
      const batch = fresh.splice(0, 4);
      adds.push(...batch.map((id) => store.addThreadItem('t', makeItem('t', id), ann)));
      await readOn();
    }
  })();
  await allDone([reading]).finally(() => Promise.allSettled(adds));
  await allDone(adds);
  while (await readOn());
  const all = await readList((page) => store.loadThreadItems('t', page, ann));
  equal(all.slice(0, 20), numbered(20, 'old'));
  equal(all.length, 80);
  equal(seen, all);
}

async function pagingBackward(trial: Trial): Promise<void> {
  const { store, ann, equal } = trial;
  await store.saveThread(makeThread('t'), ann);
  const old = numbered(20, 'old');
  for (const id of old) await store.addThreadItem('t', makeItem('t', id), ann);
  const adds: Promise<unknown>[] = [];
  const seen: string[] = [];
  const reading = (async () => {
    for (let after: string | null = null, count = 0, more = true; more; count++) {
      adds.push(store.addThreadItem('t', makeItem('t', `new_${count}`), ann));
      const page = await store.loadThreadItems('t', { limit: 3, after, order: 'desc' }, ann);
      seen.push(...idsOf(page));
      after = seen.at(-1) ?? null;
      more = page.has_more && count < 100;
    }
  })();
  await allDone([reading]).finally(() => Promise.allSettled(adds));
  await allDone(adds);
  equal(new Set(seen).size, seen.length);
  equal(
    seen.filter((id) => old.includes(id)),
    old.toReversed(),
  );
}

/** A version of the thread and of the item `i`: each has a member that no other version has. */
function versionOf(version: number): { thread: Thread; item: ThreadItem } {
  const data = { version, [`only_${version}`]: version, text: `${version} `.repeat(100), again: version };
  return { thread: makeThread('t', { title: `${version}`, metadata: data }), item: makeNote('t', 'i', data) };
}

async function wholeVersions(trial: Trial): Promise<void> {
  const { store, ann, equal } = trial;
  await store.saveThread(versionOf(0).thread, ann);
  for (const id of ['a', 'i', 'z']) await store.addThreadItem('t', { ...versionOf(0).item, id }, ann);
  const checkWhole = async () => {
    const thread = await store.loadThread('t', ann);
    equal(thread, versionOf(Number(thread.metadata['version'])).thread);
    const item = await store.loadItem('t', 'i', ann);
    const content = item.type === 'hidden_context_item' ? (item.content as { version: number }) : { version: -1 };
    equal(item, versionOf(content.version).item);
    return item;
  };
  const saves = Array.from({ length: 20 }, (_row, index) => {
    const { thread, item } = versionOf(index + 1);
    return [store.saveThread(thread, ann), store.saveItem('t', item, ann), checkWhole()];
  });
  await allDone(saves.flat());
  const item = await checkWhole();
  const [a, z] = ['a', 'z'].map((id) => ({ ...versionOf(0).item, id }));
  equal((await store.loadThreadItems('t', query(), ann)).data, [a, item, z]);
  await checkList(trial, (page) => store.loadThreads(page, ann), ['t']);
}

/** The thread is saved at the end of each turn, while another one may be adding items. */
async function threadAndItems(trial: Trial): Promise<void> {
  const { store, ann, equal } = trial;
  await store.saveThread(makeThread('t'), ann);
  const ids = numbered(25, 'i');
  await allDone(
    ids.flatMap((id) => [
      store.addThreadItem('t', makeItem('t', id), ann),
      store.saveThread(makeThread('t', { title: id }), ann),
    ]),
  );
  equal((await readList((page) => store.loadThreadItems('t', page, ann))).toSorted(), ids.toSorted());
}

/** A client that posts again what it believes lost, or two instances that were sent the same. */
async function sameIdAtOnce(trial: Trial): Promise<void> {
  const { store, ann, equal } = trial;
  const times = Array.from({ length: 10 });
  await allDone(times.map(() => store.saveThread(makeThread('t'), ann)));
  await allDone(times.map(() => store.addThreadItem('t', makeItem('t', 'i'), ann)));
  await allDone(times.map(() => store.saveItem('t', makeItem('t', 'j'), ann)));
  await allDone(times.map(() => store.saveAttachment(makeAttachment('f'), ann)));
  await checkList(trial, (page) => store.loadThreads(page, ann), ['t']);
  await checkList(trial, (page) => store.loadThreadItems('t', page, ann), ['i', 'j']);
  equal(await store.loadAttachment('f', ann), makeAttachment('f'));
  await allDone(times.map(() => store.deleteThreadItem('t', 'i', ann)));
  await allDone(times.map(() => store.deleteAttachment('f', ann)));
  await allDone(times.map(() => store.deleteThread('t', ann)));
  await checkList(trial, (page) => store.loadThreads(page, ann), []);
}

async function deleteDuringAdds(trial: Trial): Promise<void> {
  const { store, ann, notFound } = trial;
  const ids = numbered(40, 'i');
  for (let round = 0; round < 5; round++) {
    await store.saveThread(makeThread('t'), ann);
    const calls: Promise<unknown>[] = ids.map((id, index) =>
      store[index % 2 ? 'addThreadItem' : 'saveItem']('t', makeItem('t', id), ann),
    );
    void calls.splice(round * 10, 0, store.deleteThread('t', ann));
    const settled = await Promise.allSettled(calls);
    for (const result of settled) {
      // An add came before the end of the thread, or found none. There is no third way.
      if (result.status === 'rejected' && !(result.reason instanceof NotFoundError)) throw result.reason;
    }
    await notFound(store.loadThread('t', ann));
    await notFound(store.loadThreadItems('t', query(), ann));
    await checkList(trial, (page) => store.loadThreads(page, ann), []);
    for (const id of ids) await notFound(store.loadItem('t', id, ann));
    await store.saveThread(makeThread('t'), ann);
    await checkList(trial, (page) => store.loadThreadItems('t', page, ann), []);
    await store.deleteThread('t', ann);
  }
}

export const concurrency: readonly Case[] = [
  { name: '50 threads saved at once are all there, in one order', run: fiftyAtOnce(lists.threads) },
  { name: '50 items added at once are all there, in one order', run: fiftyAtOnce(lists.items) },
  { name: 'two writers on two threads do not meet', run: twoThreads },
  { name: 'two writers on one thread lose nothing, and each keeps its order', run: twoWriters },
  { name: 'a reader who follows a thread forward misses and repeats nothing that is added', run: pagingForward },
  { name: 'a reader who goes back in a thread misses and repeats nothing that was there', run: pagingBackward },
  { name: 'saves at once leave one of the versions whole', run: wholeVersions },
  { name: 'saves of a thread lose none of the items added meanwhile', run: threadAndItems },
  { name: 'the same id saved at once is one row', run: sameIdAtOnce },
  { name: 'a thread deleted during adds leaves nothing behind', run: deleteDuringAdds },
];
