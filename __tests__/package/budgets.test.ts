// What the package costs a compiler, a bundler and a page, held below a budget. The numbers are of a fresh build.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const root = join(__dirname, '..', '..');
const modules = join(root, 'node_modules');
const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-'));
const dist = join(folder, 'node_modules', 'chatkit-express', 'dist');
const run = (script: string, args: string[], cwd: string) =>
  execFileSync(process.execPath, [join(modules, script), ...args], { cwd, encoding: 'utf8', stdio: 'pipe' });

beforeAll(() => {
  mkdirSync(dist, { recursive: true });
  run('tsdown/dist/run.mjs', ['--out-dir', dist], root);
  writeFileSync(join(dist, '..', 'package.json'), readFileSync(join(root, 'package.json')));
  for (const name of ['zod', '@types'])
    symlinkSync(join(modules, name), join(folder, 'node_modules', name), 'junction');
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a type of the protocol costs fewer than 60,000 instantiations, declarations of others included', () => {
  const code = `import type { HookEventInput } from 'chatkit-express/protocol';\nexport type Event = HookEventInput;\n`;
  writeFileSync(join(folder, 'types.mts'), code);
  const options = '--noEmit --strict --extendedDiagnostics --target es2022 --lib es2022 --module node16 --types node';
  const report = run('typescript/bin/tsc', ['--ignoreConfig', ...options.split(' '), 'types.mts'], folder);
  expect(Number(/Instantiations: +(\d+)/.exec(report)?.[1])).toBeLessThan(60_000);
}, 120_000);

it('the declarations and the ES modules of the protocol have less than 150 kB', () => {
  const files = readdirSync(join(dist, 'protocol'), { recursive: true, encoding: 'utf8' })
    .map((name) => join('protocol', name))
    .concat('protocol.js', 'protocol.d.ts')
    .filter((name) => /\.js$|\.d\.ts$/.test(name));
  const size = files.reduce((sum, name) => sum + readFileSync(join(dist, name)).length, 0);
  expect(files.length).toBeGreaterThan(20);
  expect(size).toBeLessThan(150_000);
});

it('the script of the page has less than 4 kB compressed, imports nothing and sets one global', () => {
  run('tsdown/dist/run.mjs', ['--config', 'tsdown.script.config.ts', '--out-dir', dist], root);
  const script = readFileSync(join(dist, 'browser.script.js'), 'utf8');
  expect(gzipSync(script, { level: 9 }).length).toBeLessThan(4000);
  expect(script).toMatch(/^var chatkitExpress=\(function\(/);
  expect(script).not.toMatch(/\bimport\b|\brequire\b|\bprocess\b/);
  const modules = readdirSync(join(dist, 'browser')).filter((name) => name.endsWith('.js'));
  const imports = ['browser.js', ...modules.map((name) => join('browser', name))].flatMap((name) =>
    [...readFileSync(join(dist, name), 'utf8').matchAll(/from ["']([^"']+)["']/g)].map(([, from]) => from!),
  );
  expect(imports.filter((from) => !from.startsWith('.'))).toEqual([]);
}, 60_000);
