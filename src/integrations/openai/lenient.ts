// Fields of what a provider sends. Many are only almost compatible: what is not as it should be counts as missing.
import { z } from 'zod';

/** A field that may be missing, and counts as missing when it is null or of another type. */
export function field<TSchema extends z.ZodType>(schema: TSchema) {
  return schema.optional().catch(undefined);
}

/** A list without what does not belong in it; an empty one where there is none. */
export function listOf<TSchema extends z.ZodType>(schema: TSchema) {
  return z
    .array(schema.nullable().catch(null))
    .catch([])
    .transform((list) => list.filter((value) => value !== null));
}
