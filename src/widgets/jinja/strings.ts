// The filters and methods of Python for text.
import { countCharacters, countSteps } from './steps';
import { maxRepeated, Text } from './text';
import { RenderError } from './values';

/** Writes the first letter of each word in upper case and all others in lower case, as `title` of Jinja does. */
export function title(text: Text): Text {
  const words = text.text.split(/([-\s({[<]+)/u);
  return text.derive(words.map((word) => upperFirst(word)).join(''));
}

export function capitalize(text: Text): Text {
  return text.derive(upperFirst(text.text));
}

function upperFirst(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

/** Removes the given characters from both ends. Default: whitespace. */
export function strip(text: Text, characters: string | undefined, sides: 'both' | 'left' | 'right'): Text {
  const all = Array.from(text.text);
  const chosen = characters === undefined ? undefined : new Set(characters);
  const isStripped = (character: string | undefined): boolean =>
    character !== undefined && (chosen ? chosen.has(character) : /\s/u.test(character));
  let [start, end] = [0, all.length];
  if (sides !== 'right') while (start < end && isStripped(all[start])) start++;
  if (sides !== 'left') while (end > start && isStripped(all[end - 1])) end--;
  return text.cut(start, end);
}

/** Splits at most `limit` times, if `limit` is not negative. Default separator: runs of whitespace. */
export function splitText(text: Text, separator: string | undefined, limit: number): Text[] {
  if (separator === '') throw new RenderError('the separator is empty');
  const whole = separator === undefined ? text.text.trimStart() : text.text;
  const parts: string[] = [];
  const spaces = /\s+/gu;
  let start = 0;
  while (limit < 0 || parts.length < limit) {
    const found = separator === undefined ? spaces.exec(whole) : null;
    const at = separator === undefined ? (found?.index ?? -1) : whole.indexOf(separator, start);
    if (at < 0) break;
    countSteps();
    parts.push(whole.slice(start, at));
    start = at + (found?.[0] ?? separator ?? '').length;
  }
  if (separator !== undefined || start < whole.length) parts.push(whole.slice(start));
  return parts.map((part) => text.derive(part));
}

/**
 * Removes comments and tags, and replaces each run of whitespace with one space. Character references are decoded: those
 * with a number, and those of the characters that HTML itself uses.
 */
export function stripTags(text: Text): Text {
  const plain = withoutSpans(withoutSpans(text.text, '<!--', '-->'), '<', '>');
  const words = plain.replace(/\s+/gu, ' ').trim();
  return text.derive(words.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi, unescapeHtml));
}

/** Removes everything from `open` to the next `close`. An `open` without a `close` stays. */
function withoutSpans(text: string, open: string, close: string): string {
  const kept: string[] = [];
  let start = 0;
  for (;;) {
    const from = text.indexOf(open, start);
    const to = from < 0 ? -1 : text.indexOf(close, from);
    if (to < 0) break;
    kept.push(text.slice(start, from));
    start = to + close.length;
  }
  return kept.join('') + text.slice(start);
}

const references: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

function unescapeHtml(match: string, decimal?: string, hexadecimal?: string, name?: string): string {
  if (name !== undefined) return references[name] ?? match;
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : '\ufffd';
}

/** Replaces the first `count` occurrences, or all of them if `count` is negative. */
export function replace(text: Text, from: Text, to: Text, count: number): Text {
  const parts = from.text === '' ? ['', ...Array.from(text.text), ''] : text.text.split(from.text);
  const replaced = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1);
  if (replaced * to.text.length > maxRepeated) throw new RenderError(`${replaced} replacements are too many`);
  const head = parts.slice(0, replaced + 1).join(to.text);
  const tail = parts.slice(replaced + 1).map((part) => from.text + part);
  return text.derive(head + tail.join(''), [from, to]);
}

/** Centres the text with spaces, up to a width. */
export function center(text: Text, width: number): Text {
  if (width > maxRepeated) throw new RenderError(`a width of ${width} is too much`);
  const missing = Math.max(0, width - text.characters);
  // Python puts the extra space on the left if the width is odd.
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return text.derive(' '.repeat(left) + text.text + ' '.repeat(missing - left));
}

/** Indents each line but the first. `first` and `blank` include the first line and empty lines. */
export function indent(text: Text, by: Text, first: boolean, blank: boolean): Text {
  const given = text.text.split('\n');
  if (by.text.length > maxRepeated / 100) throw new RenderError('the indentation is too much');
  countCharacters(by.text.length * given.length);
  const lines = given.map((line, index) => ((index === 0 ? first : blank || line !== '') ? by.text + line : line));
  return text.derive(lines.join('\n'), [by]);
}

/** Shortens to this many characters, `end` included, at a word unless `killWords`. A text that is a little longer is not cut. */
export function truncate(text: Text, length: number, killWords: boolean, end: Text, leeway: number): Text {
  if (text.characters <= length + leeway) return text;
  const kept = text.cut(0, Math.max(0, length - end.characters));
  if (killWords) return Text.concat([kept, end]);
  const space = kept.text.lastIndexOf(' ');
  return Text.concat([space < 0 ? kept : kept.cut(0, Array.from(kept.text.slice(0, space)).length), end]);
}

/** Percent-encodes a part of a URL. Slashes can stay. */
export function urlEncode(text: Text): Text {
  const encoded = encodeURIComponent(text.text.replace(/\p{Cs}/gu, '\ufffd'))
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/');
  return text.derive(encoded);
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

/** Escapes for HTML. */
export function escapeHtml(text: Text): Text {
  return text.derive(text.text.replace(/[&<>"']/g, (character) => entities[character] ?? character));
}
