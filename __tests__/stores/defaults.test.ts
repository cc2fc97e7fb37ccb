// The methods that a store inherits: they make several calls.
import { MemoryStore, Store } from 'chatkit-express';
import { allIds, makeNote, makeThread } from './rows';

/** A store with the inherited methods, whose addition or deletion of one item can fail. */
class Plain extends MemoryStore {
  failsAt: string | undefined;
  /** The ids of the items that were deleted, in the order of the calls. */
  readonly deleted: string[] = [];
  override createThread = Store.prototype.createThread.bind(this);
  override deleteItemsAfter = Store.prototype.deleteItemsAfter.bind(this);
  override replaceItemsAfter = Store.prototype.replaceItemsAfter.bind(this);
  override async addThreadItem(...[threadId, item]: Parameters<MemoryStore['addThreadItem']>): Promise<void> {
    if (item.id === this.failsAt) throw new Error('the disk is broken');
    await super.addThreadItem(threadId, item, {});
  }
  override async deleteThreadItem(threadId: string, itemId: string): Promise<void> {
    if (itemId === this.failsAt) throw new Error('the disk is broken');
    this.deleted.push(itemId);
    await super.deleteThreadItem(threadId, itemId, {});
  }
}

const ids = Array.from({ length: 250 }, (_, index) => `i_${String(index).padStart(3, '0')}`);

/** A store with a thread of more items than two pages. */
async function filled() {
  const store = new Plain();
  await store.saveThread(makeThread('t'), {});
  for (const id of ids) await store.addThreadItem('t', makeNote(id), {});
  return { store, left: () => allIds(store, {}, { threadId: 't' }) };
}

test('a thread is added once with its first item, and another one with its id is refused', async () => {
  const store = new Plain();
  const create = (id: string, content?: string) => store.createThread(makeThread('t'), makeNote(id, content), {});
  await create('a');
  await create('a');
  await expect(create('a', 'other')).rejects.toMatchObject({ code: 'conflict' });
  await expect(create('b')).rejects.toMatchObject({ code: 'conflict' });
  expect(await allIds(store, {}, { threadId: 't' })).toEqual(['a']);
});

test('a thread whose first item cannot be added is not left behind', async () => {
  const store = new Plain();
  store.failsAt = 'a';
  await expect(store.createThread(makeThread('t'), makeNote('a'), {})).rejects.toThrow('the disk is broken');
  expect(await allIds(store, {})).toEqual([]);
});

test('all items after an item are deleted, however many pages they have', async () => {
  const { store, left } = await filled();
  await store.deleteItemsAfter('t', 'i_009', null, {});
  expect(await left()).toEqual(ids.slice(0, 10));
  expect(store.deleted).toEqual(ids.slice(10).reverse()); // each of them once
  await store.deleteItemsAfter('t', 'i_nowhere', null, {});
  await store.deleteItemsAfter('t_nowhere', 'i_009', null, {});
  expect(await left()).toEqual(ids.slice(0, 10));
});

test('items up to an end are deleted, and none when the end is the item or does not exist', async () => {
  const { store, left } = await filled();
  for (const lastItemId of ['i_009', 'i_nowhere']) await store.deleteItemsAfter('t', 'i_009', { lastItemId }, {});
  expect(await left()).toEqual(ids);
  await store.deleteItemsAfter('t', 'i_009', { lastItemId: 'i_239' }, {});
  expect(await left()).toEqual([...ids.slice(0, 10), ...ids.slice(240)]);
});

test('items that were deleted are added again in their order when a deletion fails', async () => {
  const { store, left } = await filled();
  store.failsAt = 'i_100';
  await expect(store.deleteItemsAfter('t', 'i_009', null, {})).rejects.toThrow('the disk is broken');
  expect(await left()).toEqual(ids);
});

test('an item replaces those after another item, and stays in its place when it is one of them', async () => {
  const { store, left } = await filled();
  await store.replaceItemsAfter('t', 'i_009', null, makeNote('new'), {});
  expect(await left()).toEqual([...ids.slice(0, 10), 'new']);
  await store.replaceItemsAfter('t', 'i_008', null, makeNote('new'), {});
  expect(await left()).toEqual([...ids.slice(0, 9), 'new']);
  await expect(store.replaceItemsAfter('t', 'i_nowhere', null, makeNote('x'), {})).rejects.toMatchObject({
    code: 'not_found',
  });
});
