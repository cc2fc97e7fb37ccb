// Tasks, and the workflows that group them, with which an assistant shows its progress.
import { z } from 'zod';
import { type Icon, IconSchema } from './icons';
import { named, namedUnion } from './named-schema';
import { defaulted, openObject, optional } from './schema';
import { type FileSource, FileSourceSchema, type UrlSource, UrlSourceSchema } from './sources';

/** The status mark that the page shows beside a task. */
export type TaskStatus = 'none' | 'loading' | 'complete';

interface TaskBaseInput {
  /** Default `none`. */
  status_indicator?: TaskStatus | undefined;
  title?: string | undefined;
}
interface TaskBase extends TaskBaseInput {
  status_indicator: TaskStatus;
}
const base = {
  status_indicator: defaulted(z.enum(['none', 'loading', 'complete']), 'none'),
  title: optional(z.string()),
};

/** A task that the application defines, as a hook may write it: keys with a default may be left out. */
export interface CustomTaskInput extends TaskBaseInput {
  type: 'custom';
  icon?: Icon | undefined;
  /** Markdown. */
  content?: string | undefined;
}
/** A task that the application defines. */
export interface CustomTask extends TaskBase {
  type: 'custom';
  icon?: Icon | undefined;
  /** Markdown. */
  content?: string | undefined;
}
const customTask = openObject({
  ...base,
  type: z.literal('custom'),
  icon: optional(IconSchema),
  content: optional(z.string()),
});
export const CustomTaskSchema = named<CustomTask, CustomTaskInput>()(customTask);

/** A web search as a hook may write it: `queries` and `sources` may be left out. */
export interface SearchTaskInput extends TaskBaseInput {
  type: 'web_search';
  title_query?: string | undefined;
  /** Default `[]`. */
  queries?: string[] | undefined;
  /** Default `[]`. */
  sources?: UrlSource[] | undefined;
}
/** A web search, and the pages that it found. */
export interface SearchTask extends TaskBase {
  type: 'web_search';
  title_query?: string | undefined;
  queries: string[];
  sources: UrlSource[];
}
const searchTask = openObject({
  ...base,
  type: z.literal('web_search'),
  title_query: optional(z.string()),
  queries: defaulted(z.array(z.string()), () => []),
  sources: defaulted(z.array(UrlSourceSchema), () => []),
});
export const SearchTaskSchema = named<SearchTask, SearchTaskInput>()(searchTask);

/** A thought of the model, as a hook may write it. */
export interface ThoughtTaskInput extends TaskBaseInput {
  type: 'thought';
  content: string;
}
/** A thought of the model. */
export interface ThoughtTask extends TaskBase {
  type: 'thought';
  content: string;
}
const thoughtTask = openObject({ ...base, type: z.literal('thought'), content: z.string() });
export const ThoughtTaskSchema = named<ThoughtTask, ThoughtTaskInput>()(thoughtTask);

/** A file search as a hook may write it: `sources` may be left out. */
export interface FileTaskInput extends TaskBaseInput {
  type: 'file';
  /** Default `[]`. */
  sources?: FileSource[] | undefined;
}
/** A file search, and the files that it found. */
export interface FileTask extends TaskBase {
  type: 'file';
  sources: FileSource[];
}
const fileTask = openObject({
  ...base,
  type: z.literal('file'),
  sources: defaulted(z.array(FileSourceSchema), () => []),
});
export const FileTaskSchema = named<FileTask, FileTaskInput>()(fileTask);

/** The generation of an image, as a hook may write it. */
export interface ImageTaskInput extends TaskBaseInput {
  type: 'image';
}
/** The generation of an image. */
export interface ImageTask extends TaskBase {
  type: 'image';
}
const imageTask = openObject({ ...base, type: z.literal('image') });
export const ImageTaskSchema = named<ImageTask, ImageTaskInput>()(imageTask);

/** One step of the assistant's work, with its defaults filled in. */
export type Task = CustomTask | SearchTask | ThoughtTask | FileTask | ImageTask;
/** A task as a hook may write it: keys with a default may be left out. */
export type TaskInput = CustomTaskInput | SearchTaskInput | ThoughtTaskInput | FileTaskInput | ImageTaskInput;
export const TaskSchema = namedUnion<Task, TaskInput>()(
  z.discriminatedUnion('type', [customTask, searchTask, thoughtTask, fileTask, imageTask]),
);

/** The headline of a finished workflow: a title of your own. */
export interface CustomSummary {
  title: string;
  icon?: Icon | undefined;
}
/** The headline of a finished workflow: the time that the workflow took. */
export interface DurationSummary {
  /** In whole seconds. */
  duration: number;
}
/** The headline that a finished workflow shows when it is collapsed. */
export type WorkflowSummary = CustomSummary | DurationSummary;
export const WorkflowSummarySchema = named<WorkflowSummary>()(
  z.union([openObject({ title: z.string(), icon: optional(IconSchema) }), openObject({ duration: z.int().min(0) })]),
);

/** A workflow as a hook may write it: `tasks` and `expanded` may be left out. */
export interface WorkflowInput {
  type: 'custom' | 'reasoning';
  /** Default `[]`. */
  tasks?: TaskInput[] | undefined;
  /** Missing until the workflow is finished. */
  summary?: WorkflowSummary | undefined;
  /** Shows the tasks of a finished workflow instead of its headline only. Default false. */
  expanded?: boolean | undefined;
}
/** Tasks that the page shows together, and collapses when the workflow is finished. */
export interface Workflow extends WorkflowInput {
  tasks: Task[];
  expanded: boolean;
}
export const WorkflowSchema = named<Workflow, WorkflowInput>()(
  openObject({
    type: z.enum(['custom', 'reasoning']),
    tasks: defaulted(z.array(TaskSchema), () => []),
    summary: optional(WorkflowSummarySchema),
    expanded: defaulted(z.boolean(), false),
  }),
);
