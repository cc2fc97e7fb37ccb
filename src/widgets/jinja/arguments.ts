// How the arguments of a filter, a method or a function find its parameters.
import { Text } from './text';
import { type Arguments, RenderError, type Value } from './values';

/**
 * The argument for each of `names`, by position or by name; undefined for one that was not given.
 * @throws RenderError for too many, for an unknown name, and for one that is given twice.
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

/** The same for arguments that must be there. */
export function bindAll(callee: string, given: Arguments, ...names: string[]): Value[] {
  return bind(callee, given, ...names).map((value, index) => {
    if (value === undefined) throw new RenderError(`${callee} needs its argument ${names[index] ?? ''}`);
    return value;
  });
}

/** What is in a template as such, as a default of a parameter is. */
export function literal(text: string): Text {
  return new Text(text, 'template');
}

/**
 * A filter. `find` gives another one by its name, for `map`.
 * @throws RenderError for what it cannot take.
 */
export type Filter = (value: Value, given: Arguments, find: (name: string) => Filter) => Value;
