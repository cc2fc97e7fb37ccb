// The app around the endpoint: the page, who owns which threads, and the commands that the page and the README show.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { answers } from '../../example-app/answers';
import { type Demo, exampleFolder, message, startDemo, threadIdOf } from './demo';

let demo: Demo;
beforeAll(async () => (demo = await startDemo()));
afterAll(() => demo.close());

const file = (path: string) => readFileSync(join(exampleFolder, path), 'utf8');
const get = (path: string, headers = {}) => fetch(`${demo.origin}${path}`, { headers });
const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';', 1)[0] ?? '';

describe('the page of the official element', () => {
  test('loads the official element, and nothing else from elsewhere', async () => {
    const html = await (await get('/official/')).text();
    const elsewhere = [...html.matchAll(/(?:src|href)="(\w+:\/\/[^"]+)"/g)].map(([, url]) => url);
    expect(elsewhere).toEqual(['https://cdn.platform.openai.com/deployments/chatkit/chatkit.js']);
    expect(html).toContain('<openai-chatkit');
    expect(html).not.toMatch(/\son\w+="/);
  });

  test('has all its files', async () => {
    const found = ['page/index.html', 'page/page.js', 'page/chatkit-options.js', 'page/fallback.js']
      .map(file)
      .join('\n');
    const names = [...found.matchAll(/(?:src="|href="|from '\.\/)([\w-]+\.(?:js|css))/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(
      new Set(['page.css', 'page.js', 'chatkit-options.js', 'curl-commands.js', 'event-log.js', 'fallback.js']),
    );
    for (const name of names) expect((await get(`/official/${name}`)).status).toBe(200);
  });

  test('gets the keywords for its prompts', async () => {
    const keywords = (await (await get('/keywords')).json()) as unknown[];
    expect(keywords).toEqual(answers.map(({ keyword, about, icon }) => ({ keyword, about, icon })));
  });

  test('uses the element as its types say', () => {
    const program = ts.createProgram([join(exampleFolder, 'page/page.js')], {
      allowJs: true,
      checkJs: true,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      types: [],
      paths: { 'chatkit-express/browser': [join(exampleFolder, '../src/browser/index.ts')] },
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    expect(problems).toEqual([]);
  }, 60_000);
});

describe('owners', () => {
  const titles = async (headers: Record<string, string>) => {
    const { data } = await demo.json<{ data: { title: string }[] }>('threads.list', {}, headers);
    return data.map(({ title }) => title);
  };
  const write = (text: string, headers: Record<string, string>) =>
    demo.stream('threads.create', { input: message(text) }, headers);

  test('a browser gets one session cookie, out of reach of scripts and of other sites', async () => {
    const response = await get('/');
    expect(response.headers.get('set-cookie')).toMatch(/^\w+=[0-9a-f-]{36}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect((await get('/', { cookie: cookieOf(response) })).headers.get('set-cookie')).toBeNull();
  });

  test('two browsers do not see each other’s threads', async () => {
    const [ada, grace] = [{ cookie: cookieOf(await get('/')) }, { cookie: cookieOf(await get('/')) }];
    const thread_id = threadIdOf(await write('I am Ada', ada));
    await write('I am Grace', grace);
    expect(await titles(ada)).toEqual(['I am Ada']);
    expect(await titles(grace)).toEqual(['I am Grace']);
    const refused = { error: { code: 'not_found' } };
    expect(await demo.json('threads.get_by_id', { thread_id }, grace)).toMatchObject(refused);
    expect(await demo.json('threads.update', { thread_id, title: 'Mine' }, grace)).toMatchObject(refused);
    await demo.json('threads.delete', { thread_id }, grace);
    expect(await titles(ada)).toEqual(['I am Ada']);
  });

  test('without a cookie the header names the user, and else it is curl', async () => {
    await write('from Linus', { 'x-user-id': 'linus' });
    await write('from nobody', {});
    expect(await titles({ 'x-user-id': 'linus' })).toEqual(['from Linus']);
    expect(await titles({ 'x-user-id': 'curl' })).toEqual(await titles({}));
    expect(await titles({})).toContain('from nobody');
  });

  test('a name does not lead into a browser’s session', async () => {
    const cookie = cookieOf(await get('/'));
    await write('private', { cookie });
    const session = cookie.split('=')[1] ?? '';
    expect(await titles({ 'x-user-id': session })).toEqual([]);
    expect(await titles({ 'x-user-id': `session:${session}` })).toEqual([]);
    expect(await titles({ cookie, 'x-user-id': 'linus' })).toEqual(['private']);
  });
});

describe('the curl commands', () => {
  type CurlCommands = (origin: string) => { label: string; command: string }[];
  const options = { compilerOptions: { module: ts.ModuleKind.CommonJS } };
  const page = { exports: {} as { curlCommands: CurlCommands } };
  const source = ts.transpileModule(file('page/curl-commands.js'), options).outputText;
  // The page's own module, which Jest does not load: it is no CommonJS.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  new Function('module', 'exports', source)(page, page.exports);
  const { curlCommands } = page.exports;

  test('of the page and of the README are the same', () => {
    const readme = file('README.md');
    for (const { label, command } of curlCommands('http://localhost:3000')) {
      expect(readme).toContain(`# ${label}\n${command}\n`);
    }
  });

  test('work, from top to bottom', async () => {
    const variables: Record<string, string> = {};
    const types: string[] = [];
    for (const { command } of curlCommands(demo.origin)) {
      expect(command).toContain(`curl -sN ${demo.origin}/chatkit`);
      const [, data = ''] = /-d '(.*?)'(?: \| |$)/.exec(command) ?? [];
      const body = data.replace(/'\$(\w+)'/g, (_, name: string) => variables[name] ?? '');
      types.push((JSON.parse(body) as { type: string }).type);
      const headers = { 'content-type': 'application/json', 'x-user-id': 'terminal' };
      const response = await fetch(`${demo.origin}/chatkit`, { method: 'POST', headers, body });
      expect(response.status).toBe(200);
      const answer = await response.text();
      const [, variable, pattern] = /^(\w+)=.* grep -o '(.*)' \| head -n 1\)$/s.exec(command) ?? [];
      if (variable && pattern) variables[variable] = new RegExp(pattern).exec(answer)?.[0] ?? 'missing';
    }
    expect(types).toEqual([
      'threads.create',
      'threads.list',
      'threads.list',
      'threads.add_user_message',
      'threads.get_by_id',
      'threads.get_by_id',
      'threads.retry_after_item',
      'threads.update',
      'threads.delete',
    ]);
    const { data } = await demo.json<{ data: unknown[] }>('threads.list', {}, { 'x-user-id': 'terminal' });
    expect(data).toEqual([]);
  });
});

test('the README lists every keyword', () => {
  for (const { keyword } of answers) expect(file('README.md')).toMatch(new RegExp(`^\\| \`${keyword}\` +\\|`, 'm'));
});
