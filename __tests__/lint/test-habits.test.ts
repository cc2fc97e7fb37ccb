// The project's own lint rules find tests without an assertion and tests that wait for a fixed time, and nothing else.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const file = '__tests__/example.test.ts';

interface Finding {
  line: number;
  ruleId: string;
}

/** Lints each text with the named rules. */
function lint(texts: { file: string; text: string }[], ...rules: string[]): Finding[][] {
  const script = [join(__dirname, 'lint-texts.mjs'), ...rules.map((rule) => `house/${rule}`)];
  const input = JSON.stringify(texts);
  return JSON.parse(execFileSync(process.execPath, script, { cwd: root, input, encoding: 'utf8' })) as Finding[][];
}

/** Lints each text as a test file, with one rule only. Returns the lines of the findings for each text. */
const linesOf = (rule: string, texts: string[]) =>
  lint(
    texts.map((text) => ({ file, text })),
    rule,
  ).map((findings) => findings.map(({ line }) => line));

describe('test-asserts', () => {
  const withoutAssertion = [
    `test('a', () => {});`,
    `it('a', async () => { await load(); });`,
    `it.each([1])('a %i', (n) => { load(n); });`,
    `test.concurrent('a', () => load());`,
    'it.each`n\n${1}`("a", () => load());',
    `it(\`a \${name}\`, () => load());`,
    // A helper that loads, and one that asserts and is not called.
    `const load = () => start();\nfunction check() { expect(1).toBe(1); }\ntest('a', () => load());`,
    // Two helpers that call each other.
    `function a() { b(); } function b() { a(); } test('a', () => a());`,
    // An imported helper does not say that it asserts.
    `import { check } from './check'; test('a', () => check());`,
  ];
  const withAssertion = [
    `test('a', () => { expect(1).toBe(1); });`,
    `test('a', async () => { await expect(load()).rejects.toThrow(); });`,
    `test('a', () => { assert.equal(1, 1); });`,
    `test('a', () => { if (load()) for (const one of rows) expect(one).toBe(1); });`,
    `test('a', () => { rows.forEach((row) => expect(row).toBe(1)); });`,
    `function check() { expect(1).toBe(1); } test('a', () => check());`,
    `const check = () => inner(); const inner = () => expect(1).toBe(1); test('a', () => { check(); });`,
    `class Page { shows() { expect(1).toBe(1); } } test('a', () => new Page().shows());`,
    `const page = { shows: () => expect(1).toBe(1) }; test('a', () => page.shows());`,
    `import { expectNothing } from './nothing'; test('a', () => expectNothing());`,
    `function check() { expect(1).toBe(1); } test('a', () => rows.forEach(check));`,
    `it('a', async () => { await page.getByText('x').waitFor(); });`,
    `test.todo('a');`,
    // The tests of a suite are written elsewhere.
    `suite({ test: (name, run) => test(name, run) });`,
  ];

  test('it finds the line of each test that asserts nothing, and nothing else', () => {
    const second = `test('a', () => {\n  expect(1).toBe(1);\n});\n\ntest('b', () => {\n  load();\n});\n`;
    const found = linesOf('test-asserts', [second, ...withoutAssertion, ...withAssertion]);
    expect(found.slice(0, 1 + withoutAssertion.length).map(({ length }) => length)).toEqual([
      1,
      ...withoutAssertion.map(() => 1),
    ]);
    expect(found[0]).toEqual([5]);
    const rest = found.slice(1 + withoutAssertion.length);
    expect(withAssertion.filter((_text, index) => rest[index]!.length > 0)).toEqual([]);
  }, 60_000);
});

describe('no-fixed-sleep', () => {
  const imported = `import { setTimeout as sleep } from 'node:timers/promises';\n`;
  const fixed = [
    `${imported}await sleep(20);`,
    `import { setTimeout } from 'timers/promises';\nawait setTimeout(20);`,
    `\nawait new Promise((resolve) => setTimeout(resolve, 20));`,
    `\nawait new Promise((resolve) => { setTimeout(resolve, 20); });`,
    `\nconst wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));`,
    `${imported}for (const one of rows) await sleep(20);`,
    // A loop around a function repeats the function, and not the wait in it.
    `${imported}while (a) run(async () => { await sleep(20); });`,
    `${imported}await sleep(20); // a while`,
  ];
  const accepted = [
    `${imported}while (!happened()) await sleep(5);`,
    `while (!happened()) await new Promise((resolve) => setTimeout(resolve, 5));`,
    `${imported}for (let waited = 0; waited < 100 && !happened(); waited += 5) await sleep(5);`,
    `${imported}do { await sleep(5); } while (!happened());`,
    `${imported}await Promise.race([happened, sleep(1000)]);`,
    `await Promise.race([happened, new Promise((resolve) => setTimeout(resolve, 1000))]);`,
    `${imported}await sleep(20); // so that the lease runs out`,
    `${imported}// Because the server reports nothing.\nawait sleep(20);`,
    `import { setImmediate } from 'node:timers/promises';\nawait setImmediate();`,
    `await new Promise((resolve) => server.once('close', resolve));`,
    `const late = new Promise((resolve) => setTimeout(() => resolve(fail()), 1000));`,
    `setTimeout(() => gate.open(), 20);`,
    `jest.setTimeout(1000);`,
  ];

  test('it finds each wait for a fixed time, and nothing else', () => {
    const found = linesOf('no-fixed-sleep', [...fixed, ...accepted]);
    expect(found.slice(0, fixed.length)).toEqual(fixed.map(() => [2]));
    const rest = found.slice(fixed.length);
    expect(accepted.filter((_text, index) => rest[index]!.length > 0)).toEqual([]);
  }, 60_000);
});

test('both are asked in the tests and not in src', () => {
  const text = `import { setTimeout } from 'node:timers/promises';\ntest('a', async () => {\n  await setTimeout(20);\n});\n`;
  const files = [file, 'src/server.ts'].map((name) => ({ file: name, text }));
  const [inTests, inSource] = lint(files, 'test-asserts', 'no-fixed-sleep');
  expect(inTests!.map(({ ruleId }) => ruleId)).toEqual(['house/test-asserts', 'house/no-fixed-sleep']);
  expect(inSource).toEqual([]);
}, 60_000);
