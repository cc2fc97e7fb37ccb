// What the package costs a compiler, a bundler, a start and a page, held below a budget. The numbers are of a fresh build.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions, type Format } from 'esbuild';

const root = join(__dirname, '..', '..');
const modules = join(root, 'node_modules');
const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-'));
const dist = join(folder, 'node_modules', 'chatkit-express', 'dist');
const node = (args: string[], cwd = folder) =>
  execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: 'pipe' });
/** Runs the compiler, and returns what it prints: the errors, where there are any. */
const tsc = (args: string[]) =>
  spawnSync(process.execPath, [join(modules, 'typescript/bin/tsc'), '--pretty', 'false', ...args], {
    cwd: folder,
    encoding: 'utf8',
  }).stdout;

beforeAll(() => {
  mkdirSync(dist, { recursive: true });
  node([join(__dirname, 'build.mjs'), dist], root);
  writeFileSync(join(dist, '..', 'package.json'), readFileSync(join(root, 'package.json')));
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
  for (const name of [...Object.keys(dependencies), 'express', '@types/node', '@types/express']) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(join(modules, name), join(folder, 'node_modules', name), 'junction');
  }
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('types', () => {
  const compilerOptions =
    '--ignoreConfig --noEmit --strict --extendedDiagnostics --target es2022 --lib es2022 --module node16 --types node';

  it('of the root and of the protocol cost fewer than 60,000 instantiations, declarations of others included', () => {
    const lines = ['chatkit-express', 'chatkit-express/protocol'].map(
      (name, index) =>
        `import type { HookEventInput as Of${index} } from '${name}';\nexport type Event${index} = Of${index};`,
    );
    writeFileSync(join(folder, 'types.mts'), lines.join('\n'));
    const report = tsc([...compilerOptions.split(' '), 'types.mts']);
    const instantiations = Number(/Instantiations: +(\d+)/.exec(report)?.[1]);
    expect(instantiations).toBeGreaterThan(1000);
    expect(instantiations).toBeLessThan(60_000);
  }, 120_000);

  it('the declarations and the ES modules that the protocol loads have less than 150 kB', () => {
    const files = [...reached(join(dist, 'protocol.js')), ...reached(join(dist, 'protocol.d.ts'))];
    const size = files.reduce((sum, file) => sum + readFileSync(file).length, 0);
    expect(files.length).toBeGreaterThan(8);
    expect(size).toBeLessThan(150_000);
  });
});

it('a mistake in the options is one error of at most three lines, which names the interface', () => {
  const lines = [
    `import { chatkitMiddleware, MemoryStore, type HookEventInput, type NoticeEvent } from 'chatkit-express';`,
    `const store = new MemoryStore();`,
    `chatkitMiddleware({ store, async *respond() { yield { type: 'notice', level: 'info', message: 'Hi' }; } });`,
    `chatkitMiddleware({ store, async *respond() { yield { type: 'notice', level: 'info', mesage: 'Hi' }; } });`,
    `chatkitMiddleware({ store, async *respond() { yield { type: 'notice', level: 'info', message: 'Hi', titel: 'x' }; } });`,
    `chatkitMiddleware({ store, async *respond() { yield { type: 'notise', level: 'info', message: 'Hi' }; } });`,
    `chatkitMiddleware({ store, async *respond() { yield 'Hi'; } });`,
    `chatkitMiddleware({ store: new MemoryStore<{ user: string }>(), async *respond() {} });`,
    `chatkitMiddleware({ store, async *respond() {}, heartbeatMS: 1 });`,
    `export const event: NoticeEvent = { type: 'notice', level: 'info', message: 'Hi', titel: 'x' };`,
    `export const input: HookEventInput = { type: 'notice', level: 'info', mesage: 'Hi' };`,
  ];
  writeFileSync(join(folder, 'mistakes.mts'), lines.join('\n'));
  const options = '--ignoreConfig --noEmit --strict --skipLibCheck --target es2022 --module node16 --types node';
  const errors = tsc([...options.split(' '), 'mistakes.mts']).split(/^(?=mistakes\.mts)/m);
  const names = ['NoticeEvent', 'NoticeEvent', 'HookEventInput', 'HookEventInput', 'RequiredContext'].concat([
    'BaseOptions',
    'NoticeEvent',
    'mesage',
  ]);
  expect(errors.map((error) => Number(/\((\d+),/.exec(error)?.[1]))).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  errors.forEach((error, index) => {
    expect(error).toContain(names[index]);
    expect(error.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  });
}, 120_000);

it('the examples of the documentation compile under exactOptionalPropertyTypes', () => {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as {
    compilerOptions: { paths: Record<string, unknown> };
  };
  const declarations = Object.keys(compilerOptions.paths).map((name) => {
    const entry = name === 'chatkit-express' ? 'index' : name.slice('chatkit-express/'.length);
    return [name, [join(dist, `${entry}.d.ts`)]];
  });
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      exactOptionalPropertyTypes: true,
      paths: Object.fromEntries(declarations) as object,
      typeRoots: [join(modules, '@types')],
    },
    include: [join(root, 'docs/examples')],
  };
  writeFileSync(join(folder, 'exact.json'), JSON.stringify(config));
  expect(tsc(['-p', 'exact.json'])).toBe('');
}, 120_000);

/** Returns the file and the files of the build that it imports, and that these import. */
function reached(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport)\s*\(?["'](\.[^"'\n]+)["']/g)) {
    const target = resolve(dirname(file), name!);
    reached(file.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target, seen);
  }
  return seen;
}

it.each([
  ['import', 'await import'],
  ['require', 'require'],
])(
  'the root loads fewer than 150 files by %s, without those of Express, and nothing that few apps need',
  (_how, load) => {
    const code = `
    import { Session } from 'node:inspector';
    import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    const loaded = new Set();
    const session = new Session();
    session.connect();
    session.on('Debugger.scriptParsed', ({ params: { url } }) => {
      if (url.startsWith('file:')) loaded.add(url);
    });
    session.post('Debugger.enable');
    require('express');
    const count = () => new Set([...loaded, ...Object.keys(require.cache).map((file) => 'file://' + file)]).size;
    const before = count();
    ${load}('chatkit-express');
    const rare = [...loaded, ...Object.keys(require.cache), ...process.moduleLoadList].filter((name) => /\\b(ajv\\/|undici)/.test(name));
    console.log(JSON.stringify([before, count() - before, rare]));`;
    writeFileSync(join(folder, 'load.mjs'), code);
    const [express, ours, rare] = JSON.parse(node(['load.mjs'])) as [number, number, string[]];
    expect(express).toBeGreaterThan(50);
    expect(ours).toBeGreaterThan(50);
    expect(ours).toBeLessThan(150);
    expect(rare).toEqual([]);
  },
);

describe.each<Format>(['esm', 'cjs'])('one file, made by esbuild as %s', (format) => {
  const outfile = join(folder, 'bundles', `${format}.${format === 'esm' ? 'mjs' : 'cjs'}`);
  const bundle = (more: BuildOptions) =>
    build({ bundle: true, platform: 'node', target: 'node20', absWorkingDir: folder, format, outfile, ...more });

  it('has less than 60 kB for a MemoryStore', async () => {
    const contents = `import { MemoryStore } from 'chatkit-express';\nconsole.log(typeof new MemoryStore().loadThreads);`;
    await bundle({ stdin: { contents, resolveDir: folder } });
    expect(readFileSync(outfile).length).toBeLessThan(60_000);
    expect(node([outfile])).toBe('function\n');
  });

  it('serves answers and forms, and builds and checks widgets', async () => {
    cpSync(join(__dirname, 'bundled.mjs'), join(folder, 'bundled.mjs'));
    // CommonJS packages, such as Express, call `require` for the modules of Node.
    const js = `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`;
    await bundle({ entryPoints: ['bundled.mjs'], ...(format === 'esm' && { banner: { js } }) });
    const alone = join(mkdtempSync(join(tmpdir(), 'chatkit-express-')), 'server.' + outfile.slice(-3));
    cpSync(outfile, alone); // away from node_modules, so that the file can load nothing else
    try {
      expect(JSON.parse(node([alone], dirname(alone)))).toEqual({
        said: 'Hello',
        stored: { status: 200, name: 'note.txt', mime_type: 'text/plain' },
        widget: { type: 'Card', children: [{ type: 'Text', value: 'ADA' }] },
        refusal: expect.stringContaining('name') as string,
      });
    } finally {
      rmSync(dirname(alone), { recursive: true });
    }
  });
});

it('the client has less than 10 kB compressed for a browser, and no dependency', async () => {
  const contents = `export * from 'chatkit-express/client';`;
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: folder },
    ...{ bundle: true, minify: true, platform: 'browser', format: 'esm', target: 'es2022' },
    ...{ absWorkingDir: folder, write: false, metafile: true },
  });
  const size = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
  expect(size).toBeGreaterThan(5000);
  expect(size).toBeLessThan(10_000);
  const loaded = Object.keys(metafile.inputs).filter((name) => name !== '<stdin>');
  expect(loaded.filter((name) => !name.startsWith('node_modules/chatkit-express/dist/'))).toEqual([]);
}, 60_000);

it('the script of the page has less than 4 kB compressed, imports nothing and sets one global', () => {
  node([join(modules, 'tsdown/dist/run.mjs'), '--config', 'tsdown.script.config.ts', '--out-dir', dist], root);
  const script = readFileSync(join(dist, 'browser.script.js'), 'utf8');
  expect(gzipSync(script, { level: 9 }).length).toBeLessThan(4000);
  expect(script).toMatch(/^var chatkitExpress=\(function\(/);
  expect(script).not.toMatch(/\bimport\b|\brequire\b|\bprocess\b/);
  const imports = [...reached(join(dist, 'browser.js'))].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/from ?["']([^"']+)["']/g)].map(([, from]) => from!),
  );
  expect(imports.filter((from) => !from.startsWith('.'))).toEqual([]);
}, 60_000);
