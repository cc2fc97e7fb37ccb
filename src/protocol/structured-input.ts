// Questions to the user with fields to answer in, and the answers.
import { z } from 'zod';
import { boundedArray, defaulted, isText, openObject, optional, TextSchema } from './schema';

/** The most values of one answer. */
const maxAnswerValues = 1000;

/** The answer to one question. A skipped one has no values. */
export const StructuredInputAnswerSchema = openObject({
  values: defaulted(boundedArray(TextSchema, maxAnswerValues, isText), () => []),
  skipped: defaulted(z.boolean(), false),
});
export type StructuredInputAnswer = z.infer<typeof StructuredInputAnswerSchema>;

const base = { id: z.string(), question: z.string(), answer: optional(StructuredInputAnswerSchema) };

export const MultipleChoiceInputSchema = openObject({
  ...base,
  type: z.literal('multiple_choice'),
  options: z.array(openObject({ value: z.string() })),
  multiple: defaulted(z.boolean(), false),
});
export const FreeformInputSchema = openObject({
  ...base,
  type: z.literal('freeform'),
  description: optional(z.string()),
});
export const StructuredInputFieldSchema = z.discriminatedUnion('type', [
  MultipleChoiceInputSchema,
  FreeformInputSchema,
]);
export type StructuredInputField = z.infer<typeof StructuredInputFieldSchema>;
