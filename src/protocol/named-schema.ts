// The type of the exported schemas. It names the interface of a value, so that a declaration spells out no shape, and it
// needs the core of zod only: the declarations of all of zod cost a compiler more than those of this package.
import type { $ZodIssue, $ZodType, input, output, ParseContext, util } from 'zod/v4/core';

/**
 * A zod schema, by the interface of its values. Zod's functions take it like any other schema:
 * `z.object({ item: ThreadItemSchema })`, `z.optional(ThreadItemSchema)`, `z.infer<typeof ThreadItemSchema>`.
 */
export interface Schema<Output, Input = Output> extends $ZodType<Output, Input> {
  /**
   * Returns the value with its defaults filled in: a copy, which leaves the given value unchanged.
   * @throws ZodError with an issue for each fault.
   */
  parse(data: unknown, params?: ParseContext<$ZodIssue>): Output;
  /** Returns `{ success: true, data }`, or `{ success: false, error }` with an issue for each fault. */
  safeParse(data: unknown, params?: ParseContext<$ZodIssue>): util.SafeParseResult<Output>;
}

/** The schema of a union whose members have a `type` each. */
export interface UnionSchema<Output extends { type: string }, Input = Output> extends Schema<Output, Input> {
  /** The schemas of the members, with the `type` that each of them is for. */
  options: { shape: { type: { value: Output['type']; values: Set<Output['type']> } } }[];
}

/** True for two types that are identical: neither has a key, or a value of a key, that the other one does not have. */
export type Same<One, Other> =
  (<T>(value: T) => T extends One ? 1 : 2) extends <T>(value: T) => T extends Other ? 1 : 2 ? true : false;

/**
 * Gives a schema the names of its types: `named<Task, TaskInput>()(schema)`. Compiles only where the schema returns
 * exactly the first and takes exactly the second.
 */
export function named<Output, Input = Output>() {
  return <Raw extends $ZodType>(
    schema: Raw &
      (Same<output<Raw>, Output> extends true ? unknown : { returns: Output }) &
      (Same<input<Raw>, Input> extends true ? unknown : { takes: Input }),
  ) => schema as unknown as Schema<Output, Input>;
}

/** As {@link named}, for a union whose members have a `type` each. */
export function namedUnion<Output extends { type: string }, Input = Output>() {
  return <Raw extends $ZodType & { options: object }>(
    schema: Raw &
      (Same<output<Raw>, Output> extends true ? unknown : { returns: Output }) &
      (Same<input<Raw>, Input> extends true ? unknown : { takes: Input }),
  ) => schema as unknown as UnionSchema<Output, Input>;
}

/** As {@link named}, for a schema of what a client sends: it takes any value, and its output alone has a name. */
export function parsed<Output>() {
  return <Raw extends $ZodType>(
    schema: Raw & (Same<output<Raw>, Output> extends true ? unknown : { returns: Output }),
  ) => schema as unknown as Schema<Output, unknown>;
}

/** As {@link parsed}, for a union whose members have a `type` each. */
export function parsedUnion<Output extends { type: string }>() {
  return <Raw extends $ZodType & { options: object }>(
    schema: Raw & (Same<output<Raw>, Output> extends true ? unknown : { returns: Output }),
  ) => schema as unknown as UnionSchema<Output, unknown>;
}
