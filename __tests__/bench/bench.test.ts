// Each scenario of `npm run bench` runs and yields numbers. The sizes are tiny, so the numbers mean nothing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { findPostgres, noPostgres } from '../support/postgres-server';

interface Row {
  scenario: string;
  case: string;
  figure: string;
  skipped?: string;
  yardstick: number;
  chatkit: number;
  compared: number;
  goal?: number;
  reached?: boolean;
}

const root = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-bench-'));
const dist = join(folder, 'dist');

// Each scenario starts several processes, which takes long on a busy machine.
jest.setTimeout(120_000);

// A build of its own, because dist/ may be missing or old.
beforeAll(async () => {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const names = ['', 'openai', 'ai-sdk', 'anthropic', 'postgres', 'disk'];
  const entryPoints = Object.fromEntries(
    names.map((name) => [name || 'index', compilerOptions.paths[join('chatkit-express', name)][0] as string]),
  );
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    define: { __dirname: 'import.meta.dirname' },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

function bench(...args: string[]): string {
  const file = join(__dirname, 'run.mjs');
  return execFileSync(process.execPath, [file, '--quick', ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, BENCH_DIST: dist },
  });
}

const rowsOf = (scenarios: string): Row[] =>
  bench('--json', '--scenarios', scenarios)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

function expectNumbers(rows: Row[]): void {
  for (const row of rows) {
    const numbers = [row.yardstick, row.chatkit, row.compared];
    expect([row.figure, numbers.every((number) => Number.isFinite(number))]).toEqual([row.figure, true]);
    expect(row.reached).toBe(row.goal === undefined ? undefined : row.compared <= row.goal);
  }
}

it('measures the endpoint, models, the start and uploads', () => {
  const rows = rowsOf('burst,tick,list,model,start,upload');
  expectNumbers(rows);
  const cpu = rows.filter(({ figure }) => figure.startsWith('CPU'));
  expect(cpu.map((row) => [row.scenario, row.case])).toEqual([
    ['burst', ''],
    ['tick', ''],
    ['list', ''],
    ['model', 'openai, Chat Completions'],
    ['model', 'openai, Responses'],
    ['model', 'ai'],
    ['model', '@anthropic-ai/sdk'],
    ['start', ''],
    ['upload', ''],
  ]);
  expect(cpu.every(({ yardstick, chatkit }) => yardstick > 0 && chatkit > 0)).toBe(true);
});

(findPostgres() ? it : it.skip)(`measures messages on PostgreSQL${findPostgres() ? '' : `: ${noPostgres}`}`, () => {
  const rows = rowsOf('postgres');
  expectNumbers(rows);
  expect(rows).toHaveLength(8);
  // A request takes at least one round trip to the database.
  const delayed = rows.filter((row) => row.case.endsWith('2 ms') && row.figure.startsWith('time'));
  expect(delayed.every(({ yardstick, chatkit }) => Math.min(yardstick, chatkit) >= 2)).toBe(true);
});

it('refuses a scenario that does not exist', () => {
  expect(() => bench('--scenarios', 'burst,brust')).toThrow('There is no scenario brust');
});

it('prints a table, and which goals are reached', () => {
  const table = bench('--scenarios', 'start');
  expect(table).toMatch(/^\| start \| first answer, ms .*× \| ≤ 1\.50× \| (?:not )?reached \|$/m);
  expect(table).toMatch(/^\| start \| memory, MB .* MB \| ≤ \+20\.00 MB \| (?:not )?reached \|$/m);
});
