// threads.delete: what becomes of the attachments that the thread had.
import { type Attachment, MemoryStore } from 'chatkit-express';
import { ada, askJson, type Context, type CoreOptions, refusal, serve } from '../support/core';
import { createdAt } from '../support/items';
import { MemoryAttachments } from '../support/memory-attachments';

const remove = (thread_id: string) => ({ type: 'threads.delete', params: { thread_id } });
const file = (id: string, thread_id?: string): Attachment => ({
  id,
  name: id,
  mime_type: 'text/plain',
  type: 'file',
  ...(thread_id !== undefined && { thread_id }),
});

/** Remembers what it deleted, and fails for the ids that are `stuck`. */
class Bytes extends MemoryAttachments<Context> {
  readonly deleted: string[] = [];
  stuck: string[] = [];
  override createAttachment = () => Promise.reject<Attachment>(new Error('not expected'));
  override async deleteAttachment(id: string): Promise<void> {
    if (this.stuck.includes(id)) throw new Error('the bucket is away');
    this.deleted.push(id);
  }
}

const bob: Context = { user: 'bob' };

/** Ada's thread `t` has the attachments `a` and `b`. Others belong elsewhere. */
async function withThread(options: CoreOptions = {}) {
  const bytes = new Bytes();
  const store = options.store ?? new MemoryStore<Context>({ owner: ({ user }) => user });
  const core = serve({ attachmentStore: bytes, ...options, store });
  for (const context of [ada, bob]) {
    await store.saveThread({ id: 't', created_at: createdAt, status: { type: 'active' }, metadata: {} }, context);
  }
  for (const attachment of [file('a', 't'), file('b', 't'), file('of_u', 'u'), file('of_nobody')]) {
    await store.saveAttachment(attachment, ada);
  }
  await store.saveAttachment(file('of_bob', 't'), bob);
  const left = async () => {
    const ids = ['a', 'b', 'of_u', 'of_nobody'];
    const answers = await Promise.allSettled(ids.map((id) => store.loadAttachment(id, ada)));
    return ids.filter((_id, index) => answers[index]!.status === 'fulfilled');
  };
  return { core, bytes, store, left };
}

test('their bytes and their descriptions go with the thread, and nobody else loses any', async () => {
  const { core, bytes, store, left } = await withThread();
  expect(await askJson(core, remove('t'))).toEqual({});
  expect(bytes.deleted.sort()).toEqual(['a', 'b']);
  expect(await left()).toEqual(['of_u', 'of_nobody']);
  expect(await store.loadAttachment('of_bob', bob)).toEqual(file('of_bob', 't'));
});

test('one whose bytes cannot be deleted stays, is told to the log, and goes with the next request', async () => {
  const { core, bytes, left } = await withThread();
  bytes.stuck = ['a'];
  expect(await askJson(core, remove('t'))).toEqual({});
  expect(await left()).toEqual(['a', 'of_u', 'of_nobody']);
  expect(bytes.deleted).toEqual(['b']);
  const fields = { err: new Error('the bucket is away'), thread_id: 't', attachment_id: 'a' };
  expect(core.logger.take('error')).toEqual([
    { level: 'error', fields, message: 'an attachment of a deleted thread could not be deleted' },
  ]);
  bytes.stuck = [];
  expect(await askJson(core, remove('t'))).toEqual({});
  expect(await left()).toEqual(['of_u', 'of_nobody']);
});

test('they stay where there is no attachment store', async () => {
  const { core, left } = await withThread({ attachmentStore: undefined });
  expect(await askJson(core, remove('t'))).toEqual({});
  expect(await left()).toEqual(['a', 'b', 'of_u', 'of_nobody']);
});

test('they stay when the thread could not be deleted', async () => {
  class Broken extends MemoryStore<Context> {
    override deleteThread = () => Promise.reject<string[]>(new Error('the database is away'));
  }
  const { core, bytes, left } = await withThread({ store: new Broken() });
  expect(await refusal(core, remove('t'))).toMatchObject({ message: 'the database is away' });
  expect(bytes.deleted).toEqual([]);
  expect(await left()).toEqual(['a', 'b', 'of_u', 'of_nobody']);
});

test('they are left to a store that does not say which they are', async () => {
  class Silent extends MemoryStore<Context> {
    override deleteThread = (async (id: string, context: Context) => {
      await super.deleteThread(id, context);
    }) as unknown as MemoryStore<Context>['deleteThread'];
  }
  const { core, bytes, store, left } = await withThread({ store: new Silent() });
  expect(await askJson(core, remove('t'))).toEqual({});
  await expect(store.loadThread('t', ada)).rejects.toMatchObject({ code: 'not_found' });
  expect(bytes.deleted).toEqual([]);
  expect(await left()).toEqual(['a', 'b', 'of_u', 'of_nobody']);
});
