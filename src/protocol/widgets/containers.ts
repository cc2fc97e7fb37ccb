// The components that have children. Their schemas describe their own props only, because check.ts checks the children.
import { z } from 'zod';
import type { Chart } from './chart';
import type * as leaves from './leaves';
import * as values from './values';

const { action, common, flag } = values;

/**
 * A component inside a card, a box or a cell. Only a ListView contains a ListViewItem, and only a Basic another root.
 */
type WidgetComponent =
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
  | Chart;

/** The root of a widget. */
type WidgetRoot = Card | ListView | BasicRoot;

export const cardProps = z.object({
  type: z.literal('Card'),
  ...common,
  asForm: flag,
  background: values.color.optional(),
  border: values.border.optional(),
  size: z.enum(['sm', 'md', 'lg', 'full']).optional(),
  padding: values.lengthOrSpacing.optional(),
  status: values.status.optional(),
  collapsed: flag,
  confirm: values.cardAction.optional(),
  cancel: values.cardAction.optional(),
  theme: values.theme.optional(),
});
export type Card = z.infer<typeof cardProps> & { children: WidgetComponent[] };

export const listViewProps = z.object({
  type: z.literal('ListView'),
  ...common,
  limit: z.union([z.number(), z.literal('auto')]).optional(),
  status: values.status.optional(),
  theme: values.theme.optional(),
});
export type ListView = z.infer<typeof listViewProps> & { children: ListViewItem[] };

export const basicProps = z.object({
  type: z.literal('Basic'),
  ...common,
  theme: values.theme.optional(),
  direction: values.direction.optional(),
  gap: values.box.gap,
  padding: values.box.padding,
  align: values.box.align,
  justify: values.box.justify,
});
export type BasicRoot = z.infer<typeof basicProps> & { children: (WidgetComponent | WidgetRoot)[] };

export const listViewItemProps = z.object({
  type: z.literal('ListViewItem'),
  ...common,
  onClickAction: action,
  gap: values.length.optional(),
  align: values.alignment.optional(),
});
export type ListViewItem = z.infer<typeof listViewItemProps> & { children: WidgetComponent[] };

type MayHoldComponents = { children?: WidgetComponent[] | undefined };

export const boxProps = z.object({
  type: z.literal('Box'),
  ...common,
  direction: values.direction.optional(),
  ...values.box,
});
export type Box = z.infer<typeof boxProps> & MayHoldComponents;

export const rowProps = z.object({ type: z.literal('Row'), ...common, ...values.box });
export type Row = z.infer<typeof rowProps> & MayHoldComponents;

export const colProps = z.object({ type: z.literal('Col'), ...common, ...values.box });
export type Col = z.infer<typeof colProps> & MayHoldComponents;

export const formProps = z.object({
  type: z.literal('Form'),
  ...common,
  onSubmitAction: action,
  direction: values.direction.optional(),
  ...values.box,
});
export type Form = z.infer<typeof formProps> & MayHoldComponents;

/** Animates its child. A child of null means that there is none at present, so that the previous child can fade out. */
export const transitionProps = z.object({ type: z.literal('Transition'), ...common });
export type Transition = z.infer<typeof transitionProps> & { children: WidgetComponent };

export const tableProps = z.object({ type: z.literal('Table'), ...common });
export type Table = z.infer<typeof tableProps> & { children?: TableRow[] | undefined };

export const tableRowProps = z.object({ type: z.literal('Table.Row'), ...common, header: flag });
export type TableRow = z.infer<typeof tableRowProps> & { children?: TableCell[] | undefined };

export const tableCellProps = z.object({
  type: z.literal('Table.Cell'),
  ...common,
  width: values.length.optional(),
  padding: values.spacing.optional(),
  colSpan: z.number().optional(),
  rowSpan: z.number().optional(),
  align: values.startToEnd.optional(),
  vAlign: values.startToEnd.optional(),
  colSize: z.enum(['xs', 'sm', 'md', 'lg', 'xl']).optional(),
});
export type TableCell = z.infer<typeof tableCellProps> & MayHoldComponents;
