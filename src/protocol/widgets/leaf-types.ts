// The types of the components without children, by the names of the browser package. See value-types.ts.
import type { ActionConfig, Block, Common, ThemeColor, WidgetIcon } from './value-types';

/** The shape of a line between the points of a chart. */
type CurveType =
  | 'basis'
  | 'basisClosed'
  | 'basisOpen'
  | 'bumpX'
  | 'bumpY'
  | 'bump'
  | 'linear'
  | 'linearClosed'
  | 'natural'
  | 'monotoneX'
  | 'monotoneY'
  | 'monotone'
  | 'step'
  | 'stepBefore'
  | 'stepAfter';

/** One set of bars, one line or one area, drawn from the numbers of the rows under `dataKey`. */
export type ChartSeries = {
  dataKey: string;
  label?: string | undefined;
  color?: string | ThemeColor | undefined;
} & (
  | { type: 'bar'; stack?: string | undefined }
  | { type: 'area'; stack?: string | undefined; curveType?: CurveType | undefined }
  | { type: 'line'; curveType?: CurveType | undefined }
);

/** The component `Chart`. */
export type Chart = Common & {
  type: 'Chart';
  data: Record<string, string | number>[];
  series: ChartSeries[];
  xAxis: string | { dataKey: string; hide?: boolean | undefined; labels?: Record<string, string> | undefined };
  height?: string | number | undefined;
  width?: string | number | undefined;
  size?: string | number | undefined;
  minHeight?: string | number | undefined;
  minWidth?: string | number | undefined;
  minSize?: string | number | undefined;
  maxHeight?: string | number | undefined;
  maxWidth?: string | number | undefined;
  maxSize?: string | number | undefined;
  aspectRatio?: string | number | undefined;
  showYAxis?: boolean | undefined;
  showLegend?: boolean | undefined;
  showTooltip?: boolean | undefined;
  barGap?: number | undefined;
  barCategoryGap?: number | undefined;
  flex?: string | number | undefined;
};

/** The component `TextComponent`. */
export type TextComponent = Common & {
  type: 'Text';
  value: string;
  color?: string | ThemeColor | undefined;
  weight?: 'normal' | 'medium' | 'semibold' | 'bold' | undefined;
  textAlign?: 'start' | 'center' | 'end' | undefined;
  truncate?: boolean | undefined;
  maxLines?: number | undefined;
  streaming?: boolean | undefined;
  italic?: boolean | undefined;
  lineThrough?: boolean | undefined;
  width?: string | number | undefined;
  size?: 'xs' | 'sm' | 'md' | 'lg' | 'xl' | undefined;
  minLines?: number | undefined;
  editable?:
    | false
    | {
        name: string;
        autoFocus?: boolean | undefined;
        autoSelect?: boolean | undefined;
        autoComplete?: string | undefined;
        allowAutofillExtensions?: boolean | undefined;
        pattern?: string | undefined;
        placeholder?: string | undefined;
        required?: boolean | undefined;
      }
    | undefined;
};

/** The component `Title`. */
export type Title = Common & {
  type: 'Title';
  value: string;
  color?: string | ThemeColor | undefined;
  weight?: 'normal' | 'medium' | 'semibold' | 'bold' | undefined;
  textAlign?: 'start' | 'center' | 'end' | undefined;
  truncate?: boolean | undefined;
  maxLines?: number | undefined;
  size?: 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | '4xl' | '5xl' | undefined;
};

/** The component `Caption`. */
export type Caption = Common & {
  type: 'Caption';
  value: string;
  color?: string | ThemeColor | undefined;
  weight?: 'normal' | 'medium' | 'semibold' | 'bold' | undefined;
  textAlign?: 'start' | 'center' | 'end' | undefined;
  truncate?: boolean | undefined;
  maxLines?: number | undefined;
  size?: 'sm' | 'md' | 'lg' | undefined;
};

/** The component `Markdown`. */
export type Markdown = Common & {
  type: 'Markdown';
  value: string;
  streaming?: boolean | undefined;
};

/** The component `Label`. */
export type Label = Common & {
  type: 'Label';
  value: string;
  fieldName: string;
  size?: 'xs' | 'sm' | 'md' | 'lg' | 'xl' | undefined;
  weight?: 'normal' | 'medium' | 'semibold' | 'bold' | undefined;
  textAlign?: 'start' | 'center' | 'end' | undefined;
  color?: string | ThemeColor | undefined;
};

/** The component `Badge`. */
export type Badge = Common & {
  type: 'Badge';
  label: string;
  color?: 'info' | 'success' | 'secondary' | 'danger' | 'warning' | 'discovery' | undefined;
  variant?: 'solid' | 'soft' | 'outline' | undefined;
  size?: 'sm' | 'md' | 'lg' | undefined;
  pill?: boolean | undefined;
};

/** The component `Icon`. */
export type Icon = Common & {
  type: 'Icon';
  name: WidgetIcon;
  color?: string | ThemeColor | undefined;
  size?: 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | undefined;
};

/** The component `Image`. */
export type Image = Common &
  Block & {
    type: 'Image';
    src: string;
    alt?: string | undefined;
    frame?: boolean | undefined;
    fit?: 'none' | 'cover' | 'contain' | 'fill' | 'scale-down' | undefined;
    position?:
      | 'top'
      | 'right'
      | 'bottom'
      | 'left'
      | 'center'
      | 'top left'
      | 'top right'
      | 'bottom left'
      | 'bottom right'
      | undefined;
    flush?: boolean | undefined;
    background?: string | ThemeColor | undefined;
    flex?: string | number | undefined;
  };

/** The component `Spacer`. */
export type Spacer = Common & {
  type: 'Spacer';
  minSize?: string | number | undefined;
};

/** The component `Divider`. */
export type Divider = Common & {
  type: 'Divider';
  color?: string | ThemeColor | undefined;
  size?: string | number | undefined;
  spacing?: string | number | undefined;
  flush?: boolean | undefined;
};

/** The component `Button`. */
export type Button = Common & {
  type: 'Button';
  submit?: boolean | undefined;
  label?: string | undefined;
  onClickAction?: ActionConfig | undefined;
  iconStart?: WidgetIcon | undefined;
  iconEnd?: WidgetIcon | undefined;
  style?: 'secondary' | 'primary' | undefined;
  iconSize?: 'sm' | 'md' | 'lg' | 'xl' | '2xl' | undefined;
  color?: 'info' | 'success' | 'secondary' | 'danger' | 'warning' | 'discovery' | 'primary' | 'caution' | undefined;
  variant?: 'solid' | 'soft' | 'outline' | 'ghost' | undefined;
  size?: '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | '3xs' | undefined;
  pill?: boolean | undefined;
  uniform?: boolean | undefined;
  block?: boolean | undefined;
  disabled?: boolean | undefined;
};

/** The component `Input`. */
export type Input = Common & {
  type: 'Input';
  name: string;
  inputType?: 'number' | 'text' | 'email' | 'password' | 'tel' | 'url' | undefined;
  pill?: boolean | undefined;
  defaultValue?: string | undefined;
  required?: boolean | undefined;
  pattern?: string | undefined;
  placeholder?: string | undefined;
  allowAutofillExtensions?: boolean | undefined;
  autoSelect?: boolean | undefined;
  autoFocus?: boolean | undefined;
  disabled?: boolean | undefined;
  variant?: 'soft' | 'outline' | undefined;
  size?: '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | '3xs' | undefined;
  gutterSize?: '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | undefined;
};

/** The component `Textarea`. */
export type Textarea = Common & {
  type: 'Textarea';
  name: string;
  rows?: number | undefined;
  autoResize?: boolean | undefined;
  maxRows?: number | undefined;
  defaultValue?: string | undefined;
  required?: boolean | undefined;
  pattern?: string | undefined;
  placeholder?: string | undefined;
  allowAutofillExtensions?: boolean | undefined;
  autoSelect?: boolean | undefined;
  autoFocus?: boolean | undefined;
  disabled?: boolean | undefined;
  variant?: 'soft' | 'outline' | undefined;
  size?: '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | '3xs' | undefined;
  gutterSize?: '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | undefined;
};

/** The component `Select`. */
export type Select = Common & {
  type: 'Select';
  options: { value: string; label: string; disabled?: boolean | undefined; description?: string | undefined }[];
  name: string;
  searchable?: boolean | undefined;
  onChangeAction?: ActionConfig | undefined;
  placeholder?: string | undefined;
  defaultValue?: string | undefined;
  variant?: 'solid' | 'soft' | 'outline' | 'ghost' | undefined;
  size?: '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | '3xs' | undefined;
  pill?: boolean | undefined;
  block?: boolean | undefined;
  clearable?: boolean | undefined;
  disabled?: boolean | undefined;
};

/** The component `DatePicker`. */
export type DatePicker = Common & {
  type: 'DatePicker';
  name: string;
  min?: string | undefined;
  max?: string | undefined;
  side?: 'top' | 'right' | 'bottom' | 'left' | undefined;
  align?: 'start' | 'center' | 'end' | undefined;
  onChangeAction?: ActionConfig | undefined;
  placeholder?: string | undefined;
  defaultValue?: string | undefined;
  variant?: 'solid' | 'soft' | 'outline' | 'ghost' | undefined;
  size?: '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | '3xs' | undefined;
  pill?: boolean | undefined;
  block?: boolean | undefined;
  clearable?: boolean | undefined;
  disabled?: boolean | undefined;
};

/** The component `Checkbox`. */
export type Checkbox = Common & {
  type: 'Checkbox';
  name: string;
  label?: string | undefined;
  defaultChecked?: boolean | undefined;
  onChangeAction?: ActionConfig | undefined;
  disabled?: boolean | undefined;
  required?: boolean | undefined;
};

/** The component `RadioGroup`. */
export type RadioGroup = Common & {
  type: 'RadioGroup';
  name: string;
  options?: { label: string; value: string; disabled?: boolean | undefined }[] | undefined;
  ariaLabel?: string | undefined;
  onChangeAction?: ActionConfig | undefined;
  defaultValue?: string | undefined;
  direction?: 'row' | 'col' | undefined;
  disabled?: boolean | undefined;
  required?: boolean | undefined;
};
