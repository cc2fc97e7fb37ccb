// The building blocks of the protocol's schemas: values that the application defines, objects that keep unknown keys,
// optional values, and bounded texts and lists.
import { z } from 'zod';
import type { $ZodType } from 'zod/v4/core';
import { expectedObject, isObject, type JsonObject, maxJsonDepth, nestsWithinBounds } from './json';

const tooDeep = { error: `nests deeper than ${maxJsonDepth} levels` };

/** Any JSON value nested at most {@link maxJsonDepth} levels deep. */
export const jsonValue = z.unknown().refine(nestsWithinBounds, tooDeep);

/**
 * A JSON object nested at most {@link maxJsonDepth} levels deep. Its keys are not checked one by one, because checking
 * ninety thousand keys takes longer than parsing them.
 */
export const jsonObject = z
  .custom<JsonObject>(isObject, { error: ({ input }) => expectedObject(input), abort: true })
  .refine(nestsWithinBounds, tooDeep);

/**
 * Returns the schema of an object that keeps unknown keys, so that a field of a later version survives a read and a
 * save. Its inferred type lists only the known keys, so that TypeScript still reports a misspelt key. Unknown values
 * are bounded to {@link maxJsonDepth} levels, because they are written as JSON later.
 */
export function openObject<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape).catchall(jsonValue);
}

/** Returns the schema of a key that may be missing. `null` counts as missing, because Python clients send nulls. */
export function optional<Schema extends $ZodType>(schema: Schema): z.ZodOptional<Schema> {
  return z.preprocess((value: unknown) => value ?? undefined, z.optional(schema)) as unknown as z.ZodOptional<Schema>;
}

/**
 * Returns the schema of a key with a default, which also replaces `null`.
 * @param value the default. Pass a function for an object or an array, so that each parse makes a new one.
 */
export function defaulted<Schema extends $ZodType, Value extends z.output<Schema>>(
  schema: Schema,
  value: Value | (() => Value),
): z.ZodDefault<Schema> {
  const withDefault = z._default(schema, value as () => z.util.NoUndefined<z.output<Schema>>);
  return z.preprocess((given: unknown) => given ?? undefined, withDefault) as unknown as z.ZodDefault<Schema>;
}

/**
 * The longest text of any kind, in characters: the longest string of the engine. The size of a request's body is the
 * bound in practice, and an application may set that size to any number.
 */
export const maxTextLength = 2 ** 29 - 25;
/** The longest id or name, in characters. */
export const maxIdLength = 4096;

/** A text, which may be as long as the body of its request. */
export const TextSchema = z.string().max(maxTextLength);
/** An id, a key, or another name that programs define. May be empty. */
export const NameSchema = z.string().max(maxIdLength);
/** An id, which is never empty. */
export const IdSchema = z.string().min(1).max(maxIdLength);

/** Returns true for a text. */
export const isText = (entry: unknown): entry is string => typeof entry === 'string';
/** Returns true for an id. */
export const isId = (entry: unknown): entry is string =>
  typeof entry === 'string' && entry.length > 0 && entry.length <= maxIdLength;

/** The number of issues that ends a check, because a megabyte of wrong entries would take long to report. */
const enoughIssues = 20;
/** The number of entries that are checked before the issues are counted again. */
const sliceLength = 100;

/**
 * Returns the schema of a list of at most `max` entries. The entries are counted before they are checked, and the check
 * ends after 20 issues.
 * @param isFine recognises entries that the schema would return unchanged, in less time than the schema needs.
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

/** Returns the schema of an object of at most `max` keys, which the client chooses. The check ends after 20 issues. */
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
