// The operators of Python: text is never converted to a number, and integers stay integers.
import { format } from './format';
import { toText } from './print';
import { countCharacters, countSteps } from './steps';
import { maxRepeated, Text } from './text';
import {
  compare,
  defined,
  elementsOf,
  Float,
  integer,
  isEqual,
  isMissingOption,
  keyOf,
  numberOf,
  RenderError,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values';

type Operator = (left: Value, right: Value) => Value;

/** The operators that evaluate both sides. `and` and `or` are in expressions.ts. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['==', isEqual],
  ['!=', (left, right) => !isEqual(left, right)],
  ['<', ordered((order) => order < 0)],
  ['>', ordered((order) => order > 0)],
  ['<=', ordered((order) => order <= 0)],
  ['>=', ordered((order) => order >= 0)],
  ['in', (left, right) => contains(right, left)],
  ['not in', (left, right) => !contains(right, left)],
  ['~', (left, right) => Text.concat([toText(left), toText(right)])],
  ['+', add],
  ['-', (left, right) => calculate('-', left, right, (a, b) => a - b)],
  ['*', multiply],
  ['/', (left, right) => new Float(divide(left, right, '/').quotient)],
  ['//', floorDivide],
  ['%', remainder],
  ['**', power],
]);

/** Compares two values. A missing optional property is neither below nor above any value, as in JavaScript. */
function ordered(holds: (order: number) => boolean): Operator {
  return (left, right) => !isMissingOption(left) && !isMissingOption(right) && holds(compare(left, right));
}

/** Returns true if a list, the keys of a dict or a text contain the value. */
export function contains(container: Value, value: Value): boolean {
  const within = defined(container);
  if (within instanceof Map) return within.has(keyOf(value));
  if (within instanceof Text) {
    countCharacters(within.text.length);
    if (!(defined(value) instanceof Text)) throw new RenderError(`'in' needs a string, not ${typeName(value)}`);
    return within.text.includes((value as Text).text);
  }
  return elementsOf(within).some((element) => isEqual(element, value));
}

function unsupported(operator: string, left: Value, right: Value): RenderError {
  const missing = [left, right].find((value) => value instanceof Undefined && value.kind === 'strict');
  if (missing instanceof Undefined) return new RenderError(missing.reason);
  return new RenderError(`${operator} does not work between '${typeName(left)}' and '${typeName(right)}'`);
}

function calculate(
  operator: string,
  left: Value,
  right: Value,
  apply: (a: number, b: number) => number,
): number | Float {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === undefined || b === undefined) throw unsupported(operator, left, right);
  const result = apply(a, b);
  // Integers have no negative zero.
  return left instanceof Float || right instanceof Float ? new Float(result) : result || 0;
}

function add(left: Value, right: Value): Value {
  if (left instanceof Text && right instanceof Text) return Text.concat([left, right]);
  if (Array.isArray(left) && Array.isArray(right)) return [...elementsOf(left), ...elementsOf(right)];
  if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...elementsOf(left), ...elementsOf(right)]);
  return calculate('+', left, right, (a, b) => a + b);
}

function multiply(left: Value, right: Value): Value {
  const [repeated, times] = numberOf(left) === undefined ? [left, right] : [right, left];
  if (repeated instanceof Text) {
    const count = repetitions(repeated.text.length, times);
    return Text.concat(Array.from({ length: count }, () => repeated));
  }
  if (Array.isArray(repeated)) {
    return Array.from({ length: repetitions(repeated.length, times) }, () => repeated).flat();
  }
  return calculate('*', left, right, (a, b) => a * b);
}

/** Multiplies. @throws RenderError if the result would be too long. */
function repetitions(length: number, times: Value): number {
  const count = Math.max(0, integer(times, 'a number of repetitions'));
  if (Math.max(length, 1) * count > maxRepeated) throw new RenderError(`${count} repetitions are too many`);
  countSteps(count);
  return count;
}

function divide(left: Value, right: Value, operator: string): { a: number; b: number; quotient: number } {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === undefined || b === undefined) throw unsupported(operator, left, right);
  if (b === 0) throw new RenderError('division by zero');
  return { a, b, quotient: a / b };
}

function floorDivide(left: Value, right: Value): Value {
  const { quotient } = divide(left, right, '//');
  return calculate('//', left, right, () => Math.floor(quotient));
}

/** Returns the remainder, with the sign of the divisor as in Python. With text on the left it fills placeholders. */
function remainder(left: Value, right: Value): Value {
  if (left instanceof Text) {
    return format(left, right instanceof Tuple ? right.items : [right], right instanceof Map ? right : new Map());
  }
  const { a, b, quotient } = divide(left, right, '%');
  return calculate('%', left, right, () => a - Math.floor(quotient) * b);
}

function power(left: Value, right: Value): Value {
  const result = calculate('**', left, right, (a, b) => a ** b);
  const value = numberOf(result) ?? 0;
  if (!Number.isFinite(value)) throw new RenderError('the power is not a real number, or is too large');
  return Number.isInteger(value) && (numberOf(right) ?? 0) >= 0 ? result : new Float(value);
}
