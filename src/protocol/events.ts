// The events of a stream, one schema for each, and the updates that grow an item before it is done.
import { z } from 'zod';
import { AssistantMessageContentSchema } from './content';
import { IconSchema } from './icons';
import { GeneratedImageSchema, ThreadItemSchema } from './items';
import { JsonObjectSchema } from './json';
import { defaulted, openObject, optional } from './schema';
import { AnnotationSchema } from './sources';
import type { ClientThread } from './threads';
import { WidgetComponentSchema, WidgetRootSchema } from './widgets';
import { TaskSchema } from './workflows';

const index = z.int().min(0);

export const ThreadItemUpdateSchema = z.discriminatedUnion('type', [
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
    /** From 0 to 1. */
    progress: optional(z.number()),
  }),
]);
export type ThreadItemUpdate = z.infer<typeof ThreadItemUpdateSchema>;

export const ThreadItemAddedEventSchema = openObject({ type: z.literal('thread.item.added'), item: ThreadItemSchema });
export const ThreadItemUpdatedEventSchema = openObject({
  type: z.literal('thread.item.updated'),
  item_id: z.string().min(1),
  update: ThreadItemUpdateSchema,
});
export const ThreadItemDoneEventSchema = openObject({ type: z.literal('thread.item.done'), item: ThreadItemSchema });
export const ThreadItemRemovedEventSchema = openObject({
  type: z.literal('thread.item.removed'),
  item_id: z.string().min(1),
});
export const ThreadItemReplacedEventSchema = openObject({
  type: z.literal('thread.item.replaced'),
  item: ThreadItemSchema,
});

/** Whether the page shows a Stop button. */
export const StreamOptionsSchema = openObject({ allow_cancel: z.boolean() });
export type StreamOptions = z.infer<typeof StreamOptionsSchema>;
export const StreamOptionsEventSchema = openObject({
  type: z.literal('stream_options'),
  stream_options: StreamOptionsSchema,
});

/** A line under the answer that says what is going on, until the next item. */
export const ProgressUpdateEventSchema = openObject({
  type: z.literal('progress_update'),
  text: z.string(),
  icon: optional(IconSchema),
});
/** Something for the page to do without an answer: its `chatkit.effect` event. */
export const ClientEffectEventSchema = openObject({
  type: z.literal('client_effect'),
  name: z.string(),
  data: defaulted(JsonObjectSchema, () => ({})),
});
/** `message` is shown when the code is `custom`; `allow_retry` adds a Retry button. */
export const ErrorEventSchema = openObject({
  type: z.literal('error'),
  code: defaulted(z.enum(['custom', 'stream.error']), 'custom'),
  message: optional(z.string()),
  allow_retry: defaulted(z.boolean(), false),
});
export const NoticeEventSchema = openObject({
  type: z.literal('notice'),
  level: z.enum(['info', 'warning', 'danger']),
  message: z.string(),
  title: optional(z.string()),
});

/** What a hook may yield. */
export const HookEventSchema = z.discriminatedUnion('type', [
  ThreadItemAddedEventSchema,
  ThreadItemUpdatedEventSchema,
  ThreadItemDoneEventSchema,
  ThreadItemRemovedEventSchema,
  ThreadItemReplacedEventSchema,
  StreamOptionsEventSchema,
  ProgressUpdateEventSchema,
  ClientEffectEventSchema,
  ErrorEventSchema,
  NoticeEventSchema,
]);
/** An event with its defaults filled in, as it is stored and sent. */
export type HookEvent = z.infer<typeof HookEventSchema>;
/** An event as a hook may write it: what has a default may be left out. */
export type HookEventInput = z.input<typeof HookEventSchema>;

/** The events about the thread itself. The server sends these; a hook changes `thread` instead. */
export interface ThreadCreatedEvent {
  type: 'thread.created';
  thread: ClientThread;
}
export interface ThreadUpdatedEvent {
  type: 'thread.updated';
  thread: ClientThread;
}

/** Every event that a stream can carry. */
export type ThreadStreamEvent = HookEvent | ThreadCreatedEvent | ThreadUpdatedEvent;
