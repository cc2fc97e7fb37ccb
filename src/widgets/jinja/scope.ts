// The variables of a template while it runs: what a block sets is seen in it and in the blocks inside of it.
import { globals } from './globals';
import { Undefined, type Value } from './values';

export class Scope {
  readonly #variables = new Map<string, Value>();
  readonly #parent: Scope | undefined;

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  get(name: string): Value {
    const value = this.#variables.get(name);
    if (value !== undefined) return value;
    if (this.#parent) return this.#parent.get(name);
    return globals.get(name) ?? new Undefined(`'${name}' is undefined`);
  }

  set(name: string, value: Value): void {
    this.#variables.set(name, value);
  }
}
