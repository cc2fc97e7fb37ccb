// Widgets on their way to a client: what a client may draw is sent, texts become text, and nulls are left out.
import {
  diffWidget,
  type Logger,
  ThreadItemSchema,
  WidgetComponentSchema,
  type WidgetRoot,
  WidgetRootSchema,
  Widgets,
} from 'chatkit-express';
import { toClientItem } from '../../src/protocol/client-view';
import { withoutNulls } from '../../src/protocol/widgets/nulls';
import { ada, ask, askJson, serve, startThread } from '../support/core';
import { createdAt, done, updated } from '../support/items';
import { createThread, syncAction } from '../support/requests';

const card = (...children: unknown[]) => ({ type: 'Card', children });
const text = { type: 'Text', value: 'x' };
/** The paths and messages of what is wrong with a widget. */
const faults = (widget: unknown, schema: { safeParse: typeof WidgetRootSchema.safeParse } = WidgetRootSchema) =>
  (schema.safeParse(widget).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('a known component', () => {
  test.each<[string, unknown, string[]]>([
    [
      'a value of another kind',
      card({ type: 'Text', value: 7 }),
      [expect.stringMatching(/^children\.0\.value: .*string/)],
    ],
    ['a missing prop', card({ type: 'Badge' }), [expect.stringMatching(/^children\.0\.label: /)]],
    ['a size that is no word', { ...card(), size: 7 }, [expect.stringMatching(/^size: /)]],
    ['an icon that is no word', card({ type: 'Icon', name: {} }), [expect.stringMatching(/^children\.0\.name: /)]],
    [
      'a word where no word can be',
      card({ ...text, editable: 'yes' }),
      [expect.stringMatching(/^children\.0\.editable: /)],
    ],
    [
      'a status with an icon that is no word',
      { ...card(), status: { text: 'x', icon: 5 } },
      [expect.stringMatching(/^status\.icon: /)],
    ],
    ['a border of no size', { ...card(), border: { size: 'thick' } }, [expect.stringMatching(/^border/)]],
    [
      'an action without a type, far below',
      card({ type: 'Row', children: [text, { type: 'Button', onClickAction: {} }] }),
      [expect.stringMatching(/^children\.0\.children\.1\.onClickAction\.type: /)],
    ],
    [
      'several faults',
      card({ type: 'Title' }, { type: 'Image', src: null }),
      [expect.stringMatching(/^children\.0\.value: /), expect.stringMatching(/^children\.1\.src: /)],
    ],
    ['text among children', card('Hi'), ['children.0: expected a component: text goes into the `value` of a Text']],
    ['a number among children', card(1), ['children.0: expected a component']],
    ['a list among children', card([text]), ['children.0: expected a component']],
    ['no type', card({ value: 'x' }), ['children.0.type: expected a component with a type']],
    ['children that are none', { type: 'Card', children: 'Hi' }, ['children: expected a list of components']],
    ['a root that is none', text, ['type: expected a Card, a ListView or a Basic, not a Text']],
    [
      'a card in a card',
      card(card()),
      ['children.0.type: expected a component that can stand inside others, not a Card'],
    ],
    [
      'a list of other things than its items',
      { type: 'ListView', children: [text] },
      ['children.0.type: expected a ListViewItem, not a Text'],
    ],
    [
      'a table of cells',
      card({ type: 'Table', children: [{ type: 'Table.Cell' }] }),
      ['children.0.children.0.type: expected a Table.Row, not a Table.Cell'],
    ],
    [
      'two children of a Transition',
      card({ type: 'Transition', children: [text, text] }),
      ['children.0.children: expected a component'],
    ],
    [
      'a chart with a series of no kind',
      card({ type: 'Chart', data: [], series: [{ type: 7, dataKey: 'a' }], xAxis: 'x' }),
      [expect.stringMatching(/^children\.0\.series\.0\.type: /)],
    ],
    [
      'a component in what is unknown',
      card({ type: 'Hologram', children: [{ type: 'Text' }] }),
      [expect.stringMatching(/^children\.0\.children\.0\.value: /)],
    ],
  ])('is refused by the exact schemas with %s', (_what, widget, wanted) => {
    expect(faults(widget, Widgets.WidgetRootSchema as never)).toEqual(wanted);
  });

  test.each<[string, unknown, string]>([
    ['text among children', card('Hi'), 'children.0: expected a component: text goes into the `value` of a Text'],
    ['a number among children', card(1), 'children.0: expected a component'],
    ['a list among children', card([text]), 'children.0: expected a component'],
    ['no type', card({ value: 'x' }), 'children.0.type: expected a component with a type'],
    ['children that are none', { type: 'Card', children: 'Hi' }, 'children: expected a list of components'],
    ['a root that is none', text, 'type: expected a Card, a ListView or a Basic, not a Text'],
  ])('is refused, because no client can draw it, with %s', (_what, widget, wanted) => {
    expect(faults(widget)).toEqual([wanted]);
  });

  const item = (...children: unknown[]) => ({ type: 'ListViewItem', children });
  const list = (...children: unknown[]) => ({ type: 'ListView', children });
  const value = (of: unknown, more: object = {}) => card({ type: 'Text', value: of, ...more });

  test.each<[string, object, object, string[]]>([
    ['a list in a card', card(list(item(text))), card(list(item(text))), ['ListView in Card']],
    ['a card in a row of a list', list(item(card(text))), list(item(card(text))), ['Card in ListViewItem']],
    [
      'a row of a list in a box',
      card({ type: 'Box', children: [item()] }),
      card({ type: 'Box', children: [item()] }),
      ['ListViewItem in Box'],
    ],
    ['a text as the row of a list', list(text), list(text), ['Text in ListView']],
    [
      'a cell without a row',
      card({ type: 'Table', children: [{ type: 'Table.Cell' }] }),
      card({ type: 'Table', children: [{ type: 'Table.Cell' }] }),
      ['Table.Cell in Table'],
    ],
    [
      'two children of a Transition',
      card({ type: 'Transition', children: [text, text] }),
      card({ type: 'Transition', children: [text, text] }),
      [],
    ],
    ['a number as text', value(3), value('3'), ['Text.value']],
    ['zero as text', value(0), value('0'), ['Text.value']],
    ['a boolean as text', value(true), value('true'), ['Text.value']],
    ['null as text', value(null), value(''), ['Text.value']],
    ['no text', card({ type: 'Title' }), card({ type: 'Title', value: '' }), ['Title.value']],
    [
      'numbers in a badge and a button',
      card({ type: 'Badge', label: 5 }, { type: 'Button', label: 6 }),
      card({ type: 'Badge', label: '5' }, { type: 'Button', label: '6' }),
      ['Badge.label', 'Button.label'],
    ],
    ['a badge of null', card({ type: 'Badge', label: null }), card({ type: 'Badge', label: '' }), ['Badge.label']],
    ['a number as key', value('x', { key: 7 }), value('x', { key: '7' }), ['Text.key']],
    [
      'a number in a status',
      { ...card(), status: { text: 4 } },
      { ...card(), status: { text: '4' } },
      ['Card.status.text'],
    ],
    [
      'numbers in options',
      card({ type: 'Select', name: 's', options: [{ value: 1, label: 2 }] }),
      card({ type: 'Select', name: 's', options: [{ value: '1', label: '2' }] }),
      ['Select.options.value', 'Select.options.label'],
    ],
    ['a picture without an address', card({ type: 'Image', src: null }), card({ type: 'Image' }), ['Image.src']],
    ['a size that is no word', { ...card(), size: 7 }, { ...card(), size: 7 }, ['Card.size']],
    ['an object as text', value({}), value({}), ['Text.value']],
  ])('is sent with one warning: %s', async (_what, widget, sent, names) => {
    const core = serve({
      async *respond({ thread }) {
        const base = { thread_id: thread.id, created_at: createdAt };
        for (const id of ['w_1', 'w_2']) {
          yield done({ ...base, id, type: 'widget', widget: structuredClone(widget) as WidgetRoot });
        }
      },
      syncAction: ({ sender }) => ({ updated_item: { ...sender!, widget: structuredClone(widget) as WidgetRoot } }),
    });
    const { threadId, events } = await startThread(core);
    expect(core.logger.take('warn').map(({ fields }) => fields['name'])).toEqual(names);
    expect(events.at(-1)).toMatchObject({ type: 'thread.item.done', item: { id: 'w_2', widget: sent } });
    expect(await core.store.loadItem(threadId, 'w_2', ada)).toMatchObject({ widget: sent });
    const answer = await askJson(core, syncAction({ thread_id: threadId, item_id: 'w_1' }));
    expect(answer).toMatchObject({ updated_item: { widget: sent } });
    expect(core.logger.take('warn')).toEqual([]);
  });

  test('may lack children, or have a single one, as with the reference; its own schema is exact', () => {
    for (const widget of [{ type: 'Card' }, { type: 'Card', children: text }]) {
      expect(WidgetRootSchema.parse(widget)).toEqual(widget);
      expect(faults(widget, Widgets.CardSchema as never)).toEqual(['children: expected a list of components']);
    }
    expect(faults(card(text), Widgets.CardSchema as never)).toEqual([]);
    expect(faults(card(text), Widgets.ListViewSchema as never)).toEqual(['type: expected a ListView, not a Card']);
    expect(faults({ type: 'Hologram' }, Widgets.CardSchema as never)).toEqual(['type: there is no component Hologram']);
  });

  test('may have an icon of a vendor, and all that an action can say', () => {
    const onClickAction = { type: 'go', handler: 'client', loadingBehavior: 'container', streaming: false };
    const button = { type: 'Button', iconStart: 'lucide:brain', iconEnd: 'vendor:x', onClickAction };
    expect(WidgetRootSchema.parse(card(button))).toEqual(card(button));
  });
});

describe('what this version does not know', () => {
  const newer = card(
    { type: 'Hologram', depth: 3, children: ['text', 7, { type: 'Beam' }] },
    { type: 'Text', value: 'x', glow: { by: [1, null] } },
  );

  /** Words for props that take one of several, at every kind of place that has such. */
  const newerWords = {
    ...card(
      { type: 'Icon', name: 'rocket', size: 'huge' },
      {
        type: 'Chart',
        data: [],
        xAxis: 'x',
        series: [{ type: 'bar', dataKey: 'a' }, { type: 'pie' }, { type: 'pie' }],
      },
      { type: 'Button', iconStart: 'rocket', onClickAction: { type: 'go', handler: 'edge' } },
    ),
    border: { size: 1, style: 'wavy' },
    status: { text: 'x', icon: 'rocket' },
    size: 'x'.repeat(50),
  };

  test('is logged once for each word that a prop takes', async () => {
    const core = serve({
      async *respond({ thread }) {
        const base = { thread_id: thread.id, created_at: createdAt };
        for (const id of ['w_1', 'w_2']) yield done({ ...base, id, type: 'widget', widget: newerWords });
      },
    });
    const { threadId } = await startThread(core);
    expect(core.logger.take('warn').map(({ fields }) => fields['name'])).toEqual([
      'Card.border.style=wavy',
      `Card.size=${'x'.repeat(40)}`,
      'Card.status.icon=rocket',
      'Icon.name=rocket',
      'Icon.size=huge',
      'Chart.series.type=pie',
      'Button.onClickAction.handler=edge',
      'Button.iconStart=rocket',
    ]);
    expect(await core.store.loadItem(threadId, 'w_2', ada)).toMatchObject({ widget: newerWords });
  });

  test('is refused by the exact schemas', () => {
    expect(faults(card({ type: 'Icon', name: 'rocket' }), Widgets.CardSchema as never)).toEqual([
      expect.stringMatching(/^children\.0\.name: /),
    ]);
  });

  test('passes as it is', () => {
    expect(WidgetRootSchema.parse(newerWords)).toEqual(newerWords);
    expect(WidgetRootSchema.parse(newer)).toEqual(newer);
    expect(WidgetRootSchema.parse({ type: 'Wall', size: 7 })).toEqual({ type: 'Wall', size: 7 });
    expect(WidgetComponentSchema.parse({ type: 'Beam', value: null, on: true })).toEqual({ type: 'Beam', on: true });
  });

  test('is logged once, whichever event brings it', async () => {
    const widgetItem = (id: string, widget: WidgetRoot, thread_id: string) =>
      ({ type: 'widget', id, thread_id, created_at: createdAt, widget }) as const;
    const core = serve({
      async *respond({ thread }) {
        yield { type: 'thread.item.added', item: widgetItem('w_1', newer, thread.id) };
        const component = { type: 'Text', value: 'x', shade: 1 };
        yield updated('w_1', { type: 'widget.root.updated', widget: card({ type: 'Ray' }, newer.children[0]) });
        yield updated('w_1', { type: 'widget.component.updated', component_id: 'a', component });
        yield done(widgetItem('w_1', newer, thread.id));
      },
      syncAction: ({ sender }) => ({ updated_item: { ...sender!, widget: { ...newer, tint: 'x' } } }),
    });
    const { threadId } = await startThread(core);
    await ask(core, createThread('again'));
    await askJson(core, syncAction({ thread_id: threadId, item_id: 'w_1' }));
    const lines = core.logger.take('warn');
    expect(lines.map(({ fields }) => fields['name'])).toEqual([
      'Hologram',
      'Beam',
      'Text.glow',
      'Ray',
      'Text.shade',
      'Card.tint',
    ]);
    expect(new Set(lines.map(({ message }) => message))).toEqual(
      new Set(['a widget has a part that this version does not know or does not expect there; sent all the same']),
    );
    expect(await core.store.loadItem(threadId, 'w_1', ada)).toMatchObject({ widget: { tint: 'x' } });
  });

  test('fills no memory where a model makes names up', async () => {
    const core = serve({
      async *respond({ thread }) {
        const children = Array.from({ length: 1500 }, (_, index) => ({ type: `Made${index}` }));
        const base = { id: 'w_1', thread_id: thread.id, created_at: createdAt };
        yield done({ ...base, type: 'widget', widget: card(...children) });
      },
    });
    await startThread(core);
    expect(core.logger.take('warn')).toHaveLength(1000);
  });

  test('is told to each logger', async () => {
    const names: unknown[] = [];
    const logger = { warn: (fields: object) => void names.push(fields) } as unknown as Logger;
    const other = { ...logger };
    const { noteUnknownWidgetParts } = await import('../../src/runs/check');
    const item = ThreadItemSchema.parse({
      type: 'widget',
      id: 'w_1',
      thread_id: 't',
      created_at: createdAt,
      widget: { type: 'Wall' },
    });
    for (const each of [logger, logger, other]) noteUnknownWidgetParts(item, each);
    expect(names).toEqual([{ name: 'Wall' }, { name: 'Wall' }]);
  });
});

describe('null', () => {
  const given = {
    type: 'Card',
    size: null,
    later: null,
    children: [
      null,
      { type: 'Text', value: 'x', color: null, editable: { name: 'n', pattern: null } },
      { type: 'Button', onClickAction: { type: 'go', handler: null, payload: { n: null, list: [null] } } },
      { type: 'Transition', children: null },
      { type: 'Row', children: null },
      { type: 'Cloud', points: [1, null], children: [null, { type: 'Dot', at: null }] },
    ],
  };
  const clean = {
    type: 'Card',
    children: [
      { type: 'Text', value: 'x', editable: { name: 'n' } },
      { type: 'Button', onClickAction: { type: 'go', payload: { n: null, list: [null] } } },
      { type: 'Transition', children: null },
      { type: 'Row' },
      { type: 'Cloud', points: [1, null], children: [{ type: 'Dot' }] },
    ],
  };

  test('is left out at every depth, but in payloads, in lists of data, and where a Transition holds nothing', () => {
    const before = JSON.stringify(given);
    expect(WidgetRootSchema.parse(given)).toStrictEqual(clean);
    expect(JSON.stringify(given)).toBe(before); // a copy was made
  });

  test('is not sent, not stored, and not shown of what a store holds already', async () => {
    const core = serve({
      async *respond({ thread, store, context }) {
        const base = { thread_id: thread.id, created_at: createdAt };
        yield done({ ...base, id: 'w_1', type: 'widget', widget: given });
        // Written by another program, or by a hook itself: nothing checked it.
        await store.addThreadItem(thread.id, { ...base, id: 'w_2', type: 'widget', widget: given }, context);
        yield updated('w_1', { type: 'widget.root.updated', widget: given });
      },
    });
    const { threadId, events } = await startThread(core);
    core.logger.take('warn');
    expect(events.slice(3)).toEqual([
      expect.objectContaining({ item: expect.objectContaining({ widget: clean }) }),
      expect.objectContaining({ update: { type: 'widget.root.updated', widget: clean } }),
    ]);
    expect(await core.store.loadItem(threadId, 'w_1', ada)).toMatchObject({ widget: clean });
    const opened = await askJson(core, { type: 'threads.get_by_id', params: { thread_id: threadId } });
    expect(opened.items.data.slice(1).map(({ widget }: { widget: unknown }) => widget)).toEqual([clean, clean]);
  });

  test('costs no copy where there is none', () => {
    expect(withoutNulls(clean)).toBe(clean);
    const item = ThreadItemSchema.parse({
      type: 'widget',
      id: 'w',
      thread_id: 't',
      created_at: createdAt,
      widget: clean,
    });
    expect(toClientItem(item as never)).toBe(item);
    // What did not change is shared.
    const mixed = card(text, { type: 'Text', value: 'y', size: null });
    expect((withoutNulls(mixed) as { children: unknown[] }).children[0]).toBe(text);
    expect(diffWidget(withoutNulls(mixed), card(text, { type: 'Text', value: 'y' }))).toEqual([]);
  });

  test('cannot set a prototype', () => {
    const odd = JSON.parse('{"type":"Card","children":[],"size":null,"__proto__":{"a":null}}') as object;
    const cleaned = withoutNulls(odd);
    expect(Object.getPrototypeOf(cleaned)).toBe(Object.prototype);
    expect(JSON.stringify(cleaned)).toBe('{"type":"Card","children":[],"__proto__":{"a":null}}');
  });
});
