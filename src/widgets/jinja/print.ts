// Prints values: as `str` and `repr` of Python do, and as JSON.
import { countCharacters, countSteps } from './steps';
import { Text } from './text';
import { Callable, defined, Float, Namespace, RenderError, Tuple, typeName, Undefined, type Value } from './values';

/** Prints a value as `str` of Python does. */
export function toText(given: Value): Text {
  if (given instanceof Undefined && given.kind === 'empty') return new Text('', 'template');
  const value = defined(given);
  if (value instanceof Text) return value;
  return new Text(represent(value), holdsText(value) ? 'data' : 'template');
}

/** Returns true if the printed value contains text, which may come from the data. */
function holdsText(value: Value): boolean {
  countSteps();
  if (value instanceof Text) return true;
  if (Array.isArray(value)) return value.some(holdsText);
  if (value instanceof Tuple) return value.items.some(holdsText);
  if (value instanceof Map) return [...value].some(([key, inner]) => typeof key === 'string' || holdsText(inner));
  return false;
}

/** Prints a value as `repr` of Python does. */
export function represent(given: Value): string {
  countSteps();
  const value = defined(given);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return integerText(value);
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Text) return quote(value.text);
  if (Array.isArray(value)) return `[${value.map(represent).join(', ')}]`;
  if (value instanceof Tuple) {
    return value.items.length === 1
      ? `(${value.items.map(represent).join('')},)`
      : `(${value.items.map(represent).join(', ')})`;
  }
  if (value instanceof Map) {
    const entries = [...value].map(
      ([key, inner]) => `${typeof key === 'number' ? key : quote(key)}: ${represent(inner)}`,
    );
    return `{${entries.join(', ')}}`;
  }
  throw unprintable(value);
}

function unprintable(value: Namespace | Callable): RenderError {
  const name = value instanceof Callable ? ` ${value.name}` : '';
  return new RenderError(`a ${typeName(value)}${name} cannot be printed`);
}

function quote(text: string): string {
  countCharacters(text.length);
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const names: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\', [mark]: `\\${mark}` };
  const hex = (character: string): string => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  };
  return `${mark}${text.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00a0\u00ad\\'"]/gu, (character) => {
    if (character === "'" || character === '"') return character === mark ? `\\${mark}` : character;
    return names[character] ?? hex(character);
  })}${mark}`;
}

/** Prints all digits, because JavaScript writes large numbers with an exponent. */
function integerText(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
}

/** Prints the shortest digits of this number, with an exponent only where Python has one. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) {
    const digits = mantissa.replace('-', '').replace('.', '');
    return `${value < 0 ? '-' : ''}0.${'0'.repeat(-exponent - 1)}${digits}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/**
 * Prints a number with this many digits after the point. A tie is rounded to the even digit, as in Python.
 * `toFixed` of JavaScript rounds ties up, and is exact otherwise.
 */
export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value) || digits > 90 || Math.abs(value) >= 1e21) return floatText(value);
  const size = Math.abs(value);
  const exact = size.toFixed(100);
  const end = exact.length - 100 + digits;
  const kept = digits === 0 ? exact.slice(0, end - 1) : exact.slice(0, end);
  const isTie = /^50*$/.test(exact.slice(end));
  const rounded = isTie && Number(kept.at(-1)) % 2 === 0 ? kept : size.toFixed(digits);
  return value < 0 ? `-${rounded}` : rounded;
}

/** The characters that `tojson` escapes so that they are safe in HTML. A JSON parser reads the same text. */
const escapes = /[<>&'\u0080-\uffff]/g;

/**
 * Prints a value as `tojson` of Jinja does: with sorted keys, and with characters beyond ASCII escaped.
 * @param indent Spaces for each level. Undefined for one line.
 */
export function toJson(given: Value, indent?: number, level = 1): string {
  countSteps();
  const value = defined(given);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return integerText(value);
  if (value instanceof Float) {
    if (!Number.isFinite(value.value)) throw new RenderError(`${floatText(value.value)} cannot be written as JSON`);
    return floatText(value.value);
  }
  if (value instanceof Text) return jsonText(value.text);
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = Array.isArray(value) ? value : value.items;
    const written = items.map((item) => toJson(item, indent, level + 1));
    return enclose('[', written, ']', indent, level);
  }
  if (value instanceof Map) {
    const written = [...value]
      .map(([key, inner]) => [String(key), inner] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${jsonText(key)}: ${toJson(inner, indent, level + 1)}`);
    return enclose('{', written, '}', indent, level);
  }
  throw new RenderError(`a ${typeName(value)} cannot be written as JSON`);
}

function jsonText(text: string): string {
  countCharacters(text.length);
  return JSON.stringify(text).replace(
    escapes,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function enclose(open: string, items: string[], close: string, indent: number | undefined, level: number): string {
  if (indent === undefined || items.length === 0) return `${open}${items.join(', ')}${close}`;
  countCharacters(items.length * indent * level);
  const line = (depth: number): string => `\n${' '.repeat(indent * depth)}`;
  return `${open}${line(level)}${items.join(`,${line(level)}`)}${line(level - 1)}${close}`;
}
