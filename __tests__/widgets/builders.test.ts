// The functions give the plain objects that are sent, and take what conditions and lists give.
import * as widgets from 'chatkit-express/widgets';
import { Widgets } from '../../src/protocol';
import { knownComponents } from '../../src/protocol/widgets/known';

const { Basic, Box, Button, Card, Chart, Col, Divider, Form, Input, ListView, ListViewItem, Row, Spacer, Table, Text } =
  widgets;
const { Title, Transition } = widgets;

test('there is one for each component, and no other', () => {
  const builders = [...Object.values(widgets), Table.Row, Table.Cell];
  const types = builders.flatMap((builder) => ('componentType' in builder ? builder.componentType : []));
  expect(types.sort()).toEqual([...knownComponents.keys()].sort());
});

test('they read like the components', () => {
  const card = Card({
    size: 'sm',
    status: { text: 'New', icon: 'sparkle' },
    children: [
      Title({ value: 'Order', size: 'lg' }),
      Form({
        onSubmitAction: { type: 'order', streaming: false },
        children: [Row({ gap: 2, children: [Input({ name: 'item', required: true }), Spacer()] }), Divider()],
      }),
      Button({ label: 'Send', submit: true }),
    ],
  });
  expect(card).toStrictEqual({
    type: 'Card',
    size: 'sm',
    status: { text: 'New', icon: 'sparkle' },
    children: [
      { type: 'Title', value: 'Order', size: 'lg' },
      {
        type: 'Form',
        onSubmitAction: { type: 'order', streaming: false },
        children: [
          { type: 'Row', gap: 2, children: [{ type: 'Input', name: 'item', required: true }, { type: 'Spacer' }] },
          { type: 'Divider' },
        ],
      },
      { type: 'Button', label: 'Send', submit: true },
    ],
  });
  expect(Widgets.CardSchema.parse(card)).toEqual(card);
});

test('lists are laid flat, and what a condition left out is left out', () => {
  const shown = false as boolean;
  expect(Col({ children: [shown && Text({ value: 'a' }), [Text({ value: 'b' }), [null]], undefined] })).toStrictEqual({
    type: 'Col',
    children: [{ type: 'Text', value: 'b' }],
  });
  expect(Box({ children: Text({ value: 'c' }) })).toStrictEqual({
    type: 'Box',
    children: [{ type: 'Text', value: 'c' }],
  });
  expect(Text({ value: 'd', size: shown ? 'sm' : undefined })).toStrictEqual({ type: 'Text', value: 'd' });
});

test('children are there where the component needs them', () => {
  expect([Card({ children: null }), Box(), Box({ children: [] })]).toStrictEqual([
    { type: 'Card', children: [] },
    { type: 'Box' },
    { type: 'Box', children: [] },
  ]);
  expect(Transition({ children: null })).toStrictEqual({ type: 'Transition', children: null });
  expect(Transition({ children: Text({ value: 'x' }) })).toStrictEqual({
    type: 'Transition',
    children: { type: 'Text', value: 'x' },
  });
});

test('a list, a table and a chart', () => {
  const list = ListView({ children: ['a', 'b'].map((key) => ListViewItem({ key, children: [Text({ value: key })] })) });
  const table = Table({ children: [Table.Row({ header: true, children: Table.Cell({ width: 3 }) })] });
  const chart = Chart({
    data: [{ day: 'Mon', sold: 3 }],
    series: [{ type: 'bar', dataKey: 'sold', label: 'Sold' }],
    xAxis: 'day',
  });
  expect(Widgets.ListViewSchema.parse(list)).toEqual(list);
  expect(Widgets.TableSchema.parse(table)).toEqual(table);
  expect(Widgets.ChartSchema.parse(chart)).toEqual(chart);
  expect(Basic({ children: [list, chart] }).children).toEqual([list, chart]);
});

test('what cannot stand there does not compile, and text is refused', () => {
  // @ts-expect-error A list holds only its items.
  expect(ListView({ children: [Text({ value: 'x' })] }).children).toHaveLength(1);
  // @ts-expect-error A card holds no card.
  expect(Card({ children: [Card({ children: [] })] }).children).toHaveLength(1);
  // @ts-expect-error A prop is missing.
  expect(Text()).toStrictEqual({ type: 'Text' });
  // @ts-expect-error There is no such prop.
  expect(Text({ value: 'x', colour: 'red' })).toHaveProperty('colour');
  // @ts-expect-error Text goes into `value`.
  expect(() => Card({ children: ['Hi'] })).toThrow(
    'Card cannot hold the string "Hi": give it to the `value` of a Text',
  );
  // @ts-expect-error A Text holds nothing.
  expect(() => Text({ value: 'x', children: [Text({ value: 'y' })] })).toThrow('Text does not have children');
});
