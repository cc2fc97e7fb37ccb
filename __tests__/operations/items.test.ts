// items.list: pages of what a client may see, whatever lies hidden between, and however little a store gives at once.
import { type Page, MemoryStore, type PageQuery, type ThreadItem } from 'chatkit-express';
import { ada, askJson, type Context, type Core, refusal, serve } from '../support/core';
import { assistantMessage, createdAt, hiddenNote } from '../support/items';

const list = (params: object) => ({ type: 'items.list', params: { thread_id: 'thr_1', ...params } });

/** A core with one thread: `.` is a message, `h` a hidden item; ids are `i_` and the position. */
async function withItems(pattern: string, store = new MemoryStore<Context>()): Promise<Core> {
  const core = serve({ store });
  const thread = { id: 'thr_1', created_at: createdAt, status: { type: 'active' as const }, metadata: {} };
  await store.saveThread(thread, ada);
  for (const [position, kind] of Array.from(pattern).entries()) {
    const id = `i_${position}`;
    const item = kind === 'h' ? hiddenNote(thread, id) : assistantMessage(thread, id, id);
    await store.addThreadItem('thr_1', item, ada);
  }
  return core;
}

interface Listed {
  rows: string;
  has_more: boolean;
  after?: string;
}

/** The positions of a page's rows, and the rest of it. */
async function listed(core: Core, params: object): Promise<Listed> {
  const { data, ...rest } = await askJson(core, list(params));
  return { rows: data.map(({ id }: { id: string }) => id.slice(2)).join(' '), ...rest };
}

/** All pages in a row, as a client reads them: from the last item that it has. */
async function allRows(core: Core, limit: number, order: 'asc' | 'desc'): Promise<string[]> {
  const rows: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await askJson(core, list({ limit, order, after }));
    rows.push(...page.data.map(({ id }: { id: string }) => id.slice(2)));
    if (!page.has_more) return rows;
    expect(page.after).toBe(page.data.at(-1).id);
    after = page.after;
  }
}

test('has the newest twenty first', async () => {
  const core = await withItems('.'.repeat(22));
  const newest = Array.from({ length: 20 }, (_, n) => `${21 - n}`).join(' ');
  expect(await listed(core, {})).toEqual({ rows: newest, has_more: true, after: 'i_2' });
});

test('goes on after a cursor in both orders', async () => {
  const core = await withItems('.....');
  expect(await listed(core, { limit: 2, order: 'asc', after: 'i_1' })).toEqual({
    rows: '2 3',
    has_more: true,
    after: 'i_3',
  });
  expect(await listed(core, { limit: 2, order: 'desc', after: 'i_2' })).toEqual({ rows: '1 0', has_more: false });
});

test.each([
  ['.hh.h.', 'asc', 2, { rows: '0 3', has_more: true, after: 'i_3' }],
  ['.hh.h.', 'desc', 2, { rows: '5 3', has_more: true, after: 'i_3' }],
  ['hhhh.', 'asc', 1, { rows: '4', has_more: false }],
  ['.hhhh', 'desc', 3, { rows: '0', has_more: false }],
  ['hhhh', 'desc', 2, { rows: '', has_more: false }],
  ['', 'desc', 2, { rows: '', has_more: false }],
  ['h...', 'asc', 2, { rows: '1 2', has_more: true, after: 'i_2' }],
  ['h..hh..', 'asc', 3, { rows: '1 2 5', has_more: true, after: 'i_5' }],
] as const)('%s in the order %s, %i at a time: hidden items leave no gaps', async (pattern, order, limit, page) => {
  expect(await listed(await withItems(pattern), { order, limit })).toEqual(page);
});

test('a cursor that is a hidden item works', async () => {
  expect(await listed(await withItems('.h.'), { order: 'asc', after: 'i_1' })).toEqual({ rows: '2', has_more: false });
});

test.each(['asc', 'desc'] as const)(
  'every visible item comes once, in the order %s, whatever the page size',
  async (order) => {
    const pattern = 'h.hhh..h.hhhhhhh.hh...h.hh';
    const visible = Array.from(pattern).flatMap((kind, position) => (kind === '.' ? [`${position}`] : []));
    const core = await withItems(pattern);
    for (const limit of [1, 2, 3, 7, 100]) {
      expect(await allRows(core, limit, order)).toEqual(order === 'asc' ? visible : visible.toReversed());
    }
  },
);

test('a store may give fewer rows than it is asked for', async () => {
  class SparingStore extends MemoryStore<Context> {
    override loadThreadItems(id: string, query: PageQuery, context: Context): Promise<Page<ThreadItem>> {
      return super.loadThreadItems(id, { ...query, limit: Math.min(query.limit, 2) }, context);
    }
  }
  const core = await withItems('.h..hh...', new SparingStore());
  expect(await listed(core, { limit: 4, order: 'asc' })).toEqual({ rows: '0 2 3 6', has_more: true, after: 'i_6' });
  expect(await listed(core, { limit: 20, order: 'desc' })).toEqual({ rows: '8 7 6 3 2 0', has_more: false });
});

test('a limit above the maximum is clamped, as the official client sends it', async () => {
  const core = await withItems('.'.repeat(101));
  expect(await listed(core, { limit: 9999, order: 'asc' })).toMatchObject({ has_more: true, after: 'i_99' });
});

test.each([
  ['an unknown thread', list({ thread_id: 'thr_nowhere' }), { code: 'not_found' }],
  ['an unknown cursor', list({ after: 'i_nowhere' }), { code: 'not_found' }],
  ['an order of its own', list({ order: 'random' }), { code: 'invalid_request', fields: ['params.order'] }],
  ['no thread', { type: 'items.list', params: {} }, { code: 'invalid_request', fields: ['params.thread_id'] }],
])('%s is refused', async (_what, request, wanted) => {
  expect(await refusal(await withItems('.'), request)).toMatchObject(wanted);
});
