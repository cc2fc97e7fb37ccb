// Evaluates `value.name` and `value[key]`: keys of dicts and elements of lists and texts only.
import { countSteps } from './steps';
import { Text } from './text';
import {
  DataDict,
  defined,
  integer,
  isMissingOption,
  keyOf,
  Namespace,
  RenderError,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values';

/** Returns the value under a name or an index, or an undefined value. */
export function attributeAt(given: Value, key: string | number): Value {
  if (isMissingOption(given)) return given;
  const value = defined(given);
  const found = typeof key === 'number' ? elementAt(value, key) : namedIn(value, key);
  if (found !== undefined) return found;
  const kind = value instanceof DataDict && value.optional.has(String(key)) ? 'optional' : 'strict';
  return new Undefined(
    `'${typeName(value)}' object has no ${typeof key === 'number' ? 'element' : 'attribute'} '${key}'`,
    kind,
  );
}

function namedIn(value: Value, name: string): Value | undefined {
  if (value instanceof Map) return value.get(name);
  if (value instanceof Namespace) return value.attributes.get(name);
  return value instanceof Tuple ? value.items[value.names.indexOf(name)] : undefined;
}

function elementAt(value: Value, index: number): Value | undefined {
  if (value instanceof Map) return value.get(index);
  if (value instanceof Text) {
    const at = index < 0 ? index + value.characters : index;
    return at >= 0 && at < value.characters ? value.cut(at, at + 1) : undefined;
  }
  if (value instanceof Tuple) return value.items.at(index);
  return Array.isArray(value) ? value.at(index) : undefined;
}

/** Evaluates `value[key]` for a computed key. */
export function subscript(value: Value, key: Value): Value {
  return attributeAt(value, keyOf(typeof key === 'boolean' ? Number(key) : key));
}

/** Evaluates `value[start:stop:step]` as Python does for lists, tuples and texts. */
export function sliceOf(given: Value, start: Value, stop: Value, step: Value): Value {
  const value = defined(given);
  const by = step === null ? 1 : integer(step, 'the step of a slice');
  if (by === 0) throw new RenderError('the step of a slice is zero');
  const items = value instanceof Tuple ? value.items : value;
  if (!(items instanceof Text) && !Array.isArray(items)) {
    throw new RenderError(`a '${typeName(value)}' object cannot be sliced`);
  }
  const size = items instanceof Text ? items.characters : items.length;
  const [lowest, highest] = by > 0 ? [0, size] : [-1, size - 1];
  const bound = (limit: Value, otherwise: number): number => {
    if (limit === null) return otherwise;
    const index = integer(limit, 'the limit of a slice');
    return Math.min(Math.max(index < 0 ? index + size : index, lowest), highest);
  };
  const [from, to] = [bound(start, by > 0 ? 0 : size - 1), bound(stop, by > 0 ? size : -1)];
  if (items instanceof Text && by === 1) return items.cut(from, to);
  countSteps(size);
  const elements: readonly Value[] = items instanceof Text ? Array.from(items.text, (one) => items.derive(one)) : items;
  const picked: Value[] = [];
  for (let index = from; by > 0 ? index < to : index > to; index += by) picked.push(elements[index] ?? null);
  if (items instanceof Text) return Text.concat(picked as Text[]);
  return value instanceof Tuple ? new Tuple(picked) : picked;
}
