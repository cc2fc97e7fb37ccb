// The items of a thread: an interface and a schema for each type.
import { z } from 'zod';
import { type Attachment, type AttachmentInput, AttachmentSchema } from './attachments';
import {
  type AssistantMessageContent,
  type AssistantMessageContentInput,
  AssistantMessageContentSchema,
  type InferenceOptions,
  InferenceOptionsSchema,
  type UserMessageContent,
  type UserMessageContentInput,
  UserMessageContentSchema,
} from './content';
import type { JsonObject } from './json';
import { named, namedUnion } from './named-schema';
import { defaulted, IdSchema, jsonObject, jsonValue, openObject, optional } from './schema';
import {
  type StructuredInputField,
  type StructuredInputFieldInput,
  StructuredInputFieldSchema,
} from './structured-input';
import { type WidgetRoot, WidgetRootSchema } from './widgets';
import { type Task, type TaskInput, TaskSchema, type Workflow, type WorkflowInput, WorkflowSchema } from './workflows';

interface ItemBase {
  /** Not empty. */
  id: string;
  /** Not empty. */
  thread_id: string;
  /** ISO 8601 with an offset. The server writes UTC with `Z`. */
  created_at: string;
}
const base = {
  id: z.string().min(1),
  thread_id: z.string().min(1),
  created_at: z.iso.datetime({ offset: true }),
};

/** A user's message as an application may write it: keys with a default may be left out. */
export interface UserMessageItemInput extends ItemBase {
  type: 'user_message';
  content: UserMessageContentInput[];
  /** Default `[]`. */
  attachments?: AttachmentInput[] | undefined;
  /** The text of an earlier message that the user quotes. */
  quoted_text?: string | undefined;
  /** Default `{}`. */
  inference_options?: InferenceOptions | undefined;
}
/** A user's message. */
export interface UserMessageItem extends UserMessageItemInput {
  content: UserMessageContent[];
  attachments: Attachment[];
  inference_options: InferenceOptions;
}
const userMessageItem = openObject({
  ...base,
  type: z.literal('user_message'),
  content: z.array(UserMessageContentSchema),
  attachments: defaulted(z.array(AttachmentSchema), () => []),
  quoted_text: optional(z.string()),
  inference_options: defaulted(InferenceOptionsSchema, () => ({})),
});
export const UserMessageItemSchema = named<UserMessageItem, UserMessageItemInput>()(userMessageItem);

/** A message of the assistant as a hook may write it: keys with a default may be left out. */
export interface AssistantMessageItemInput extends ItemBase {
  type: 'assistant_message';
  content: AssistantMessageContentInput[];
}
/** A message of the assistant. */
export interface AssistantMessageItem extends AssistantMessageItemInput {
  content: AssistantMessageContent[];
}
const assistantMessageItem = openObject({
  ...base,
  type: z.literal('assistant_message'),
  content: z.array(AssistantMessageContentSchema),
});
export const AssistantMessageItemSchema = named<AssistantMessageItem, AssistantMessageItemInput>()(
  assistantMessageItem,
);

/** A client tool call as a hook may write it: `status` and `arguments` may be left out. */
export interface ClientToolCallItemInput extends ItemBase {
  type: 'client_tool_call';
  /** Default `pending`. */
  status?: 'pending' | 'completed' | undefined;
  /** The id that the model gave the call. */
  call_id: string;
  /** The name of the page's function. */
  name: string;
  /** Default `{}`. */
  arguments?: JsonObject | undefined;
  /** The result that the page returned: any JSON value. Missing while the call is pending. */
  output?: unknown;
  /**
   * The id of the run that left the call pending. The server sets and stores the id, and never sends it to a client.
   */
  run_id?: string | undefined;
}
/**
 * A call of a function of the page. Send the call with `thread.item.done` only, because a client runs the function once
 * for each event.
 */
export interface ClientToolCallItem extends ClientToolCallItemInput {
  status: 'pending' | 'completed';
  arguments: JsonObject;
}
const clientToolCallItem = openObject({
  ...base,
  type: z.literal('client_tool_call'),
  status: defaulted(z.enum(['pending', 'completed']), 'pending'),
  call_id: z.string(),
  name: z.string(),
  arguments: defaulted(jsonObject, () => ({})),
  output: optional(jsonValue),
  /**
   * The id of the run that left the call pending. The server sets and stores the id, and never sends it to a client.
   */
  run_id: optional(IdSchema),
});
export const ClientToolCallItemSchema = named<ClientToolCallItem, ClientToolCallItemInput>()(clientToolCallItem);

/** A widget. */
export interface WidgetItem extends ItemBase {
  type: 'widget';
  widget: WidgetRoot;
  /** The text that the page's copy button copies. */
  copy_text?: string | undefined;
}
const widgetItem = openObject({
  ...base,
  type: z.literal('widget'),
  widget: WidgetRootSchema,
  copy_text: optional(z.string()),
});
export const WidgetItemSchema = named<WidgetItem>()(widgetItem);

/** An image that a model generated. */
export interface GeneratedImage {
  id: string;
  /** The address from which the page loads the image; a data URL as well. */
  url: string;
}
export const GeneratedImageSchema = named<GeneratedImage>()(openObject({ id: z.string(), url: z.string() }));

/** An item for an image that a model generates. */
export interface GeneratedImageItem extends ItemBase {
  type: 'generated_image';
  /** Missing until the first version of the image exists. */
  image?: GeneratedImage | undefined;
}
const generatedImageItem = openObject({
  ...base,
  type: z.literal('generated_image'),
  image: optional(GeneratedImageSchema),
});
export const GeneratedImageItemSchema = named<GeneratedImageItem>()(generatedImageItem);

/** A form as a hook may write it: keys with a default may be left out. */
export interface StructuredInputItemInput extends ItemBase {
  type: 'structured_input';
  /** Default `pending`. */
  status?: 'pending' | 'answered' | 'skipped' | undefined;
  inputs: StructuredInputFieldInput[];
}
/** A form: questions to the user, with the answers after the user has sent them. */
export interface StructuredInputItem extends StructuredInputItemInput {
  status: 'pending' | 'answered' | 'skipped';
  inputs: StructuredInputField[];
}
const structuredInputItem = openObject({
  ...base,
  type: z.literal('structured_input'),
  status: defaulted(z.enum(['pending', 'answered', 'skipped']), 'pending'),
  inputs: z.array(StructuredInputFieldSchema),
});
export const StructuredInputItemSchema = named<StructuredInputItem, StructuredInputItemInput>()(structuredInputItem);

/** A single task as a hook may write it: keys with a default may be left out. */
export interface TaskItemInput extends ItemBase {
  type: 'task';
  task: TaskInput;
}
/** A single task, outside of a workflow. */
export interface TaskItem extends TaskItemInput {
  task: Task;
}
const taskItem = openObject({ ...base, type: z.literal('task'), task: TaskSchema });
export const TaskItemSchema = named<TaskItem, TaskItemInput>()(taskItem);

/** A workflow as a hook may write it: keys with a default may be left out. */
export interface WorkflowItemInput extends ItemBase {
  type: 'workflow';
  workflow: WorkflowInput;
}
/** A workflow: several tasks that the page shows together. */
export interface WorkflowItem extends WorkflowItemInput {
  workflow: Workflow;
}
const workflowItem = openObject({ ...base, type: z.literal('workflow'), workflow: WorkflowSchema });
export const WorkflowItemSchema = named<WorkflowItem, WorkflowItemInput>()(workflowItem);

/** Ends a turn before its stream ends, so that the page no longer shows that it waits for an answer. */
export interface EndOfTurnItem extends ItemBase {
  type: 'end_of_turn';
}
const endOfTurnItem = openObject({ ...base, type: z.literal('end_of_turn') });
export const EndOfTurnItemSchema = named<EndOfTurnItem>()(endOfTurnItem);

/** A note of the application to the model. The note is stored, and never sent to a client. */
export interface HiddenContextItem extends ItemBase {
  type: 'hidden_context_item';
  /** Any JSON value. */
  content: unknown;
}
const hiddenContextItem = openObject({ ...base, type: z.literal('hidden_context_item'), content: jsonValue });
export const HiddenContextItemSchema = named<HiddenContextItem>()(hiddenContextItem);

/**
 * A note of this package to the model, for example that the user stopped the answer. The note is stored, and never sent
 * to a client.
 */
export interface SdkHiddenContextItem extends ItemBase {
  type: 'sdk_hidden_context';
  content: string;
}
const sdkHiddenContextItem = openObject({ ...base, type: z.literal('sdk_hidden_context'), content: z.string() });
export const SdkHiddenContextItemSchema = named<SdkHiddenContextItem>()(sdkHiddenContextItem);

/** An item that a client may see. */
export type ClientThreadItem =
  | UserMessageItem
  | AssistantMessageItem
  | ClientToolCallItem
  | WidgetItem
  | GeneratedImageItem
  | StructuredInputItem
  | TaskItem
  | WorkflowItem
  | EndOfTurnItem;
/** An item of a thread, with its defaults filled in. */
export type ThreadItem = ClientThreadItem | HiddenContextItem | SdkHiddenContextItem;
/** An item as a hook may write it: keys with a default may be left out. */
export type ThreadItemInput =
  | UserMessageItemInput
  | AssistantMessageItemInput
  | ClientToolCallItemInput
  | WidgetItem
  | GeneratedImageItem
  | StructuredInputItemInput
  | TaskItemInput
  | WorkflowItemInput
  | EndOfTurnItem
  | HiddenContextItem
  | SdkHiddenContextItem;

export const ThreadItemSchema = namedUnion<ThreadItem, ThreadItemInput>()(
  z.discriminatedUnion('type', [
    userMessageItem,
    assistantMessageItem,
    clientToolCallItem,
    widgetItem,
    generatedImageItem,
    structuredInputItem,
    taskItem,
    workflowItem,
    endOfTurnItem,
    hiddenContextItem,
    sdkHiddenContextItem,
  ]),
);
