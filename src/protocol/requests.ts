// What a client can ask: one schema for each of the 16 request types.
import { z } from 'zod';
import { InferenceOptionsSchema, UserMessageContentSchema } from './content';
import { JsonObjectSchema, JsonSchema } from './json';
import { pageParams } from './pagination';
import {
  boundedArray,
  boundedRecord,
  defaulted,
  IdSchema,
  isId,
  NameSchema,
  openObject,
  optional,
  TextSchema,
} from './schema';
import { StructuredInputAnswerSchema } from './structured-input';

/** The most parts of a message, attachments of a message, answers of a form, and items of one feedback. */
const maxContentParts = 1000;
const maxAttachments = 100;
const maxAnswers = 1000;
const maxFeedbackItems = 10_000;

const id = IdSchema;

/** A message as the composer sends it. `quoted_text` is `""` when nothing is quoted. */
export const UserMessageInputSchema = z.object({
  content: boundedArray(UserMessageContentSchema, maxContentParts),
  attachments: defaulted(boundedArray(id, maxAttachments, isId), () => []),
  quoted_text: optional(TextSchema),
  inference_options: defaulted(InferenceOptionsSchema, () => ({})),
});
export type UserMessageInput = z.infer<typeof UserMessageInputSchema>;

/** The user's answers by question id. */
export const StructuredInputSubmissionSchema = z.object({
  status: defaulted(z.enum(['answered', 'skipped']), 'answered'),
  answers: defaulted(boundedRecord(StructuredInputAnswerSchema, maxAnswers), () => ({})),
});
export type StructuredInputSubmission = z.infer<typeof StructuredInputSubmissionSchema>;

/** What a widget's button asks for. The payload is whatever the page sent: check it before use. */
export const ActionSchema = z.object({ type: id, payload: optional(JsonSchema) });
export type Action = z.infer<typeof ActionSchema>;

export const FeedbackKindSchema = z.enum(['positive', 'negative']);
export type FeedbackKind = z.infer<typeof FeedbackKindSchema>;

const actionParams = z.object({ thread_id: id, item_id: optional(id), action: ActionSchema });

function request<Type extends string, Params extends z.ZodType>(type: Type, params: Params) {
  return openObject({ type: z.literal(type), params, metadata: optional(JsonObjectSchema) });
}

export const RequestSchema = z.discriminatedUnion('type', [
  request('threads.create', z.object({ input: UserMessageInputSchema })),
  request('threads.add_user_message', z.object({ thread_id: id, input: UserMessageInputSchema })),
  request('threads.add_client_tool_output', z.object({ thread_id: id, result: defaulted(JsonSchema, null) })),
  request(
    'threads.add_structured_input',
    z.object({ thread_id: id, item_id: id, input: StructuredInputSubmissionSchema }),
  ),
  request('threads.retry_after_item', z.object({ thread_id: id, item_id: id })),
  request('threads.custom_action', actionParams),
  request('threads.sync_custom_action', actionParams),
  request('threads.get_by_id', z.object({ thread_id: id })),
  request('threads.list', z.object(pageParams)),
  request('threads.update', z.object({ thread_id: id, title: TextSchema })),
  request('threads.delete', z.object({ thread_id: id })),
  request('items.list', z.object({ thread_id: id, ...pageParams })),
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
]);
/** A request, parsed. */
export type ChatKitRequest = z.infer<typeof RequestSchema>;
export type RequestType = ChatKitRequest['type'];
/** The parameters of one type of request. */
export type RequestParams<Type extends RequestType> = Extract<ChatKitRequest, { type: Type }>['params'];
