/**
 * A type with `string` in place of its literals. A method with this return type can be overridden without `as const`,
 * because TypeScript widens the literals that an overriding method returns.
 */
export type Widened<T> = T extends string
  ? string
  : T extends readonly (infer Item)[]
    ? Widened<Item>[]
    : T extends object
      ? { [Key in keyof T]: Widened<T[Key]> }
      : T;
