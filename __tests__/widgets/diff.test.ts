// What is sent for two states of a widget, next to what the Python reference answered for the same (vectors/diff.json).
import { ThreadItemUpdateSchema, type WidgetComponent, type WidgetRoot, WidgetRootSchema } from '../../src/protocol';
import { diffWidget } from '../../src/widgets/diff';
import { allHabits, applyWidgetUpdates } from './apply-widget-updates';
import answers from './vectors/diff.json';

interface Answer {
  updates?: unknown[];
  error?: string;
}
interface Case {
  name: string;
  before: WidgetRoot;
  after: WidgetRoot;
  /** What the reference says of widgets made with its classes. */
  typed: Answer;
  /** What it says of widgets that its templates build. */
  template: Answer;
}
const cases = answers as unknown as Case[];

const notSent = 'the reference sends nothing, and the client shows the old text until the item is done';
const raises = 'the reference raises, and the stream breaks';
const ambiguous = 'a client cannot know which component is meant';
const nulls = 'the reference takes nulls out of widgets; here they are sent as they were given';

/** Where the reference is not followed: in each of these the whole widget is sent. */
const differences: Record<string, string> = {
  'a Text grows and loses streaming': raises,
  'a Text grows and gains streaming': raises,
  'a prop of the root appears': raises,
  'a prop of the root disappears': raises,
  'a prop of a child appears': raises,
  'a prop of a child disappears while it grows': raises,
  'null becomes missing': raises,
  'null becomes missing while a Text grows': raises,
  'a value appears': raises,
  'a Text without an id grows': notSent,
  'a Text with an empty id grows': notSent,
  'a Text that is an only child, not in an array, grows': notSent,
  'a Text below an only child grows': notSent,
  'of two texts with one id the first grows': notSent,
  'two texts with one id grow differently': `${ambiguous}, and the first growth is lost`,
  'two texts with one id grow alike': ambiguous,
  'of two texts with one id the last grows': ambiguous,
  'a Text with the id of a Box before it grows': ambiguous,
  'a Text with the id of its root grows': ambiguous,
  'children become null': nulls,
  'null children go missing': nulls,
  'chart rows change': nulls,
  'true becomes 1': 'the same number in Python, not in JSON',
};

/** The keys of an update as the protocol has it. What is in its widget is not the diff's business: some states are odd. */
const keysOf = (type: string): string[] =>
  ThreadItemUpdateSchema.options.flatMap(({ shape }) => (shape.type.value === type ? Object.keys(shape) : [])).sort();

/** Whether a hook could send the widget as it is. */
function isSound(widget: WidgetRoot): boolean {
  const parsed = WidgetRootSchema.safeParse(widget);
  return parsed.success && JSON.stringify(parsed.data) === JSON.stringify(widget);
}

const rootUpdate = (widget: WidgetRoot): unknown[] => [{ type: 'widget.root.updated', widget }];
const card = (...children: unknown[]): WidgetRoot => ({ type: 'Card', children });
const text = (value: unknown, props: object = {}): WidgetComponent => ({ type: 'Text', id: 'a', value, ...props });

describe('diffWidget beside the reference', () => {
  it.each(cases.filter(({ name }) => !(name in differences)))('answers as it does: $name', (vector) => {
    expect(vector.template.updates).toBeDefined();
    expect(diffWidget(vector.before, vector.after)).toEqual(vector.template.updates);
  });

  it.each(Object.entries(differences))('sends the root: %s, for %s', (name) => {
    const vector = cases.find((each) => each.name === name);
    if (vector === undefined) throw new Error(`no vector ${name}`);
    expect(diffWidget(vector.before, vector.after)).toEqual(rootUpdate(vector.after));
    expect(vector.template.updates).not.toEqual(rootUpdate(vector.after));
  });

  it('never had component updates from it', () => {
    expect(JSON.stringify(cases)).not.toContain('widget.component.updated');
  });

  it.each(cases)('leaves every client with the second state, in updates of the protocol: $name', (vector) => {
    const updates = diffWidget(vector.before, vector.after);
    for (const update of updates) expect(Object.keys(update).sort()).toEqual(keysOf(update.type));
    for (const habits of allHabits.filter((each) => !each.doneSetsStreaming)) {
      expect(applyWidgetUpdates(vector.before, updates, habits)).toEqual(vector.after);
    }
  });

  it.each(cases.filter(({ before, after }) => isSound(before) && isSound(after)))(
    'gives updates that the protocol takes as they are, where the states are: $name',
    ({ before, after }) => {
      for (const update of diffWidget(before, after)) expect(ThreadItemUpdateSchema.parse(update)).toEqual(update);
    },
  );

  it('has more sound states than odd ones', () => {
    const odd = cases.filter(({ before, after }) => !isSound(before) || !isSound(after));
    expect(odd.length).toBeLessThan(cases.length / 3);
  });
});

describe('diffWidget beyond the reference', () => {
  it('takes props that are undefined, functions or symbols as missing', () => {
    const after = card(text('Ab', { size: undefined, [Symbol('x')]: 1, onClick: () => 0 }));
    expect(diffWidget(card(text('A', { color: undefined })), after)).toMatchObject([{ delta: 'b', done: true }]);
  });

  it('takes numbers that JSON cannot say as null', () => {
    expect(diffWidget(card(text('A', { width: NaN })), card(text('A', { width: null })))).toEqual([]);
    expect(diffWidget(card(undefined), card(null))).toEqual([]);
  });

  it('does not confuse what only looks alike', () => {
    const alike = [
      undefined,
      null,
      false,
      0,
      '',
      '0',
      [],
      {},
      [0],
      { 0: 0 },
      [[]],
      [null],
      [undefined, 1],
      { x: null },
    ];
    alike.forEach((first, row) => {
      alike.forEach((second, column) => {
        const after = card(text('A', { prop: second }));
        expect(diffWidget(card(text('A', { prop: first })), after)).toEqual(row === column ? [] : rootUpdate(after));
      });
    });
  });

  it('sees a change in values that write themselves, such as dates', () => {
    const after = card(text('A', { when: new Date(1) }));
    expect(diffWidget(card(text('A', { when: new Date(0) })), after)).toEqual(rootUpdate(after));
  });

  it.each(['__proto__', 'constructor', 'toJSON'])('treats a prop called %s as any other', (key) => {
    const withKey = JSON.parse(`{"type":"Card","${key}":{}}`) as WidgetRoot;
    const without: WidgetRoot = { type: 'Card' };
    expect(diffWidget(withKey, JSON.parse(JSON.stringify(withKey)) as WidgetRoot)).toEqual([]);
    expect(diffWidget(without, withKey)).toEqual(rootUpdate(withKey));
    expect(diffWidget(withKey, without)).toEqual(rootUpdate(without));
    expect(diffWidget({ ...without, other: 1 }, withKey)).toEqual(rootUpdate(withKey));
  });

  it('cuts a delta anywhere, also inside of an emoji', () => {
    const [before, after] = [card(text('a\ud83d')), card(text('a\ud83d\ude00'))];
    const updates = JSON.parse(JSON.stringify(diffWidget(before, after))) as ReturnType<typeof diffWidget>;
    expect(applyWidgetUpdates(before, updates, { find: 'first', doneSetsStreaming: false })).toEqual(after);
    expect(updates).toMatchObject([{ delta: '\ude00' }]);
  });

  it('does not mind the id of a component in what is no component', () => {
    const button = { type: 'Button', onClickAction: { type: 'go', payload: { id: 'a' } } };
    expect(diffWidget(card(button, text('A')), card(button, text('Ab')))).toMatchObject([{ delta: 'b' }]);
  });

  it.each([5, {}, null])('sends the root for a growing text with the id %j', (id) => {
    const after = card({ ...text('Ab'), id });
    expect(diffWidget(card({ ...text('A'), id }), after)).toEqual(rootUpdate(after));
  });

  it('reads streaming as a client in JavaScript does, where the reference takes empty objects as false', () => {
    const done = (streaming: unknown): unknown => {
      const [update] = diffWidget(card(text('A', { streaming })), card(text('Ab', { streaming })));
      return update?.type === 'widget.streaming_text.value_delta' && update.done;
    };
    expect([true, 'yes', {}, [], false, null, undefined].map(done)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it('gives deltas in the order of the document', () => {
    const widget = (grown: string): WidgetRoot =>
      card(
        text(grown, { id: '1', children: [text(grown, { id: '2' })] }),
        { type: 'Row', children: [text(grown, { id: '3' }), { type: 'Col', children: [text(grown, { id: '4' })] }] },
        text(grown, { id: '5' }),
      );
    const ids = diffWidget(widget('x'), widget('xy')).map((update) => 'component_id' in update && update.component_id);
    expect(ids).toEqual(['1', '2', '3', '4', '5']);
  });

  it('walks widgets of any depth', () => {
    const deep = (value: string, depth: number): WidgetRoot => {
      let widget: WidgetComponent = text(value);
      for (let level = 0; level < depth; level++) widget = { type: 'Card', children: [widget] };
      return widget;
    };
    for (const depth of [100, 50_000]) {
      expect(diffWidget(deep('A', depth), deep('Ab', depth))).toMatchObject([{ component_id: 'a', delta: 'b' }]);
      expect(diffWidget(deep('A', depth), deep('A', depth))).toEqual([]);
      expect(diffWidget(deep('A', depth), deep('B', depth))).toMatchObject([{ type: 'widget.root.updated' }]);
    }
  });
});
