// The type of the exported schemas. The type names the interface of a value, so that declarations do not repeat shapes.
// It needs only the core of zod, because the declarations of all of zod take a compiler longer than this package's own.
import type { $ZodIssue, $ZodType, input, output, ParseContext, util } from 'zod/v4/core';

/**
 * A zod schema, typed by the interface of its values. Zod's functions accept the schema like any other:
 * `z.object({ item: ThreadItemSchema })`, `z.optional(ThreadItemSchema)`, `z.infer<typeof ThreadItemSchema>`.
 */
export interface Schema<Output, Input = Output> extends $ZodType<Output, Input> {
  /**
   * Returns a copy of the value with its defaults filled in. The given value is not changed.
   * @throws ZodError with one issue for each fault.
   */
  parse(data: unknown, params?: ParseContext<$ZodIssue>): Output;
  /** Returns `{ success: true, data }`, or `{ success: false, error }` with one issue for each fault. */
  safeParse(data: unknown, params?: ParseContext<$ZodIssue>): util.SafeParseResult<Output>;
}

/** The schema of a union whose members each have a `type`. */
export interface UnionSchema<Output extends { type: string }, Input = Output> extends Schema<Output, Input> {
  /** The schemas of the members. `shape.type.value` is the type of a member. */
  options: { shape: { type: { value: Output['type']; values: Set<Output['type']> } } }[];
}

/** True for two identical types, which have the same keys with the same types. */
export type Same<One, Other> =
  (<T>(value: T) => T extends One ? 1 : 2) extends <T>(value: T) => T extends Other ? 1 : 2 ? true : false;

/**
 * Types a schema by the names of its output and its input: `named<Task, TaskInput>()(schema)`. A call compiles only
 * when the schema returns exactly the first type and accepts exactly the second.
 */
export function named<Output, Input = Output>() {
  return <Raw extends $ZodType>(
    schema: Raw &
      (Same<output<Raw>, Output> extends true ? unknown : { returns: Output }) &
      (Same<input<Raw>, Input> extends true ? unknown : { takes: Input }),
  ) => schema as unknown as Schema<Output, Input>;
}

/** Does the same as {@link named} for a union whose members each have a `type`. */
export function namedUnion<Output extends { type: string }, Input = Output>() {
  return <Raw extends $ZodType & { options: object }>(
    schema: Raw &
      (Same<output<Raw>, Output> extends true ? unknown : { returns: Output }) &
      (Same<input<Raw>, Input> extends true ? unknown : { takes: Input }),
  ) => schema as unknown as UnionSchema<Output, Input>;
}

/**
 * Does the same as {@link named} for a value that a client sends: the schema accepts any value, so only its output is
 * named.
 */
export function parsed<Output>() {
  return <Raw extends $ZodType>(
    schema: Raw & (Same<output<Raw>, Output> extends true ? unknown : { returns: Output }),
  ) => schema as unknown as Schema<Output, unknown>;
}

/** Does the same as {@link parsed} for a union whose members each have a `type`. */
export function parsedUnion<Output extends { type: string }>() {
  return <Raw extends $ZodType & { options: object }>(
    schema: Raw & (Same<output<Raw>, Output> extends true ? unknown : { returns: Output }),
  ) => schema as unknown as UnionSchema<Output, unknown>;
}
