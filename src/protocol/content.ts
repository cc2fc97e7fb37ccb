// The parts of messages, and the choices that a user sends with a message.
import { z } from 'zod';
import type { JsonObject } from './json';
import { named, namedUnion } from './named-schema';
import { defaulted, jsonObject, NameSchema, openObject, optional, TextSchema } from './schema';
import { type Annotation, type AnnotationInput, AnnotationSchema } from './sources';

/** A text that the user wrote. */
export interface UserMessageText {
  type: 'input_text';
  text: string;
}
const userMessageText = openObject({ type: z.literal('input_text'), text: TextSchema });
export const UserMessageTextSchema = named<UserMessageText>()(userMessageText);

/** An @-mention as a client may send it: `data` and `interactive` may be left out. */
export interface UserMessageTagInput {
  type: 'input_tag';
  /** The entity's id on the page. */
  id: string;
  /** The text that the composer shows, without the `@`. */
  text: string;
  /** The page's own data about the entity. Check the data before use, because the client sends it. Default `{}`. */
  data?: JsonObject | undefined;
  /** The group of the entity in the list of the composer. */
  group?: string | undefined;
  /** Makes the mention clickable, with a preview on hover. Default false. */
  interactive?: boolean | undefined;
}
/** An @-mention: an entity of the page's own, with its data. */
export interface UserMessageTag extends UserMessageTagInput {
  data: JsonObject;
  interactive: boolean;
}
const userMessageTag = openObject({
  type: z.literal('input_tag'),
  id: NameSchema,
  text: TextSchema,
  data: defaulted(jsonObject, () => ({})),
  group: optional(TextSchema),
  interactive: defaulted(z.boolean(), false),
});
export const UserMessageTagSchema = named<UserMessageTag, UserMessageTagInput>()(userMessageTag);

/** A part of a user's message. */
export type UserMessageContent = UserMessageText | UserMessageTag;
/** A part of a user's message as a client may send it: keys with a default may be left out. */
export type UserMessageContentInput = UserMessageText | UserMessageTagInput;
export const UserMessageContentSchema = namedUnion<UserMessageContent, UserMessageContentInput>()(
  z.discriminatedUnion('type', [userMessageText, userMessageTag]),
);

/** The tool that the user selected in the composer, by the id that the page defines. */
export interface ToolChoice {
  id: string;
}
/** The model and the tool that the user selected in the composer, by the ids that the page defines. */
export interface InferenceOptions {
  model?: string | undefined;
  tool_choice?: ToolChoice | undefined;
}
export const InferenceOptionsSchema = named<InferenceOptions>()(
  openObject({ model: optional(NameSchema), tool_choice: optional(openObject({ id: NameSchema })) }),
);

/** A part of an answer as a hook may write it: keys with a default may be left out. */
export interface AssistantMessageContentInput {
  /** Default `output_text`. */
  type?: 'output_text' | undefined;
  text: string;
  /** Default `[]`. */
  annotations?: AnnotationInput[] | undefined;
}
/** A part of an answer: a text in Markdown, and the sources that the text cites. */
export interface AssistantMessageContent extends AssistantMessageContentInput {
  type: 'output_text';
  annotations: Annotation[];
}
export const AssistantMessageContentSchema = named<AssistantMessageContent, AssistantMessageContentInput>()(
  openObject({
    type: defaulted(z.literal('output_text'), 'output_text'),
    text: z.string(),
    annotations: defaulted(z.array(AnnotationSchema), () => []),
  }),
);
