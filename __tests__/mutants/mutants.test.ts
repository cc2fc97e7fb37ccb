// The program that makes mutants: which changes it finds, which code its probes reach, and how it runs tests.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Mutant {
  line: number;
  operator: string;
  change: string;
  key: string;
  probe: string;
}

/** Reads source texts with the program. Returns the mutants of each, and the probes that its function `run` passes. */
function analysed(...texts: string[]): { mutants: Mutant[]; passed: string[] }[] {
  const code = `
    import { text } from 'node:stream/consumers';
    import ts from 'typescript';
    import { analyse } from ${JSON.stringify(join(__dirname, 'mutate.mjs'))};
    const results = [];
    for (const source of JSON.parse(await text(process.stdin))) {
      const { mutants, instrumented } = analyse('src/a.ts', source);
      const passed = [];
      globalThis.__probe = (id) => passed.push(id);
      const { outputText } = ts.transpileModule(instrumented, { compilerOptions: { target: 'es2022', module: 'esnext' } });
      const { run } = await import('data:text/javascript,' + encodeURIComponent(outputText));
      passed.splice(0);
      run?.(1);
      results.push({ mutants, passed });
    }
    console.log(JSON.stringify(results));`;
  const args = ['--input-type=module', '--eval', code];
  const output = execFileSync(process.execPath, args, {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    cwd: __dirname,
  });
  return JSON.parse(output) as { mutants: Mutant[]; passed: string[] }[];
}

const changesOf = ({ mutants }: { mutants: Mutant[] }) =>
  mutants.map(({ operator, change }) => `${operator}: ${change}`);

test('it finds the changes of each kind', () => {
  const texts = [
    'export const a = (b: number) => b > 1;',
    "export const a = (b: string) => b === 'x' || b.trim() === '';",
    'export function a(b: () => void) { if (b.length) b(); throw b; }',
    'export const a = async (b: Promise<void>) => { await b; };',
    'export const a = [1, 2];',
    'export const a = { b: true, c: Math.min(1, 2) };',
    'export const a = (b?: number) => b ?? 0;',
    'export const a = (b: number) => b + 1;',
    "export const a = (b: number) => 'a' + b;",
  ];
  expect(analysed(...texts).map(changesOf)).toEqual([
    ['boundary: b > 1 → (b >= 1)', 'literal: 1 → 2'],
    [
      "logic: b === 'x' || b.trim() === '' → (b === 'x' && b.trim() === '')",
      "negate: b === 'x' → (b !== 'x')",
      "literal: 'x' → ''",
      "negate: b.trim() === '' → (b.trim() !== '')",
      'call: b.trim() → b',
      "literal: '' → 'changed'",
    ],
    ['return: + return;', 'negate: b.length → !(b.length)', 'remove: b(); → ;', 'remove: throw b; → ;'],
    ['return: + return;', 'remove: await b; → ;', 'await: await b → (b)'],
    ['element: 1, → ', 'element: , 2 → ', 'literal: 1 → 2', 'literal: 2 → 3'],
    [
      ...['element: b: true, → ', 'element: , c: Math.min(1, 2) → ', 'literal: true → false'],
      ...['call: Math.min → Math.max', 'literal: 1 → 2', 'literal: 2 → 3'],
    ],
    ['swap: b ?? 0 → (0 ?? b)', 'literal: 0 → 1'],
    ['arithmetic: b + 1 → (b - 1)', 'literal: 1 → 2'],
    ["literal: 'a' → ''"],
  ]);
}, 60_000);

test('it leaves types, imports and wording alone', () => {
  const texts = [
    "interface A { b: 'c' | 1 }\nexport type D = A['b'] & true;",
    "import { existsSync as a } from 'node:fs';\nexport { join as b } from 'node:path';",
    'export const a = (b: number) => `the file has ${b} bytes`;',
    "export const a = 'there is no such file';",
  ];
  expect(analysed(...texts).map(changesOf)).toEqual([[], [], [], []]);
}, 60_000);

test('a probe shows which code was reached', () => {
  const text = `export function run(a: number) {
    const twice = (b: number) => b * 2;
    if (a > 1) return twice(a);
    for (let i = 0; i < 1; i++) a += i;
    switch (a) {
      case 1:
        a = 5;
        break;
      default:
        a = 6;
    }
    return a;
  }`;
  const [{ mutants, passed }] = analysed(text) as [{ mutants: Mutant[]; passed: string[] }];
  const isReached = (change: string) =>
    passed.includes(mutants.find((mutant) => mutant.change.startsWith(change))!.probe);
  expect(['a > 1', 'i < 1', 'a += i', 'a = 5'].map(isReached)).toEqual([true, true, true, true]);
  expect(['b * 2', 'a = 6'].map(isReached)).toEqual([false, false]);
}, 60_000);

test('a change keeps its key when other lines change, and equal changes have different keys', () => {
  const text = 'export const a = (b: number) => b > 1 && b > 1;';
  const [before, after] = analysed(text, `// A comment.\nexport const c = 2;\n${text}`);
  const keys = before!.mutants.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(after!.mutants.map(({ key }) => key)).toEqual(expect.arrayContaining(keys));
  expect(after!.mutants.find(({ key }) => key === keys[0])!.line).toBe(3);
}, 60_000);

describe('the runs of the tests', () => {
  const root = join(__dirname, '../..');
  const copy = mkdtempSync(join(tmpdir(), 'chatkit-express-mutants-test-'));
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  beforeAll(() => {
    mkdirSync(join(copy, '__tests__/mutants'), { recursive: true });
    cpSync(join(__dirname, 'in-jest'), join(copy, '__tests__/mutants/in-jest'), { recursive: true });
    for (const name of ['jest.config.js', 'package.json', 'tsconfig.json', 'tsconfig.jest.json']) {
      cpSync(join(root, name), join(copy, name));
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
    const pass = '() => {}';
    const fail = "() => { throw new Error('no'); }";
    writeFileSync(
      join(copy, '__tests__/first.test.ts'),
      `describe('a', () => { test('b', ${fail}); test('c', ${pass}); });\ntest('d', ${fail}); test('e', ${fail});`,
    );
    writeFileSync(join(copy, '__tests__/second.test.ts'), `test('f', ${pass});`);
    writeFileSync(join(copy, '__tests__/third.test.ts'), `test('g', () => { for (;;); });`);
    writeFileSync(join(copy, '__tests__/fourth.test.ts'), `test('h', () => { process.reallyExit(1); });`);
  });

  /** Runs test files of the copy with the program. */
  function run(files: string[], settings = '{}') {
    const code = `
      import { runTests } from ${JSON.stringify(join(__dirname, 'tests.mjs'))};
      const settings = { limitOf: (file) => (/third/.test(file) ? 3000 : 60000), ...${settings} };
      const { ended, ...more } = await runTests(${JSON.stringify(copy)}, ${JSON.stringify(files)}, settings);
      console.log(JSON.stringify({ ended: ended.map(({ file, failed }) => ({ file, failed })), ...more }));`;
    return JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' }),
    ) as object;
  }
  const first = '__tests__/first.test.ts';
  const second = '__tests__/second.test.ts';
  const third = '__tests__/third.test.ts';
  const fourth = '__tests__/fourth.test.ts';

  it('run every test of every file in the given order', () => {
    expect(run([second, first])).toEqual({
      ended: [
        { file: second, failed: [] },
        { file: first, failed: ['a b', 'd', 'e'] },
      ],
    });
  }, 60_000);

  it('end with the first failure of a test that is not expected to fail', () => {
    expect(run([first, second], '{ expected: [] }')).toEqual({ ended: [{ file: first, failed: ['a b'] }] });
    expect(run([first, second], "{ expected: ['a b'] }")).toEqual({ ended: [{ file: first, failed: ['a b', 'd'] }] });
  }, 60_000);

  it('tell a file that does not end from a file that ends the process', () => {
    const ended = [{ file: second, failed: [] }];
    expect(run([second, third, first])).toEqual({ ended, stuck: third });
    expect(run([second, fourth, first])).toEqual({ ended, crash: expect.any(String) as string });
  }, 60_000);
});
