// Data that databases and drivers are known to change, refuse or confuse.
import { maxJsonDepth, type ThreadItem } from '../protocol';
import { makeAttachment, makeItem, makeNote, makeThread } from './documents';
import { type Case, checkList, orders, query, type Trial } from './trial';

/**
 * Ids that a client, a model or a hook may make. Some differ only in ways that a collation or a column's length
 * ignores.
 */
const oddIds = [
  "'; DROP TABLE items; --",
  '"; DROP TABLE threads; --',
  '\\',
  "\\'",
  '%',
  '_',
  '%_',
  '$1',
  '?',
  ':id',
  '{}',
  '[]',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'null',
  'undefined',
  '0',
  '-1',
  '1e3',
  ' ',
  'id',
  'Id',
  'id ',
  ' id',
  '../../etc/passwd',
  'a/b',
  'a:b',
  'line\nbreak',
  'é',
  'e\u0301',
  'ß',
  'ss',
  '日本語',
  '👩‍👩‍👧',
  '👩',
  '\u2028',
  `${'x'.repeat(299)}y`,
  `${'x'.repeat(299)}z`,
];

/** Ids that some databases refuse as text: with U+0000, and with lone surrogates. */
const brokenIds = [
  'a',
  'a\u0000',
  'a\u0000b',
  '\\u0000',
  'a\\u0000',
  '\ufffd',
  '\ud800',
  '\ud801',
  '\udc00',
  '\\ud800',
];

/** Stores threads, attachments and items with all of the ids, and checks that no two are confused. */
const keepsApart = (ids: readonly string[]) => async (trial: Trial) => {
  const { store, ann, equal, notFound } = trial;
  const home = ids[0] ?? '';
  for (const id of ids) {
    await notFound(store.loadThread(id, ann));
    await notFound(store.loadAttachment(id, ann));
    await store.saveThread(makeThread(id, { title: `thread ${id}` }), ann);
    await store.saveAttachment(makeAttachment(id, { name: `file ${id}` }), ann);
  }
  for (const id of ids) {
    await notFound(store.loadItem(home, id, ann));
    await store.addThreadItem(home, makeItem(home, id, `item ${id}`), ann);
  }
  for (const order of orders) {
    await checkList(trial, (page) => store.loadThreads(page, ann), ids, { limit: 2, order });
    await checkList(trial, (page) => store.loadThreadItems(home, page, ann), ids, { limit: 2, order });
  }
  for (const id of ids) {
    equal(await store.loadThread(id, ann), makeThread(id, { title: `thread ${id}` }));
    equal(await store.loadAttachment(id, ann), makeAttachment(id, { name: `file ${id}` }));
    equal(await store.loadItem(home, id, ann), makeItem(home, id, `item ${id}`));
    await store.saveItem(id, makeItem(id, id, `item of ${id}`), ann);
    await store.deleteThreadItem(home, id, ann);
    await store.deleteAttachment(id, ann);
    await notFound(store.loadAttachment(id, ann));
  }
  for (const id of ids) await store.deleteThread(id, ann);
  await checkList(trial, (page) => store.loadThreads(page, ann), []);
};

/** Stores the value in every field that can hold any JSON, and reads it with every method. */
async function checkKept({ store, ann, equal, itemsOf, threadsOf }: Trial, value: unknown): Promise<void> {
  const thread = makeThread('t', { metadata: { value } });
  const note = makeNote('t', 'i', { value });
  const attachment = makeAttachment('f', { metadata: { value } });
  await store.saveThread(thread, ann);
  await store.addThreadItem('t', note, ann);
  await store.saveAttachment(attachment, ann);
  equal(await store.loadThread('t', ann), thread);
  equal(await threadsOf(ann), [thread]);
  equal(await store.loadItem('t', 'i', ann), note);
  equal(await itemsOf('t', ann), [note]);
  equal(await store.loadAttachment('f', ann), attachment);
}

const texts = [
  '',
  'a\u0000b',
  '\u0000',
  '\\u0000',
  '\\\\u0000',
  '\u0001\u001f\u007f\u0080',
  '\ud800',
  'a\udc00b',
  '\udc00\ud800',
  '\\ud800',
  '\ufffd',
  '\u2028 and \u2029',
  '\ufeffmark',
  '\uffff',
  '\r\n\r\t\v\f\b',
  ' spaces ',
  '"quotes" \'both\' `three` \\ and / slashes',
  '$1 ? :name %s {{braces}} ${dollar}',
  'e\u0301 is not é',
  '👩‍👩‍👧 𝒳 日本語 עברית العربية',
  '2026-01-02T03:04:05Z',
  '123',
  'null',
  '{"json":true}',
];

const numbers = [
  0,
  -1,
  0.1,
  0.1 + 0.2,
  1e21,
  1e-7,
  123456789.12345679,
  2 ** 31,
  2 ** 32,
  2 ** 53 + 2,
  1234567890123456800,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.EPSILON,
];

/** Returns alternating lists and objects, whose depth is `maxJsonDepth` inside the fields of {@link checkKept}. */
function nested(): unknown {
  let value: unknown = 'bottom';
  for (let depth = 1; depth < maxJsonDepth; depth++) value = depth % 2 ? [value] : { value };
  return value;
}

async function unknownFields({ store, ann, equal, itemsOf }: Trial): Promise<void> {
  const later = { from_a_later_version: { list: [1, 'two', null, { three: 3 }] }, none: null };
  const item = { ...makeItem('t', 'i'), ...later };
  const itemOfUnknownType = { ...later, id: 'j', thread_id: 't', type: 'of_a_later_version' } as unknown as ThreadItem;
  await store.saveThread(makeThread('t', later), ann);
  await store.addThreadItem('t', item, ann);
  await store.addThreadItem('t', itemOfUnknownType, ann);
  await store.saveAttachment(makeAttachment('f', later), ann);
  for (let round = 0; round < 2; round++) {
    const thread = await store.loadThread('t', ann);
    equal(thread, makeThread('t', round ? { ...later, title: 'changed' } : later));
    const data = await itemsOf('t', ann);
    equal(data, [item, itemOfUnknownType]);
    const attachment = await store.loadAttachment('f', ann);
    equal(attachment, makeAttachment('f', later));
    await store.saveThread({ ...thread, title: 'changed' }, ann);
    for (const row of data) await store.saveItem('t', row, ann);
    await store.saveAttachment(attachment, ann);
  }
}

/**
 * Stores 10 MB as one text and as a list. Compares them itself, because a test runner shows such differences slowly.
 */
async function tenMegabytes({ store, ann, equal }: Trial): Promise<void> {
  const text = 'Twelve bytes'.repeat((10 * 2 ** 20) / 12);
  const rows = Array.from({ length: 10_000 }, (_row, index) => ({ index, text: 'é'.repeat(500) }));
  await store.saveThread(makeThread('t'), ann);
  for (const [id, content] of [
    ['text', text],
    ['rows', rows],
  ] as const) {
    const expected = JSON.stringify(content);
    const contentOf = (item: ThreadItem | undefined) => item?.type === 'hidden_context_item' && item.content;
    const sameAs = (item: ThreadItem | undefined) => sameData(contentOf(item), expected);
    await store.addThreadItem('t', makeNote('t', id, content), ann);
    equal(sameAs(await store.loadItem('t', id, ann)), true);
    const { data } = await store.loadThreadItems('t', query({ order: 'desc', limit: 1 }), ann);
    equal(sameAs(data[0]), true);
    await store.saveItem('t', makeNote('t', id, 'small'), ann);
    equal(await store.loadItem('t', id, ann), makeNote('t', id, 'small'));
  }
}

/** Compares objects in any order of their keys. */
function sameData(value: unknown, json: string): boolean {
  const ordered = (data: unknown): unknown =>
    typeof data !== 'object' || data === null || Array.isArray(data)
      ? data
      : Object.fromEntries(Object.entries(data).toSorted(([left], [right]) => (left < right ? -1 : 1)));
  return JSON.stringify(Array.isArray(value) ? value.map(ordered) : value) === json;
}

export const oddData: readonly Case[] = [
  { name: 'ids of any kind are kept apart, to the character', check: keepsApart(oddIds) },
  { name: 'ids with U+0000 and with halves of a character are kept apart', check: keepsApart(brokenIds) },
  { name: 'texts keep every character', check: (trial) => checkKept(trial, texts) },
  {
    name: 'keys keep every character',
    check: (trial) => checkKept(trial, Object.fromEntries(texts.map((text, index) => [text, index]))),
  },
  {
    name: 'keys such as __proto__ are data, and pollute nothing',
    check: async (trial) => {
      await checkKept(trial, JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'));
      trial.equal('polluted' in {}, false);
    },
  },
  { name: 'numbers keep every digit', check: (trial) => checkKept(trial, numbers) },
  {
    name: 'nulls, booleans and empty values stay',
    check: (trial) => checkKept(trial, [null, true, false, [], {}, [[]], { a: null }]),
  },
  { name: 'deep JSON is kept', check: (trial) => checkKept(trial, nested()) },
  { name: 'fields that this version does not know survive a read and a save', check: unknownFields },
  { name: 'items of 10 MB are kept', check: tenMegabytes },
];
