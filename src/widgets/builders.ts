// A function for each component of a widget. It gives the plain object that is sent: `Text({ value: 'Hi' })` is
// `{ type: 'Text', value: 'Hi' }`.
import type { Widgets } from '../protocol';
import { knownComponents } from '../protocol/widgets/known';

/**
 * What may stand among children: components, lists of them, and what a condition gives when it does not hold, which is
 * left out.
 */
export type WidgetNodes<Child> = Child | readonly WidgetNodes<Child>[] | boolean | null | undefined;

interface Component {
  type: string;
}
type OwnProps<Built> = Omit<Built, 'type' | 'children'>;
type Arguments<Props> = object extends Props ? [props?: Props] : [props: Props];

/** Makes a component. Its props are those of the type, in {@link Widgets}, without `type`. */
export interface WidgetBuilder<Built, Props> {
  (...props: Arguments<Props>): Built;
  /** The `type` of what it makes. */
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

/** A root that looks like a card. */
export const Card = holder<Widgets.Card>('Card');
/** A list; its children are {@link ListViewItem}s. */
export const ListView = holder<Widgets.ListView, Widgets.ListViewItem>('ListView');
/** A root without a look of its own. Other roots may stand in it. */
export const Basic = holder<Widgets.BasicRoot, Widgets.WidgetComponent | Widgets.WidgetRoot>('Basic');
/** A row of a {@link ListView}, which a click on it can tell of. */
export const ListViewItem = holder<Widgets.ListViewItem>('ListViewItem');

/** A box whose content goes down, or across with `direction: 'row'`. */
export const Box = mayHold<Widgets.Box>('Box');
/** A box whose content goes across. */
export const Row = mayHold<Widgets.Row>('Row');
/** A box whose content goes down. */
export const Col = mayHold<Widgets.Col>('Col');
/** A box whose controls are sent together, in the payload of its `onSubmitAction`, under their names. */
export const Form = mayHold<Widgets.Form>('Form');
/** Animates its only child as it comes, changes and goes. No child is null in the object: that is what went. */
export const Transition = holder<Widgets.Transition>('Transition');
/** A table: `Table`, `Table.Row` and `Table.Cell`. */
export const Table = Object.assign(mayHold<Widgets.Table, Widgets.TableRow>('Table'), {
  /** A row of a table; with `header`, its head. */
  Row: mayHold<Widgets.TableRow, Widgets.TableCell>('Table.Row'),
  /** A cell of a row. */
  Cell: mayHold<Widgets.TableCell>('Table.Cell'),
});

/** Plain text, in `value`. With an `id` it can grow while it is shown. */
export const Text = leaf<Widgets.TextComponent>('Text');
/** Text of a heading, in `value`. */
export const Title = leaf<Widgets.Title>('Title');
/** Small text, in `value`. */
export const Caption = leaf<Widgets.Caption>('Caption');
/** Markdown, in `value`. With an `id` it can grow while it is shown. */
export const Markdown = leaf<Widgets.Markdown>('Markdown');
/** The name of the form control `fieldName`, in `value`. */
export const Label = leaf<Widgets.Label>('Label');
/** A word or two in a coloured lozenge, in `label`. */
export const Badge = leaf<Widgets.Badge>('Badge');
/** An icon by its `name`. */
export const Icon = leaf<Widgets.Icon>('Icon');
/** A picture from a URL, in `src`. */
export const Image = leaf<Widgets.Image>('Image');
/** Room that takes what is left. */
export const Spacer = leaf<Widgets.Spacer>('Spacer');
/** A line between two parts. */
export const Divider = leaf<Widgets.Divider>('Divider');
/** Bars, lines and areas over rows of `data`. */
export const Chart = leaf<Widgets.Chart>('Chart');

/** A button. It sends `onClickAction`, or with `submit` its form. */
export const Button = leaf<Widgets.Button>('Button');
/** A line to write in. */
export const Input = leaf<Widgets.Input>('Input');
/** Lines to write in. */
export const Textarea = leaf<Widgets.Textarea>('Textarea');
/** One of several options, from a menu. */
export const Select = leaf<Widgets.Select>('Select');
/** A date, from a calendar. */
export const DatePicker = leaf<Widgets.DatePicker>('DatePicker');
/** A box to tick. */
export const Checkbox = leaf<Widgets.Checkbox>('Checkbox');
/** One of several options, all of them in sight. */
export const RadioGroup = leaf<Widgets.RadioGroup>('RadioGroup');

function build(type: string, { children, ...props }: Record<string, unknown>): Component {
  const component: Component & Record<string, unknown> = { type };
  for (const [name, value] of Object.entries(props)) if (value !== undefined) component[name] = value;
  const rule = knownComponents.get(type)?.children;
  const held = flatten(children, type);
  if (!rule) {
    if (held.length > 0) throw new TypeError(`${type} holds no components`);
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
