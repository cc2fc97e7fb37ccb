// What ships: the tarball's files, what each entry loads, and the package at work in projects that installed it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { models, stores } from '../../src/cli/choices';
import { messageFrames as anthropicFrames } from '../integrations/anthropic/frames';
import { startRegistry } from '../support/local-registry';
import { messageFrames, responseFrames } from '../support/model-frames';
import { startModelServer } from '../support/model-server';
import { isLong } from '../support/sizes';
import { npmSettings, runIn, startApp } from './created-app';

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-'));
const run = (script: string, args: string[] = [], cwd = root) => {
  try {
    return execFileSync(process.execPath, [script, ...args], { cwd, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${script} failed:\n${stdout}${stderr}`, { cause: error });
  }
};

let manifest: {
  exports: Record<string, string | Record<'import' | 'require', Record<'types' | 'default', string>>>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
};
let files: string[];

beforeAll(() => {
  run(join(__dirname, 'stage.mjs'), [folder]);
  const packed = join(folder, 'package');
  manifest = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8'));
  files = readdirSync(packed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(packed, join(entry.parentPath, entry.name)).split(sep).join('/'));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The playground's page, which a browser loads. */
const page = 'dist/playground/static/';

describe('the tarball', () => {
  it('holds the page of the playground, with every file that it names', () => {
    const html = readFileSync(join(folder, 'package', page, 'index.html'), 'utf8');
    const stored = (name: string) => (/\.(js|css)$/.test(name) ? `${name}.br` : name);
    const named = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => `${page}${stored(name!)}`);
    expect(named.length).toBeGreaterThan(2);
    expect(files).toEqual(expect.arrayContaining(named));
  });

  it('holds the build, its documents, the SQL and nothing else', () => {
    const other = files.filter(
      (file) =>
        !/^dist\/.+\.(js|d\.ts)$|^docs\/.+\.md$|^sql\/.+\.sql$/.test(file) &&
        !file.startsWith(page) &&
        !file.startsWith('dist/templates/'),
    );
    expect(other.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/cjs/package.json',
      'dist/cjs/shared/ajv.cjs',
      'dist/shared/ajv.cjs',
      'llms.txt',
      'package.json',
    ]);
  });

  it('holds the templates of `chatkit-express create`', () => {
    const source = join(root, 'src/cli/templates');
    const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(source, name)).isFile())
      .map((name) => `dist/templates/${name.split(sep).join('/')}`);
    expect(files.filter((file) => file.startsWith('dist/templates/')).sort()).toEqual(names.sort());
  });

  it('has code without indentation, with the names of src/, of which no bundler has renamed the classes', () => {
    const code = files.filter((file) => /^dist\/(?!playground\/|templates\/).+\.js$/.test(file));
    for (const file of code.filter((file) => file !== 'dist/browser.script.js')) {
      const text = readFileSync(join(folder, 'package', file), 'utf8');
      expect([file, /^\t|^\/\/#/m.exec(text)?.[0]]).toEqual([file, undefined]);
      expect([file, /\bclass \w+\d extends|\bfunction \w\(/.exec(text)?.[0]]).toEqual([file, undefined]);
    }
    const mistake = `
      import { chatkitMiddleware } from 'chatkit-express';
      try { chatkitMiddleware({}); } catch (error) { console.log(error.stack); }`;
    const file = join(folder, 'express5', 'mistake.mjs');
    writeFileSync(file, mistake);
    const stack = run(file, [], dirname(file)).split('\n');
    expect(stack[0]).toMatch(/^ChatKitError: chatkitMiddleware: `store` must be a Store/);
    const thrown = stack.find((line) => line.includes('at resolveOptions ('))!;
    const [, path, line] = /\(file:\/\/(.+):(\d+):\d+\)$/.exec(thrown)!;
    expect(readFileSync(path!, 'utf8').split('\n')[Number(line) - 1]!.length).toBeLessThan(300);
  });

  it('has types with the names of src/, of which the bundler has renamed none', () => {
    const types = files.filter((file) => file.endsWith('.d.ts'));
    const renamed = types.flatMap((file) => [
      ...readFileSync(join(folder, 'package', file), 'utf8').matchAll(
        /(?:type|interface|class|declare const|function|enum) [A-Za-z]+\$\d\b/g,
      ),
    ]);
    expect(types.length).toBeGreaterThan(40);
    expect(renamed).toEqual([]);
  });

  it('has less than 700 kB', () => {
    const [name] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
    expect(statSync(join(folder, name!)).size).toBeLessThan(700_000);
  });

  it('has no file of code above 32 kB, because the compression finds a repetition only within them', () => {
    const code = files.filter((file) => /^dist\/.+\.js$/.test(file) && !file.startsWith(page));
    const long = code.filter((file) => statSync(join(folder, 'package', file)).size > 32_000);
    expect(long).toEqual([]);
  });

  it('has every ES module for CommonJS too, without cycles, in which a part would be undefined', () => {
    const modules = files.filter((file) => /^dist\/(?!cjs\/|templates\/).+\.js$/.test(file) && !file.startsWith(page));
    const both = modules.filter((file) => !['dist/cli.js', 'dist/browser.script.js'].includes(file));
    expect(files.filter((file) => /^dist\/cjs\/.+\.js$/.test(file)).sort()).toEqual(
      both.map((file) => file.replace('dist/', 'dist/cjs/')).sort(),
    );
    const imports = (file: string) =>
      [...readFileSync(file, 'utf8').matchAll(/require\("(\.[^"]+)"\)/g)].map(([, to]) => resolve(dirname(file), to!));
    const open = new Set<string>();
    const done = new Set<string>();
    const visit = (file: string) => {
      expect(open).not.toContain(file);
      if (done.has(file)) return;
      open.add(file);
      imports(file).forEach(visit);
      open.delete(file);
      done.add(file);
    };
    files.filter((file) => /^dist\/cjs\/.+\.js$/.test(file)).forEach((file) => visit(join(folder, 'package', file)));
    expect(done.size).toBeGreaterThan(50);
  });

  it('has the types once: those of each ES module are those of CommonJS', () => {
    const types = files.filter((file) => /^dist\/(?!cjs\/).+\.d\.ts$/.test(file));
    const entries = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [] : [target.import.types.slice('./'.length)],
    );
    expect(types.sort()).toEqual(entries.sort());
    for (const file of types) {
      const text = readFileSync(join(folder, 'package', file), 'utf8');
      const [, from] = /^export \* from '(\.[^']+)\.js';\n$/.exec(text)!;
      expect(join(dirname(file), `${from!}.d.ts`)).toBe(join('dist/cjs', relative('dist', file)));
    }
  });

  it('has every file that `exports` names', () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target).flatMap((condition) => Object.values(condition)),
    );
    expect(targets.filter((target) => !files.includes(target.slice('./'.length)))).toEqual([]);
  });
});

it('an install brings no types of Node, which belong to the project', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dependencies?: object; peerDependencies?: object; peerDependenciesMeta?: object }>;
  };
  const found = new Set<string>();
  /** Follows what npm installs: dependencies, and peers that are not optional. */
  const follow = (key: string) => {
    const { dependencies, peerDependencies = {}, peerDependenciesMeta = {} } = lock.packages[key]!;
    const peers = Object.keys(peerDependencies).filter((name) => !(name in peerDependenciesMeta));
    for (const name of [...Object.keys(dependencies ?? {}), ...peers]) {
      const folders = [key, ...parents(key), ''].map((base) => `${base === '' ? '' : `${base}/`}node_modules/${name}`);
      const installed = folders.find((candidate) => candidate in lock.packages)!;
      if (found.has(installed)) continue;
      found.add(installed);
      follow(installed);
    }
  };
  const parents = (key: string): string[] => {
    const end = key.lastIndexOf('/node_modules/');
    return end === -1 ? [] : [key.slice(0, end), ...parents(key.slice(0, end))];
  };
  follow('');
  expect([...found]).toEqual(expect.arrayContaining(['node_modules/zod', 'node_modules/express']));
  expect([...found].filter((name) => name.includes('/@types/'))).toEqual([]);
});

describe('an entry loads only', () => {
  const reached = (file: string, seen = new Map<string, Set<string>>()) => {
    const names = new Set<string>();
    seen.set(file, names);
    const code = readFileSync(file, 'utf8');
    for (const [, name] of code.matchAll(/(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*["']([^"'\n]+)["']/g)) {
      if (!name!.startsWith('.')) names.add(name!);
      else if (!seen.has(resolve(dirname(file), name!))) reached(resolve(dirname(file), name!), seen);
    }
    return [...new Set([...seen.values()].flatMap((found) => [...found]))].sort();
  };
  const target = (subpath: string, format: 'import' | 'require', kind: 'types' | 'default') => {
    const conditions = manifest.exports[subpath];
    if (typeof conditions !== 'object') throw new Error(`${subpath} is not built`);
    return join(folder, 'package', conditions[format][kind]);
  };

  it.each(['import', 'require'] as const)('what is declared (.: %s)', (format) => {
    // Not the optional peers, which are not there unless one asked for them.
    const peers = Object.keys(manifest.peerDependencies).filter(
      (name) => !manifest.peerDependenciesMeta[name]?.optional,
    );
    const declared = [...Object.keys(manifest.dependencies), ...peers];
    const names = reached(target('.', format, 'default'));
    expect(names).toEqual(expect.arrayContaining(['cors', 'express', 'zod']));
    // Of Node's own modules, those that every supported version has without a flag.
    const builtin = /^node:(?!sqlite)/;
    const packageOf = (name: string) => name.split('/', name.startsWith('@') ? 2 : 1).join('/');
    expect(names.filter((name) => !declared.includes(packageOf(name)) && !builtin.test(name))).toEqual([]);
  });

  it.each([
    ['./sqlite', ['node:crypto', 'node:util']],
    ['./postgres', ['node:async_hooks', 'node:crypto', 'node:util']],
    ['./mongodb', ['node:crypto', 'node:util']],
    ['./mysql', ['node:crypto', 'node:timers/promises', 'node:util']],
    ['./redis', ['node:crypto', 'node:timers/promises']],
    ['./openai', ['node:crypto', 'zod']],
  ])('no driver or client (%s)', (subpath, names) => {
    for (const format of ['import', 'require'] as const) {
      expect(reached(target(subpath, format, 'default'))).toEqual(names);
    }
  });

  it.each([
    ['./agents', []],
    ['./ai-sdk', []],
    ['./anthropic', []],
    ['./langgraph', []],
    ['./disk', []],
    ['./s3', ['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner', 'content-disposition']],
    ['./playground', ['express']],
    ['./widgets', []],
  ])('what it is for (%s)', (subpath, packages) => {
    for (const format of ['import', 'require'] as const) {
      const names = reached(target(subpath, format, 'default'));
      expect(names.filter((name) => !name.startsWith('node:') && name !== 'zod')).toEqual(packages);
    }
  });

  it.each(['import', 'require'] as const)('zod (./protocol: %s)', (format) => {
    expect(reached(target('./protocol', format, 'default'))).toEqual(['zod']);
  });
});

describe.each([
  ['import', (name: string) => `import(${JSON.stringify(name)})`],
  ['require', (name: string) => `Promise.resolve(require(${JSON.stringify(name)}))`],
])('markup, by %s', (_how, load) => {
  it('gives the object that the functions give, with what the root brings', () => {
    const script = `
      (async () => {
        const { jsx, jsxs, Fragment } = await ${load('chatkit-express/widgets/jsx-runtime')};
        const { jsxDEV } = await ${load('chatkit-express/widgets/jsx-dev-runtime')};
        const { Card, Text, createElement } = await ${load('chatkit-express/widgets')};
        const { WidgetRootSchema } = await ${load('chatkit-express')};
        const children = [jsx(Text, { value: 'a' }), jsxDEV(Text, { value: 'b' }), createElement(Text, { value: 'c' })];
        const card = jsxs(Card, { children: jsx(Fragment, { children }) });
        console.log(JSON.stringify(WidgetRootSchema.parse(card).children.map(({ value }) => value)));
      })();`;
    const file = join(folder, 'express5', 'markup.cjs');
    writeFileSync(file, script);
    expect(run(file, [], dirname(file))).toBe('["a","b","c"]\n');
  });
});

describe.each(['express4', 'express5'])('a project with %s', (project) => {
  it.each([['import.mjs'], ['require.cjs']])('has a conversation through %s', (script) => {
    const line = run(script, [], join(folder, project));
    expect(line).toContain(`Express ${project.slice('express'.length)}.`);
    expect(line).toMatch(/: fine\n$/);
  });

  // The oldest TypeScript compiles the project with Express 4 below.
  if (project === 'express5' || isLong) {
    it('compiles in TypeScript, as an ES module and as CommonJS', () => {
      expect(run(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), [], join(folder, project))).toBe('');
    }, 120_000);
  }
});

it.each([
  ['express4', 'tsconfig.json'],
  ['express5', 'tsconfig.node10.json'],
])(
  'the oldest supported TypeScript compiles a project with %s (%s)',
  (project, config) => {
    const compiler = join(root, 'node_modules', 'typescript54');
    const { version } = JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8')) as { version: string };
    const [minor] = /^\d+\.\d+/.exec(version)!;
    expect(readFileSync(join(root, 'README.md'), 'utf8').replaceAll('\n', ' ')).toContain(
      `TypeScript ${minor} or later`,
    );
    run(join(compiler, 'bin', 'tsc'), ['-p', config], join(folder, project));
  },
  120_000,
);

describe('the server of README.md', () => {
  /** The code that a page says to save as a file of this name. */
  const savedAs = (page: string, name: string): string => {
    const text = readFileSync(join(root, page), 'utf8');
    const found = new RegExp(`Save this as \`${name}\`[^]*?\`\`\`\\w+\n([^]*?)\n\`\`\``).exec(text)?.[1];
    if (found === undefined) throw new Error(`${page} has no file ${name}`);
    return found;
  };
  /** The lines of the function `respond`, from its name to its closing brace. */
  const respondOf = (code: string): string[] => {
    const lines = code.split('\n');
    const start = lines.findIndex((line) => /\brespond\(/.test(line));
    const indent = /^ */.exec(lines[start]!)![0];
    const length = lines.slice(start).findIndex((line) => line.startsWith(`${indent}}`));
    expect([start, length]).not.toContain(-1);
    return lines.slice(start, start + length + 1);
  };

  it('answers in at most three lines, and that of getting-started in at most ten', () => {
    expect(respondOf(savedAs('README.md', 'server.mjs')).length).toBeLessThanOrEqual(3);
    expect(respondOf(savedAs('docs/getting-started.md', 'assistant.ts')).length).toBeLessThanOrEqual(10);
  });

  it('runs as it is printed, and streams an answer word by word', async () => {
    const project = join(folder, 'express5');
    writeFileSync(join(project, 'server.mjs'), savedAs('README.md', 'server.mjs'));
    // Its port may be taken here: any other one will do, and is printed.
    writeFileSync(
      join(project, 'any-port.cjs'),
      `const { Server } = require('node:net');
      const { listen } = Server.prototype;
      Server.prototype.listen = function () {
        return listen.call(this, 0, '127.0.0.1', () => console.log(this.address().port));
      };`,
    );
    const server = spawn(process.execPath, ['--require', './any-port.cjs', 'server.mjs'], { cwd: project });
    try {
      const [port] = (await once(server.stdout, 'data')) as [Buffer];
      const input = { content: [{ type: 'input_text', text: 'Hello there' }] };
      const response = await fetch(`http://127.0.0.1:${port.toString().trim()}/chatkit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'threads.create', params: { input } }),
      });
      const text = await response.text();
      expect([...text.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta)).toEqual([
        'You ',
        'said: ',
        'Hello ',
        'there',
      ]);
      expect(text).toContain('"text":"You said: Hello there"');
    } finally {
      server.kill();
    }
  }, 30_000);
});

describe('an app of `chatkit-express create`', () => {
  it('is created, installed and started by the commands of README.md, and answers', async () => {
    const cwd = realpathSync(mkdtempSync(join(folder, 'create-')));
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    cpSync(join(folder, tarball!), join(cwd, tarball!));
    const registry = await startRegistry(root);
    try {
      const env = npmSettings(registry.url, join(cwd, 'cache'));
      const args = ['--package', `./${tarball!}`, 'chatkit-express', 'create', 'my-app'];
      expect(await runIn(cwd, 'npx', args, env)).toContain('\n  cd my-app\n  npm install\n  npm start\n');
      const app = join(cwd, 'my-app');
      expect(readFileSync(join(app, 'package.json'), 'utf8')).toContain(`"chatkit-express": "file:../${tarball!}"`);
      await runIn(app, 'npm', ['install'], env);
      await runIn(app, 'npm', ['run', 'types'], env);

      const { origin, printed, ask, stop } = await startApp(app, env, ['npm', 'start']);
      expect(printed).toContain('The assistant has no model, and repeats the message. Threads are kept in the file ');
      expect(await (await fetch(origin)).text()).toContain('<openai-chatkit');
      expect(await (await fetch(`${origin}/playground/`)).text()).toContain('ChatKit playground');

      const { response, answer } = await ask('Hello there');
      expect([response.status, answer]).toEqual([200, 'You said: Hello there']);
      const [cookie] = response.headers.getSetCookie();
      expect(cookie).toMatch(/^session=[0-9a-f-]{36}; Max-Age=\d+; Path=\/; .*HttpOnly; SameSite=Lax$/);
      const list = async (headers: Record<string, string>) => {
        const body = JSON.stringify({ type: 'threads.list', params: {} });
        const type = { 'content-type': 'application/json' };
        const found = await fetch(`${origin}/chatkit`, { method: 'POST', headers: { ...type, ...headers }, body });
        return ((await found.json()) as { data: { title: string }[] }).data.map(({ title }) => title);
      };
      expect(await list({ cookie: cookie!.split(';')[0]! })).toEqual(['Hello there']);
      expect(await list({})).toEqual([]); // another browser
      await stop();
    } finally {
      await registry.close();
    }
  }, 240_000);

  describe('with each model and each store', () => {
    const apps = join(folder, 'apps');
    const pairs = Object.keys(models).flatMap((model) => Object.keys(stores).map((store) => [model, store] as const));
    const program = join(folder, 'package', 'dist', 'cli.js');
    const start = (model: string, store: string, env = {}) =>
      startApp(join(apps, `${model}-${store}`), env, [process.execPath, '--import', 'tsx', 'src/server.ts']);

    beforeAll(async () => {
      mkdirSync(join(apps, 'node_modules', '@types'), { recursive: true });
      cpSync(join(folder, 'package'), join(apps, 'node_modules', 'chatkit-express'), { recursive: true });
      for (const [model, store] of pairs) {
        const choices = ['--model', model, '--store', store, '--package', '*'];
        await runIn(apps, process.execPath, [program, 'create', `${model}-${store}`, ...choices]);
        const { dependencies, devDependencies } = JSON.parse(
          readFileSync(join(apps, `${model}-${store}`, 'package.json'), 'utf8'),
        ) as Record<string, object>;
        for (const name of Object.keys({ ...manifest.dependencies, ...dependencies, ...devDependencies })) {
          const link = join(apps, 'node_modules', name);
          mkdirSync(dirname(link), { recursive: true });
          if (name !== 'chatkit-express' && !existsSync(link))
            symlinkSync(join(root, 'node_modules', name), link, 'junction');
        }
      }
    }, 120_000);

    it('compiles', () => {
      const { compilerOptions } = JSON.parse(readFileSync(join(apps, 'echo-sqlite', 'tsconfig.json'), 'utf8')) as {
        compilerOptions: object;
      };
      const include = pairs.map(([model, store]) => `${model}-${store}/src`);
      writeFileSync(join(apps, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
      expect(run(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), [], apps)).toBe('');
    }, 120_000);

    // Each model and each store at least once. The long size tries every pair.
    const few = ['openai-postgres', 'anthropic-mysql', 'ai-sdk-mongodb', 'echo-memory', 'openai-sqlite'];
    const tried = pairs.filter(([model, store]) => isLong || few.includes(`${model}-${store}`));

    it.each(tried)('answers without a key and a database (%s, %s), and names what is missing', async (model, store) => {
      const key = { openai: 'OPENAI_API_KEY', anthropic: 'ANTHROPIC_API_KEY', 'ai-sdk': 'OPENAI_API_KEY' }[model];
      const needsUrl = store !== 'sqlite' && store !== 'memory';
      const { printed, ask, stop } = await start(model, store);
      if (key) expect(printed).toContain(`Set ${key} for a model`);
      if (needsUrl) expect(printed).toContain('Set DATABASE_URL to keep them in');
      const { answer } = await ask('Hi');
      expect(answer).toMatch(key ? new RegExp(`^You said: Hi\\n\\nSet \`${key}\` in \`\\.env\``) : /^You said: Hi$/);
      expect(await stop()).toEqual({ code: 0, errors: '' });
    });

    it.each([
      ['openai', 'OPENAI', responseFrames(messageFrames('A model says hi.'))],
      ['ai-sdk', 'OPENAI', responseFrames(messageFrames('A model says hi.'))],
      ['anthropic', 'ANTHROPIC', anthropicFrames(['A model says hi.'])],
    ])('asks its model with the key in .env (%s)', async (model, name, frames) => {
      const provider = await startModelServer();
      provider.reply(frames);
      const app = join(apps, `${model}-memory`);
      writeFileSync(join(app, '.env'), `${name}_API_KEY=key-of-this-test\n`);
      const base = name === 'ANTHROPIC' ? provider.url.replace('/v1', '') : provider.url;
      const env = { [`${name}_BASE_URL`]: base, [`${name}_API_KEY`]: undefined };
      try {
        const { printed, ask, stop } = await start(model, 'memory', env);
        expect(printed).toMatch(/\n(gpt|claude)-\S+ answers\./);
        expect((await ask('Hi')).answer).toBe('A model says hi.');
        expect(JSON.stringify(provider.requests[0]!.headers)).toContain('key-of-this-test');
        expect(JSON.stringify(provider.requests[0]!.body)).toContain('You are a helpful assistant.');
        expect(await stop()).toEqual({ code: 0, errors: '' });
      } finally {
        rmSync(join(app, '.env'));
        await provider.close();
      }
    });

    it.each(['postgres', 'mysql', 'mongodb'])(
      'does not start in production without DATABASE_URL (%s)',
      async (store) => {
        await expect(start('echo', store, { NODE_ENV: 'production' })).rejects.toThrow('Set DATABASE_URL');
      },
    );

    it('has no playground in production, and a cookie for https only', async () => {
      const { origin, ask, stop } = await start('echo', 'memory', { NODE_ENV: 'production' });
      expect((await fetch(`${origin}/playground/`)).status).toBe(404);
      expect((await ask('Hi')).response.headers.getSetCookie()[0]).toContain('; Secure');
      expect(await stop()).toEqual({ code: 0, errors: '' });
    });
  });
});

describe('the image of the example', () => {
  // The steps of the Dockerfile, in the copy that was built, without Docker.
  const source = join(folder, 'source');
  const dockerfile = readFileSync(join(root, 'example-app/Dockerfile'), 'utf8');
  const command = (instruction: RegExp) => JSON.parse(instruction.exec(dockerfile)![1]!) as [string, ...string[]];
  const step = (tool: string) =>
    new RegExp(`^RUN (?:npx )?(${tool} [^&\n]+)`, 'm').exec(dockerfile)![1]!.trim().split(' ');

  beforeAll(async () => {
    const [, ...bundle] = step('esbuild');
    await runIn(source, join(root, 'node_modules/.bin/esbuild'), bundle); // a script or a program, as its install decides
  });

  it('is ready, answers, and ends by itself on SIGTERM', async () => {
    const data = mkdtempSync(join(folder, 'data-'));
    const settings = { NODE_ENV: 'production', DATABASE_URL: `file:${data}/chat.sqlite`, UPLOADS: `${data}/uploads` };
    const { origin, ask, stop } = await startApp(source, settings, command(/^CMD (\[.*\])$/m));
    const [node, ...args] = command(/^HEALTHCHECK .*?CMD (\[.*\])$/m);
    await runIn(source, node, args, { PORT: new URL(origin).port });
    await expect(runIn(source, node, args, { PORT: '1' })).rejects.toThrow('failed');
    expect((await ask('Good day')).answer).toContain('You said: “Good day”');
    expect(await (await fetch(`${origin}/official/`)).text()).toContain('<openai-chatkit');
    expect((await stop()).code).toBe(0);
  });

  it('keeps the packages that the example imports, and no others', () => {
    const [, keep] = step('node');
    run(keep!, [], source);
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const kept = Object.keys(dependencies!).filter((name) => !(name in manifest.dependencies));
    expect(kept).toEqual(expect.arrayContaining(['express', 'libsql', 'pg', 'openai', 'mongodb', 'mysql2']));
    expect(kept).not.toEqual(expect.arrayContaining(['jest']));
    expect(devDependencies).toHaveProperty('jest');
    const code = readFileSync(join(source, 'example-app/server.js'), 'utf8');
    const imported = [...code.matchAll(/from "([^".][^"]*)"/g)]
      .map(([, name]) => name!.split('/', name!.startsWith('@') ? 2 : 1).join('/'))
      .filter((name) => !name.startsWith('node:') && name !== 'chatkit-express');
    expect([...new Set(imported)].filter((name) => !(name in dependencies!))).toEqual([]);
  });

  it('is made of files that are in the repository and are not ignored', () => {
    const ignored = readFileSync(join(root, 'example-app/Dockerfile.dockerignore'), 'utf8');
    const kept = [...ignored.matchAll(/^!(.+)$/gm)].map(([, name]) => name!);
    for (const name of kept.filter((name) => !name.includes('*'))) expect(existsSync(join(root, name))).toBe(true);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(?!\. )(.+) \S+$/gm)].flatMap(([, names]) =>
      names!.split(' '),
    );
    expect(copied).toEqual(expect.arrayContaining(['package.json']));
    expect(copied.filter((name) => !kept.includes(name))).toEqual([]);
    expect(dockerfile).toMatch(/^USER node$/m);
  });
});
