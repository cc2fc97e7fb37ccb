// What messages are made of, and the choices that come with a user's message.
import { z } from 'zod';
import { JsonObjectSchema } from './json';
import { defaulted, NameSchema, openObject, optional, TextSchema } from './schema';
import { AnnotationSchema } from './sources';

export const UserMessageTextSchema = openObject({ type: z.literal('input_text'), text: TextSchema });
export type UserMessageText = z.infer<typeof UserMessageTextSchema>;

/** An @-mention: an entity of the page's own, with its data. */
export const UserMessageTagSchema = openObject({
  type: z.literal('input_tag'),
  id: NameSchema,
  text: TextSchema,
  data: defaulted(JsonObjectSchema, () => ({})),
  group: optional(TextSchema),
  interactive: defaulted(z.boolean(), false),
});
export type UserMessageTag = z.infer<typeof UserMessageTagSchema>;

export const UserMessageContentSchema = z.discriminatedUnion('type', [UserMessageTextSchema, UserMessageTagSchema]);
export type UserMessageContent = z.infer<typeof UserMessageContentSchema>;

/** The model and the tool that the user picked in the composer, by the ids the page gave them. */
export const InferenceOptionsSchema = openObject({
  model: optional(NameSchema),
  tool_choice: optional(openObject({ id: NameSchema })),
});
export type InferenceOptions = z.infer<typeof InferenceOptionsSchema>;

/** A part of an answer's text. Part of `assistant_message.content`. */
export const AssistantMessageContentSchema = openObject({
  type: defaulted(z.literal('output_text'), 'output_text'),
  text: z.string(),
  annotations: defaulted(z.array(AnnotationSchema), () => []),
});
export type AssistantMessageContent = z.infer<typeof AssistantMessageContentSchema>;
