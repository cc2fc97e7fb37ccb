// The project's own lint rule finds values of private fields that are used after an await, and nothing else.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const channel = 'src/integrations/agents/event-channel.ts';

interface Finding {
  line: number;
  ruleId: string | null;
}

/** Lints each text with the rules that the project has for a file of this name, as far as they need no types. */
function lint(...texts: { file: string; text: string }[]): Finding[][] {
  const script = join(__dirname, 'lint-texts.mjs');
  const input = JSON.stringify(texts);
  const rules = ['require-atomic-updates', 'house/no-stale-private-field'];
  return JSON.parse(
    execFileSync(process.execPath, [script, ...rules], { cwd: root, input, encoding: 'utf8' }),
  ) as Finding[][];
}

/** The lines of the rule's findings among the bodies of async methods; each body is on a line of its own. */
function found(bodies: readonly string[]): string[] {
  const lines = [
    'declare function load<T>(...given: unknown[]): Promise<T>; declare const stream: AsyncIterable<number>;',
    'export class Holder { #list: number[] = []; #count = 0; readonly #fixed: number[] = []; #other = 0;',
    'reset() { this.#list = []; this.#count = 0; this.#other = this.#fixed.length + this.#other; return this.#list; }',
    ...bodies.map((body, index) => `async method${index}() { ${body} }`),
    '}',
  ];
  const [findings] = lint({ file: channel, text: lines.join('\n') });
  return findings!
    .filter(({ ruleId }) => ruleId === 'house/no-stale-private-field')
    .map(({ line }) => bodies[line - 4]!);
}

const stale = [
  'this.#list.push(...(await load<number[]>()));',
  'this.#list.push(1, await load<number>());',
  'this.#list[await load<number>()] = 1;',
  'this.#list[0] = await load<number>();',
  'this.#count += await load<number>();',
  'this.#count = this.#count + (await load<number>());',
  'this.#count = await load<number>(this.#count);',
  'this.#list = [...this.#list, await load<number>()];',
  'const list = this.#list; await load(); list.push(1);',
  'const list = this.#list; await load(); list[0] = 1;',
  'const list = this.#list; const same = list; await load(); same.length = 0;',
  'const count = this.#count; await load(); this.#count = count + 1;',
  'const next = this.#count + 1; await load(); this.#count = next;',
  'const { length } = this.#list; await load(); this.#list = Array<number>(length);',
  'let next = 0; next = this.#count; await load(); this.#count = next + 1;',
  'const next = this.#count; for await (const one of stream) this.#count = next + one;',
  'let next = this.#count; for (let i = 0; i < 3; i++) { this.#count = next; next++; await load(); }',
  'const next = this.#count; if (this.#other) { await load(); } this.#count = next;',
  'const next = this.#count; try { await load(); } finally { this.#count = next; }',
  'const next = this.#count; try { await load(); } catch { this.#count = next; }',
  '[this.#count] = [this.#count + (await load<number>())];',
];
const fresh = [
  'const more = await load<number[]>(); this.#list.push(...more);',
  'this.#count = (await load<number>()) + this.#count;',
  'this.#count = await load<number>();',
  'this.#fixed.push(await load<number>());',
  'const { length } = this.#fixed; await load(); this.#fixed.push(length);',
  'const list = this.#list; list.push(1); await load();',
  'const next = this.#count + 1; this.#count = next; await load();',
  'const list = this.#list; this.#list = []; await load(list);',
  'const next = this.#count; await load(); if (this.#count === next) this.#count = next + 1;',
  'const next = this.#count; await load(); if (this.#count !== next) return; this.#count = next + 1;',
  'const next = this.#count; if (this.#other) { await load(); return; } this.#count = next;',
  'const other = this.#other; await load(); this.#count = other;',
  'const list = [...this.#list]; await load(); list.push(1);',
  'for await (const one of stream) this.#count += one;',
  'await Promise.all([1].map(async (one) => { const more = await load<number>(one); this.#count += more; }));',
];

test('it finds each value that is stale, and no other', () => {
  expect(found([...stale, ...fresh])).toEqual(stale);
}, 60_000);

test('it finds the fault that lost events of agents, when it is planted again', () => {
  const source = readFileSync(join(root, channel), 'utf8');
  const planted = source
    .replace(/^ *const events = await make\(\);\n/m, '')
    .replace('this.#waiting.push(...events)', 'this.#waiting.push(...(await make()))');
  expect(planted).not.toBe(source);
  const [clean, faulty] = lint({ file: channel, text: source }, { file: channel, text: planted });
  expect(clean).toEqual([]);
  expect(faulty).toMatchObject([{ ruleId: 'house/no-stale-private-field' }]);
}, 60_000);

test('it is asked where answers are made and stored, together with require-atomic-updates', () => {
  const text =
    'let total = 0; export class Counter { #total = 0;\n' +
    'async one(load) { total += await load(); return total; }\n' +
    'async two(load) { this.#total += await load(); return this.#total; } }\n';
  const files = ['runs/run.ts', 'operations/messages.ts', 'uploads/sweep.ts', 'integrations/openai/history.ts'];
  for (const findings of lint(...files.map((file) => ({ file: `src/${file}`, text })))) {
    expect(findings).toMatchObject([
      { line: 2, ruleId: 'require-atomic-updates' },
      { line: 3, ruleId: 'house/no-stale-private-field' },
    ]);
  }
}, 60_000);
