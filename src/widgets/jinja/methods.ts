// The methods of texts, lists and dicts that a template can call.
// Methods exist only in calls, so that a key of the data with the same name stays a key.
import { bind, bindAll } from './arguments';
import { capitalize, replace, splitText, strip, title } from './strings';
import { countCharacters, countSteps } from './steps';
import { Text } from './text';
import {
  type Arguments,
  compare,
  type Dict,
  elementsOf,
  integer,
  isEqual,
  isTrue,
  keyOf,
  keyValue,
  RenderError,
  textValue,
  Tuple,
  type Value,
} from './values';

type Methods<Self> = ReadonlyMap<string, (self: Self, given: Arguments) => Value>;

function withoutArguments<Self>(
  name: string,
  apply: (self: Self) => Value,
): [string, (s: Self, g: Arguments) => Value] {
  return [
    name,
    (self, given) => {
      bind(`${name}()`, given);
      return apply(self);
    },
  ];
}

/** Returns true if the text has the affix, or one of a tuple of affixes. */
function affix(
  name: string,
  has: (text: string, affix: string) => boolean,
): [string, (s: Text, g: Arguments) => Value] {
  return [
    name,
    (self, given) => {
      const [affixes = null] = bindAll(`${name}()`, given, 'prefix');
      const choices = affixes instanceof Tuple ? affixes.items : [affixes];
      return choices.some((choice) => {
        countSteps();
        return has(self.text, textValue(choice, 'an affix').text);
      });
    },
  ];
}

function stripping(name: string, sides: 'both' | 'left' | 'right'): [string, (s: Text, g: Arguments) => Value] {
  return [
    name,
    (self, given) => {
      const [characters = null] = bind(`${name}()`, given, 'chars');
      return strip(self, characters === null ? undefined : textValue(characters, 'chars').text, sides);
    },
  ];
}

const textMethods: Methods<Text> = new Map([
  withoutArguments<Text>('upper', (self) => self.derive(self.text.toUpperCase())),
  withoutArguments<Text>('lower', (self) => self.derive(self.text.toLowerCase())),
  withoutArguments<Text>('title', (self) => title(self)),
  withoutArguments<Text>('capitalize', (self) => capitalize(self)),
  withoutArguments<Text>('isdigit', (self) => /^\p{Nd}+$/u.test(self.text)),
  withoutArguments<Text>('splitlines', (self) =>
    self.text
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .filter((_line, _index, lines) => lines.length > 1 || self.text !== '')
      .map((line) => self.derive(line)),
  ),
  stripping('strip', 'both'),
  stripping('lstrip', 'left'),
  stripping('rstrip', 'right'),
  affix('startswith', (text, prefix) => text.startsWith(prefix)),
  affix('endswith', (text, suffix) => text.endsWith(suffix)),
  [
    'split',
    (self, given) => {
      const [separator = null, limit = -1] = bind('split()', given, 'sep', 'maxsplit');
      return splitText(
        self,
        separator === null ? undefined : textValue(separator, 'sep').text,
        integer(limit, 'maxsplit'),
      );
    },
  ],
  [
    'replace',
    (self, given) => {
      const [from = null, to = null, count = -1] = bind('replace()', given, 'old', 'new', 'count');
      return replace(self, textValue(from, 'old'), textValue(to, 'new'), integer(count, 'count'));
    },
  ],
  [
    'join',
    (self, given) => {
      const [items = null] = bindAll('join()', given, 'iterable');
      const texts = elementsOf(items).map((item) => textValue(item, 'what is joined'));
      return Text.concat(texts.flatMap((text, index) => (index === 0 ? [text] : [self, text])));
    },
  ],
  [
    'count',
    (self, given) => {
      const [part = null] = bindAll('count()', given, 'sub');
      const { text } = textValue(part, 'sub');
      countCharacters(self.text.length);
      return text === '' ? self.characters + 1 : self.text.split(text).length - 1;
    },
  ],
  [
    'find',
    (self, given) => {
      const [part = null] = bindAll('find()', given, 'sub');
      countCharacters(self.text.length);
      const index = self.text.indexOf(textValue(part, 'sub').text);
      return index < 0 ? -1 : Array.from(self.text.slice(0, index)).length;
    },
  ],
]);

function indexIn(list: readonly Value[], value: Value): number {
  countSteps(list.length / elementsPerStep);
  const index = list.findIndex((element) => isEqual(element, value));
  if (index < 0) throw new RenderError('the value is not in the list');
  return index;
}

/** The number of elements that are searched or moved in one step. */
const elementsPerStep = 32;

const listMethods: Methods<Value[]> = new Map([
  withoutArguments<Value[]>('copy', (self) => [...elementsOf(self)]),
  withoutArguments<Value[]>('clear', (self) => {
    self.length = 0;
    return null;
  }),
  withoutArguments<Value[]>('reverse', (self) => {
    countSteps(self.length / elementsPerStep);
    self.reverse();
    return null;
  }),
  [
    'append',
    (self, given) => {
      self.push(...bindAll('append()', given, 'object'));
      return null;
    },
  ],
  [
    'extend',
    (self, given) => {
      const [items = null] = bindAll('extend()', given, 'iterable');
      for (const item of [...elementsOf(items)]) self.push(item);
      return null;
    },
  ],
  [
    'insert',
    (self, given) => {
      const [index = null, item = null] = bindAll('insert()', given, 'index', 'object');
      countSteps(self.length / elementsPerStep);
      self.splice(integer(index, 'index'), 0, item);
      return null;
    },
  ],
  [
    'pop',
    (self, given) => {
      const [index = -1] = bind('pop()', given, 'index');
      const at = integer(index, 'index');
      countSteps(self.length / elementsPerStep);
      const [item] = self.at(at) === undefined ? [] : self.splice(at, 1);
      if (item === undefined) throw new RenderError('pop() of an index that is not in the list');
      return item;
    },
  ],
  [
    'remove',
    (self, given) => {
      const [value = null] = bindAll('remove()', given, 'value');
      self.splice(indexIn(self, value), 1);
      return null;
    },
  ],
  ['index', (self, given) => indexIn(self, bindAll('index()', given, 'value')[0] ?? null)],
  [
    'count',
    (self, given) => {
      const [value = null] = bindAll('count()', given, 'value');
      return self.filter((element) => isEqual(element, value)).length;
    },
  ],
  [
    'sort',
    (self, given) => {
      const reverse = isTrue(given.named.get('reverse') ?? false);
      self.sort((a, b) => (reverse ? compare(b, a) : compare(a, b)));
      return null;
    },
  ],
]);

const dictMethods: Methods<Dict> = new Map([
  withoutArguments<Dict>('keys', (self) => [...elementsOf(self)]),
  withoutArguments<Dict>('values', (self) => {
    countSteps(self.size);
    return [...self.values()];
  }),
  withoutArguments<Dict>('items', (self) => itemsOf(self)),
  withoutArguments<Dict>('copy', (self) => {
    countSteps(self.size);
    return new Map(self);
  }),
  withoutArguments<Dict>('clear', (self) => {
    self.clear();
    return null;
  }),
  [
    'get',
    (self, given) => {
      const [key = null, fallback = null] = bind('get()', given, 'key', 'default');
      const value = self.get(keyOf(key));
      return value === undefined ? fallback : value;
    },
  ],
  [
    'setdefault',
    (self, given) => {
      const [key = null, fallback = null] = bind('setdefault()', given, 'key', 'default');
      const known = self.get(keyOf(key));
      if (known === undefined) self.set(keyOf(key), fallback);
      return known === undefined ? fallback : known;
    },
  ],
  [
    'pop',
    (self, given) => {
      const [key = null, fallback] = bind('pop()', given, 'key', 'default');
      const known = self.get(keyOf(key));
      const value = known === undefined ? fallback : known;
      if (value === undefined) throw new RenderError(`pop() of a key that is not in the dict: ${keyOf(key)}`);
      self.delete(keyOf(key));
      return value;
    },
  ],
  [
    'update',
    (self, { positional, named }) => {
      for (const value of positional) {
        if (!(value instanceof Map)) throw new RenderError('update() needs a dict');
        countSteps(value.size);
        for (const [key, inner] of value) self.set(key, inner);
      }
      for (const [key, inner] of named) self.set(key, inner);
      return null;
    },
  ],
]);

/** Returns the pairs of a dict. */
export function itemsOf(dict: Dict): Value[] {
  countSteps(dict.size);
  return [...dict].map(([key, value]) => new Tuple([keyValue(key), value]));
}

/** The methods of each type. */
export const methods = { text: textMethods, list: listMethods, dict: dictMethods };

/** Calls a method of a text, a list or a dict. Returns undefined if there is no such method. */
export function callMethod(self: Value, name: string, given: Arguments): Value | undefined {
  if (self instanceof Text) return methods.text.get(name)?.(self, given);
  if (Array.isArray(self)) return methods.list.get(name)?.(self, given);
  return self instanceof Map ? methods.dict.get(name)?.(self, given) : undefined;
}
