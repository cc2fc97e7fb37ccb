// The updates of an item that is not finished yet.
import { z } from 'zod';
import {
  type AssistantMessageContent,
  type AssistantMessageContentInput,
  AssistantMessageContentSchema,
} from './content';
import { type GeneratedImage, GeneratedImageSchema } from './items';
import { namedUnion } from './named-schema';
import { openObject, optional } from './schema';
import { type Annotation, type AnnotationInput, AnnotationSchema } from './sources';
import { type WidgetComponent, WidgetComponentSchema, type WidgetRoot, WidgetRootSchema } from './widgets';
import { type Task, type TaskInput, TaskSchema } from './workflows';

const index = z.int().min(0);

/** Adds a part to an answer, as a hook may write the update: keys with a default may be left out. */
export interface ContentPartAddedInput {
  type: 'assistant_message.content_part.added';
  content_index: number;
  content: AssistantMessageContentInput;
}
/** Adds a part to an answer. Send this update before the part's first `text_delta`. */
export interface ContentPartAdded extends ContentPartAddedInput {
  content: AssistantMessageContent;
}
/** Appends text to a part of an answer. */
export interface ContentPartTextDelta {
  type: 'assistant_message.content_part.text_delta';
  content_index: number;
  delta: string;
}
/** Inserts an annotation into a part of an answer, as a hook may write the update. */
export interface ContentPartAnnotationAddedInput {
  type: 'assistant_message.content_part.annotation_added';
  content_index: number;
  /** The position in the list of annotations, from 0. */
  annotation_index: number;
  annotation: AnnotationInput;
}
/** Inserts an annotation into a part of an answer. */
export interface ContentPartAnnotationAdded extends ContentPartAnnotationAddedInput {
  annotation: Annotation;
}
/** Sets the final content of a part, as a hook may write the update. */
export interface ContentPartDoneInput {
  type: 'assistant_message.content_part.done';
  content_index: number;
  content: AssistantMessageContentInput;
}
/** Sets the final content of a part. */
export interface ContentPartDone extends ContentPartDoneInput {
  content: AssistantMessageContent;
}
/** Appends text to the `value` of a component of a widget. */
export interface WidgetStreamingTextValueDelta {
  type: 'widget.streaming_text.value_delta';
  component_id: string;
  delta: string;
  /** True with the last delta. */
  done: boolean;
}
/** Replaces a whole widget. */
export interface WidgetRootUpdated {
  type: 'widget.root.updated';
  widget: WidgetRoot;
}
/** Replaces one component of a widget. */
export interface WidgetComponentUpdated {
  type: 'widget.component.updated';
  component_id: string;
  component: WidgetComponent;
}
/** Inserts a task into a workflow, as a hook may write the update. */
export interface WorkflowTaskAddedInput {
  type: 'workflow.task.added';
  task_index: number;
  task: TaskInput;
}
/** Inserts a task into a workflow. */
export interface WorkflowTaskAdded extends WorkflowTaskAddedInput {
  task: Task;
}
/** Replaces a task of a workflow, as a hook may write the update. */
export interface WorkflowTaskUpdatedInput {
  type: 'workflow.task.updated';
  task_index: number;
  task: TaskInput;
}
/** Replaces a task of a workflow. */
export interface WorkflowTaskUpdated extends WorkflowTaskUpdatedInput {
  task: Task;
}
/** Replaces an image that is being generated with its next version. */
export interface GeneratedImageUpdated {
  type: 'generated_image.updated';
  image: GeneratedImage;
  /** The completed part of the work, from 0 to 1. */
  progress?: number | undefined;
}

/** An update of an item, with its defaults filled in. */
export type ThreadItemUpdate =
  | ContentPartAdded
  | ContentPartTextDelta
  | ContentPartAnnotationAdded
  | ContentPartDone
  | WidgetStreamingTextValueDelta
  | WidgetRootUpdated
  | WidgetComponentUpdated
  | WorkflowTaskAdded
  | WorkflowTaskUpdated
  | GeneratedImageUpdated;
/** An update of an item as a hook may write it: keys with a default may be left out. */
export type ThreadItemUpdateInput =
  | ContentPartAddedInput
  | ContentPartTextDelta
  | ContentPartAnnotationAddedInput
  | ContentPartDoneInput
  | WidgetStreamingTextValueDelta
  | WidgetRootUpdated
  | WidgetComponentUpdated
  | WorkflowTaskAddedInput
  | WorkflowTaskUpdatedInput
  | GeneratedImageUpdated;

export const ThreadItemUpdateSchema = namedUnion<ThreadItemUpdate, ThreadItemUpdateInput>()(
  z.discriminatedUnion('type', [
    openObject({
      type: z.literal('assistant_message.content_part.added'),
      content_index: index,
      content: AssistantMessageContentSchema,
    }),
    openObject({
      type: z.literal('assistant_message.content_part.text_delta'),
      content_index: index,
      delta: z.string(),
    }),
    openObject({
      type: z.literal('assistant_message.content_part.annotation_added'),
      content_index: index,
      annotation_index: index,
      annotation: AnnotationSchema,
    }),
    openObject({
      type: z.literal('assistant_message.content_part.done'),
      content_index: index,
      content: AssistantMessageContentSchema,
    }),
    openObject({
      type: z.literal('widget.streaming_text.value_delta'),
      component_id: z.string(),
      delta: z.string(),
      done: z.boolean(),
    }),
    openObject({ type: z.literal('widget.root.updated'), widget: WidgetRootSchema }),
    openObject({
      type: z.literal('widget.component.updated'),
      component_id: z.string(),
      component: WidgetComponentSchema,
    }),
    openObject({ type: z.literal('workflow.task.added'), task_index: index, task: TaskSchema }),
    openObject({ type: z.literal('workflow.task.updated'), task_index: index, task: TaskSchema }),
    openObject({
      type: z.literal('generated_image.updated'),
      image: GeneratedImageSchema,
      progress: optional(z.number()),
    }),
  ]),
);
