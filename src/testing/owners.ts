// Isolation: no method finds the rows of another owner.
import { makeAttachment, makeItem, makeThread } from './documents';
import { type Case, checkList, orders, query, type Trial } from './trial';

/** Stores the threads `t` and `u`, the items `i` and `j` in `t`, and the attachment `f` for Ann, and `b` for Bob. */
async function fill({ store, ann, bob }: Trial): Promise<void> {
  for (const id of ['t', 'u']) await store.saveThread(makeThread(id, { title: 'of Ann' }), ann);
  for (const id of ['i', 'j']) await store.addThreadItem('t', makeItem('t', id, 'of Ann'), ann);
  await store.saveAttachment(makeAttachment('f', { name: 'of Ann', thread_id: 't' }), ann);
  await store.saveThread(makeThread('b'), bob);
  await store.addThreadItem('b', makeItem('b', 'k'), bob);
}

async function checkAnnUntouched({ store, ann, equal, itemsOf, threadsOf }: Trial): Promise<void> {
  const [t, u] = ['t', 'u'].map((id) => makeThread(id, { title: 'of Ann' }));
  const [i, j] = ['i', 'j'].map((id) => makeItem('t', id, 'of Ann'));
  equal(await threadsOf(ann), [t, u]);
  equal(await store.loadThread('t', ann), t);
  equal(await itemsOf('t', ann), [i, j]);
  equal(await store.loadItem('t', 'i', ann), i);
  equal(await store.loadAttachment('f', ann), makeAttachment('f', { name: 'of Ann', thread_id: 't' }));
}

const loads: Record<string, (trial: Trial) => Promise<unknown>> = {
  loadThread: ({ store, bob }) => store.loadThread('t', bob),
  'loadThreads after a cursor': ({ store, bob }) => store.loadThreads(query({ after: 't' }), bob),
  'loadThreads before a cursor': ({ store, bob }) => store.loadThreads(query({ after: 'u', order: 'desc' }), bob),
  loadThreadItems: ({ store, bob }) => store.loadThreadItems('t', query(), bob),
  'loadThreadItems after a cursor': ({ store, bob }) => store.loadThreadItems('t', query({ after: 'i' }), bob),
  'loadThreadItems of the own thread after a cursor': ({ store, bob }) =>
    store.loadThreadItems('b', query({ after: 'i' }), bob),
  'addThreadItem of a new item': ({ store, bob }) => store.addThreadItem('t', makeItem('t', 'new'), bob),
  'addThreadItem of a known item': ({ store, bob }) => store.addThreadItem('t', makeItem('t', 'i', 'of Bob'), bob),
  'saveItem of a new item': ({ store, bob }) => store.saveItem('t', makeItem('t', 'new'), bob),
  'saveItem of a known item': ({ store, bob }) => store.saveItem('t', makeItem('t', 'i', 'of Bob'), bob),
  loadItem: ({ store, bob }) => store.loadItem('t', 'i', bob),
  'loadItem through the own thread': ({ store, bob }) => store.loadItem('b', 'i', bob),
  loadAttachment: ({ store, bob }) => store.loadAttachment('f', bob),
};

const deletes: Record<string, (trial: Trial) => Promise<unknown>> = {
  deleteThread: ({ store, bob }) => store.deleteThread('t', bob),
  deleteThreadItem: ({ store, bob }) => store.deleteThreadItem('t', 'i', bob),
  'deleteThreadItem through the own thread': ({ store, bob }) => store.deleteThreadItem('b', 'i', bob),
  deleteAttachment: ({ store, bob }) => store.deleteAttachment('f', bob),
};

/**
 * Resolves with false when the save of an id of another owner is refused, as a store does whose ids are unique over all
 * owners. Otherwise the save makes a new row. It never changes or shows the row of the other owner.
 */
async function isSaved(save: Promise<void>): Promise<boolean> {
  return save.then(
    () => true,
    () => false,
  );
}

async function takenThreadId(trial: Trial): Promise<void> {
  const { store, ann, bob, equal, notFound, itemsOf } = trial;
  await fill(trial);
  const saved = await isSaved(store.saveThread(makeThread('t', { title: 'of Bob' }), bob));
  await checkAnnUntouched(trial);
  await checkList(trial, (page) => store.loadThreads(page, bob), saved ? ['b', 't'] : ['b']);
  if (!saved) return notFound(store.loadThread('t', bob));
  equal(await store.loadThread('t', bob), makeThread('t', { title: 'of Bob' }));
  await checkList(trial, (page) => store.loadThreadItems('t', page, bob), []);
  await notFound(store.loadItem('t', 'i', bob));
  await notFound(store.loadThreadItems('t', query({ after: 'i' }), bob));
  await store.addThreadItem('t', makeItem('t', 'i', 'of Bob'), bob);
  await checkAnnUntouched(trial);
  equal(await itemsOf('t', bob), [makeItem('t', 'i', 'of Bob')]);
  await store.deleteThreadItem('t', 'i', bob);
  const ids: unknown = await store.deleteThread('t', bob);
  equal(ids ?? [], []);
  await checkAnnUntouched(trial);
  await store.saveThread(makeThread('t', { title: 'of Bob' }), bob);
  await store.deleteThread('t', ann);
  equal(await store.loadThread('t', bob), makeThread('t', { title: 'of Bob' }));
}

async function takenAttachmentId(trial: Trial): Promise<void> {
  const { store, bob, equal, notFound } = trial;
  await fill(trial);
  const saved = await isSaved(store.saveAttachment(makeAttachment('f', { name: 'of Bob' }), bob));
  await checkAnnUntouched(trial);
  if (!saved) return notFound(store.loadAttachment('f', bob));
  equal(await store.loadAttachment('f', bob), makeAttachment('f', { name: 'of Bob' }));
  await store.deleteAttachment('f', bob);
  await notFound(store.loadAttachment('f', bob));
  await checkAnnUntouched(trial);
}

async function ownList(trial: Trial): Promise<void> {
  const { store, ann, bob, contextOf } = trial;
  await fill(trial);
  for (const order of orders) {
    await checkList(trial, (page) => store.loadThreads(page, ann), ['t', 'u'], { limit: 1, order });
    await checkList(trial, (page) => store.loadThreads(page, bob), ['b'], { limit: 1, order });
    await checkList(trial, (page) => store.loadThreads(page, contextOf('user_c')), [], { limit: 1, order });
  }
}

async function oddOwners(trial: Trial): Promise<void> {
  const { store, contextOf } = trial;
  const owners = [
    "'; DROP TABLE threads; --",
    '__proto__',
    'constructor',
    '%',
    'user',
    'User',
    'user ',
    'é',
    'e\u0301',
  ];
  for (const [index, owner] of owners.entries()) await store.saveThread(makeThread(`t_${index}`), contextOf(owner));
  for (const [index, owner] of owners.entries()) {
    await checkList(trial, (page) => store.loadThreads(page, contextOf(owner)), [`t_${index}`]);
  }
}

export const owners: readonly Case[] = [
  ...Object.entries(loads).map(([name, load]) => ({
    name: `another owner's rows are not found: ${name}`,
    check: async (trial: Trial) => {
      await fill(trial);
      await trial.notFound(load(trial));
      await checkAnnUntouched(trial);
    },
  })),
  ...Object.entries(deletes).map(([name, remove]) => ({
    name: `another owner's rows are not deleted: ${name}`,
    check: async (trial: Trial) => {
      await fill(trial);
      trial.equal((await remove(trial)) ?? [], []);
      await checkAnnUntouched(trial);
    },
  })),
  { name: 'owners see their own threads only', check: ownList },
  { name: "a thread with the id of another owner's is one's own, or is refused", check: takenThreadId },
  { name: "an attachment with the id of another owner's is one's own, or is refused", check: takenAttachmentId },
  { name: 'owners of any name are kept apart', check: oddOwners },
];
