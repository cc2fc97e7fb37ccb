// The parts that the protocol's schemas share: values of the user's own, objects that keep unknown keys, absent values,
// and bounded texts and lists.
import { z } from 'zod';
import type { $ZodType } from 'zod/v4/core';
import { expectedObject, isObject, type JsonObject, maxJsonDepth, nestsWithinBounds } from './json';

const tooDeep = { error: `nests deeper than ${maxJsonDepth} levels` };

/** Any JSON value nested at most {@link maxJsonDepth} levels deep. */
export const jsonValue = z.unknown().refine(nestsWithinBounds, tooDeep);

/**
 * A JSON object nested at most {@link maxJsonDepth} levels deep. Its keys are not checked one by one: to check ninety
 * thousand keys takes longer than to parse them.
 */
export const jsonObject = z
  .custom<JsonObject>(isObject, { error: ({ input }) => expectedObject(input), abort: true })
  .refine(nestsWithinBounds, tooDeep);

/**
 * An object that keeps unknown keys when parsed, so that a field added by a later version survives a read and a
 * save, while its inferred type lists only the known keys, so that a misspelt key in TypeScript is still an error.
 * What is kept unknown is held to the depth of any value of the user's own: it is written as JSON later.
 */
export function openObject<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape).catchall(jsonValue);
}

/** A key that may be missing. `null` counts as missing: the wire leaves absent values out, but Python clients send nulls. */
export function optional<Schema extends $ZodType>(schema: Schema): z.ZodOptional<Schema> {
  return z.preprocess((value: unknown) => value ?? undefined, z.optional(schema)) as unknown as z.ZodOptional<Schema>;
}

/** A key with a default (objects and arrays as a function, to be made anew), which also stands in for `null`. */
export function defaulted<Schema extends $ZodType, Value extends z.output<Schema>>(
  schema: Schema,
  value: Value | (() => Value),
): z.ZodDefault<Schema> {
  const withDefault = z._default(schema, value as () => z.util.NoUndefined<z.output<Schema>>);
  return z.preprocess((given: unknown) => given ?? undefined, withDefault) as unknown as z.ZodDefault<Schema>;
}

/**
 * The longest text of any kind, in characters: what one string can hold. The size of a request's body bounds a text
 * long before, and may be set to any number, so that a message fills it.
 */
export const maxTextLength = 2 ** 29 - 25;
/** The longest id or name, in characters. */
export const maxIdLength = 4096;

/** A text that may be as long as the body that brings it. */
export const TextSchema = z.string().max(maxTextLength);
/** An id, a key, or another name that programs give. May be empty. */
export const NameSchema = z.string().max(maxIdLength);
/** An id, which is never empty. */
export const IdSchema = z.string().min(1).max(maxIdLength);

/** Reports that an entry is a text, or an id. */
export const isText = (entry: unknown): entry is string => typeof entry === 'string';
export const isId = (entry: unknown): entry is string =>
  typeof entry === 'string' && entry.length > 0 && entry.length <= maxIdLength;

/** From how many issues on the rest of a value is not looked at: each wrong entry of a megabyte of them costs. */
const enoughIssues = 20;
/** How many entries are checked at once, between two looks at the number of issues. */
const sliceLength = 100;

/**
 * A list of at most `most` entries. They are counted before they are checked, and 20 issues end the check.
 * @param isFine Recognises entries that the schema returns as they are, at less than the schema's price.
 */
export function boundedArray<Schema extends $ZodType>(
  schema: Schema,
  max: number,
  isFine?: (entry: unknown) => entry is z.output<Schema>,
): z.ZodType<z.output<Schema>[], z.input<Schema>[]> {
  const slice = z.array(schema);
  const list = z
    .array(z.unknown())
    .max(max)
    .transform((entries, context): z.output<Schema>[] => {
      if (isFine && entries.every(isFine)) return entries;
      if (entries.length <= sliceLength) return checked(slice, entries, 0, context) ?? z.NEVER;
      const output: z.output<Schema>[] = [];
      for (let start = 0; start < entries.length && context.issues.length < enoughIssues; start += sliceLength) {
        const part = checked(slice, entries.slice(start, start + sliceLength), start, context);
        if (part) for (const entry of part) output.push(entry);
      }
      return output;
    });
  return list as unknown as z.ZodType<z.output<Schema>[], z.input<Schema>[]>;
}

function checked<Output>(
  schema: z.ZodType<Output>,
  entries: unknown[],
  start: number,
  context: z.core.$RefinementCtx,
): Output | undefined {
  const parsed = schema.safeParse(entries);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const [index, ...path] = issue.path;
    context.issues.push({ ...issue, path: [start + Number(index), ...path], continue: false } as never);
  }
  return undefined;
}

/** An object of at most `most` keys of the client's own. 20 issues end the check of its values. */
export function boundedRecord<Schema extends $ZodType>(
  schema: Schema,
  max: number,
): z.ZodType<Record<string, z.output<Schema>>, Record<string, z.input<Schema>>> {
  const record = z
    .custom<Record<string, unknown>>(isObject, { error: ({ input }) => expectedObject(input) })
    .refine((record) => Object.keys(record).length <= max, {
      error: `Too big: expected object to have <=${max} keys`,
    })
    .transform((record, context): Record<string, z.output<Schema>> => {
      const output: [string, z.output<Schema>][] = [];
      for (const [key, value] of Object.entries(record)) {
        if (context.issues.length >= enoughIssues) break;
        const issues: { path: PropertyKey[] }[] = [];
        const name = NameSchema.safeParse(key);
        const parsed = name.success ? z.safeParse(schema, value) : name;
        if (parsed.success) output.push([key, parsed.data]);
        else issues.push(...parsed.error.issues);
        for (const issue of issues) {
          context.issues.push({ ...issue, path: [key, ...issue.path], continue: false } as never);
        }
      }
      return Object.fromEntries(output);
    });
  return record as unknown as z.ZodType<Record<string, z.output<Schema>>, Record<string, z.input<Schema>>>;
}
