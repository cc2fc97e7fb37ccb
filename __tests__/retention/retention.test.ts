// exportOwner, eraseOwner and purge over stores that answer late, beside requests, runs and other instances.
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Database from 'libsql';
import {
  type Attachment,
  type ExportRecord,
  chatkitMiddleware,
  MemoryAttachmentStore,
  MemoryStore,
  type Store,
  type ThreadItem,
} from 'chatkit-express';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import { SqliteStore } from 'chatkit-express/sqlite';
import express from 'express';
import request from 'supertest';
import { type Context, serve } from '../support/core';
import { Gate } from '../support/gate';
import { RecordingLogger } from '../support/recording-logger';
import { slow } from '../support/slow-store';
import { temporaryFolder } from '../support/temporary-folder';

const folder = temporaryFolder();
const owner = ({ user }: Context) => user;
const [ada, bob]: Context[] = [{ user: 'ada' }, { user: 'bob' }];
const day = 24 * 60 * 60 * 1000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

const thread = (id: string, created_at = ago(0)) => ({
  id,
  created_at,
  status: { type: 'active' as const },
  metadata: {},
});
const item = (thread_id: string, id: string, created_at = ago(0)): ThreadItem =>
  ({ id, thread_id, created_at, type: 'hidden_context_item', content: id });

const stores: [string, () => Promise<Store<Context>>][] = [
  ['MemoryStore', async () => slow(new MemoryStore<Context>({ owner }))],
  [
    'SqliteStore',
    async () => {
      const store = new SqliteStore({ database: new Database(':memory:'), owner });
      await store.migrate();
      return slow(store);
    },
  ],
];

/** Stores an attachment with bytes, as a sent message does. */
async function putFile(
  store: Store<Context>,
  bytes: MemoryAttachmentStore<Context>,
  id: string,
  context: Context,
  more = {},
) {
  const key = { owner: context.user, id };
  const signal = new AbortController().signal;
  await bytes.writeBytes(key, Readable.from([Buffer.from(`bytes of ${id}`)]), {
    mimeType: 'text/plain',
    name: 'a',
    signal,
  });
  const upload = { owner: context.user, size: 1, created_at: ago(0), stage: 'checked' };
  const attachment = { id, name: 'a.txt', mime_type: 'text/plain', type: 'file', upload, ...more };
  await store.saveAttachment(attachment as unknown as Attachment, context);
  return async () =>
    bytes.statBytes(key).then(
      () => true,
      () => false,
    );
}

async function collect(records: AsyncIterable<ExportRecord>): Promise<ExportRecord[]> {
  const collected: ExportRecord[] = [];
  for await (const record of records) collected.push(record);
  return collected;
}

const threadsOf = async (store: Store<Context>, context: Context) =>
  (await store.loadThreads({ limit: 100, after: null, order: 'asc' }, context)).data.map(({ id }) => id);

describe.each(stores)('with %s', (_name, make) => {
  async function setUp() {
    const store = await make();
    const attachmentStore = new MemoryAttachmentStore<Context>({ owner });
    return { ...serve({ store, attachmentStore }), store, bytes: attachmentStore };
  }

  test('an export has each thread with its items, and the attachments with their bytes', async () => {
    const { server, store, bytes } = await setUp();
    for (let index = 0; index < 60; index++) await store.saveThread(thread(`t_${index}`), ada!);
    for (let index = 0; index < 120; index++) await store.addThreadItem('t_7', item('t_7', `i_${index}`), ada!);
    for (let index = 0; index < 60; index++) await putFile(store, bytes, `f_${index}`, ada!);
    await store.saveThread(thread('of bob'), bob!);
    const records = await collect(server.exportOwner(ada!));
    const names = records.map((record) =>
      record.type === 'thread' ? record.thread.id : record.type === 'item' ? record.item.id : record.attachment.id,
    );
    const threads = Array.from({ length: 60 }, (_row, index) => `t_${index}`);
    const items = Array.from({ length: 120 }, (_row, index) => `i_${index}`);
    expect(names.slice(0, 180)).toEqual([...threads.slice(0, 8), ...items, ...threads.slice(8)]);
    expect(names.slice(180).sort()).toEqual(Array.from({ length: 60 }, (_row, index) => `f_${index}`).sort());
    const file = records.at(-1) as Extract<ExportRecord, { type: 'attachment' }>;
    expect(await text(await file.open!())).toBe(`bytes of ${file.attachment.id}`);
    expect(JSON.parse(JSON.stringify(file))).toEqual({ type: 'attachment', attachment: file.attachment });
    expect(file.attachment).not.toHaveProperty('upload');
  });

  test('an export reads no further than its reader, and survives deletions', async () => {
    const { server, store } = await setUp();
    for (let index = 0; index < 120; index++) await store.saveThread(thread(`t_${index}`), ada!);
    const loads = jest.spyOn(store, 'loadThreads');
    const exported: string[] = [];
    for await (const record of server.exportOwner(ada!)) {
      if (record.type !== 'thread') continue;
      exported.push(record.thread.id);
      if (exported.length <= 50) expect(loads).toHaveBeenCalledTimes(1);
      // The last rows of the page, among them the cursor of the next page.
      if (exported.length === 50)
        for (let index = 40; index < 50; index++) await store.deleteThread(`t_${index}`, ada!);
    }
    expect(exported).toEqual(Array.from({ length: 120 }, (_row, index) => `t_${index}`));
  });

  test('an erasure deletes rows and bytes of one owner, and can be repeated', async () => {
    const { server, store, bytes } = await setUp();
    for (let index = 0; index < 60; index++) await store.saveThread(thread(`t_${index}`), ada!);
    await store.addThreadItem('t_0', item('t_0', 'i'), ada!);
    const files = [
      await putFile(store, bytes, 'sent', ada!, { thread_id: 't_0' }),
      await putFile(store, bytes, 'unsent', ada!),
    ];
    await store.saveThread(thread('t_0'), bob!);
    const ofBob = await putFile(store, bytes, 'sent', bob!, { thread_id: 't_0' });
    expect(await server.eraseOwner(ada!)).toEqual({ threads: 60, attachments: 2 });
    expect(await threadsOf(store, ada!)).toEqual([]);
    expect(await Promise.all(files.map((isThere) => isThere()))).toEqual([false, false]);
    expect((await store.loadAttachments({ limit: 10, after: null }, ada!)).data).toEqual([]);
    expect([await threadsOf(store, bob!), await ofBob()]).toEqual([['t_0'], true]);
    expect(await server.eraseOwner(ada!)).toEqual({ threads: 0, attachments: 0 });
  });

  test('an erasure goes on after an attachment that fails, and rejects with its error', async () => {
    const { server, store, bytes, logger } = await setUp();
    for (const id of ['a', 'b', 'c']) await putFile(store, bytes, id, ada!);
    const remove = bytes.deleteBytes.bind(bytes);
    bytes.deleteBytes = async (key) => {
      if (key.id === 'b') throw new Error('the bucket is away');
      await remove(key);
    };
    await expect(server.eraseOwner(ada!)).rejects.toThrow('the bucket is away');
    expect(logger.take('error')).toMatchObject([
      { message: 'an attachment could not be erased', fields: { attachment_id: 'b' } },
    ]);
    const left = (await store.loadAttachments({ limit: 10, after: null }, ada!)).data.map(({ id }) => id);
    expect(left).toEqual(['b']);
    bytes.deleteBytes = remove;
    expect(await server.eraseOwner(ada!)).toEqual({ threads: 0, attachments: 1 });
  });

  test('a purge deletes what is old, and its bytes, of every owner', async () => {
    const { server, store, bytes } = await setUp();
    for (const [context, id] of [
      [ada!, 'old'],
      [bob!, 'old'],
      [ada!, 'recent'],
    ] as const) {
      await store.saveThread(thread(id, ago(100 * day)), context);
      await store.addThreadItem(id, item(id, 'first', ago(100 * day)), context);
    }
    await store.addThreadItem('recent', item('recent', 'last', ago(29 * day)), ada!);
    await store.saveThread(thread('empty', ago(31 * day)), ada!);
    const gone = [
      await putFile(store, bytes, 'f', ada!, { thread_id: 'old' }),
      await putFile(store, bytes, 'f', bob!, { thread_id: 'old' }),
    ];
    const kept = [
      await putFile(store, bytes, 'recent', ada!, { thread_id: 'recent' }),
      await putFile(store, bytes, 'unsent', ada!),
    ];
    const options = { olderThanMs: 30 * day };
    expect(await server.purge({ ...options, dryRun: true })).toEqual({ threads: 3, attachments: 2 });
    expect(await threadsOf(store, ada!)).toEqual(['old', 'recent', 'empty']);
    expect(await server.purge(options)).toEqual({ threads: 3, attachments: 2 });
    expect([await threadsOf(store, ada!), await threadsOf(store, bob!)]).toEqual([['recent'], []]);
    expect(await Promise.all(gone.map((isThere) => isThere()))).toEqual([false, false]);
    expect(await Promise.all(kept.map((isThere) => isThere()))).toEqual([true, true]);
    expect(await server.purge(options)).toEqual({ threads: 0, attachments: 0 });
  });

  test('a thread that gets a message while a purge runs is kept', async () => {
    const { server, store } = await setUp();
    for (let index = 0; index < 30; index++) await store.saveThread(thread(`t_${index}`, ago(2 * day)), ada!);
    const load = store.loadIdleThreads.bind(store);
    // After the purge has found the thread, and before it deletes it.
    jest.spyOn(store, 'loadIdleThreads').mockImplementation(async (query) => {
      const found = await load(query);
      await store.addThreadItem('t_3', item('t_3', 'new'), ada!);
      return found;
    });
    const adding = Promise.allSettled(
      [10, 20, 25].map((index) => store.addThreadItem(`t_${index}`, item(`t_${index}`, 'new'), ada!)),
    );
    const { threads } = await server.purge({ olderThanMs: day });
    const added = await adding;
    const kept = [3, ...[10, 20, 25].filter((_index, place) => added[place]!.status === 'fulfilled')].map(
      (id) => `t_${id}`,
    );
    expect((await threadsOf(store, ada!)).sort()).toEqual(kept.sort());
    expect(threads).toBe(30 - kept.length);
  });

  test('two purges at once count each thread and each attachment once', async () => {
    const { server, store, bytes } = await setUp();
    const other = serve({ store, attachmentStore: bytes }).server;
    for (let index = 0; index < 40; index++) {
      await store.saveThread(thread(`t_${index}`, ago(2 * day)), ada!);
      await putFile(store, bytes, `f_${index}`, ada!, { thread_id: `t_${index}` });
    }
    const purges = await Promise.all([server.purge({ olderThanMs: day }), other.purge({ olderThanMs: day })]);
    expect(purges[0].threads + purges[1].threads).toBe(40);
    expect(purges[0].attachments + purges[1].attachments).toBeLessThanOrEqual(40);
    await server.purge({ olderThanMs: day });
    expect((await store.loadAttachments({ limit: 100, after: null }, ada!)).data).toEqual([]);
  });
});

test('an erasure cancels the runs of its owner, and no others', async () => {
  const [begun, end] = [new Gate(), new Gate()];
  const signals = new Map<string, AbortSignal>();
  const { server, store } = serve({
    store: new MemoryStore<Context>({ owner }),
    async *respond({ context, signal, thread: { id }, generateId }) {
      signals.set(context.user, signal);
      if (signals.size === 2) begun.open();
      yield {
        type: 'thread.item.added',
        item: {
          id: generateId('message'),
          thread_id: id,
          created_at: ago(0),
          type: 'assistant_message',
          content: [{ type: 'output_text', text: 'begun', annotations: [] }],
        },
      };
      await end.passed;
    },
  });
  const input = { content: [{ type: 'input_text', text: 'x' }], attachments: [], inference_options: {} };
  for (const context of [ada!, bob!]) {
    await server.process({ type: 'threads.create', params: { input } }, context);
  }
  await begun.passed;
  expect(await server.eraseOwner(ada!)).toMatchObject({ threads: 1 });
  expect([signals.get('ada')!.aborted, signals.get('bob')!.aborted]).toEqual([true, false]);
  expect([await threadsOf(store, ada!), (await threadsOf(store, bob!)).length]).toEqual([[], 1]);
  end.open();
  await server.close();
  expect(await threadsOf(store, ada!)).toEqual([]);
});

test('an erasure of an owner that goes on writing is refused', async () => {
  const store = new MemoryStore<Context>({ owner });
  const { server } = serve({ store });
  const remove = store.deleteThread.bind(store);
  let count = 0;
  store.deleteThread = async (id, context) => {
    const ids = await remove(id, context);
    if ((await threadsOf(store, context)).length === 0)
      setImmediate(() => void store.saveThread(thread(`t_${++count}`), context));
    return ids;
  };
  const load = store.loadAttachments.bind(store);
  store.loadAttachments = async (query, context) => {
    await new Promise(setImmediate);
    return load(query, context);
  };
  await store.saveThread(thread('t'), ada!);
  await expect(server.eraseOwner(ada!)).rejects.toMatchObject({ code: 'conflict' });
});

test('bytes on the disk are exported, erased and purged', async () => {
  const store = new MemoryStore<Context>({ owner });
  const bytes = new DiskAttachmentStore<Context>({ directory: folder, owner });
  const { server } = serve({ store, attachmentStore: bytes });
  const put = putFile as unknown as (...given: unknown[]) => Promise<() => Promise<boolean>>;
  const erased = await put(store, bytes, 'f', ada!);
  const [record] = await collect(server.exportOwner(ada!));
  expect(await text(await (record as Extract<ExportRecord, { type: 'attachment' }>).open!())).toBe('bytes of f');
  await server.eraseOwner(ada!);
  await store.saveThread(thread('t', ago(2 * day)), bob!);
  const purged = await put(store, bytes, 'f', bob!, { thread_id: 't' });
  await server.purge({ olderThanMs: day });
  expect([await erased(), await purged()]).toEqual([false, false]);
});

describe('what cannot be done is refused', () => {
  /** A store of an application: an object with the methods that every store must have. */
  function otherStore(): Store<Context> {
    const store = new MemoryStore<Context>({ owner });
    const names = [
      'loadThread',
      'saveThread',
      'loadThreads',
      'deleteThread',
      'loadThreadItems',
      'addThreadItem',
    ] as const;
    const more = [
      'saveItem',
      'loadItem',
      'deleteThreadItem',
      'saveAttachment',
      'loadAttachment',
      'deleteAttachment',
    ] as const;
    const methods = [...names, ...more].map((name) => [name, (store[name] as () => unknown).bind(store)]);
    return Object.fromEntries(methods);
  }

  test('a store without the methods is answered with not_implemented, before anything is deleted', async () => {
    const { server, store } = serve({ store: otherStore() });
    await store.saveThread(thread('t', ago(2 * day)), ada!);
    await expect(server.eraseOwner(ada!)).rejects.toMatchObject({ code: 'not_implemented' });
    await expect(collect(server.exportOwner(ada!))).rejects.toMatchObject({ code: 'not_implemented' });
    await expect(server.purge({ olderThanMs: day })).rejects.toMatchObject({ code: 'not_implemented' });
    expect(await threadsOf(store, ada!)).toEqual(['t']);
  });

  test('a store with loadAttachments alone can be exported and erased', async () => {
    const store = Object.assign(otherStore(), { loadAttachments: async () => ({ data: [], has_more: false }) });
    const { server } = serve({ store });
    await store.saveThread(thread('t'), ada!);
    expect(await collect(server.exportOwner(ada!))).toMatchObject([{ type: 'thread' }]);
    expect(await server.eraseOwner(ada!)).toEqual({ threads: 1, attachments: 0 });
  });

  test.each([
    [{}, 'olderThanMs'],
    [{ olderThanMs: 0 }, 'olderThanMs'],
    [{ olderThanMs: '30d' }, 'olderThanMs'],
    [{ olderThanMs: 1.5 }, 'olderThanMs'],
    [{ olderThanMs: Infinity }, 'olderThanMs'],
    [{ olderThanMs: day, dryRun: 'yes' }, 'dryRun'],
    [undefined, 'olderThanMs'],
  ])('a purge with %j', async (options, field) => {
    const { server } = serve();
    await expect(server.purge(options as never)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`\`${field}\``),
    });
  });

  test('everything, once the server is closed', async () => {
    const { server } = serve();
    await server.close();
    await expect(server.purge({ olderThanMs: day })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(server.eraseOwner(ada!)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

test('the router has the methods, and its own purge for the HTTP method PURGE', async () => {
  const store = new MemoryStore<Context>({ owner });
  const chatkit = chatkitMiddleware({ store, logger: new RecordingLogger(), context: () => ada!, async *respond() {} });
  await store.saveThread(thread('t', ago(2 * day)), ada!);
  expect(await collect(chatkit.exportOwner(ada!))).toHaveLength(1);
  expect(await chatkit.purge({ olderThanMs: day, dryRun: true })).toEqual({ threads: 1, attachments: 0 });
  expect(await chatkit.eraseOwner(ada!)).toEqual({ threads: 1, attachments: 0 });
  chatkit.purge('/cache', (_request, response) => void response.send('purged'));
  const app = express().use('/chatkit', chatkit);
  expect((await request(app).purge('/chatkit/cache')).text).toBe('purged');
});
