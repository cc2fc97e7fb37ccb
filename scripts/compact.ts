// Removes white space and comments from the code of the package, which were a tenth of the tarball.
import { nodesOf } from './commonjs';

/**
 * Returns the code without indentation and comments, except those that bundlers read. All names stay as they are, and a
 * line ends where a statement, a block or an object ended one, because Node prints names and the line of the code with an
 * error. `parse` returns the syntax tree of code. Statements end with semicolons, as those of the bundler do.
 * @throws Error if the result has another syntax tree.
 */
export function compact(code: string, parse: (code: string) => object): string {
  const program = parse(code);
  // Strings, templates and regular expressions stay. White space and comments are between them.
  const texts = [...nodesOf(program)].filter(({ type }) => type === 'Literal' || type === 'TemplateElement');
  let [compacted = ''] = /^#!.*\n/.exec(code) ?? [];
  let start = compacted.length;
  for (const { start: from, end } of texts.sort((one, other) => one.start - other.start)) {
    compacted = append(compacted, code.slice(start, from), code[from]) + code.slice(from, end);
    start = end;
  }
  compacted = append(compacted, code.slice(start), undefined);
  if (withoutPlaces(parse(compacted)) !== withoutPlaces(program)) {
    throw new Error(`without white space, this code is not the same:\n${code}`);
  }
  return compacted;
}

const withoutPlaces = (program: object) =>
  JSON.stringify(program, (key, value: unknown) =>
    key === 'start' || key === 'end' ? undefined : typeof value === 'bigint' ? String(value) : value,
  );

const gap = /(?:\s|\/\*[^]*?\*\/|\/\/.*)+/g;

/** Returns the text with code at its end in which each gap is as short as it can be. `following` is the next character. */
function append(text: string, code: string, following: string | undefined): string {
  let start = 0;
  for (const { 0: space, index } of code.matchAll(gap)) {
    text += code.slice(start, index);
    start = index + space.length;
    text += separator(space, text.at(-1) ?? '', code[start] ?? following ?? '');
  }
  return text + code.slice(start);
}

function separator(space: string, before: string, after: string): string {
  const [annotation] = /\/\* ?[@#]__\w+__ ?\*\//.exec(space) ?? [];
  if (annotation) return annotation;
  if (space.includes('\n') && /[;{}]/.test(before)) return '\n';
  const touching = before + after;
  return /^(?:[\w$#\u0080-\uffff]{2}|\+\+|--|\/\/)$/.test(touching) ? ' ' : '';
}
