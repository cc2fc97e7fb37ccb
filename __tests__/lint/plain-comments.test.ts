// The project's own lint rule finds comments that begin with an indirect question or say "is no", and nothing else.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../..');

interface Finding {
  line: number;
  endLine: number;
  ruleId: string | null;
  message: string;
}

/** Lints each text as a file of this name, with this rule only. */
function lint(...texts: { file: string; text: string }[]): Finding[][] {
  const script = [join(__dirname, 'lint-texts.mjs'), 'house/plain-comments'];
  const input = JSON.stringify(texts);
  return JSON.parse(execFileSync(process.execPath, script, { cwd: root, input, encoding: 'utf8' })) as Finding[][];
}

const invalid: [string, string][] = [
  ['// What a run writes to.', '"What"'],
  ['/** What a run writes to. */', '"What"'],
  ['/**\n * Whether the run has ended.\n * @returns true then\n */', '"Whether"'],
  ['/* Whoever reads the stream. */', '"Whoever"'],
  ['// Whom a run is for.', '"Whom"'],
  ['// Of what size it is.', '"Of what"'],
  ['// Another one as soon as the bytes change.', '"Another one"'],
  ['const a = 1; // What it begins with', '"What"'],
  ['//What has no space', '"What"'],
  ['const a = 1; // a number\n// What stands below is another comment.', '"What"'],
  ['// A name that is no path.', '"is no"'],
  ['// Calls that are no calls.', '"are no"'],
  ['// The value was no object.', '"was no"'],
  ['// A sentence that goes on over two lines: a row that is\n// no object is left out.', '"is no"'],
  ['/**\n * A row that is no\n * object is left out.\n */', '"is no"'],
];
const valid = [
  '// Returns what a run writes to.',
  '// Reports whether the run has ended.',
  '/** Whatever the hook throws is logged. */',
  '/** Whole numbers only. */',
  "// A name's\n// What follows is the same comment.",
  '// There is no such thread.',
  '/** Undefined where there is no HTTP. */',
  '// It is no longer there, and are no more than two.',
  '// It is not a path, and is none.',
  '// Is not in the list: no.',
  "const a = 'What is no comment';",
  'const a = `// Whether`;',
  'const a = /[/]/; const b = 2; // no question',
];

const file = 'src/operations/example.ts';

test('it finds each comment that begins with an indirect question or says "is no"', () => {
  const findings = lint(...invalid.map(([text]) => ({ file, text })));
  const expected = invalid.map(([, words]) => [
    { ruleId: 'house/plain-comments', message: expect.stringContaining(words) },
  ]);
  expect(findings).toMatchObject(expected);
}, 60_000);

test('it finds nothing else', () => {
  const findings = lint(...valid.map((text) => ({ file, text })));
  expect(valid.filter((_text, index) => findings[index]!.length > 0)).toEqual([]);
}, 60_000);

test('a finding names the lines of the whole comment', () => {
  const [findings] = lint({ file, text: 'const a = 1;\n// What is here\n// and is no noun.\n' });
  expect(findings).toMatchObject([
    { line: 2, endLine: 3, message: expect.stringContaining('Begin') },
    { line: 2, endLine: 3, message: expect.stringContaining('"is not a"') },
  ]);
}, 60_000);

test('it is asked in src, and not in the tests', () => {
  const text = '// What it is.';
  const files = ['src/server.ts', 'src/operations/messages.ts', 'src/answers/title.ts', '__tests__/server.test.ts'];
  const findings = lint(...files.map((name) => ({ file: name, text })));
  expect(findings.map(({ length }) => length)).toEqual([1, 1, 1, 0]);
}, 60_000);
