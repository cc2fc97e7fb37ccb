// The components without children: texts, images and form controls. Each has one schema, of its own props.
import { z } from 'zod';
import * as values from './values';

const { action, common, flag, text } = values;

const baseText = {
  value: z.string(),
  color: values.color.optional(),
  weight: values.weight.optional(),
  textAlign: values.startToEnd.optional(),
  truncate: flag,
  maxLines: z.number().optional(),
};

export const textProps = z.object({
  type: z.literal('Text'),
  ...common,
  streaming: flag,
  italic: flag,
  lineThrough: flag,
  width: values.length.optional(),
  size: values.textSize.optional(),
  minLines: z.number().optional(),
  editable: z
    .union([
      z.literal(false),
      z.object({
        name: z.string(),
        autoFocus: flag,
        autoSelect: flag,
        autoComplete: text,
        allowAutofillExtensions: flag,
        pattern: text,
        placeholder: text,
        required: flag,
      }),
    ])
    .optional(),
  ...baseText,
});
export type TextComponent = z.infer<typeof textProps>;

export const titleProps = z.object({
  type: z.literal('Title'),
  ...common,
  size: z.enum(['sm', 'md', 'lg', 'xl', '2xl', '3xl', '4xl', '5xl']).optional(),
  ...baseText,
});
export type Title = z.infer<typeof titleProps>;

export const captionProps = z.object({
  type: z.literal('Caption'),
  ...common,
  size: z.enum(['sm', 'md', 'lg']).optional(),
  ...baseText,
});
export type Caption = z.infer<typeof captionProps>;

export const markdownProps = z.object({
  type: z.literal('Markdown'),
  ...common,
  value: z.string(),
  streaming: flag,
});
export type Markdown = z.infer<typeof markdownProps>;

export const labelProps = z.object({
  type: z.literal('Label'),
  ...common,
  value: z.string(),
  fieldName: z.string(),
  size: values.textSize.optional(),
  weight: values.weight.optional(),
  textAlign: values.startToEnd.optional(),
  color: values.color.optional(),
});
export type Label = z.infer<typeof labelProps>;

export const badgeProps = z.object({
  type: z.literal('Badge'),
  ...common,
  label: z.string(),
  color: z.enum(['secondary', 'success', 'danger', 'warning', 'info', 'discovery']).optional(),
  variant: z.enum(['solid', 'soft', 'outline']).optional(),
  size: z.enum(['sm', 'md', 'lg']).optional(),
  pill: flag,
});
export type Badge = z.infer<typeof badgeProps>;

export const iconProps = z.object({
  type: z.literal('Icon'),
  ...common,
  name: values.icon,
  color: values.color.optional(),
  size: z.enum(['xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl']).optional(),
});
export type Icon = z.infer<typeof iconProps>;

export const imageProps = z.object({
  type: z.literal('Image'),
  ...common,
  src: z.string(),
  alt: text,
  frame: flag,
  fit: z.enum(['cover', 'contain', 'fill', 'scale-down', 'none']).optional(),
  position: z
    .enum(['top left', 'top', 'top right', 'left', 'center', 'right', 'bottom left', 'bottom', 'bottom right'])
    .optional(),
  flush: flag,
  // These two props are in the Python reference (1.6) and not in the types of the browser package (1.9).
  background: values.color.optional(),
  flex: values.length.optional(),
  ...values.block,
});
export type Image = z.infer<typeof imageProps>;

export const spacerProps = z.object({ type: z.literal('Spacer'), ...common, minSize: values.length.optional() });
export type Spacer = z.infer<typeof spacerProps>;

export const dividerProps = z.object({
  type: z.literal('Divider'),
  ...common,
  color: values.color.optional(),
  size: values.length.optional(),
  spacing: values.length.optional(),
  flush: flag,
});
export type Divider = z.infer<typeof dividerProps>;

export const buttonProps = z.object({
  type: z.literal('Button'),
  ...common,
  submit: flag,
  label: text,
  onClickAction: action,
  iconStart: values.icon.optional(),
  iconEnd: values.icon.optional(),
  style: z.enum(['primary', 'secondary']).optional(),
  iconSize: z.enum(['sm', 'md', 'lg', 'xl', '2xl']).optional(),
  color: z.enum(['primary', 'secondary', 'info', 'discovery', 'success', 'caution', 'warning', 'danger']).optional(),
  variant: values.controlVariant.optional(),
  size: values.controlSize.optional(),
  pill: flag,
  uniform: flag,
  block: flag,
  disabled: flag,
});
export type Button = z.infer<typeof buttonProps>;

const field = {
  name: z.string(),
  defaultValue: text,
  required: flag,
  pattern: text,
  placeholder: text,
  allowAutofillExtensions: flag,
  autoSelect: flag,
  autoFocus: flag,
  disabled: flag,
  variant: values.inputVariant.optional(),
  size: values.controlSize.optional(),
  gutterSize: values.gutterSize.optional(),
};

export const inputProps = z.object({
  type: z.literal('Input'),
  ...common,
  ...field,
  inputType: z.enum(['number', 'email', 'text', 'password', 'tel', 'url']).optional(),
  pill: flag,
});
export type Input = z.infer<typeof inputProps>;

export const textareaProps = z.object({
  type: z.literal('Textarea'),
  ...common,
  ...field,
  rows: z.number().optional(),
  autoResize: flag,
  maxRows: z.number().optional(),
});
export type Textarea = z.infer<typeof textareaProps>;

const picker = {
  name: z.string(),
  onChangeAction: action,
  placeholder: text,
  defaultValue: text,
  variant: values.controlVariant.optional(),
  size: values.controlSize.optional(),
  pill: flag,
  block: flag,
  clearable: flag,
  disabled: flag,
};

export const selectProps = z.object({
  type: z.literal('Select'),
  ...common,
  ...picker,
  // The optional keys of an option, and `searchable`, are in the Python reference (1.6) and not in the types of the
  // browser package (1.9).
  options: z.array(z.object({ value: z.string(), label: z.string(), disabled: flag, description: text })),
  searchable: flag,
});
export type Select = z.infer<typeof selectProps>;

/** The dates of its props are in ISO 8601. */
export const datePickerProps = z.object({
  type: z.literal('DatePicker'),
  ...common,
  ...picker,
  min: text,
  max: text,
  side: z.enum(['top', 'bottom', 'left', 'right']).optional(),
  align: values.startToEnd.optional(),
});
export type DatePicker = z.infer<typeof datePickerProps>;

export const checkboxProps = z.object({
  type: z.literal('Checkbox'),
  ...common,
  name: z.string(),
  label: text,
  defaultChecked: flag,
  onChangeAction: action,
  disabled: flag,
  required: flag,
});
export type Checkbox = z.infer<typeof checkboxProps>;

export const radioGroupProps = z.object({
  type: z.literal('RadioGroup'),
  ...common,
  name: z.string(),
  options: z.array(z.object({ label: z.string(), value: z.string(), disabled: flag })).optional(),
  ariaLabel: text,
  onChangeAction: action,
  defaultValue: text,
  direction: values.direction.optional(),
  disabled: flag,
  required: flag,
});
export type RadioGroup = z.infer<typeof radioGroupProps>;
