// A function for each component of a widget. It returns the plain object that is sent: `Text({ value: 'Hi' })` is
// `{ type: 'Text', value: 'Hi' }`.
import type { Widgets } from '../protocol';
import { knownComponents } from '../protocol/widgets/known';

/**
 * Children: components, lists of components, and the values of a condition that is false, which are
 * omitted.
 */
export type WidgetNodes<Child> = Child | readonly WidgetNodes<Child>[] | boolean | null | undefined;

interface Component {
  type: string;
}
type OwnProps<Built> = Omit<Built, 'type' | 'children'>;
type Arguments<Props> = object extends Props ? [props?: Props] : [props: Props];

/** Makes a component. The props are those of its type in {@link Widgets}, without `type`. */
export interface WidgetBuilder<Built, Props> {
  (...props: Arguments<Props>): Built;
  /** The `type` of the component. */
  readonly componentType: string;
}

type Leaf<Built> = WidgetBuilder<Built, OwnProps<Built>>;
type Holder<Built, Child = Widgets.WidgetComponent> = WidgetBuilder<
  Built,
  OwnProps<Built> & { children: WidgetNodes<Child> }
>;
type MayHold<Built, Child = Widgets.WidgetComponent> = WidgetBuilder<
  Built,
  OwnProps<Built> & { children?: WidgetNodes<Child> }
>;

function builder(componentType: string): unknown {
  return Object.assign((props: Record<string, unknown> = {}) => build(componentType, props), { componentType });
}
const leaf = <Built extends Component>(type: Built['type']) => builder(type) as Leaf<Built>;
const holder = <Built extends Component, Child = Widgets.WidgetComponent>(type: Built['type']) =>
  builder(type) as Holder<Built, Child>;
const mayHold = <Built extends Component, Child = Widgets.WidgetComponent>(type: Built['type']) =>
  builder(type) as MayHold<Built, Child>;

/** A root with the frame of a card. */
export const Card = holder<Widgets.Card>('Card');
/** A root with a list of {@link ListViewItem}s. */
export const ListView = holder<Widgets.ListView, Widgets.ListViewItem>('ListView');
/** A root without a frame. It can contain other roots. */
export const Basic = holder<Widgets.BasicRoot, Widgets.WidgetComponent | Widgets.WidgetRoot>('Basic');
/** A row of a {@link ListView}. A click on it can send an action. */
export const ListViewItem = holder<Widgets.ListViewItem>('ListViewItem');

/** A box with its children in a column, or in a row with `direction: 'row'`. */
export const Box = mayHold<Widgets.Box>('Box');
/** A box with its children in a row. */
export const Row = mayHold<Widgets.Row>('Row');
/** A box with its children in a column. */
export const Col = mayHold<Widgets.Col>('Col');
/** A box that sends the values of its controls by name, in the payload of its `onSubmitAction`. */
export const Form = mayHold<Widgets.Form>('Form');
/** Animates its only child when the child appears, changes and disappears. A missing child becomes null. */
export const Transition = holder<Widgets.Transition>('Transition');
/** A table: `Table`, `Table.Row` and `Table.Cell`. */
export const Table = Object.assign(mayHold<Widgets.Table, Widgets.TableRow>('Table'), {
  /** A row of a table. With `header` it is a row of headings. */
  Row: mayHold<Widgets.TableRow, Widgets.TableCell>('Table.Row'),
  /** A cell of a row. */
  Cell: mayHold<Widgets.TableCell>('Table.Cell'),
});

/** Plain text, in `value`. With an `id` the text can be streamed. */
export const Text = leaf<Widgets.TextComponent>('Text');
/** Text of a heading, in `value`. */
export const Title = leaf<Widgets.Title>('Title');
/** Small text, in `value`. */
export const Caption = leaf<Widgets.Caption>('Caption');
/** Markdown, in `value`. With an `id` the text can be streamed. */
export const Markdown = leaf<Widgets.Markdown>('Markdown');
/** The label of the form control `fieldName`, in `value`. */
export const Label = leaf<Widgets.Label>('Label');
/** A short coloured label, in `label`. */
export const Badge = leaf<Widgets.Badge>('Badge');
/** An icon by its `name`. */
export const Icon = leaf<Widgets.Icon>('Icon');
/** An image from a URL, in `src`. */
export const Image = leaf<Widgets.Image>('Image');
/** A flexible space. */
export const Spacer = leaf<Widgets.Spacer>('Spacer');
/** A line between two components. */
export const Divider = leaf<Widgets.Divider>('Divider');
/** A chart with bars, lines and areas of the rows in `data`. */
export const Chart = leaf<Widgets.Chart>('Chart');

/** A button. It sends `onClickAction`, or submits its form with `submit`. */
export const Button = leaf<Widgets.Button>('Button');
/** A text field with one line. */
export const Input = leaf<Widgets.Input>('Input');
/** A text field with several lines. */
export const Textarea = leaf<Widgets.Textarea>('Textarea');
/** A menu of options, of which the user selects one. */
export const Select = leaf<Widgets.Select>('Select');
/** A date field with a calendar. */
export const DatePicker = leaf<Widgets.DatePicker>('DatePicker');
/** A checkbox. */
export const Checkbox = leaf<Widgets.Checkbox>('Checkbox');
/** A list of options, of which the user selects one. All options are visible. */
export const RadioGroup = leaf<Widgets.RadioGroup>('RadioGroup');

function build(type: string, { children, ...props }: Record<string, unknown>): Component {
  const component: Component & Record<string, unknown> = { type };
  for (const [name, value] of Object.entries(props)) if (value !== undefined) component[name] = value;
  const rule = knownComponents.get(type)?.children;
  const held = flatten(children, type);
  if (!rule) {
    if (held.length > 0) throw new TypeError(`${type} does not have children`);
  } else if (rule.single) {
    if (held.length > 1) throw new TypeError(`${type} holds one component, and not ${held.length}`);
    component['children'] = held[0] ?? null;
  } else if (rule.required || children !== undefined) component['children'] = held;
  return component;
}

function flatten(nodes: unknown, type: string): object[] {
  if (nodes === null || nodes === undefined || typeof nodes === 'boolean') return [];
  if (Array.isArray(nodes)) return nodes.flatMap((node) => flatten(node, type));
  if (typeof nodes === 'object') return [nodes];
  throw new TypeError(
    `${type} cannot hold the ${typeof nodes} ${JSON.stringify(nodes)}: give it to the \`value\` of a Text`,
  );
}
