// The types of components say what their schemas say. The compiler proves it (`tsc --noEmit`).
import type { Chart } from '../../src/protocol/widgets/chart';
import type * as types from '../../src/protocol/widgets/components';
import type * as containers from '../../src/protocol/widgets/containers';
import type * as leaves from '../../src/protocol/widgets/leaves';
import type * as values from '../../src/protocol/widgets/values';

/** True where the keys are the same, and each value fits the other type's. */
type Equal<One, Other> = [keyof One, One, Required<One>] extends [keyof Other, Other, Required<Other>]
  ? [keyof Other, Other, Required<Other>] extends [keyof One, One, Required<One>]
    ? true
    : false
  : false;
/** The names of types that are not what the schemas say. */
type Wrong<Named, Inferred> = {
  [Name in keyof Named & keyof Inferred]: Equal<Named[Name], Inferred[Name]> extends true ? never : Name;
}[keyof Named & keyof Inferred];

interface Named extends NamedContainers {
  Text: types.TextComponent;
  Title: types.Title;
  Caption: types.Caption;
  Markdown: types.Markdown;
  Label: types.Label;
  Badge: types.Badge;
  Icon: types.Icon;
  Image: types.Image;
  Spacer: types.Spacer;
  Divider: types.Divider;
  Button: types.Button;
  Input: types.Input;
  Textarea: types.Textarea;
  Select: types.Select;
  DatePicker: types.DatePicker;
  Checkbox: types.Checkbox;
  RadioGroup: types.RadioGroup;
  Chart: types.Chart;
  ActionConfig: types.ActionConfig;
  Border: types.Border;
  Borders: types.Borders;
  CardAction: types.CardAction;
  Spacing: types.Spacing;
  ThemeColor: types.ThemeColor;
  WidgetStatus: types.WidgetStatus;
  WidgetIcon: { name: types.WidgetIcon };
}
interface NamedContainers {
  Card: types.Card;
  ListView: types.ListView;
  Basic: types.BasicRoot;
  ListViewItem: types.ListViewItem;
  Box: types.Box;
  Row: types.Row;
  Col: types.Col;
  Form: types.Form;
  Transition: types.Transition;
  Table: types.Table;
  TableRow: types.TableRow;
  TableCell: types.TableCell;
}
interface Inferred {
  Text: leaves.TextComponent;
  Title: leaves.Title;
  Caption: leaves.Caption;
  Markdown: leaves.Markdown;
  Label: leaves.Label;
  Badge: leaves.Badge;
  Icon: leaves.Icon;
  Image: leaves.Image;
  Spacer: leaves.Spacer;
  Divider: leaves.Divider;
  Button: leaves.Button;
  Input: leaves.Input;
  Textarea: leaves.Textarea;
  Select: leaves.Select;
  DatePicker: leaves.DatePicker;
  Checkbox: leaves.Checkbox;
  RadioGroup: leaves.RadioGroup;
  Chart: Chart;
  ActionConfig: values.ActionConfig;
  Border: values.Border;
  Borders: values.Borders;
  CardAction: values.CardAction;
  Spacing: values.Spacing;
  ThemeColor: values.ThemeColor;
  WidgetStatus: values.WidgetStatus;
  WidgetIcon: { name: values.WidgetIcon };
  Card: containers.Card;
  ListView: containers.ListView;
  Basic: containers.BasicRoot;
  ListViewItem: containers.ListViewItem;
  Box: containers.Box;
  Row: containers.Row;
  Col: containers.Col;
  Form: containers.Form;
  Transition: containers.Transition;
  Table: containers.Table;
  TableRow: containers.TableRow;
  TableCell: containers.TableCell;
}

it('each component has the type that its schema infers', () => {
  const wrong: Wrong<Named, Inferred>[] = [];
  // @ts-expect-error A type without a key of the schema is found.
  const found: Wrong<{ Badge: Omit<types.Badge, 'pill'> }, Inferred>[] = ['Title'];
  const badge: Wrong<{ Badge: Omit<types.Badge, 'pill'> }, Inferred> = 'Badge';
  expect([wrong, found, badge]).toEqual([[], ['Title'], 'Badge']);
});
