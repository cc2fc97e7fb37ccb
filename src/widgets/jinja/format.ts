// `'%.2f' % price` and the filter `format`: the placeholders of Python that widgets need.
import { fixed, represent, toText } from './print';
import { countCharacters } from './steps';
import { maxRepeated, Text } from './text';
import { integer, numberOf, RenderError, typeName, type Value } from './values';

const placeholder = /%(?:\((\w+)\))?([-+ 0]*)([1-9]\d*)?(?:\.(\d+))?([a-zA-Z%])/g;

/**
 * Fills the placeholders of a text: `%s`, `%r`, `%d`, `%i`, `%f`, `%x`, `%X` and `%%`, with flags, width,
 * precision and names.
 * @throws RenderError for other placeholders, and if the numbers of values and placeholders differ.
 */
export function format(template: Text, values: readonly Value[], named: ReadonlyMap<string | number, Value>): Text {
  let used = 0;
  const sources: Text[] = [];
  const next = (name: string | undefined): Value => {
    const value = name === undefined ? values[used++] : named.get(name);
    if (value === undefined)
      throw new RenderError(name === undefined ? 'too few values to format' : `no value ${name}`);
    return value;
  };
  const text = template.text.replace(placeholder, (match: string, ...parts: (string | undefined)[]) => {
    const [name, flags = '', width = '0', precision, type = ''] = parts;
    if (type === '%') return '%';
    const value = next(name);
    const written = convert(value, type, flags, precision);
    if (written === undefined) throw new RenderError(`the placeholder ${match} is not supported`);
    sources.push(type === 's' ? toText(value) : new Text('', numberOf(value) === undefined ? 'data' : 'template'));
    const padded = pad(written, Number(width), flags, type);
    countCharacters(padded.length);
    return padded;
  });
  if (named.size === 0 && used < values.length) throw new RenderError('more values to format than placeholders');
  return template.derive(text, sources);
}

function convert(value: Value, type: string, flags: string, precision: string | undefined): string | undefined {
  if (type === 's' || type === 'r') {
    const text = type === 's' ? toText(value).text : represent(value);
    return precision === undefined ? text : Array.from(text).slice(0, Number(precision)).join('');
  }
  const number = type === 'x' || type === 'X' ? integer(value, `%${type}`) : numberOf(value);
  if (number === undefined) throw new RenderError(`%${type} needs a number, not ${typeName(value)}`);
  const sign = number >= 0 ? (/[+ ]/.exec(flags)?.[0] ?? '') : '';
  switch (type) {
    case 'd':
    case 'i':
      return sign + fixed(Math.trunc(number), 0);
    case 'f':
    case 'F':
      return sign + fixed(number, Number(precision ?? 6));
    case 'x':
      return sign + number.toString(16);
    case 'X':
      return sign + number.toString(16).toUpperCase();
    default:
      return undefined;
  }
}

function pad(text: string, width: number, flags: string, type: string): string {
  if (width > maxRepeated) throw new RenderError(`a width of ${width} is too much`);
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0') || type === 's' || type === 'r') return text.padStart(width);
  const sign = /^[-+ ]?/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
