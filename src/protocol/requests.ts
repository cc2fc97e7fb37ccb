// The requests of a client: an interface and a schema for each type. The schemas accept any value, because a client can
// send anything.
import { z } from 'zod';
import {
  type InferenceOptions,
  InferenceOptionsSchema,
  type UserMessageContent,
  type UserMessageContentInput,
  UserMessageContentSchema,
} from './content';
import type { JsonObject } from './json';
import { named, parsed, parsedUnion } from './named-schema';
import type { Order } from './page';
import { OrderSchema } from './pagination';
import {
  boundedArray,
  boundedRecord,
  defaulted,
  IdSchema,
  isId,
  jsonObject,
  jsonValue,
  NameSchema,
  openObject,
  optional,
  TextSchema,
} from './schema';
import { type StructuredInputAnswer, StructuredInputAnswerSchema } from './structured-input';

// The greatest numbers of entries in one request.
const maxContentParts = 1000;
const maxAttachments = 100;
const maxAnswers = 1000;
const maxFeedbackItems = 10_000;

const id = IdSchema;

/** A message as the composer sends it: keys with a default may be left out. */
export interface UserMessageDraft {
  /** At most 1000 parts. */
  content: UserMessageContentInput[];
  /** The ids of the attachments, at most 100. Default `[]`. */
  attachments?: string[] | undefined;
  /** The text of an earlier message that the user quotes. Missing or `""` when the user quotes nothing. */
  quoted_text?: string | undefined;
  /** Default `{}`. */
  inference_options?: InferenceOptions | undefined;
}
/** A message as the composer sends it, with its defaults filled in. */
export interface UserMessageInput extends UserMessageDraft {
  content: UserMessageContent[];
  attachments: string[];
  inference_options: InferenceOptions;
}
export const UserMessageInputSchema = named<UserMessageInput, UserMessageDraft>()(
  z.object({
    content: boundedArray(UserMessageContentSchema, maxContentParts),
    attachments: defaulted(boundedArray(id, maxAttachments, isId), () => []),
    quoted_text: optional(TextSchema),
    inference_options: defaulted(InferenceOptionsSchema, () => ({})),
  }),
);

/** The user's answers to a form. */
export interface StructuredInputSubmission {
  /** Default `answered`. */
  status: 'answered' | 'skipped';
  /** At most 1000 answers, by the ids of their questions. Default `{}`. */
  answers: Record<string, StructuredInputAnswer>;
}
export const StructuredInputSubmissionSchema = parsed<StructuredInputSubmission>()(
  z.object({
    status: defaulted(z.enum(['answered', 'skipped']), 'answered'),
    answers: defaulted(boundedRecord(StructuredInputAnswerSchema, maxAnswers), () => ({})),
  }),
);

/** The action of a widget's component, such as a button, or of the page itself. */
export interface Action {
  type: string;
  /** Any JSON value. Check the payload before use, because the client sends it. */
  payload?: unknown;
}
export const ActionSchema = named<Action>()(z.object({ type: id, payload: optional(jsonValue) }));

/** The user's rating of an answer: a thumb up or a thumb down. */
export type FeedbackKind = 'positive' | 'negative';
export const FeedbackKindSchema = named<FeedbackKind>()(z.enum(['positive', 'negative']));

/** The parameters of a list. */
interface ListParams {
  /** The number of rows, at least 1. The server returns at most 100. Default 20. */
  limit?: number | undefined;
  /** Default `desc`. */
  order: Order;
  /** The id of the last row that the client has. */
  after?: string | undefined;
}
const listParams = {
  // Any whole number, because the server clamps the limit. `z.int()` would refuse numbers above 2^53.
  limit: optional(z.number().min(1).refine(Number.isInteger, 'Invalid input: expected int, received number')),
  order: defaulted(OrderSchema, 'desc'),
  after: optional(NameSchema),
};

interface ItemListParams extends ListParams {
  thread_id: string;
}

interface ActionParams {
  thread_id: string;
  /** The id of the widget's item. Missing for an action of the page itself. */
  item_id?: string | undefined;
  action: Action;
}
const actionParams = z.object({ thread_id: id, item_id: optional(id), action: ActionSchema });

/** The parameters of each type of request. */
interface ParamsByType {
  'threads.create': { input: UserMessageInput };
  'threads.add_user_message': { thread_id: string; input: UserMessageInput };
  'threads.add_client_tool_output': { thread_id: string; result: unknown };
  'threads.add_structured_input': { thread_id: string; item_id: string; input: StructuredInputSubmission };
  'threads.retry_after_item': { thread_id: string; item_id: string };
  'threads.custom_action': ActionParams;
  'threads.sync_custom_action': ActionParams;
  'threads.get_by_id': { thread_id: string };
  'threads.list': ListParams;
  'threads.update': { thread_id: string; title: string };
  'threads.delete': { thread_id: string };
  'items.list': ItemListParams;
  'items.feedback': { thread_id: string; item_ids: string[]; kind: FeedbackKind };
  'attachments.create': { name: string; size: number; mime_type: string };
  'attachments.delete': { attachment_id: string };
  'attachments.get_preview': { attachment_id: string };
  'input.transcribe': { audio_base64: string; mime_type: string };
}
/** The type of a request. */
export type RequestType = keyof ParamsByType;
/** The parameters of one type of request. */
export type RequestParams<Type extends RequestType> = ParamsByType[Type];
/** A request of one type. */
export interface RequestOf<Type extends RequestType> {
  type: Type;
  params: RequestParams<Type>;
  metadata?: JsonObject | undefined;
}
/** A request of any type, with its defaults filled in. */
export type ChatKitRequest = { [Type in RequestType]: RequestOf<Type> }[RequestType];

function request<Type extends RequestType, Params extends z.ZodType<RequestParams<Type>>>(type: Type, params: Params) {
  return openObject({ type: z.literal(type), params, metadata: optional(jsonObject) });
}

export const RequestSchema = parsedUnion<ChatKitRequest>()(
  z.discriminatedUnion('type', [
    request('threads.create', z.object({ input: UserMessageInputSchema })),
    request('threads.add_user_message', z.object({ thread_id: id, input: UserMessageInputSchema })),
    request('threads.add_client_tool_output', z.object({ thread_id: id, result: defaulted(jsonValue, null) })),
    request(
      'threads.add_structured_input',
      z.object({ thread_id: id, item_id: id, input: StructuredInputSubmissionSchema }),
    ),
    request('threads.retry_after_item', z.object({ thread_id: id, item_id: id })),
    request('threads.custom_action', actionParams),
    request('threads.sync_custom_action', actionParams),
    request('threads.get_by_id', z.object({ thread_id: id })),
    request('threads.list', z.object(listParams)),
    request('threads.update', z.object({ thread_id: id, title: TextSchema })),
    request('threads.delete', z.object({ thread_id: id })),
    request('items.list', z.object({ thread_id: id, ...listParams })),
    request(
      'items.feedback',
      z.object({
        thread_id: id,
        item_ids: boundedArray(id, maxFeedbackItems, isId).refine((ids) => ids.length > 0, { error: 'names no item' }),
        kind: FeedbackKindSchema,
      }),
    ),
    request('attachments.create', z.object({ name: NameSchema, size: z.int().min(0), mime_type: NameSchema })),
    request('attachments.delete', z.object({ attachment_id: id })),
    request('attachments.get_preview', z.object({ attachment_id: id })),
    request('input.transcribe', z.object({ audio_base64: TextSchema, mime_type: NameSchema })),
  ]),
);
