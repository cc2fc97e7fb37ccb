/**
 * A type with any text in place of its literals. TypeScript widens the literals that an overriding method returns, so that
 * a method with this return type can be overridden without `as const`.
 */
export type Widened<T> = T extends string
  ? string
  : T extends readonly (infer Item)[]
    ? Widened<Item>[]
    : T extends object
      ? { [Key in keyof T]: Widened<T[Key]> }
      : T;
