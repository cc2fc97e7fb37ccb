// The servers of docs/examples.md, each as a process of its own: what they answer on the wire.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ThreadStreamEvent } from 'chatkit-express';
import { childProgram } from '../support/child-program';
import { messageFrames, responseFrames } from '../support/model-frames';
import { startModelServer } from '../support/model-server';
import { findPostgres, noPostgres, startPostgres } from '../support/postgres-server';
import { addMessage, createThread, customAction, getThread } from '../support/requests';
import { temporaryFolder } from '../support/temporary-folder';
import { examplesFolder, exampleFiles, readPage, root, tableRows } from './markdown';

jest.setTimeout(60_000);

const folder = temporaryFolder();
const preload = join(folder, 'any-port.cjs');
writeFileSync(
  preload,
  `const { Server } = require('node:net');
  const { listen } = Server.prototype;
  Server.prototype.listen = function () {
    return listen.call(this, 0, '127.0.0.1', () => console.log(this.address().port));
  };`,
);

const running: ChildProcess[] = [];
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

/** Starts an example, and waits until it listens. */
async function start(name: string, env: Record<string, string> = {}) {
  const args = ['--require', preload, childProgram(join(examplesFolder, `whole-${name}.ts`))];
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env } });
  running.push(child);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${name} did not start:\n${errors}`)));
  ended.catch(() => undefined);
  const [port] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  const url = `http://127.0.0.1:${port.toString().trim()}/chatkit`;
  const post = (body: object, headers = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    url,
    child,
    json: async (body: object, headers = {}) => (await post(body, headers)).json() as Promise<Record<string, unknown>>,
    async send(body: object, headers = {}) {
      const text = await (await post(body, headers)).text();
      const frames = text.split('\n\n').filter((frame) => frame.startsWith('data: '));
      return frames.map((frame) => JSON.parse(frame.slice(6)) as ThreadStreamEvent);
    },
  };
}

const threadOf = ([created]: ThreadStreamEvent[]) => (created?.type === 'thread.created' ? created.thread.id : '');
const answerOf = (events: ThreadStreamEvent[]) => {
  const done = events.filter((event) => event.type === 'thread.item.done').at(-1);
  const [part] = done?.item.type === 'assistant_message' ? done.item.content : [];
  return part?.text;
};

test('echo: repeats the message word by word', async () => {
  const { send } = await start('echo');
  const events = await send(createThread('Hello there'));
  expect(answerOf(events)).toBe('You said: Hello there');
  const deltas = events.flatMap((event) =>
    event.type === 'thread.item.updated' && 'delta' in event.update ? event.update.delta : [],
  );
  expect(deltas).toEqual(['You ', 'said: ', 'Hello ', 'there']);
  expect(events).toContainEqual(expect.objectContaining({ type: 'thread.updated' })); // the title
});

test('openai-sqlite: OpenAI answers with the history, and the threads of a user survive a restart', async () => {
  const provider = await startModelServer();
  const env = {
    OPENAI_API_KEY: 'key',
    OPENAI_BASE_URL: provider.url,
    DATABASE_FILE: join(folder, 'chat.sqlite'),
  };
  try {
    provider.reply(responseFrames(messageFrames('Good morning.')), responseFrames(messageFrames('Well.')));
    const first = await start('openai-sqlite', env);
    const events = await first.send(createThread('Hello'), { 'x-user': 'ada' });
    expect(answerOf(events)).toBe('Good morning.');
    const ended = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await ended;

    const { send, json } = await start('openai-sqlite', env);
    expect(answerOf(await send(addMessage(threadOf(events), 'How are you?'), { 'x-user': 'ada' }))).toBe('Well.');
    const { input, model } = provider.requests[1]!.body;
    expect([model, JSON.stringify(input)]).toEqual(['gpt-4.1-mini', expect.stringMatching(/Hello.*morning.*How are/s)]);
    const list = { type: 'threads.list', params: {} };
    expect(await json(list, { 'x-user': 'ada' })).toMatchObject({ data: [{ title: 'Hello' }] });
    expect(await json(list, { 'x-user': 'bob' })).toMatchObject({ data: [] });
  } finally {
    await provider.close();
  }
});

test('attachments: reads the files of a message, and refuses other types', async () => {
  const { url, send } = await start('attachments', { UPLOADS: join(folder, 'uploads') });
  const upload = async (name: string, type: string, bytes: string) => {
    const form = new FormData();
    form.set('file', new Blob([bytes], { type }), name);
    return fetch(`${url}/upload`, { method: 'POST', body: form });
  };
  const { id } = (await (await upload('notes.txt', 'text/plain', 'one two\nthree')).json()) as { id: string };
  expect(answerOf(await send(createThread('Read this', { attachments: [id] })))).toBe('notes.txt has 3 words.');
  expect(answerOf(await send(createThread('Nothing')))).toBe('Attach a text file.');
  expect((await upload('a.pdf', 'application/pdf', '%PDF-1.7')).status).toBe(415);
});

test('widget: its button counts, and a bad payload is refused', async () => {
  const { send, json } = await start('widget');
  const events = await send(createThread('Hi'));
  const thread_id = threadOf(events);
  const [widget] = events.flatMap((event) => ('item' in event && event.item.type === 'widget' ? event.item : []));
  const countedTo = (count: number) => ({
    type: 'Card',
    children: [
      {
        type: 'Row',
        children: [
          { type: 'Text', value: `Counted to ${count}` },
          { type: 'Button', onClickAction: { type: 'count', payload: { count: count + 1 } } },
        ],
      },
    ],
  });
  expect(widget!.widget).toMatchObject(countedTo(0));
  const count = (payload: object) =>
    customAction({ thread_id, item_id: widget!.id, action: { type: 'count', payload } });
  await send(count({ count: 1 }));
  const { items } = await json(getThread(thread_id));
  const stored = (items as { data: { id: string; widget?: object }[] }).data.find(({ id }) => id === widget!.id);
  expect(stored!.widget).toMatchObject(countedTo(1));
  expect(await json(count({ count: 'two' }))).toMatchObject({ error: { code: 'invalid_request' } });
});

(findPostgres() ? test : test.skip)(
  findPostgres() ? 'instances: each reads the threads of the other, and ends by itself' : noPostgres,
  async () => {
    const postgres = await startPostgres();
    try {
      const env = { DATABASE_URL: postgres.url };
      const [a, b] = await Promise.all([start('instances', env), start('instances', env)]);
      const events = await a.send(createThread('Hello'));
      expect(answerOf(events)).toBe(`Process ${a.child.pid} read: Hello`);
      const again = await b.send(addMessage(threadOf(events), 'Once more'));
      expect(answerOf(again)).toBe(`Process ${b.child.pid} read: Once more`);
      const exits = [a, b].map(({ child }) => once(child, 'exit'));
      for (const { child } of [a, b]) child.kill('SIGTERM');
      expect(await Promise.all(exits)).toEqual([
        [0, null],
        [0, null],
      ]);
    } finally {
      await postgres.stop();
    }
  },
);

test('docs/examples.md has all of them, of at most 40 lines each', () => {
  const files = exampleFiles.filter((name) => name.startsWith('whole-'));
  const page = readPage('docs/examples.md').text;
  expect(files).toHaveLength(5);
  for (const name of files) {
    const code = readFileSync(join(examplesFolder, name), 'utf8').trim();
    expect(page).toContain(`\`\`\`ts\n${code}\n\`\`\``);
    expect(code.split('\n').length).toBeLessThanOrEqual(40);
  }
});

test('docs/getting-started.md has the models and stores of `chatkit-express create`', async () => {
  const { models, stores } = await import('../../src/cli/choices');
  const rows = new Map(tableRows(readPage('docs/getting-started.md').text).map(([first, values]) => [first, values]));
  const listed = (choices: object) =>
    Object.keys(choices)
      .map((name) => `\`${name}\``)
      .join(', ');
  expect(rows.get('`--model <name>`')).toBe(listed(models));
  expect(rows.get('`--store <name>`')).toBe(listed(stores));
});
