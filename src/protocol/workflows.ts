// Tasks, and the workflows that group them: how an assistant shows what it is doing.
import { z } from 'zod';
import { IconSchema } from './icons';
import { defaulted, openObject, optional } from './schema';
import { FileSourceSchema, UrlSourceSchema } from './sources';

const base = {
  status_indicator: defaulted(z.enum(['none', 'loading', 'complete']), 'none'),
  title: optional(z.string()),
};

export const CustomTaskSchema = openObject({
  ...base,
  type: z.literal('custom'),
  icon: optional(IconSchema),
  content: optional(z.string()),
});
export const SearchTaskSchema = openObject({
  ...base,
  type: z.literal('web_search'),
  title_query: optional(z.string()),
  queries: defaulted(z.array(z.string()), () => []),
  sources: defaulted(z.array(UrlSourceSchema), () => []),
});
export const ThoughtTaskSchema = openObject({ ...base, type: z.literal('thought'), content: z.string() });
export const FileTaskSchema = openObject({
  ...base,
  type: z.literal('file'),
  sources: defaulted(z.array(FileSourceSchema), () => []),
});
export const ImageTaskSchema = openObject({ ...base, type: z.literal('image') });

export const TaskSchema = z.discriminatedUnion('type', [
  CustomTaskSchema,
  SearchTaskSchema,
  ThoughtTaskSchema,
  FileTaskSchema,
  ImageTaskSchema,
]);
export type Task = z.infer<typeof TaskSchema>;

/** What a finished workflow says when folded: a title of its own, or how long it took in seconds. */
export const WorkflowSummarySchema = z.union([
  openObject({ title: z.string(), icon: optional(IconSchema) }),
  openObject({ duration: z.int().min(0) }),
]);
export type WorkflowSummary = z.infer<typeof WorkflowSummarySchema>;

export const WorkflowSchema = openObject({
  type: z.enum(['custom', 'reasoning']),
  tasks: defaulted(z.array(TaskSchema), () => []),
  summary: optional(WorkflowSummarySchema),
  expanded: defaulted(z.boolean(), false),
});
export type Workflow = z.infer<typeof WorkflowSchema>;
