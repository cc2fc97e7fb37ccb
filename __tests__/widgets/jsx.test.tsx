// Markup gives the same objects as the functions do. tsconfig.json names the runtime; `tsc --noEmit` checks the types.
import {
  Basic,
  Box,
  Button,
  Card,
  Col,
  ListView,
  ListViewItem,
  Row,
  Table,
  Text,
  Title,
  Transition,
  type WidgetNodes,
} from 'chatkit-express/widgets';
import { jsxDEV } from 'chatkit-express/widgets/jsx-dev-runtime';
import { jsx } from 'chatkit-express/widgets/jsx-runtime';
import { WidgetRootSchema, type WidgetComponent, type WidgetRoot } from '../../src/protocol';

test('a tag is the object of its component', () => {
  const card: WidgetRoot = (
    <Card size="sm">
      <Text value="Hi" />
    </Card>
  );
  expect(card).toEqual({ type: 'Card', size: 'sm', children: [{ type: 'Text', value: 'Hi' }] });
  expect(card).toEqual(Card({ size: 'sm', children: [Text({ value: 'Hi' })] }));
  expect(WidgetRootSchema.parse(card)).toEqual(card);
});

test('a key of markup is the key of the component', () => {
  const rows = ['a', 'b'].map((id) => (
    <ListViewItem key={id} onClickAction={{ type: 'pick', payload: { id } }}>
      <Text value={id} />
    </ListViewItem>
  ));
  expect(<ListView limit="auto">{rows}</ListView>).toEqual({
    type: 'ListView',
    limit: 'auto',
    children: ['a', 'b'].map((id) => ({
      type: 'ListViewItem',
      key: id,
      onClickAction: { type: 'pick', payload: { id } },
      children: [{ type: 'Text', value: id }],
    })),
  });
  expect(jsx(Text as never, { value: 'x' }, 7)).toEqual({ type: 'Text', value: 'x', key: '7' });
  // For a key after spread props compilers call an older function, `createElement`.
  const props = { value: 'y' };
  expect(<Text {...props} key="k" />).toEqual({ type: 'Text', value: 'y', key: 'k' });
  expect(
    <Col {...{ gap: 2 }} key="k">
      <Text {...props} />
      {null}
    </Col>,
  ).toEqual({ type: 'Col', gap: 2, key: 'k', children: [{ type: 'Text', value: 'y' }] });
});

test('fragments, lists and conditions leave only components', () => {
  const open = [true, false];
  const box = (
    <Box>
      <>
        <Text value="1" />
        <>
          <Text value="2" />
        </>
      </>
      {open.map((shown) => shown && <Text value="3" />)}
      {open[1] ? <Text value="never" /> : null}
      {undefined}
      {[[<Text value="4" />], []]}
    </Box>
  );
  expect(box).toEqual({ type: 'Box', children: ['1', '2', '3', '4'].map((value) => ({ type: 'Text', value })) });
});

test('functions of your own are tags', () => {
  const Stars = ({ count, children }: { count: number; children?: WidgetNodes<WidgetComponent> }) => (
    <Row>
      <Text value={'★'.repeat(count)} />
      {children}
    </Row>
  );
  const Both = () => (
    <>
      <Stars count={1} />
      <Stars count={2} key="two">
        <Title value="!" />
      </Stars>
    </>
  );
  const stars = (count: number, ...more: object[]) => ({
    type: 'Row',
    children: [{ type: 'Text', value: '★'.repeat(count) }, ...more],
  });
  expect(
    <Col>
      <Both />
    </Col>,
  ).toEqual({ type: 'Col', children: [stars(1), stars(2, { type: 'Title', value: '!' })] });
});

test('names with a dot, a single child, and no children', () => {
  expect(
    <Basic>
      <Card>
        <Table>
          <Table.Row header>
            <Table.Cell colSpan={2}>
              <Text value="Sum" />
            </Table.Cell>
          </Table.Row>
        </Table>
      </Card>
      <Transition>
        <Text value="in" />
      </Transition>
      <Transition>{null}</Transition>
      <Row />
    </Basic>,
  ).toEqual({
    type: 'Basic',
    children: [
      {
        type: 'Card',
        children: [
          {
            type: 'Table',
            children: [
              {
                type: 'Table.Row',
                header: true,
                children: [{ type: 'Table.Cell', colSpan: 2, children: [{ type: 'Text', value: 'Sum' }] }],
              },
            ],
          },
        ],
      },
      { type: 'Transition', children: { type: 'Text', value: 'in' } },
      { type: 'Transition', children: null },
      { type: 'Row' },
    ],
  });
});

test('text among children is refused, and says where it goes', () => {
  // @ts-expect-error Text goes into `value`.
  expect(() => <Card>Hi</Card>).toThrow(
    new TypeError('Card cannot hold the string "Hi": give it to the `value` of a Text'),
  );
  expect(() => (
    // @ts-expect-error A Text has no children.
    <Text value="a">
      <Text value="b" />
    </Text>
  )).toThrow('Text does not have children');
  expect(() => (
    <Transition>
      <Text value="a" />
      <Text value="b" />
    </Transition>
  )).toThrow('Transition holds one component, and not 2');
});

test('what is wrong does not compile', () => {
  // @ts-expect-error `value` is missing.
  expect(<Text />).toEqual({ type: 'Text' });
  // @ts-expect-error There is no such size.
  expect(<Text value="x" size="huge" />).toHaveProperty('size', 'huge');
  // @ts-expect-error There is no such prop.
  expect(<Button lable="x" />).toHaveProperty('lable', 'x');
  // @ts-expect-error There is no tag in small letters.
  expect(() => <div />).toThrow('there is no component <div>');
});

test('the runtime of development gives the same', () => {
  expect(jsxDEV(Text as never, { value: 'x' }, 'k')).toEqual(<Text key="k" value="x" />);
});
