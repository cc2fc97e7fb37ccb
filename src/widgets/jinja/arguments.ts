// Assigns the arguments of a filter, a method or a function to its parameters.
import { Text } from './text';
import { type Arguments, RenderError, type Value } from './values';

/**
 * Returns the argument for each of `names`, by position or by name, or undefined for a missing argument.
 * @throws RenderError for too many arguments, an unknown name, and an argument that is given twice.
 */
export function bind(callee: string, { positional, named }: Arguments, ...names: string[]): (Value | undefined)[] {
  if (positional.length > names.length) {
    throw new RenderError(`${callee} takes at most ${names.length} arguments, not ${positional.length}`);
  }
  for (const name of named.keys()) {
    const index = names.indexOf(name);
    if (index < 0) throw new RenderError(`${callee} has no argument ${name}`);
    if (index < positional.length) throw new RenderError(`${callee} is given its argument ${name} twice`);
  }
  return names.map((name, index) => (index < positional.length ? positional[index] : named.get(name)));
}

/** Does the same for required arguments. */
export function bindAll(callee: string, given: Arguments, ...names: string[]): Value[] {
  return bind(callee, given, ...names).map((value, index) => {
    if (value === undefined) throw new RenderError(`${callee} needs its argument ${names[index] ?? ''}`);
    return value;
  });
}

/** Makes a text that counts as written in the template, such as the default of a parameter. */
export function literal(text: string): Text {
  return new Text(text, 'template');
}

/**
 * A filter. `find` returns another filter by its name, for `map`.
 * @throws RenderError for a value that the filter does not accept.
 */
export type Filter = (value: Value, given: Arguments, find: (name: string) => Filter) => Value;
