// Schemas for fields of providers. A malformed field counts as missing, because many providers are only almost
// compatible.
import { z } from 'zod';

/** Makes a field optional. A field that is null or has another type counts as missing. */
export function field<TSchema extends z.ZodType>(schema: TSchema) {
  return schema.optional().catch(undefined);
}

/** Reads a list without its malformed entries. A missing list is empty. */
export function listOf<TSchema extends z.ZodType>(schema: TSchema) {
  return z
    .array(schema.nullable().catch(null))
    .catch([])
    .transform((list) => list.filter((value) => value !== null));
}
