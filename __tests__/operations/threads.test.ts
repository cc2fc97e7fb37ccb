// threads.get_by_id, list, update and delete.
import type { Thread } from 'chatkit-express';
import { ada, askJson, refusal, serve, startThread, storedNames } from '../support/core';
import { assistantMessage, createdAt, done, hiddenNote } from '../support/items';
import { getThread } from '../support/requests';

const list = (params: object = {}) => ({ type: 'threads.list', params });
const rename = (thread_id: string, title: string) => ({ type: 'threads.update', params: { thread_id, title } });
const remove = (thread_id: string) => ({ type: 'threads.delete', params: { thread_id } });

const makeThread = (id: string, more: Partial<Thread> = {}): Thread => ({
  id,
  created_at: createdAt,
  status: { type: 'active' },
  metadata: { secret: true },
  ...more,
});

/** A core with the threads thr_000, thr_001 and so on. */
async function withThreads(count: number) {
  const core = serve();
  for (let n = 0; n < count; n++) await core.store.saveThread(makeThread(`thr_${String(n).padStart(3, '0')}`), ada);
  return core;
}

const ids = (page: { data: { id: string }[] }) => page.data.map(({ id }) => id);

describe('get_by_id', () => {
  test('answers with the thread and its oldest twenty items, oldest first', async () => {
    const core = serve({
      async *respond({ thread }) {
        for (let n = 0; n < 25; n++) yield done(assistantMessage(thread, `m_${n}`, `${n}`));
      },
    });
    const { threadId, messageId } = await startThread(core);
    const { items, ...thread } = await askJson(core, getThread(threadId));
    expect(thread).toEqual({
      id: threadId,
      created_at: expect.any(String),
      status: { type: 'active' },
      metadata: {},
    });
    expect(ids(items)).toEqual([messageId, ...Array.from({ length: 19 }, (_, n) => `m_${n}`)]);
    expect(items).toMatchObject({ has_more: true, after: 'm_18' });
  });

  test('leaves out after where there is no more, and hidden items everywhere', async () => {
    const core = serve({
      async *respond({ thread }) {
        yield done(hiddenNote(thread, 'h_1'));
        yield done(assistantMessage(thread, 'm_1', 'Hi'));
      },
    });
    const { threadId, messageId } = await startThread(core);
    const { items } = await askJson(core, getThread(threadId));
    expect(ids(items)).toEqual([messageId, 'm_1']);
    expect(items).toEqual({ data: expect.any(Array), has_more: false });
  });

  test('leaves out what is absent and keeps private notes', async () => {
    const core = serve();
    const stored = { title: undefined, allowed_image_domains: null as never, status: null as never };
    await core.store.saveThread(makeThread('thr_1', stored), ada);
    const shown: unknown = JSON.parse(JSON.stringify(await askJson(core, getThread('thr_1'))));
    const page = { data: [], has_more: false };
    expect(shown).toEqual({
      id: 'thr_1',
      created_at: createdAt,
      status: { type: 'active' },
      metadata: {},
      items: page,
    });
  });

  test('of an unknown thread is refused', async () => {
    expect(await refusal(serve(), getThread('thr_nowhere'))).toMatchObject({ code: 'not_found' });
  });
});

describe('list', () => {
  test('has the newest twenty first, without their items and metadata', async () => {
    const page = await askJson(await withThreads(22), list());
    expect(ids(page)).toEqual(Array.from({ length: 20 }, (_, n) => `thr_${String(21 - n).padStart(3, '0')}`));
    expect(page).toMatchObject({ has_more: true, after: 'thr_002' });
    expect(page.data[0]).toEqual({
      id: 'thr_021',
      created_at: createdAt,
      status: { type: 'active' },
      metadata: {},
      items: { data: [], has_more: false },
    });
  });

  test('goes on after a cursor, in both orders', async () => {
    const core = await withThreads(5);
    const next = list({ limit: 2, after: 'thr_003' });
    expect(await askJson(core, next)).toMatchObject({
      data: [{ id: 'thr_002' }, { id: 'thr_001' }],
      has_more: true,
      after: 'thr_001',
    });
    const last = await askJson(core, list({ limit: 2, order: 'asc', after: 'thr_002' }));
    expect(ids(last)).toEqual(['thr_003', 'thr_004']);
    expect(Object.keys(last).sort()).toEqual(['data', 'has_more']);
  });

  test('clamps a limit above the maximum, as the official client sends it', async () => {
    const page = await askJson(await withThreads(101), list({ limit: 9999, order: 'desc' }));
    expect(page.data).toHaveLength(100);
    expect(page).toMatchObject({ has_more: true, after: 'thr_001' });
  });

  test('takes null for what is left out', async () => {
    const core = await withThreads(1);
    expect(ids(await askJson(core, list({ limit: null, after: null, order: null })))).toEqual(['thr_000']);
  });

  test.each([0, -1, 1.5, '20'])('refuses the limit %p', async (limit) => {
    expect(await refusal(serve(), list({ limit }))).toMatchObject({
      code: 'invalid_request',
      fields: ['params.limit'],
    });
  });

  test('refuses an unknown cursor', async () => {
    expect(await refusal(serve(), list({ after: 'thr_nowhere' }))).toMatchObject({
      code: 'not_found',
      message: 'params.after: there is no such thread',
    });
  });
});

describe('update', () => {
  test('changes the title only, and answers with the thread', async () => {
    const core = serve();
    const thread = makeThread('thr_1', {
      status: { type: 'locked' },
      allowed_image_domains: ['a.example'],
      title: 'Old',
    });
    await core.store.saveThread(thread, ada);
    expect(await askJson(core, rename('thr_1', 'New'))).toEqual({
      id: 'thr_1',
      created_at: createdAt,
      title: 'New',
      status: { type: 'locked' },
      allowed_image_domains: ['a.example'],
      metadata: {},
      items: { data: [], has_more: false },
    });
    expect(await core.store.loadThread('thr_1', ada)).toEqual({ ...thread, title: 'New' });
  });

  test('of an unknown thread is refused', async () => {
    expect(await refusal(serve(), rename('thr_nowhere', 'x'))).toMatchObject({ code: 'not_found' });
  });
});

describe('delete', () => {
  test('removes the thread with its items, and answers {}', async () => {
    const core = serve();
    const { threadId } = await startThread(core);
    expect(await askJson(core, remove(threadId))).toEqual({});
    expect(await refusal(core, getThread(threadId))).toMatchObject({ code: 'not_found' });
    await expect(storedNames(core, threadId)).rejects.toMatchObject({ code: 'not_found' });
    expect(await askJson(core, list())).toEqual({ data: [], has_more: false });
  });

  test('of what is not there answers {} too', async () => {
    expect(await askJson(serve(), remove('thr_nowhere'))).toEqual({});
  });
});
