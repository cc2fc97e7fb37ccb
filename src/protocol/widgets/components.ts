// The type and the schema of every component of a widget. A schema includes the children of the component. The names
// are those of the browser package. Read containers.ts and leaves.ts for the props.
import type { Schema } from '../named-schema';
import { innerPlace, rootPlace } from './known';
import { componentSchema } from './schema';
import type * as containers from './container-types';
import type * as leaves from './leaf-types';

export type * from './container-types';
export type * from './leaf-types';
export type {
  ActionConfig,
  Border,
  Borders,
  CardAction,
  Spacing,
  ThemeColor,
  WidgetIcon,
  WidgetStatus,
} from './value-types';

/** Returns the schema of one type of component. The schema keeps unknown props, and leaves out props that are null. */
const only = <Component extends { type: string }>(type: Component['type']): Schema<Component> =>
  componentSchema<Component>({ takes: (given) => given === type, expected: `a ${type}` }, true);

export const CardSchema = only<containers.Card>('Card');
export const ListViewSchema = only<containers.ListView>('ListView');
export const BasicRootSchema = only<containers.BasicRoot>('Basic');
export const ListViewItemSchema = only<containers.ListViewItem>('ListViewItem');
export const BoxSchema = only<containers.Box>('Box');
export const RowSchema = only<containers.Row>('Row');
export const ColSchema = only<containers.Col>('Col');
export const FormSchema = only<containers.Form>('Form');
export const TransitionSchema = only<containers.Transition>('Transition');
export const TableSchema = only<containers.Table>('Table');
export const TableRowSchema = only<containers.TableRow>('Table.Row');
export const TableCellSchema = only<containers.TableCell>('Table.Cell');
export const TextComponentSchema = only<leaves.TextComponent>('Text');
export const TitleSchema = only<leaves.Title>('Title');
export const CaptionSchema = only<leaves.Caption>('Caption');
export const MarkdownSchema = only<leaves.Markdown>('Markdown');
export const LabelSchema = only<leaves.Label>('Label');
export const BadgeSchema = only<leaves.Badge>('Badge');
export const IconSchema = only<leaves.Icon>('Icon');
export const ImageSchema = only<leaves.Image>('Image');
export const SpacerSchema = only<leaves.Spacer>('Spacer');
export const DividerSchema = only<leaves.Divider>('Divider');
export const ButtonSchema = only<leaves.Button>('Button');
export const InputSchema = only<leaves.Input>('Input');
export const TextareaSchema = only<leaves.Textarea>('Textarea');
export const SelectSchema = only<leaves.Select>('Select');
export const DatePickerSchema = only<leaves.DatePicker>('DatePicker');
export const CheckboxSchema = only<leaves.Checkbox>('Checkbox');
export const RadioGroupSchema = only<leaves.RadioGroup>('RadioGroup');
export const ChartSchema = only<leaves.Chart>('Chart');

/** A component that can be inside others. Its children may be unknown components. */
export const WidgetComponentSchema: Schema<containers.WidgetComponent> = componentSchema<containers.WidgetComponent>(
  innerPlace,
  true,
);
/** A whole widget whose root this version knows. Its children may be unknown components. */
export const WidgetRootSchema: Schema<containers.WidgetRoot> = componentSchema<containers.WidgetRoot>(rootPlace, true);
