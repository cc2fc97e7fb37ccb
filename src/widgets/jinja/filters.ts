// The filters of Jinja for a single value, and the list of all filters.
import { bind, bindAll, type Filter, literal } from './arguments';
import { format } from './format';
import { listFilters } from './list-filters';
import { itemsOf } from './methods';
import { fixed, toJson, toText } from './print';
import {
  capitalize,
  center,
  escapeHtml,
  indent,
  replace,
  strip,
  stripTags,
  title,
  truncate,
  urlEncode,
} from './strings';
import { Text } from './text';
import {
  defined,
  Float,
  integer,
  isTrue,
  lengthOf,
  numberOf,
  RenderError,
  textValue,
  typeName,
  Undefined,
  type Value,
} from './values';

function onText(name: string, apply: (text: Text) => Value): [string, Filter] {
  return [
    name,
    (value, given) => {
      bind(name, given);
      return apply(toText(value));
    },
  ];
}

function numberFor(name: string, value: Value): number {
  const number = numberOf(defined(value));
  if (number === undefined) throw new RenderError(`${name} needs a number, not ${typeName(value)}`);
  return number;
}

const fallback: Filter = (value, given) => {
  const [other = literal(''), boolean = false] = bind('default', given, 'default_value', 'boolean');
  return value instanceof Undefined || (isTrue(boolean) && !isTrue(value)) ? other : value;
};

const length: Filter = (value, given) => {
  bind('length', given);
  return lengthOf(value);
};

const escape = onText('escape', escapeHtml)[1];

/** Converts as `int()` of Python: the whole text must be a number, and a fraction is cut off. */
const toInteger: Filter = (value, given) => {
  const [other = 0, base = 10] = bind('int', given, 'default', 'base');
  const number = numberOf(defined(value));
  if (number !== undefined) return Number.isFinite(number) ? Math.trunc(number) : other;
  const text = value instanceof Text ? value.text.trim() : '';
  if (integer(base, 'base') !== 10) {
    const parsed = Number.parseInt(text.replace(/^([+-]?)0[xob]/i, '$1'), integer(base, 'base'));
    return Number.isNaN(parsed) ? other : parsed;
  }
  const parsed = decimal(text);
  return parsed === undefined || !Number.isFinite(parsed) ? other : Math.trunc(parsed);
};

const toFloat: Filter = (value, given) => {
  const [other = new Float(0)] = bind('float', given, 'default');
  const number = numberOf(defined(value)) ?? (value instanceof Text ? decimal(value.text.trim()) : undefined);
  return number === undefined ? other : new Float(number);
};

function decimal(text: string): number | undefined {
  return /^[+-]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[+-]?\d+)?$/i.test(text)
    ? Number(text.replaceAll('_', ''))
    : undefined;
}

const round: Filter = (value, given) => {
  const [precision = 0, method = literal('common')] = bind('round', given, 'precision', 'method');
  const number = numberFor('round', value);
  const digits = integer(precision, 'precision');
  if (digits < 0 || digits > 90) throw new RenderError('round takes a precision from 0 to 90');
  const way = textValue(method, 'method').text;
  if (way === 'common') return value instanceof Float ? new Float(Number(fixed(number, digits))) : number;
  if (way !== 'ceil' && way !== 'floor') throw new RenderError('the method of round is common, ceil or floor');
  return new Float(Math[way](number * 10 ** digits) / 10 ** digits);
};

/** The largest indentation of one level of JSON, in spaces. */
const maxIndent = 100;

const json: Filter = (value, given) => {
  const [spaces = null] = bind('tojson', given, 'indent');
  if (spaces !== null && integer(spaces, 'indent') > maxIndent)
    throw new RenderError(`tojson indents by ${maxIndent} at most`);
  return new Text(toJson(value, spaces === null ? undefined : integer(spaces, 'indent')), 'json');
};

const textFilters: [string, Filter][] = [
  onText('upper', (text) => text.derive(text.text.toUpperCase())),
  onText('lower', (text) => text.derive(text.text.toLowerCase())),
  onText('title', title),
  onText('capitalize', capitalize),
  onText('string', (text) => text),
  onText('urlencode', urlEncode),
  onText('wordcount', (text) => text.text.match(/\w+/gu)?.length ?? 0),
  onText('striptags', stripTags),
  [
    'trim',
    (value, given) => {
      const [characters = null] = bind('trim', given, 'chars');
      return strip(toText(value), characters === null ? undefined : textValue(characters, 'chars').text, 'both');
    },
  ],
  [
    'replace',
    (value, given) => {
      const [from = null, to = null, count = null] = bind('replace', given, 'old', 'new', 'count');
      return replace(toText(value), toText(from), toText(to), count === null ? -1 : integer(count, 'count'));
    },
  ],
  [
    'center',
    (value, given) => {
      const [width = 80] = bind('center', given, 'width');
      return center(toText(value), integer(width, 'width'));
    },
  ],
  [
    'indent',
    (value, given) => {
      const [width = 4, first = false, blank = false] = bind('indent', given, 'width', 'first', 'blank');
      const by = width instanceof Text ? width : literal(' '.repeat(Math.min(integer(width, 'width'), 10_000)));
      return indent(toText(value), by, isTrue(first), isTrue(blank));
    },
  ],
  [
    'truncate',
    (value, given) => {
      const [width = 255, kill = false, end = literal('...'), leeway = null] = bind(
        'truncate',
        given,
        ...['length', 'killwords', 'end', 'leeway'],
      );
      const more = leeway === null ? 5 : integer(leeway, 'leeway');
      return truncate(toText(value), integer(width, 'length'), isTrue(kill), textValue(end, 'end'), more);
    },
  ],
  ['format', (value, given) => format(toText(value), given.positional, given.named)],
];

/** All filters by name. `safe` changes nothing, because the output is escaped according to its position. */
export const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ...textFilters,
  ...listFilters,
  ['safe', (value) => value],
  ['default', fallback],
  ['d', fallback],
  ['length', length],
  ['count', length],
  ['escape', escape],
  ['e', escape],
  ['int', toInteger],
  ['float', toFloat],
  ['round', round],
  ['tojson', json],
  [
    'abs',
    (value) => {
      const number = Math.abs(numberFor('abs', value));
      return value instanceof Float ? new Float(number) : number;
    },
  ],
  [
    'items',
    (value, given) => {
      bindAll('items', given);
      if (value instanceof Undefined) return [];
      if (!(value instanceof Map)) throw new RenderError(`items needs a dict, not ${typeName(value)}`);
      return itemsOf(value);
    },
  ],
]);

/** Returns a filter by its name. @throws RenderError for an unknown filter. */
export function findFilter(name: string): Filter {
  const filter = filters.get(name);
  if (filter === undefined) throw new RenderError(`there is no filter ${name}`);
  return filter;
}
