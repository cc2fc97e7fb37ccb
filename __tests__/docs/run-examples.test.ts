// The examples do what the pages say of them.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import request from 'supertest';
import {
  chatkitMiddleware,
  MemoryStore,
  type HookEventInput,
  type RespondTurn,
  type ThreadStreamEvent,
} from 'chatkit-express';
import { tryStore } from '../../docs/examples/custom-store-try';
import * as eventExamples from '../../docs/examples/events';
import { respond } from '../../docs/examples/assistant';
import { addMessage, createThread } from '../support/requests';
import { isRule, RecordingLogger } from '../support/recording-logger';
import { loadExample } from './load-example';

const listThreads = { type: 'threads.list', params: {} };

/** The events of a stream that came as text. */
const eventsOf = (text: string): ThreadStreamEvent[] =>
  text.split('\n\n').flatMap((frame) => (frame.startsWith('data: ') ? (JSON.parse(frame.slice(6)) as never) : []));

const typesOf = (events: ThreadStreamEvent[]) => events.map(({ type }) => type);

describe('the server of README.md', () => {
  it('answers a message word by word', async () => {
    const app = await loadExample('server');
    const { text } = await request(app).post('/chatkit').send(createThread('Hello there'));
    const events = eventsOf(text);
    expect(typesOf(events).slice(0, 5)).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'thread.item.added',
      'thread.item.updated',
    ]);
    const deltas = events.flatMap((event) =>
      event.type === 'thread.item.updated' && 'delta' in event.update ? event.update.delta : [],
    );
    expect(deltas).toEqual(['You ', 'said: ', 'Hello ', 'there']);
    expect(events.at(-1)).toMatchObject({ item: { content: [{ text: 'You said: Hello there' }] } });
  });
});

describe('the assistant of docs/getting-started.md', () => {
  let model: Server;
  const asked: unknown[] = [];

  beforeAll(async () => {
    model = createServer((incoming, response) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
      incoming.on('end', () => {
        asked.push({ url: incoming.url, ...JSON.parse(body) });
        const chunk = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
        // Cut in the middle of a line, as networks do.
        const text = `${chunk('Good ')}${chunk('morning')}data: [DONE]\n\n`;
        response.write(text.slice(0, 30));
        setImmediate(() => response.end(text.slice(30)));
      });
    });
    await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
    process.env['MODEL_URL'] = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
    process.env['MODEL_NAME'] = 'a-model';
  });

  afterAll(async () => {
    delete process.env['MODEL_URL'];
    delete process.env['MODEL_NAME'];
    await new Promise((resolve) => model.close(resolve));
  });

  it('tells the model the conversation and streams what it says', async () => {
    const app = await loadExample('getting-started');
    const first = eventsOf((await request(app).post('/chatkit').send(createThread('Hello'))).text);
    expect(first.at(-1)).toMatchObject({ item: { content: [{ text: 'Good morning' }] } });
    const [created] = first;
    const thread_id = created?.type === 'thread.created' ? created.thread.id : '';
    const second = eventsOf((await request(app).post('/chatkit').send(addMessage(thread_id, 'And now?'))).text);
    expect(second.at(-1)).toMatchObject({ item: { content: [{ text: 'Good morning' }] } });
    const { body } = await request(app).post('/chatkit').send(listThreads);
    expect(body).toMatchObject({ data: [{ title: 'Hello' }] });
    expect(asked.at(-1)).toEqual({
      url: '/v1/chat/completions',
      model: 'a-model',
      stream: true,
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Good morning' },
        { role: 'user', content: 'And now?' },
      ],
    });
  });

  it('ends in an error for the page, and a line in the log, when the model does not answer', async () => {
    const logger = new RecordingLogger();
    const { server } = chatkitMiddleware({ store: new MemoryStore(), respond, logger });
    process.env['MODEL_URL'] = 'http://127.0.0.1:9';
    const answer = await server.process(createThread('Hello'), {});
    const events: ThreadStreamEvent[] = [];
    if (answer.kind === 'stream') for await (const event of answer.events) events.push(event);
    expect(events).toContainEqual({ type: 'error', code: 'stream.error', allow_retry: true });
    expect(logger.take('error').map(({ message }) => message)).toEqual(['respond failed']);
  });
});

describe('the examples of docs/authentication.md', () => {
  const hello = (name: string) => ({ item: { content: [{ text: `Hello, ${name}.` }] } });

  it('session-cookie: asks for a session, and knows whose it is', async () => {
    const app = await loadExample('session-cookie');
    const refused = await request(app).post('/chatkit').send(listThreads);
    expect([refused.status, refused.body.error]).toEqual([401, { code: 'unauthorized', message: 'Please sign in' }]);
    await request(app).post('/login').send({ userId: 'ada', password: 'wrong' }).expect(401);
    const login = await request(app).post('/login').send({ userId: 'ada', password: 'correct horse' }).expect(204);
    const [cookie = ''] = login.get('Set-Cookie') ?? [];
    expect(cookie).toMatch(/^session=[\w-]{36}; Path=\/; HttpOnly; SameSite=Lax$/);
    const session = { Cookie: `other=1; ${cookie.split(';')[0]}` };
    const { text } = await request(app).post('/chatkit').set(session).send(createThread('Hi'));
    expect(eventsOf(text).at(-1)).toMatchObject(hello('ada'));
  });

  it('header-token: asks for a token, and knows whose it is', async () => {
    const app = await loadExample('header-token');
    const refused = await request(app).post('/chatkit').set('Authorization', 'Bearer nonsense').send(listThreads);
    expect([refused.status, refused.get('WWW-Authenticate')]).toEqual([401, 'Bearer']);
    const { text } = await request(app)
      .post('/chatkit')
      .set('Authorization', 'Bearer token-of-acme')
      .send(createThread('Hi'));
    expect(eventsOf(text).at(-1)).toMatchObject(hello('acme'));
  });

  it('header-token: lets the page of the named origin send its token', async () => {
    const app = await loadExample('header-token');
    const preflight = await request(app)
      .options('/chatkit')
      .set('Origin', 'https://app.example.com')
      .set('Access-Control-Request-Method', 'POST')
      .set('Access-Control-Request-Headers', 'authorization,chatkit-frame-instance-id,content-type');
    expect(preflight.get('Access-Control-Allow-Origin')).toBe('https://app.example.com');
    expect(preflight.get('Access-Control-Allow-Headers')).toContain('authorization,chatkit-frame-instance-id');
  });
});

describe('the examples of docs/events.md', () => {
  type Example = (turn: RespondTurn<unknown>) => AsyncGenerator<HookEventInput>;

  async function run(example: Example) {
    const logger = new RecordingLogger();
    const { server } = chatkitMiddleware({ store: new MemoryStore(), respond: example, logger });
    const answer = await server.process(createThread('Hi'), {});
    const events: ThreadStreamEvent[] = [];
    if (answer.kind === 'stream') for await (const event of answer.events) events.push(event);
    return { events, logged: logger.lines.filter((line) => !isRule(line)) };
  }

  const { failing, failingPlainly, ...working } = eventExamples;

  it.each(Object.entries(working))('%s is well formed', async (name, example: Example) => {
    const { events, logged } = await run(example);
    expect(logged).toEqual([]);
    if (name !== 'error') expect(typesOf(events)).not.toContain('error');
    const isHidden = name === 'hidden';
    expect(events.length).toBeGreaterThan(isHidden ? 2 : 3);
  });

  it('failing tells the user its own words', async () => {
    const { events, logged } = await run(failing);
    const message = 'The bakery is closed. Try again at six.';
    expect(events.at(-1)).toEqual({ type: 'error', code: 'custom', message, allow_retry: true });
    expect(logged).toEqual([]);
  });

  it('failingPlainly ends with the words of the client', async () => {
    const { events, logged } = await run(failingPlainly);
    expect(events.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: false });
    expect(logged).toEqual([]);
  });
});

describe('the example of docs/writing-a-store.md', () => {
  it('finds nothing to complain about in a MemoryStore with owners', async () => {
    await expect(tryStore(new MemoryStore({ owner: ({ userId }) => userId }))).resolves.toBeUndefined();
  });

  it('notices a store that shows a thread to everybody', async () => {
    await expect(tryStore(new MemoryStore())).rejects.toThrow('Missing expected rejection');
  });
});

describe('the server of widgets.md', () => {
  test('shows its widgets, refuses bad payloads by field, and updates a card in its place', async () => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    const { chatkit } = await import('../../docs/examples/widgets');
    expect(log.mock.calls).toEqual([[['children', 0, 'value']]]);
    log.mockRestore();
    const app = express().use('/chatkit', chatkit);
    const send = (body: object) => request(app).post('/chatkit').set('x-user', 'ada').send(body);

    const shown = eventsOf((await send(createThread('Hi'))).text);
    const [created] = shown;
    const [item] = shown.flatMap((event) => ('item' in event && event.item.type === 'widget' ? event.item : []));
    if (created?.type !== 'thread.created' || !item) throw new Error('no widget was shown');
    expect(item).toMatchObject({
      copy_text: 'To do',
      widget: { children: [{ value: 'To do' }, { value: 'Nothing left.' }] },
    });
    const act = (kind: 'custom_action' | 'sync_custom_action', type: string, payload: object) =>
      send({
        type: `threads.${kind}`,
        params: { thread_id: created.thread.id, item_id: item.id, action: { type, payload } },
      });

    const refused = await act('custom_action', 'todo.add', { title: '  ' });
    expect([refused.status, refused.body.error.code, refused.body.error.issues[0].path]).toEqual([
      400,
      'invalid_request',
      ['params', 'action', 'payload', 'title'],
    ]);
    const added = eventsOf((await act('custom_action', 'todo.add', { title: ' Milk ' })).text);
    expect(typesOf(added)).toEqual(['stream_options', 'thread.item.replaced', 'notice']);
    const id = /"id":"(tsk_[^"]+)"/.exec(JSON.stringify(added))?.[1];

    const done = await act('sync_custom_action', 'todo.done', { id });
    const [, row] = done.body.updated_item.widget.children;
    expect(row.children[0]).toEqual({ type: 'Text', value: 'Milk', lineThrough: true });
    const missing = await act('sync_custom_action', 'todo.done', { id: 'tsk_none' });
    expect([missing.status, missing.body.message]).toEqual([404, 'There is no such to-do.']);
  });
});

test('the markup of widgets.md is a card', async () => {
  const { card } = await import('../../docs/examples/widgets-markup');
  const row = (key: string, done: boolean, more: object[]) => ({
    type: 'Row',
    align: 'center',
    children: [{ type: 'Text', value: key, lineThrough: done }, ...more],
  });
  const onClickAction = { type: 'todo.done', payload: { id: 'Bread' } };
  expect(card).toEqual({
    type: 'Card',
    size: 'md',
    children: [
      { type: 'Title', value: 'To do', size: 'sm' },
      row('Milk', true, []),
      row('Bread', false, [{ type: 'Button', label: 'Done', onClickAction }]),
    ],
  });
});
