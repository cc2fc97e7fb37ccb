// Markup in a project that uses the package: its types come from chatkit-express/widgets/jsx-runtime.
import { streamWidget, type WidgetRoot, type Widgets } from 'chatkit-express';
import { Card, ListView, ListViewItem, Table, Text } from 'chatkit-express/widgets';

const Line = ({ value }: { value: string }) => <Text value={value} />;

export const card: WidgetRoot = (
  <Card size="sm">
    <Line key="a" value="Hi" />
    {[1, 2].map((n) => (
      <Text key={`${n}`} value={`${n}`} />
    ))}
    <Table>
      <Table.Row header />
    </Table>
  </Card>
);
export const events = streamWidget({ id: 'thr_1' }, <ListView>{null}</ListView>);
export const item: Widgets.ListViewItem = ListViewItem({ children: [Text({ value: 'x' })] });

// @ts-expect-error: `value` is missing.
export const empty = <Text />;
// @ts-expect-error: there is no such size.
export const odd = <Card size="huge">{null}</Card>;
// @ts-expect-error: text goes into `value`.
export const text = () => <Card>Hi</Card>;
