// The variables of a template while it runs. A variable that a block sets is visible in it and in the blocks within it.
import { globals } from './globals';
import { Undefined, type Value } from './values';

export class Scope {
  readonly #variables = new Map<string, Value>();
  readonly #parent: Scope | undefined;

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  get(name: string): Value {
    const value = this.find(name); // null is a value
    return value === undefined ? (globals.get(name) ?? new Undefined(`'${name}' is undefined`)) : value;
  }

  /** Returns the variable, without the built-in functions, or undefined. */
  find(name: string): Value | undefined {
    const value = this.#variables.get(name);
    return value === undefined ? this.#parent?.find(name) : value;
  }

  set(name: string, value: Value): void {
    this.#variables.set(name, value);
  }
}
