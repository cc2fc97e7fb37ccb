// sweep(): what was never sent goes, in every store, and what is being sent at the same moment does not.
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { AttachmentStore, chatkitMiddleware, MemoryStore, type Store } from 'chatkit-express';
import { SqliteStore } from 'chatkit-express/sqlite';
import { Readable } from 'node:stream';
import { type Context, serve } from '../support/core';
import { clockPassed, Gate, idle } from '../support/gate';
import { MemoryAttachments } from '../support/memory-attachments';
import { RecordingLogger } from '../support/recording-logger';

const owner = ({ user }: Context) => user;
const ada: Context = { user: 'ada' };
const bob: Context = { user: 'bob' };

const stores: [string, () => Promise<Store<Context>>][] = [
  ['MemoryStore', async () => new MemoryStore({ owner })],
  [
    'SqliteStore',
    async () => {
      const store = new SqliteStore({ database: new Database(':memory:'), owner });
      await store.migrate();
      return store;
    },
  ],
];

const create = { type: 'attachments.create', params: { name: 'a.txt', size: 3, mime_type: 'text/plain' } };

/** Announces a file and uploads it, as the route does. Waits, so that the next moment is a later one. */
async function setUp(store: Store<Context>, unsentAfterMs = 1) {
  const bytes = new MemoryAttachments<Context>(owner);
  const uploads = { publicUrl: 'https://chat.example/chatkit', unsentAfterMs };
  const core = serve({ store, attachmentStore: bytes, uploads });
  const add = async (context: Context) => {
    const answer = await core.server.process(create, context);
    const { id } = (answer as { value: { id: string } }).value;
    const details = { mimeType: 'text/plain', name: 'a', signal: new AbortController().signal };
    await bytes.writeBytes({ owner: context.user, id }, Readable.from([Buffer.from('abc')]), details);
    await clockPassed(1);
    return id;
  };
  const send = (id: string, context: Context) => {
    const input = { content: [{ type: 'input_text', text: 'x' }], attachments: [id], inference_options: {} };
    return core.server.process({ type: 'threads.create', params: { input } }, context);
  };
  return { ...core, bytes, add, send };
}

describe.each(stores)('with %s', (_name, make) => {
  test('what was never sent goes, of every owner, and what was sent stays', async () => {
    const { server, bytes, add, send, store } = await setUp(await make());
    const [sent, ofAda, ofBob] = [await add(ada), await add(ada), await add(bob)];
    await send(sent, ada);
    expect(await server.sweep()).toBe(2);
    expect(bytes.keys).toEqual([JSON.stringify(['ada', sent])]);
    await expect(store.loadAttachment(ofAda, ada)).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.loadAttachment(ofBob, bob)).rejects.toMatchObject({ code: 'not_found' });
    await expect(send(ofAda, ada)).rejects.toMatchObject({ code: 'not_found' });
    expect(await server.sweep()).toBe(0);
  });

  test('what is not old enough stays', async () => {
    const { server, bytes, add } = await setUp(await make(), 60_000);
    await add(ada);
    expect(await server.sweep()).toBe(0);
    expect(bytes.keys).toHaveLength(1);
  });

  test('a message that races with it is refused, or keeps its file', async () => {
    const { server, bytes, add, send } = await setUp(await make());
    for (let round = 0; round < 10; round++) {
      const id = await add(ada);
      const [message] = await Promise.allSettled([send(id, ada), server.sweep()]);
      const isThere = bytes.keys.includes(JSON.stringify(['ada', id]));
      expect(isThere).toBe(message.status === 'fulfilled');
      if (message.status === 'rejected')
        expect(['not_found', 'conflict']).toContain((message.reason as { code: string }).code);
    }
  });

  test('bytes that cannot be deleted are told to the log, stay out of reach, and go with the next sweep', async () => {
    const { server, bytes, add, send, logger } = await setUp(await make());
    const id = await add(ada);
    const other = await add(ada);
    const remove = bytes.deleteBytes.bind(bytes);
    bytes.deleteBytes = async (key) => {
      if (key.id === id) throw new Error('the bucket is away');
      await remove(key);
    };
    expect(await server.sweep()).toBe(1);
    expect(bytes.keys).toEqual([JSON.stringify(['ada', id])]);
    expect(logger.take('error')).toMatchObject([
      { fields: { attachment_id: id, err: { message: 'the bucket is away' } } },
    ]);
    await expect(send(id, ada)).rejects.toMatchObject({ code: 'not_found' });
    await expect(send(other, ada)).rejects.toMatchObject({ code: 'not_found' });
    bytes.deleteBytes = remove;
    expect(await server.sweep()).toBe(1);
    expect(bytes.keys).toEqual([]);
  });
});

test('what broken uploads have left is cleared away as well', async () => {
  const { server, bytes } = await setUp(new MemoryStore({ owner }), 1000);
  const asked: Date[] = [];
  Object.assign(bytes, { removeUnfinished: async (before: Date) => void asked.push(before) });
  await server.sweep();
  expect(Math.abs(asked[0]!.getTime() - (Date.now() - 1000))).toBeLessThan(5000);
});

test('two sweeps at once are one', async () => {
  const { server, add } = await setUp(new MemoryStore({ owner }));
  await add(ada);
  expect(await Promise.all([server.sweep(), server.sweep()])).toEqual([1, 1]);
});

test('two sweeps at once ask the store once', async () => {
  const { server, store, add } = await setUp(new MemoryStore({ owner }));
  await add(ada);
  const lease = jest.spyOn(store, 'leaseUnsentAttachments');
  await Promise.all([server.sweep(), server.sweep()]);
  expect(lease).toHaveBeenCalledTimes(1);
  await server.sweep();
  expect(lease).toHaveBeenCalledTimes(2);
});

test('a batch is leased for ten minutes', async () => {
  const { server, store } = await setUp(new MemoryStore({ owner }));
  const lease = jest.spyOn(store, 'leaseUnsentAttachments');
  await server.sweep();
  expect(lease).toHaveBeenCalledWith(expect.objectContaining({ limit: 100, leaseMs: 600_000 }));
});

test('a whole batch that fails ends the sweep', async () => {
  const { server, store, bytes, add, logger } = await setUp(new MemoryStore({ owner }));
  for (let count = 0; count < 100; count++) await add(ada);
  bytes.deleteBytes = () => Promise.reject(new Error('the bucket is away'));
  const lease = store.leaseUnsentAttachments.bind(store);
  let leases = 0;
  // A store that ignores the lease returns the failed attachments again.
  store.leaseUnsentAttachments = async (query) => {
    if (++leases > 3) throw new Error('the sweep does not end');
    return lease({ ...query, leaseMs: 0 });
  };
  expect(await server.sweep()).toBe(0);
  expect(leases).toBe(1);
  expect(logger.take('error')).toHaveLength(100);
});

test('close() stops a sweep after the attachment that is being removed, and waits for it', async () => {
  const { server, bytes, add } = await setUp(new MemoryStore({ owner }));
  for (let count = 0; count < 3; count++) await add(ada);
  const [removing, goOn] = [new Gate(), new Gate()];
  const remove = bytes.deleteBytes.bind(bytes);
  bytes.deleteBytes = async (key) => {
    removing.open();
    await goOn.passed;
    await remove(key);
  };
  const sweeping = server.sweep();
  await removing.passed;
  let isClosed = false;
  const closing = server.close().then(() => (isClosed = true));
  for (let turn = 0; turn < 20; turn++) await idle();
  expect(isClosed).toBe(false);
  goOn.open();
  await closing;
  expect(await sweeping).toBe(1);
  expect(bytes.keys).toHaveLength(2);
});

test('a sweep after close() and a sweep of a store that keeps no bytes remove nothing', async () => {
  const { server, bytes, add } = await setUp(new MemoryStore({ owner }));
  await add(ada);
  await server.close();
  expect(await server.sweep()).toBe(0);
  expect(bytes.keys).toHaveLength(1);
  class Elsewhere extends AttachmentStore<Context> {
    override ownerOf = owner;
    override async deleteAttachment(): Promise<void> {}
  }
  const store = new MemoryStore<Context>({ owner });
  const lease = jest.spyOn(store, 'leaseUnsentAttachments');
  expect(await serve({ store, attachmentStore: new Elsewhere() }).server.sweep()).toBe(0);
  expect(lease).not.toHaveBeenCalled();
});

test('without an attachment store there is nothing to sweep', async () => {
  await expect(serve().server.sweep()).rejects.toMatchObject({ code: 'not_implemented' });
});

test('the timer sweeps until close(), and tells of a fault', async () => {
  const logger = new RecordingLogger();
  const store = new MemoryStore();
  let sweeps = 0;
  let swept = () => {};
  const isSwept = new Promise<void>((resolve) => (swept = resolve));
  store.leaseUnsentAttachments = async () => {
    if (++sweeps === 2) swept();
    throw new Error('the database is away');
  };
  const chatkit = chatkitMiddleware({
    store,
    attachmentStore: new MemoryAttachments(),
    logger,
    uploads: { sweepEveryMs: 5 },
    async *respond() {},
  });
  await isSwept;
  await chatkit.close();
  const count = sweeps;
  await sleep(50); // so that there is time for ten sweeps
  expect(sweeps).toBe(count);
  expect(logger.take('error')[0]).toMatchObject({ message: 'a sweep failed' });
});
