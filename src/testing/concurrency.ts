// Overlapping calls: no write is lost or mixed with another, and every reader sees the same order.
import { setImmediate } from 'node:timers/promises';
import { NotFoundError } from '../errors';
import type { Order, Thread, ThreadItem } from '../protocol';
import { makeAttachment, makeItem, makeNote, makeThread, numbered } from './documents';
import { lists } from './lists';
import { allDone, type Case, checkList, idsOf, orders, query, readRows, type Trial } from './trial';

const fiftyAtOnce = (open: (typeof lists)[keyof typeof lists]) => async (trial: Trial) => {
  const list = await open(trial);
  const ids = numbered(50, 'row');
  await allDone(ids.map((id) => list.put(id)));
  const found = idsOf(await readRows(list.load));
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
  const { store, ann, equal, itemsOf } = trial;
  await store.saveThread(makeThread('t'), ann);
  const writers = [numbered(25, 'a'), numbered(25, 'b')];
  await allDone(
    writers.map(async (ids) => {
      for (const id of ids) await store.addThreadItem('t', makeItem('t', id), ann);
    }),
  );
  const found = idsOf(await itemsOf('t', ann));
  equal(found.length, 50);
  for (const ids of writers) {
    const inOrder = found.filter((id) => ids.includes(id));
    equal(inOrder, ids);
  }
  for (const order of orders)
    await checkList(trial, (page) => store.loadThreadItems('t', page, ann), found, { limit: 7, order });
}

/** Reads the rows of a list page by page, while other rows are added in batches. */
async function readWhileAdding({ store, ann }: Trial, order: Order, batches: string[][]): Promise<string[]> {
  const seen: string[] = [];
  const readOn = async () => {
    const page = await store.loadThreadItems('t', { limit: 3, after: seen.at(-1) ?? null, order }, ann);
    seen.push(...idsOf(page.data));
    return page.has_more;
  };
  let isAdding = true;
  const add = async () => {
    for (const batch of batches) {
      await allDone(batch.map((id) => store.addThreadItem('t', makeItem('t', id), ann)));
      await setImmediate();
    }
  };
  const read = async () => {
    while (isAdding) {
      await readOn();
      await setImmediate();
    }
    while (await readOn());
  };
  await allDone([add().finally(() => (isAdding = false)), read()]);
  return seen;
}

async function pagingForward(trial: Trial): Promise<void> {
  const { store, ann, equal, itemsOf } = trial;
  const old = numbered(20, 'old');
  await store.saveThread(makeThread('t'), ann);
  for (const id of old) await store.addThreadItem('t', makeItem('t', id), ann);
  const batches = Array.from({ length: 15 }, (_row, index) => numbered(4, `new_${index}`));
  const seen = await readWhileAdding(trial, 'asc', batches);
  const all = idsOf(await itemsOf('t', ann));
  equal(all.slice(0, old.length), old);
  equal(all.slice(old.length).toSorted(), batches.flat().toSorted());
  equal(seen, all);
}

async function pagingBackward(trial: Trial): Promise<void> {
  const { store, ann, equal } = trial;
  const old = numbered(20, 'old');
  await store.saveThread(makeThread('t'), ann);
  for (const id of old) await store.addThreadItem('t', makeItem('t', id), ann);
  const seen = await readWhileAdding(
    trial,
    'desc',
    numbered(12, 'new').map((id) => [id]),
  );
  equal(new Set(seen).size, seen.length);
  const seenOld = seen.filter((id) => old.includes(id));
  equal(seenOld, old.toReversed());
}

/** Makes a version of the thread and of the item `i`. Each version has a member that no other version has. */
function versionOf(version: number): { thread: Thread; item: ThreadItem } {
  const data = { version, [`only_${version}`]: version, text: `${version} `.repeat(100), again: version };
  return { thread: makeThread('t', { title: `${version}`, metadata: data }), item: makeNote('t', 'i', data) };
}

const isNoMore = () => false;

async function wholeVersions(trial: Trial): Promise<void> {
  const { store, ann, equal, itemsOf } = trial;
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
    return [store.saveThread(thread, ann), store.saveItem('t', item, ann)];
  });
  const saved = allDone(saves.flat());
  const reading = (async () => {
    for (let isSaving = true; isSaving;) {
      isSaving = await Promise.race([saved.then(isNoMore, isNoMore), setImmediate(true)]);
      await checkWhole();
    }
  })();
  await allDone([saved, reading]);
  const item = await checkWhole();
  const [a, z] = ['a', 'z'].map((id) => ({ ...versionOf(0).item, id }));
  equal(await itemsOf('t', ann), [a, item, z]);
  await checkList(trial, (page) => store.loadThreads(page, ann), ['t']);
}

/** Saves a thread while items are added, as at the end of a turn while another turn runs. */
async function threadAndItems(trial: Trial): Promise<void> {
  const { store, ann, equal, itemsOf } = trial;
  await store.saveThread(makeThread('t'), ann);
  const ids = numbered(25, 'i');
  await allDone(
    ids.flatMap((id) => [
      store.addThreadItem('t', makeItem('t', id), ann),
      store.saveThread(makeThread('t', { title: id }), ann),
    ]),
  );
  equal(idsOf(await itemsOf('t', ann)).toSorted(), ids.toSorted());
}

/** Saves one id several times at once, as for a request that is posted again to another instance. */
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
      // An add either preceded the deletion of the thread or found no thread.
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
  { name: '50 threads saved at once are all there, in one order', check: fiftyAtOnce(lists.threads) },
  { name: '50 items added at once are all there, in one order', check: fiftyAtOnce(lists.items) },
  { name: 'two writers on two threads do not meet', check: twoThreads },
  { name: 'two writers on one thread lose nothing, and each keeps its order', check: twoWriters },
  { name: 'a reader who follows a thread forward misses and repeats nothing that is added', check: pagingForward },
  { name: 'a reader who goes back in a thread misses and repeats nothing that was there', check: pagingBackward },
  { name: 'saves at once leave one of the versions whole', check: wholeVersions },
  { name: 'saves of a thread lose none of the items added meanwhile', check: threadAndItems },
  { name: 'the same id saved at once is one row', check: sameIdAtOnce },
  { name: 'a thread deleted during adds leaves nothing behind', check: deleteDuringAdds },
];
