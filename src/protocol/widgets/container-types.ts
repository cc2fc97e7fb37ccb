// The types of the components that have children, by the names of the browser package. See value-types.ts.
import type * as leaves from './leaf-types';
import type {
  ActionConfig,
  Block,
  Border,
  Borders,
  CardAction,
  Common,
  Layout,
  Spacing,
  ThemeColor,
  WidgetStatus,
} from './value-types';

/**
 * A component inside a card, a box or a cell. Only a ListView contains a ListViewItem, and only a Basic another root.
 */
export type WidgetComponent =
  | leaves.TextComponent
  | leaves.Title
  | leaves.Caption
  | leaves.Badge
  | leaves.Markdown
  | Box
  | Row
  | Col
  | leaves.Divider
  | leaves.Icon
  | leaves.Image
  | leaves.Button
  | leaves.Checkbox
  | leaves.Spacer
  | leaves.Select
  | leaves.DatePicker
  | Form
  | leaves.Input
  | leaves.Label
  | leaves.RadioGroup
  | Table
  | TableRow
  | TableCell
  | leaves.Textarea
  | Transition
  | leaves.Chart;

/** The root of a widget. */
export type WidgetRoot = Card | ListView | BasicRoot;

/** The component `Card`. */
export type Card = Common & {
  type: 'Card';
  asForm?: boolean | undefined;
  background?: string | ThemeColor | undefined;
  border?: number | Border | Borders | undefined;
  size?: 'sm' | 'md' | 'lg' | 'full' | undefined;
  padding?: string | number | Spacing | undefined;
  status?: WidgetStatus | undefined;
  collapsed?: boolean | undefined;
  confirm?: CardAction | undefined;
  cancel?: CardAction | undefined;
  theme?: 'dark' | 'light' | undefined;
  children: WidgetComponent[];
};

/** The component `ListView`. */
export type ListView = Common & {
  type: 'ListView';
  limit?: number | 'auto' | undefined;
  status?: WidgetStatus | undefined;
  theme?: 'dark' | 'light' | undefined;
  children: ListViewItem[];
};

/** The component `BasicRoot`. */
export type BasicRoot = Common & {
  type: 'Basic';
  theme?: 'dark' | 'light' | undefined;
  direction?: 'row' | 'col' | undefined;
  gap?: string | number | undefined;
  padding?: string | number | Spacing | undefined;
  align?: 'start' | 'center' | 'end' | 'baseline' | 'stretch' | undefined;
  justify?: 'start' | 'center' | 'end' | 'stretch' | 'between' | 'around' | 'evenly' | undefined;
  children: (WidgetComponent | WidgetRoot)[];
};

/** The component `ListViewItem`. */
export type ListViewItem = Common & {
  type: 'ListViewItem';
  onClickAction?: ActionConfig | undefined;
  gap?: string | number | undefined;
  align?: 'start' | 'center' | 'end' | 'baseline' | 'stretch' | undefined;
  children: WidgetComponent[];
};

/** The component `Box`. */
export type Box = Common &
  Layout &
  Block & {
    type: 'Box';
    direction?: 'row' | 'col' | undefined;
    children?: WidgetComponent[] | undefined;
  };

/** The component `Row`. */
export type Row = Common &
  Layout &
  Block & {
    type: 'Row';
    children?: WidgetComponent[] | undefined;
  };

/** The component `Col`. */
export type Col = Common &
  Layout &
  Block & {
    type: 'Col';
    children?: WidgetComponent[] | undefined;
  };

/** The component `Form`. */
export type Form = Common &
  Layout &
  Block & {
    type: 'Form';
    onSubmitAction?: ActionConfig | undefined;
    direction?: 'row' | 'col' | undefined;
    children?: WidgetComponent[] | undefined;
  };

/** The component `Transition`. */
export type Transition = Common & {
  type: 'Transition';
  children: WidgetComponent;
};

/** The component `Table`. */
export type Table = Common & {
  type: 'Table';
  children?: TableRow[] | undefined;
};

/** The component `TableRow`. */
export type TableRow = Common & {
  type: 'Table.Row';
  header?: boolean | undefined;
  children?: TableCell[] | undefined;
};

/** The component `TableCell`. */
export type TableCell = Common & {
  type: 'Table.Cell';
  width?: string | number | undefined;
  padding?: Spacing | undefined;
  colSpan?: number | undefined;
  rowSpan?: number | undefined;
  align?: 'start' | 'center' | 'end' | undefined;
  vAlign?: 'start' | 'center' | 'end' | undefined;
  colSize?: 'xs' | 'sm' | 'md' | 'lg' | 'xl' | undefined;
  children?: WidgetComponent[] | undefined;
};
