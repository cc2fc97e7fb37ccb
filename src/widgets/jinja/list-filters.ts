// The filters for the elements of a list.
import { bind, bindAll, type Filter, literal } from './arguments';
import { attributeAt } from './members';
import { itemsOf } from './methods';
import { operators } from './operators';
import { represent, toText } from './print';
import { runTest } from './test-functions';
import { countSteps } from './steps';
import { maxRepeated, Text } from './text';
import {
  type Arguments,
  compare,
  defined,
  elementsOf,
  foundOr,
  integer,
  isEqual,
  isTrue,
  numberOf,
  RenderError,
  textValue,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values';

type Get = (value: Value) => Value;

/** Returns a reader of `attribute='a.b'` of an element, or of the element itself. */
function getter(attribute: Value | undefined): Get {
  if (attribute === undefined || attribute === null) return (value) => value;
  if (typeof attribute === 'number') return (value) => attributeAt(value, attribute);
  const keys = textValue(attribute, 'attribute')
    .text.split('.')
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  return (value) => {
    countSteps(keys.length);
    return keys.reduce(attributeAt, value);
  };
}

/** Returns the value for comparisons: text in lower case, unless `case_sensitive`. */
function foldCase(value: Value): Value {
  return value instanceof Text ? value.derive(value.text.toLowerCase()) : value;
}

function sortKey(attribute: Value | undefined, caseSensitive: Value | undefined): Get {
  const get = getter(attribute);
  return isTrue(caseSensitive ?? false) ? get : (value) => foldCase(get(value));
}

function sortBy(values: readonly Value[], key: Get, reverse: boolean): Value[] {
  countSteps(values.length);
  return values
    .map((value) => ({ value, key: key(value) }))
    .sort((a, b) => (reverse ? compare(b.key, a.key) : compare(a.key, b.key)))
    .map(({ value }) => value);
}

const sort: Filter = (value, given) => {
  const [reverse = false, sensitive, attribute] = bind('sort', given, 'reverse', 'case_sensitive', 'attribute');
  // Sorts by the last of several attributes first, because the sort is stable.
  const attributes =
    attribute instanceof Text ? attribute.text.split(',').map((name) => new Text(name.trim())) : [attribute];
  return attributes.reduceRight<Value[]>(
    (sorted, name) => sortBy(sorted, sortKey(name, sensitive), isTrue(reverse)),
    [...elementsOf(value)],
  );
};

const dictSort: Filter = (value, given) => {
  const [sensitive, by = literal('key'), reverse = false] = bind('dictsort', given, 'case_sensitive', 'by', 'reverse');
  if (!(defined(value) instanceof Map)) throw new RenderError(`dictsort needs a dict, not ${typeName(value)}`);
  const index = isEqual(by, literal('key')) ? 0 : 1;
  return sortBy(itemsOf(value as Map<string, Value>), sortKey(index, sensitive), isTrue(reverse));
};

const groupBy: Filter = (value, given) => {
  const [attribute = null, other, sensitive] = bind('groupby', given, 'attribute', 'default', 'case_sensitive');
  const get = getter(attribute);
  const keyOf: Get = (element) => {
    const key = get(element);
    return key instanceof Undefined ? (other ?? key) : key;
  };
  const fold: Get = isTrue(sensitive ?? false) ? keyOf : (element) => foldCase(keyOf(element));
  const groups: { key: Value; members: Value[] }[] = [];
  for (const element of sortBy(elementsOf(value), fold, false)) {
    const last = groups.at(-1);
    if (last && isEqual(last.key, fold(element))) last.members.push(element);
    else groups.push({ key: fold(element), members: [element] });
  }
  return groups.map(({ members }) => new Tuple([keyOf(members[0] ?? null), members], ['grouper', 'list']));
};

const unique: Filter = (value, given) => {
  const [sensitive, attribute] = bind('unique', given, 'case_sensitive', 'attribute');
  const key = sortKey(attribute, sensitive);
  const seen = new Set<string>();
  return elementsOf(value).filter((element) => {
    const own = key(element);
    const mark = String(numberOf(own) ?? represent(own));
    return !seen.has(mark) && seen.add(mark);
  });
};

function extreme(name: string, sign: 1 | -1): [string, Filter] {
  return [
    name,
    (value, given) => {
      const [sensitive, attribute] = bind(name, given, 'case_sensitive', 'attribute');
      const key = sortKey(attribute, sensitive);
      const [first, ...others] = elementsOf(value);
      if (first === undefined) return new Undefined('no aggregated item, the sequence was empty');
      return others.reduce((best, other) => (sign * compare(key(other), key(best)) < 0 ? other : best), first);
    },
  ];
}

const map: Filter = (value, { positional, named }, find) => {
  const elements = elementsOf(value);
  const [name, ...rest] = positional;
  if (name === undefined) {
    const [attribute, other] = bind('map', { positional, named }, 'attribute', 'default');
    if (attribute === undefined) throw new RenderError('map needs a filter or an attribute');
    const get = getter(attribute);
    return elements.map((element) => {
      const found = get(element);
      return found instanceof Undefined ? (other ?? found) : found;
    });
  }
  const { text } = textValue(name, 'the filter of map');
  const filter = find(text);
  return elements.map((element) => filter(element, { positional: rest, named }, find));
};

/** Makes `select`, `reject` and their forms for an attribute, which keep the elements that pass or fail a test. */
function selecting(name: string, ofAttribute: boolean, wanted: boolean): [string, Filter] {
  return [
    name,
    (value, { positional }) => {
      const attribute = ofAttribute ? positional[0] : undefined;
      const [test, ...rest] = ofAttribute ? positional.slice(1) : positional;
      if (ofAttribute && attribute === undefined) throw new RenderError(`${name} needs an attribute`);
      const get = getter(attribute);
      const holds = (element: Value): boolean =>
        test === undefined ? isTrue(get(element)) : runTest(textValue(test, 'a test').text, get(element), rest);
      return elementsOf(value).filter((element) => holds(element) === wanted);
    },
  ];
}

const sum: Filter = (value, given) => {
  const [attribute, start = 0] = bind('sum', given, 'attribute', 'start');
  const add = operators.get('+');
  return elementsOf(value)
    .map(getter(attribute))
    .reduce((total, element) => add?.(total, defined(element)) ?? null, start);
};

const join: Filter = (value, given) => {
  const [separator = literal(''), attribute] = bind('join', given, 'd', 'attribute');
  const get = getter(attribute);
  const texts = elementsOf(value).map((element) => toText(get(element)));
  return Text.concat(texts.flatMap((text, index) => (index === 0 ? [text] : [toText(separator), text])));
};

const batch: Filter = (value, given) => {
  const [size = null, filler = null] = bind('batch', given, 'linecount', 'fill_with');
  const count = boundedCount(size, 'batch');
  const elements = elementsOf(value);
  if (filler !== null) countSteps(count);
  const rows: Value[][] = [];
  for (let start = 0; start < elements.length; start += count) {
    const row = elements.slice(start, start + count);
    while (filler !== null && row.length < count) row.push(filler);
    rows.push(row);
  }
  return rows;
};

/** Splits into this many lists. The first lists are longer by one if the division has a remainder. */
const slice: Filter = (value, given) => {
  const [size = null, filler = null] = bind('slice', given, 'slices', 'fill_with');
  const count = boundedCount(size, 'slice');
  const elements = elementsOf(value);
  countSteps(count);
  const [each, longer] = [Math.floor(elements.length / count), elements.length % count];
  return Array.from({ length: count }, (_none, index) => {
    const start = index * each + Math.min(index, longer);
    const column = elements.slice(start, start + each + (index < longer ? 1 : 0));
    return filler !== null && index >= longer && longer > 0 ? [...column, filler] : column;
  });
};

function boundedCount(size: Value, filter: string): number {
  const count = integer(size, `the size of ${filter}`);
  if (count < 1 || count > maxRepeated) throw new RenderError(`${filter} needs a size of 1 or more`);
  return count;
}

function end(name: string, index: 0 | -1): [string, Filter] {
  return [
    name,
    (value, given: Arguments) => {
      bindAll(name, given);
      return foundOr(elementsOf(value).at(index), `there is no ${name} item, the sequence was empty`);
    },
  ];
}

export const listFilters: [string, Filter][] = [
  ['sort', sort],
  ['dictsort', dictSort],
  ['groupby', groupBy],
  ['unique', unique],
  extreme('min', 1),
  extreme('max', -1),
  ['map', map],
  selecting('select', false, true),
  selecting('reject', false, false),
  selecting('selectattr', true, true),
  selecting('rejectattr', true, false),
  ['sum', sum],
  ['join', join],
  ['batch', batch],
  ['slice', slice],
  end('first', 0),
  end('last', -1),
  ['list', (value) => [...elementsOf(value)]],
  [
    'reverse',
    (value) =>
      value instanceof Text
        ? value.derive(Array.from(value.text).reverse().join(''))
        : [...elementsOf(value)].reverse(),
  ],
];
