// The command `chatkit-express create`: its arguments, its questions and the files that it writes.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Choice, commonPackages, models, stores } from '../../src/cli/choices';
import { NoAnswer } from '../../src/cli/io';
import { templates } from '../../src/cli/new-app';
import { temporaryFolder } from '../support/temporary-folder';
import { manifest, root, run } from './run';

const folder = realpathSync(temporaryFolder());
let made = 0;
/** Makes a folder in which commands are run. */
function place(): string {
  const cwd = join(folder, String(++made));
  mkdirSync(cwd);
  return cwd;
}
const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort();
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const packageOf = (app: string) =>
  JSON.parse(read(app, 'package.json')) as { name: string; dependencies: Record<string, string> };

const allFiles = ['.env.example', '.gitignore', 'README.md', 'package.json', 'public/index.html', 'public/page.js']
  .concat(['src/assistant.ts', 'src/echo.ts', 'src/environment.ts', 'src/server.ts', 'src/session.ts', 'src/store.ts'])
  .concat('tsconfig.json');
const pairs = Object.keys(models).flatMap((model) => Object.keys(stores).map((store) => [model, store] as const));

describe('a new app', () => {
  test('has its files, and the next commands are printed', async () => {
    const cwd = place();
    const { code, out, error } = await run(['create', 'my-app'], { cwd });
    expect([code, error]).toEqual([0, '']);
    expect(out).toContain('the model echo and the store sqlite');
    expect(out).toContain('\n  cd my-app\n  npm install\n  npm start\n');
    expect(filesIn(join(cwd, 'my-app'))).toEqual(allFiles);
    expect(read(cwd, 'my-app', 'src/assistant.ts')).toBe(read(templates, 'src/assistant.ts'));
    expect(read(cwd, 'my-app', '.gitignore')).toContain('node_modules/\n.env\n');
  });

  test.each(pairs)('of %s and %s has what these need, and no more', async (model, store) => {
    const cwd = place();
    expect(await run(['create', 'app', '--model', model, '--store', store], { cwd })).toMatchObject({ code: 0 });
    const app = join(cwd, 'app');
    expect(filesIn(app)).toEqual(allFiles);
    const imported = allFiles
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...read(app, name).matchAll(/(?:from|import) '([^'.][^']*)'/g)].map(([, from]) => from!))
      .map((from) => from.split('/', from.startsWith('@') ? 2 : 1).join('/'));
    const packages = new Set(imported.filter((name) => !name.startsWith('node:')));
    const { dependencies } = packageOf(app);
    expect(Object.keys(dependencies)).toEqual([...packages, 'tsx'].sort());
    const settings = [...read(app, '.env.example').matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name!);
    const code = allFiles.filter((name) => name.endsWith('.ts')).map((name) => read(app, name));
    const used = [...code.join('').matchAll(/process\.env\['(\w+)'\]/g)].map(([, name]) => name!);
    expect(new Set(settings)).toEqual(new Set(used.filter((name) => name !== 'NODE_ENV')));
    for (const note of [models[model as never], stores[store as never]].map((choice: Choice) => choice.note)) {
      expect(read(app, 'README.md')).toContain(note);
    }
    expect(read(app, 'README.md')).not.toMatch(/\{\{|\}\}/);
  });

  test('is formatted', () => {
    const prettier = join(root, 'node_modules/prettier/bin/prettier.cjs');
    const config = join(root, '.prettierrc.json');
    // The folder of the tests above. Prettier ignores what .gitignore names, such as the temporary folder.
    const args = [prettier, '--check', '--config', config, '--ignore-path', '/dev/null', '.'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('All matched files use Prettier');
  });

  test.each([
    ['pnpm/10.1.0 npm/? node/v20', 'pnpm install\n  pnpm start'],
    ['yarn/1.22.22 npm/? node/v20', 'yarn install\n  yarn start'],
    ['bun/1.2.0', 'bun install\n  bun start'],
    ['npm/11.0.0 node/v20', 'npm install\n  npm start'],
    ['other/1', 'npm install\n  npm start'],
  ])('by %s is installed and started with it', async (agent, commands) => {
    const cwd = place();
    const { out } = await run(['create', 'app'], { cwd, env: { npm_config_user_agent: agent } });
    expect(out).toContain(`  cd app\n  ${commands}\n`);
    expect(read(cwd, 'app', 'README.md')).toContain(`\`\`\`sh\n${commands.replace('\n  ', '\n')}\n\`\`\``);
  });

  test.each([
    ['My Chat', 'my-chat', '"My Chat"'],
    ['a/b/Deep', 'deep', 'a/b/Deep'],
    ['.hidden', 'hidden', '.hidden'],
    ['ĝi', 'i', 'ĝi'],
    ['你好', 'chatkit-app', '你好'],
    ['express', 'express-app', 'express'],
    ['chatkit-express', 'chatkit-express-app', 'chatkit-express'],
    ['a'.repeat(250), 'a'.repeat(200), 'a'.repeat(250)],
  ])('in %s has a name that npm accepts', async (name, expected, shown) => {
    const cwd = place();
    const { code, out } = await run(['create', name], { cwd });
    expect([code, packageOf(join(cwd, name)).name]).toEqual([0, expected]);
    expect(out).toContain(`  cd ${shown}\n`);
  });
});

describe('the folder', () => {
  test.each(['.', './'])('can be the current one, also with a repository in it (%s)', async (name) => {
    const cwd = place();
    mkdirSync(join(cwd, '.git'));
    const { code, out } = await run(['create', name], { cwd });
    expect([code, out.includes('  cd ')]).toEqual([0, false]);
    expect(out).toContain('Created the app with');
    expect(packageOf(cwd).name).toBe(String(made));
  });

  test('is refused by name when it is not empty, and is not changed', async () => {
    const cwd = place();
    mkdirSync(join(cwd, 'app'));
    for (const name of ['a.txt', 'b', 'c', 'd', '.git']) writeFileSync(join(cwd, 'app', name), name);
    const { code, out, error } = await run(['create', 'app'], { cwd });
    expect([code, out, error]).toEqual([2, '', 'app is not empty. It contains a.txt, b, c and 1 more\n']);
    expect(filesIn(join(cwd, 'app'))).toEqual(['.git', 'a.txt', 'b', 'c', 'd']);
  });

  test('is refused before the questions', async () => {
    const cwd = place();
    writeFileSync(join(cwd, 'notes.txt'), '');
    const ask = jest.fn<Promise<string>, [string]>();
    expect(await run(['create', '.'], { cwd, ask })).toMatchObject({
      code: 2,
      error: '. is not empty. It contains notes.txt\n',
    });
    expect(ask).not.toHaveBeenCalled();
  });

  test.each(['file.txt', 'file.txt/app'])('is refused when it is a file or in one (%s)', async (name) => {
    const cwd = place();
    writeFileSync(join(cwd, 'file.txt'), 'text');
    expect(await run(['create', name], { cwd })).toEqual({ code: 2, out: '', error: `${name} is not a folder\n` });
    expect(read(cwd, 'file.txt')).toBe('text');
  });

  test('that cannot be created is reported', async () => {
    const cwd = place();
    symlinkSync(join(cwd, 'nowhere'), join(cwd, 'link'));
    const { code, error } = await run(['create', 'link'], { cwd });
    expect([code, error]).toEqual([1, expect.stringContaining('link')]);
  });
});

describe('arguments', () => {
  test.each([
    [['--modle', 'openai', 'app'], "Unknown option '--modle'"],
    [['--print', 'app'], "Unknown option '--print'"],
    [['--model', 'gpt', 'app'], 'Unknown model: gpt. Choose one of echo, openai, anthropic, ai-sdk'],
    [['--model', 'toString', 'app'], 'Unknown model: toString'],
    [['--store', 'redis', 'app'], 'Unknown store: redis. Choose one of sqlite, postgres, mysql, mongodb, memory'],
    [['--store', 'sqlite', '--store', 'mysql', 'app'], 'Give --store once'],
    [['--model=', 'app'], '--model is empty'],
    [['--package', '', 'app'], '--package is empty'],
    [['--model'], "Option '--model <value>' argument missing"],
    [['app', 'other'], 'Unexpected argument: other'],
    [[''], 'The name of the folder is empty'],
    [[], 'Name the folder of the app'],
    [['--yes'], 'Name the folder of the app'],
  ])('%j are refused with the usage, and nothing is written', async (args, message) => {
    const cwd = place();
    const { code, out, error } = await run(['create', ...args], { cwd });
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
    expect(error).toContain('\nUsage: chatkit-express create');
    expect(filesIn(cwd)).toEqual([]);
  });

  test('--help names every option, model and store', async () => {
    const { code, out, error } = await run(['create', '--help']);
    expect([code, error]).toEqual([0, '']);
    for (const flag of ['--model', '--store', '--yes', '--package']) expect(out).toContain(`\n${flag}`);
    for (const name of [...Object.keys(models), ...Object.keys(stores)]) expect(out).toContain(`\n  ${name} `);
  });
});

describe('questions', () => {
  /** Answers the questions one after the other, and then ends the input. */
  const answering = (...answers: string[]) =>
    jest.fn(async (_question: string) => {
      const answer = answers.shift();
      if (answer === undefined) throw new NoAnswer();
      return answer;
    });

  test('are asked for what is not given, and are repeated until the answer is a choice', async () => {
    const cwd = place();
    const ask = answering(' chat ', '9', 'gpt', '0', 'OpenAI', '5');
    const { code, out } = await run(['create'], { cwd, ask });
    expect(code).toBe(0);
    expect(out).toContain('Created chat with the model openai and the store memory');
    for (const wrong of ['9', 'gpt', '0']) expect(out).toContain(`There is no choice ${wrong}.\n`);
    expect(out).toContain('\n  2  openai     OpenAI, through');
    expect(filesIn(join(cwd, 'chat'))).toEqual(allFiles);
  });

  test('have defaults', async () => {
    const cwd = place();
    const { out } = await run(['create'], { cwd, ask: answering('', '', '') });
    expect(out).toContain('Created my-app with the model echo and the store sqlite');
  });

  test('are not asked for what is given, nor with --yes', async () => {
    const cwd = place();
    const ask = answering();
    expect((await run(['create', 'a', '--model', 'openai', '--store', 'mysql'], { cwd, ask })).code).toBe(0);
    expect((await run(['create', 'b', '-y'], { cwd, ask })).code).toBe(0);
    expect(ask).not.toHaveBeenCalled();
  });

  test.each([[[]], [['chat']], [['chat', 'echo']]])('that are not answered create nothing (%j)', async (answers) => {
    const cwd = place();
    const { code, error } = await run(['create'], { cwd, ask: answering(...answers) });
    expect([code, error]).toEqual([130, '\nNothing was created.\n']);
    expect(filesIn(cwd)).toEqual([]);
  });
});

describe('versions', () => {
  const all = [commonPackages, ...Object.values(models), ...Object.values(stores)].flatMap(
    ({ dependencies, devDependencies }: Partial<Choice>) => Object.entries({ ...dependencies, ...devDependencies }),
  );

  test.each(all)('%s %s is the one of the tests', (name, range) => {
    const { version } = JSON.parse(read(root, 'node_modules', name, 'package.json')) as { version: string };
    expect(range).toBe(`^${version}`);
    expect(manifest.devDependencies[name] ?? manifest.peerDependencies[name]).toBeDefined();
  });
});
