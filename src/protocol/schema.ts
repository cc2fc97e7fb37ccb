// The two shapes that the protocol's schemas share: objects that keep what they do not know, and absent values.
import { z } from 'zod';
import { JsonSchema } from './json';

/**
 * An object that keeps unknown keys when parsed, so that a field added by a later version survives a read and a
 * save, while its inferred type lists only the known keys, so that a misspelt key in TypeScript is still an error.
 * What is kept unknown is held to the depth of any value of the user's own: it is written as JSON later.
 */
export function openObject<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape).catchall(JsonSchema);
}

/** A key that may be missing. `null` counts as missing: the wire leaves absent values out, but Python clients send nulls. */
export function optional<Schema extends z.ZodType>(schema: Schema): z.ZodOptional<Schema> {
  return z.preprocess((value: unknown) => value ?? undefined, schema.optional()) as unknown as z.ZodOptional<Schema>;
}

/** A key with a default (objects and arrays as a function, to be made anew), which also stands in for `null`. */
export function defaulted<Schema extends z.ZodType, Value extends z.output<Schema>>(
  schema: Schema,
  value: Value | (() => Value),
): z.ZodDefault<Schema> {
  const withDefault = schema.default(value as () => z.util.NoUndefined<z.output<Schema>>);
  return z.preprocess((given: unknown) => given ?? undefined, withDefault) as unknown as z.ZodDefault<Schema>;
}

/** A list of at most `most` entries. Counted before they are looked at: each wrong one of a megabyte of them costs. */
export function boundedArray<Schema extends z.ZodType>(schema: Schema, most: number) {
  return z.array(z.unknown()).max(most).pipe(z.array(schema));
}
