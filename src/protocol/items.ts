// What a thread is made of: one schema for each type of item.
import { z } from 'zod';
import { AttachmentSchema } from './attachments';
import { AssistantMessageContentSchema, InferenceOptionsSchema, UserMessageContentSchema } from './content';
import { JsonObjectSchema, JsonSchema } from './json';
import { defaulted, IdSchema, openObject, optional } from './schema';
import { StructuredInputFieldSchema } from './structured-input';
import { WidgetRootSchema } from './widgets';
import { TaskSchema, WorkflowSchema } from './workflows';

const base = {
  id: z.string().min(1),
  thread_id: z.string().min(1),
  /** ISO 8601 with an offset; we write UTC with `Z`. */
  created_at: z.iso.datetime({ offset: true }),
};

export const UserMessageItemSchema = openObject({
  ...base,
  type: z.literal('user_message'),
  content: z.array(UserMessageContentSchema),
  attachments: defaulted(z.array(AttachmentSchema), () => []),
  quoted_text: optional(z.string()),
  inference_options: defaulted(InferenceOptionsSchema, () => ({})),
});
export type UserMessageItem = z.infer<typeof UserMessageItemSchema>;

export const AssistantMessageItemSchema = openObject({
  ...base,
  type: z.literal('assistant_message'),
  content: z.array(AssistantMessageContentSchema),
});
export type AssistantMessageItem = z.infer<typeof AssistantMessageItemSchema>;

/** A function for the page to run. Sent with `thread.item.done` only: a client runs it once for each event it gets. */
export const ClientToolCallItemSchema = openObject({
  ...base,
  type: z.literal('client_tool_call'),
  status: defaulted(z.enum(['pending', 'completed']), 'pending'),
  call_id: z.string(),
  name: z.string(),
  arguments: defaulted(JsonObjectSchema, () => ({})),
  output: optional(JsonSchema),
  /** The run that left the call pending. The server sets it. It is stored with the call, and never sent to a client. */
  run_id: optional(IdSchema),
});
export type ClientToolCallItem = z.infer<typeof ClientToolCallItemSchema>;

/** `copy_text` is what the page's copy button takes. */
export const WidgetItemSchema = openObject({
  ...base,
  type: z.literal('widget'),
  widget: WidgetRootSchema,
  copy_text: optional(z.string()),
});
export type WidgetItem = z.infer<typeof WidgetItemSchema>;

export const GeneratedImageSchema = openObject({ id: z.string(), url: z.string() });
export type GeneratedImage = z.infer<typeof GeneratedImageSchema>;

/** `image` is missing until the first version of it exists. */
export const GeneratedImageItemSchema = openObject({
  ...base,
  type: z.literal('generated_image'),
  image: optional(GeneratedImageSchema),
});
export type GeneratedImageItem = z.infer<typeof GeneratedImageItemSchema>;

export const StructuredInputItemSchema = openObject({
  ...base,
  type: z.literal('structured_input'),
  status: defaulted(z.enum(['pending', 'answered', 'skipped']), 'pending'),
  inputs: z.array(StructuredInputFieldSchema),
});
export type StructuredInputItem = z.infer<typeof StructuredInputItemSchema>;

export const TaskItemSchema = openObject({ ...base, type: z.literal('task'), task: TaskSchema });
export type TaskItem = z.infer<typeof TaskItemSchema>;

export const WorkflowItemSchema = openObject({ ...base, type: z.literal('workflow'), workflow: WorkflowSchema });
export type WorkflowItem = z.infer<typeof WorkflowItemSchema>;

/** Ends a turn before its stream ends: the page stops showing that more is to come. */
export const EndOfTurnItemSchema = openObject({ ...base, type: z.literal('end_of_turn') });
export type EndOfTurnItem = z.infer<typeof EndOfTurnItemSchema>;

/** The application's own note to the model. Stored, never sent to a client. */
export const HiddenContextItemSchema = openObject({
  ...base,
  type: z.literal('hidden_context_item'),
  content: JsonSchema,
});
export type HiddenContextItem = z.infer<typeof HiddenContextItemSchema>;

/** This package's note to the model, such as that the user stopped the answer. Stored, never sent to a client. */
export const SdkHiddenContextItemSchema = openObject({
  ...base,
  type: z.literal('sdk_hidden_context'),
  content: z.string(),
});
export type SdkHiddenContextItem = z.infer<typeof SdkHiddenContextItemSchema>;

export const ThreadItemSchema = z.discriminatedUnion('type', [
  UserMessageItemSchema,
  AssistantMessageItemSchema,
  ClientToolCallItemSchema,
  WidgetItemSchema,
  GeneratedImageItemSchema,
  StructuredInputItemSchema,
  TaskItemSchema,
  WorkflowItemSchema,
  EndOfTurnItemSchema,
  HiddenContextItemSchema,
  SdkHiddenContextItemSchema,
]);
/** An item of a thread, with its defaults filled in. */
export type ThreadItem = z.infer<typeof ThreadItemSchema>;
/** An item as a hook may write it: what has a default may be left out. */
export type ThreadItemInput = z.input<typeof ThreadItemSchema>;

/** The items that a client may see. */
export type ClientThreadItem = Exclude<ThreadItem, HiddenContextItem | SdkHiddenContextItem>;
