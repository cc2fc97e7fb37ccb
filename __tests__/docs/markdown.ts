// Reads the documentation: its pages, what is fenced in them, their headings, links and tables, and the example files.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const root = join(__dirname, '../..');
export const examplesFolder = join(root, 'docs/examples');

export interface Page {
  /** From the root: `docs/options.md`. */
  path: string;
  text: string;
}

/** A block of code in a page. */
export interface Fence {
  page: string;
  line: number;
  language: string;
  code: string;
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** The page of docs/ that is not in the package, to which CONTRIBUTING.md leads. */
export const forContributors = 'docs/architecture.md';

/** The Markdown files of the root, and everything below docs/. */
export const pages: Page[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .sort()
    .map((path) => join('docs', path)),
].map(readPage);

const fencePattern = /^([ ]*)```([^\n`]*)\n(.*?)^\1```$/gms;

export function fencesOf({ path, text }: Page): Fence[] {
  return [...text.matchAll(fencePattern)].map((match) => ({
    page: path,
    line: text.slice(0, match.index).split('\n').length,
    language: match[2]!.trim(),
    code: dedent(match[3]!),
  }));
}

/** The page without its blocks of code. */
export const proseOf = ({ text }: Page): string => text.replace(fencePattern, '');

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(page: Page): Set<string> {
  const anchors = new Set<string>();
  for (const heading of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading[1]!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let number = 1; anchors.has(anchor); number++) anchor = `${slug}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Where the links of a page lead, as they are written. */
export function linksOf(page: Page): string[] {
  const prose = proseOf(page).replace(/`[^`\n]*`/g, 'code');
  return [...prose.matchAll(/\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)/g)].map((match) => match[1]!);
}

/** The part of a page below a heading, up to the next heading of the same level or a higher one. */
export function sectionOf({ path, text }: Page, heading: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^#{1,6} /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`${path} has no heading ${heading}`);
  const level = lines[start]!.indexOf(' ');
  const length = lines.slice(start + 1).findIndex((line) => /^#{1,6} /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** The rows of all tables in a text, without the heads, cell by cell. */
export function tableRows(text: string): string[][] {
  const rows: string[][] = [];
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    const isHead = /^\|[\s|:-]+\|$/.test(lines[index + 1] ?? '');
    if (!line.startsWith('|') || isHead || /^\|[\s|:-]+\|$/.test(line)) return;
    const cells = line.slice(1, -1).split(/(?<!\\)\|/);
    rows.push(cells.map((cell) => cell.trim()));
  });
  return rows;
}

/** The first piece of code in a text: `store` of "[`store`](#store)". */
export const firstCode = (text: string): string | undefined => /`([^`]+)`/.exec(text)?.[1];

const marker = /^\s*(?:\/\/|#) #(?:end)?region\b.*$/;

/** A piece of an example file that a page may show: all of it, or one of its regions. */
export interface Example {
  /** `server.ts`, or `events.ts#message` for a region. */
  name: string;
  code: string;
}

export const exampleFiles: string[] = readdirSync(examplesFolder, { recursive: true, encoding: 'utf8' })
  .map((path) => relative(examplesFolder, join(examplesFolder, path)))
  .sort();

/** The React page of the example. The documentation shows regions of it, which its own TypeScript project compiles. */
const webFolder = join(root, 'example-app/web/src');
const webFiles = readdirSync(webFolder).filter((name) => /\.tsx?$/.test(name));

/** What the pages may show. A file is shown without the lines that mark its regions. */
export const examples: Example[] = [
  ...exampleFiles.flatMap((name) => piecesOf(examplesFolder, name)),
  ...webFiles.flatMap((name) => piecesOf(webFolder, name).slice(1)),
];

/** A file, and then its regions. */
function piecesOf(folder: string, name: string): Example[] {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n');
  const found: Example[] = [{ name, code: dedent(lines.filter((line) => !marker.test(line)).join('\n')) }];
  lines.forEach((line, start) => {
    const region = /^\s*(?:\/\/|#) #region (\S+)$/.exec(line)?.[1];
    if (region === undefined) return;
    const length = lines.slice(start).findIndex((other) => /^\s*(?:\/\/|#) #endregion\b/.test(other));
    if (length < 0) throw new Error(`${name}: the region ${region} does not end`);
    found.push({ name: `${name}#${region}`, code: dedent(lines.slice(start + 1, start + length).join('\n')) });
  });
  return found;
}

/** A path in a link, from the root. */
export const resolveLink = (page: string, target: string): string => join(dirname(page), target);

/** The code without the indentation that all of its lines have, and without empty lines around it. */
function dedent(code: string): string {
  const lines = code.split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)![0].length);
  const indent = Math.min(...indents, 80);
  return lines
    .map((line) => line.slice(indent))
    .join('\n')
    .trim();
}
