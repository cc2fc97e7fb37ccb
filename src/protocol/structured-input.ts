// The questions of a form, and their answers.
import { z } from 'zod';
import { named, namedUnion } from './named-schema';
import { boundedArray, defaulted, isText, openObject, optional, TextSchema } from './schema';

/** The greatest number of values in one answer. */
const maxAnswerValues = 1000;

/** The answer to one question as a client may send it: keys with a default may be left out. */
export interface StructuredInputAnswerInput {
  /** At most 1000 values. Default `[]`. */
  values?: string[] | undefined;
  /** Default false. */
  skipped?: boolean | undefined;
}
/** The answer to one question. A skipped question has no values. */
export interface StructuredInputAnswer extends StructuredInputAnswerInput {
  values: string[];
  skipped: boolean;
}
export const StructuredInputAnswerSchema = named<StructuredInputAnswer, StructuredInputAnswerInput>()(
  openObject({
    values: defaulted(boundedArray(TextSchema, maxAnswerValues, isText), () => []),
    skipped: defaulted(z.boolean(), false),
  }),
);

interface QuestionBaseInput {
  /** The key of the answer in `answers`. */
  id: string;
  question: string;
  /** Missing until the user has answered. */
  answer?: StructuredInputAnswerInput | undefined;
}
interface QuestionBase extends QuestionBaseInput {
  answer?: StructuredInputAnswer | undefined;
}
const base = { id: z.string(), question: z.string(), answer: optional(StructuredInputAnswerSchema) };

/** One option of a question. */
export interface ChoiceOption {
  value: string;
}
/** A question with options to choose from, as a hook may write it: `multiple` may be left out. */
export interface MultipleChoiceInputInput extends QuestionBaseInput {
  type: 'multiple_choice';
  options: ChoiceOption[];
  /** Lets the user choose several options. Default false. */
  multiple?: boolean | undefined;
}
/** A question with options to choose from. */
export interface MultipleChoiceInput extends QuestionBase {
  type: 'multiple_choice';
  options: ChoiceOption[];
  /** Lets the user choose several options. */
  multiple: boolean;
}
const multipleChoice = openObject({
  ...base,
  type: z.literal('multiple_choice'),
  options: z.array(openObject({ value: z.string() })),
  multiple: defaulted(z.boolean(), false),
});
export const MultipleChoiceInputSchema = named<MultipleChoiceInput, MultipleChoiceInputInput>()(multipleChoice);

/** A question that the user answers in free text, as a hook may write it. */
export interface FreeformInputInput extends QuestionBaseInput {
  type: 'freeform';
  description?: string | undefined;
}
/** A question that the user answers in free text. */
export interface FreeformInput extends QuestionBase {
  type: 'freeform';
  description?: string | undefined;
}
const freeform = openObject({ ...base, type: z.literal('freeform'), description: optional(z.string()) });
export const FreeformInputSchema = named<FreeformInput, FreeformInputInput>()(freeform);

/** A question of a form, with its answer after the user has answered. */
export type StructuredInputField = MultipleChoiceInput | FreeformInput;
/** A question of a form as a hook may write it: keys with a default may be left out. */
export type StructuredInputFieldInput = MultipleChoiceInputInput | FreeformInputInput;
export const StructuredInputFieldSchema = namedUnion<StructuredInputField, StructuredInputFieldInput>()(
  z.discriminatedUnion('type', [multipleChoice, freeform]),
);
