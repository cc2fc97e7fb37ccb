// Titles, dictation, uploads and sessions of hosted ChatKit, through the real clients.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type Attachment, ChatKitError, MemoryStore, type RespondTurn, UserMessageItemSchema } from 'chatkit-express';
import {
  chatkitSessions,
  type ChatKitSessionsOptions,
  createChatKitSession,
  titleThread,
  type TitleThreadOptions,
  transcribeWith,
  uploadAttachment,
} from 'chatkit-express/openai';
import express from 'express';
import { ada, ask, askJson, type Context, serve, silently, startThread } from '../../support/core';
import { Gate } from '../../support/gate';
import { done, assistantMessage } from '../../support/items';
import { RecordingLogger } from '../../support/recording-logger';
import { addMessage, createThread } from '../../support/requests';
import { clientOf, clients, useModelServer } from './model';

const model = useModelServer();
const storedThread = async () => {
  const core = serve();
  const { threadId } = await startThread(core);
  return core.store.loadThread(threadId, ada);
};
const answering = (content: string) => ({ body: { choices: [{ index: 0, message: { role: 'assistant', content } }] } });

/** Version 4 has no sessions of ChatKit. */
const newest = clients.at(-1)![1];

describe.each(clients)('%s', (_name, Client) => {
  const client = () => clientOf(Client, model.current);

  describe('titleThread', () => {
    function titling(options: Pick<Partial<TitleThreadOptions>, 'timeoutMs'> = {}) {
      const logger = new RecordingLogger();
      async function* respond(turn: RespondTurn<Context>) {
        const titled = titleThread(turn, client(), { model: 'small', logger, ...options });
        yield done(assistantMessage(turn.thread, turn.generateId('message'), 'Answer'));
        await titled;
      }
      return { core: serve({ respond }), logger };
    }

    test.each([
      ['Cats and dogs', 'Cats and dogs'],
      ['  "Cats and dogs."\nand more', 'Cats and dogs'],
      ['“Katzen”', 'Katzen'],
      ['🎉'.repeat(100), '🎉'.repeat(80)],
    ])('makes of %j the title', async (said, title) => {
      model.current.reply(answering(said));
      const { core } = titling();
      const { threadId, events } = await startThread(core, 'Tell me of cats and dogs');
      expect(events.at(-1)).toMatchObject({ type: 'thread.updated', thread: { title } });
      expect((await core.store.loadThread(threadId, ada)).title).toBe(title);
      expect(model.current.requests).toMatchObject([
        { body: { model: 'small', messages: [{ role: 'system' }, { content: 'Tell me of cats and dogs' }] } },
      ]);
    });

    test('leaves a title that is there, and asks nobody', async () => {
      model.current.reply(answering('One'));
      const { core } = titling();
      const { threadId } = await startThread(core);
      await ask(core, addMessage(threadId));
      expect(model.current.requests).toHaveLength(1);
    });

    test('leaves a title that came meanwhile', async () => {
      const answer = new Gate();
      const thread = { ...(await storedThread()), title: undefined as string | undefined };
      const slow = {
        chat: { completions: { create: () => answer.passed.then(() => answering('Of the model').body) } },
      };
      const input = UserMessageItemSchema.parse({
        ...{ type: 'user_message', id: 'msg_1', thread_id: thread.id, created_at: thread.created_at },
        content: [{ type: 'input_text', text: 'Hi' }],
      });
      const titled = titleThread({ thread, input, signal: new AbortController().signal }, slow, { model: 'm' });
      thread.title = 'Of the user';
      answer.open();
      await titled;
      expect(thread.title).toBe('Of the user');
    });

    test('that fails is a warning, and the answer stands', async () => {
      model.current.reply({ status: 500 });
      const { core, logger } = titling();
      const { threadId, events } = await startThread(core);
      expect(events.at(-1)).toMatchObject({ type: 'thread.item.done' });
      expect((await core.store.loadThread(threadId, ada)).title).toBeUndefined();
      expect(logger.take('warn')).toMatchObject([{ fields: { thread_id: threadId, err: { status: 500 } } }]);
    });

    test('that fails is told to the logger of the server, where it is given no other', async () => {
      model.current.reply({ status: 500 });
      const core = serve({
        respond: silently((turn: RespondTurn<Context>) => titleThread(turn, client(), { model: 'small' })),
      });
      await startThread(core);
      expect(core.logger.takeWarnings()).toMatchObject([{ message: 'a title for a thread could not be generated' }]);
    });

    test('that takes too long is given up, with its request, and the answer ends', async () => {
      model.current.reply({ steps: [new Gate()] });
      const { core, logger } = titling({ timeoutMs: 500 });
      const { events } = await startThread(core);
      expect(events.at(-1)).toMatchObject({ type: 'thread.item.done' });
      expect(await (await model.current.request()).closed.passed).toBe(true);
      expect(logger.take('warn')).toMatchObject([{ message: 'a title for a thread could not be generated' }]);
    });

    test('without words does nothing', async () => {
      const { core } = titling();
      await ask(core, createThread('  '));
      expect(model.current.requests).toEqual([]);
    });
  });

  test('transcribeWith gives the recording to the speech model, under a name that it knows', async () => {
    model.current.reply({ body: { text: 'What I said' } });
    const transcribe = transcribeWith<Context>(client(), { model: 'ear', language: 'de', prompt: 'ChatKit' });
    const core = serve({ transcribe });
    const params = { audio_base64: Buffer.from('sound').toString('base64'), mime_type: 'audio/webm;codecs=opus' };
    expect(await askJson(core, { type: 'input.transcribe', params })).toEqual({ text: 'What I said' });
    const [request] = model.current.requests;
    expect(request!.path).toBe('/v1/audio/transcriptions');
    for (const part of ['filename="dictation.webm"', 'audio/webm', 'sound', 'ear', 'de', 'ChatKit']) {
      expect(request!.body).toContain(part);
    }
  });

  test('uploadAttachment uploads once, and remembers the file', async () => {
    model.current.reply({ body: { id: 'file-1' } });
    const store = new MemoryStore<Context>();
    const attachment: Attachment = { type: 'file', id: 'atc_1', name: 'a.pdf', mime_type: 'application/pdf' };
    await store.saveAttachment({ ...attachment, metadata: { mine: true } }, ada);
    const read = async () => Readable.from([Buffer.from('%PDF'), Buffer.from('-1.7')]);
    const turn = { store, context: ada, attachments: { read } };
    expect(await uploadAttachment(client(), turn, attachment)).toBe('file-1');
    expect(await uploadAttachment(client(), turn, attachment)).toBe('file-1');
    expect(model.current.requests).toHaveLength(1);
    const [request] = model.current.requests;
    expect(request!.path).toBe('/v1/files');
    for (const part of ['user_data', 'filename="a.pdf"', '%PDF-1.7']) expect(request!.body).toContain(part);
    expect((await store.loadAttachment('atc_1', ada)).metadata).toEqual({ mine: true, openai_file_id: 'file-1' });
  });
});

test.each(clients.filter(([name]) => !['openai 4', 'openai 5'].includes(name)))(
  'createChatKitSession asks for a session of the user, with %s',
  async (_name, Client) => {
    model.current.reply({ body: { client_secret: 'ek_1', expires_at: 1_767_322_600, id: 'cksess_1' } });
    const secret = await createChatKitSession(clientOf(Client, model.current), {
      user: 'u_1',
      workflow: 'wf_1',
      configuration: { file_upload: { enabled: true } },
      expiresAfterSeconds: 300,
      maxRequestsPerMinute: 5,
    });
    expect(secret).toEqual({ client_secret: 'ek_1', expires_at: 1_767_322_600 });
    expect(model.current.requests).toMatchObject([
      {
        path: '/v1/chatkit/sessions',
        headers: { 'openai-beta': 'chatkit_beta=v1' },
        body: {
          user: 'u_1',
          workflow: { id: 'wf_1' },
          chatkit_configuration: { file_upload: { enabled: true } },
          expires_after: { anchor: 'created_at', seconds: 300 },
          rate_limits: { max_requests_per_1_minute: 5 },
        },
      },
    ]);
  },
);

test.each(['', '  '])('createChatKitSession refuses the user %j', async (user) => {
  const client = clientOf(newest, model.current);
  const refused = createChatKitSession(client, { user, workflow: 'wf_1' });
  await expect(refused).rejects.toMatchObject({ code: 'unauthorized' });
  expect(model.current.requests).toEqual([]);
});

describe.each([
  ['Express 5', express],
  ['Express 4', jest.requireActual<typeof express>('express4')],
])('chatkitSessions on %s', (_name, framework) => {
  interface Visitor {
    id: string | undefined;
  }
  const servers: { close(): unknown }[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function start(options: Partial<ChatKitSessionsOptions<Visitor>> = {}) {
    const logger = new RecordingLogger();
    const app = framework();
    const sessions = chatkitSessions<Visitor>({
      client: clientOf(newest, model.current),
      workflow: 'wf_1',
      context: (request) => ({ id: request.headers['x-user']?.toString() }),
      user: ({ id }) => id,
      logger,
      ...options,
    });
    app.use('/hosted', sessions);
    app.use((_request, response) => void response.status(418).send('the application’s own'));
    const server = createServer(app).listen(0);
    servers.push(server);
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = (path: string, headers: Record<string, string> = { 'x-user': 'ada' }, method = 'POST') =>
      fetch(`${origin}/hosted${path}`, { method, headers: { connection: 'close', ...headers } });
    return { ask, logger };
  }

  test.each(['/session', '/refresh', '/session?x=1'])('POST %s gives the user a fresh secret', async (path) => {
    model.current.reply({ body: { client_secret: 'ek_1', expires_at: 1, id: 'cksess_1', user: 'ada' } });
    const { ask } = await start();
    const response = await ask(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ client_secret: 'ek_1', expires_at: 1 });
    expect(model.current.requests).toMatchObject([{ body: { user: 'ada', workflow: { id: 'wf_1' } } }]);
  });

  test('refuses who is nobody, and asks OpenAI nothing', async () => {
    const { ask } = await start();
    const response = await ask('/session', {});
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 'unauthorized' } });
    expect(model.current.requests).toEqual([]);
  });

  test('refuses whom `context` refuses', async () => {
    const context = () => Promise.reject(new ChatKitError('forbidden', 'Not you'));
    const { ask } = await start({ context });
    const response = await ask('/session');
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ message: 'Not you', error: { code: 'forbidden', message: 'Not you' } });
  });

  test('tells nothing of what OpenAI says when it refuses', async () => {
    model.current.reply({ status: 401, body: { error: { message: 'Incorrect API key: sk-secret' } } });
    const { ask, logger } = await start();
    const response = await ask('/session');
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('secret');
    expect(logger.take('error')).toMatchObject([{ fields: { err: { status: 401 } } }]);
  });

  test('other methods are refused, and other paths are the application’s', async () => {
    const { ask } = await start();
    const refused = await ask('/session', {}, 'GET');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await ask('/elsewhere')).status).toBe(418);
    expect((await ask('/session', {}, 'OPTIONS')).status).toBe(418);
  });
});
