// The adapter of docs/other-frameworks.md: the whole protocol, files and dictation over `node:http`, without Express.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  type ChatKitOptions,
  ChatKitError,
  chatkitMiddleware,
  type ChatKitRouter,
  httpStatus,
  MemoryStore,
  RequestSchema,
} from 'chatkit-express';
import { chatkitListener } from '../../docs/examples/node-http';
import { play, type Vector } from '../conformance/player';
import { added, delta, steered } from '../http/hooks';
import { thread } from '../http/endpoint';
import { RawClient, requestBytes } from '../http/raw-client';
import { formOf, png } from '../http/upload-endpoint';
import { Gate, never } from '../support/gate';
import { MemoryAttachments } from '../support/memory-attachments';
import { RecordingLogger } from '../support/recording-logger';
import { addMessage, createThread, getThread } from '../support/requests';
import { root } from './markdown';

const folder = join(root, '__tests__/conformance/vectors');
const vectors = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vector);
const source = readFileSync(join(root, 'docs/examples/node-http.ts'), 'utf8');

test('has fewer than 150 lines and imports nothing of Express', () => {
  expect(source.trimEnd().split('\n').length).toBeLessThan(150);
  expect(source).not.toMatch(/from 'express'|require\(/);
});

describe('the recorded answers', () => {
  const listenerOf = ({ server }: ChatKitRouter<unknown>) => chatkitListener(server, '/chatkit', () => ({}));

  test.each(vectors.map((vector) => [vector.scenario.name, vector] as const))('%s', async (_name, vector) => {
    const { answers, sideEffects } = await play(vector, listenerOf);
    const expected = vector.expected.map((answer) => ({ ...answer, raised: undefined }));
    expect(answers.map((answer) => ({ ...answer, raised: undefined }))).toStrictEqual(expected);
    expect(sideEffects).toStrictEqual(vector.side_effects);
  });

  test('are of every type of request, except for the one that needs a stored picture', () => {
    const sent = new Set(
      vectors.flatMap(({ scenario }) =>
        scenario.steps.map(({ post }) => (post as { type?: unknown } | undefined)?.type),
      ),
    );
    const types = RequestSchema.options.map((option) => option.shape.type.value);
    expect(types.filter((type) => !sent.has(type))).toEqual(['attachments.get_preview']);
  });
});

interface Served {
  chatkit: ChatKitRouter<unknown>;
  http: Server;
  port: number;
  path: string;
  url: string;
  store: MemoryStore;
  bytes: MemoryAttachments;
}
const served: Served[] = [];

async function serve(options: Partial<ChatKitOptions> = {}, context: () => unknown = () => ({})): Promise<Served> {
  const [store, bytes, logger] = [new MemoryStore(), new MemoryAttachments(), new RecordingLogger()];
  await store.saveThread(thread, {});
  const chatkit = chatkitMiddleware({ store, attachmentStore: bytes, logger, async *respond() {}, ...options });
  const http = createServer(chatkitListener(chatkit.server, '/chatkit', context)).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const path = '/chatkit';
  const all = { chatkit, http, port, path, url: `http://127.0.0.1:${port}${path}`, store, bytes };
  served.push(all);
  return all;
}

afterEach(async () => {
  for (const { chatkit, http } of served.splice(0)) {
    await chatkit.close();
    const closed = once(http, 'close');
    http.close();
    http.closeAllConnections();
    await closed;
  }
});

const post = ({ url }: Served, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const ask = async (to: Served, type: string, params: object) =>
  (await (await post(to, { type, params })).json()) as Record<string, never> & {
    id: string;
    url: string;
    upload_descriptor: { url: string };
  };
const codeOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { error: { code: string } }).error.code,
];
const upload = ({ url }: Served, body: RequestInit['body'], path = '/upload') =>
  fetch(`${url}${path}`, { method: 'POST', body });

describe('files', () => {
  test('a form is stored, previewed and read; a form with another field, with two files or of no file is refused', async () => {
    const to = await serve();
    const response = await upload(to, formOf(png, { name: 'Ä picture.png' }));
    const attachment = (await response.json()) as { id: string };
    expect([response.status, attachment]).toMatchObject([200, { name: 'Ä picture.png', mime_type: 'image/png' }]);
    const { url } = await ask(to, 'attachments.get_preview', { attachment_id: attachment.id });
    expect(url).toContain(`${to.url}/attachments/${attachment.id}?token=`);
    const preview = await fetch(url);
    expect(Buffer.from(await preview.arrayBuffer())).toEqual(png);
    expect(Object.fromEntries(preview.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': "inline; filename*=UTF-8''%C3%84%20picture.png",
      'content-security-policy': "sandbox; default-src 'none'",
    });
    expect(await codeOf(await fetch(`${url}x`))).toEqual([403, 'forbidden']);

    const stored = to.bytes.keys;
    const two = formOf(png);
    two.append('file', new Blob(['more']), 'b.txt');
    for (const form of [formOf(png, { field: 'other' }), two, new FormData()]) {
      expect(await codeOf(await upload(to, form))).toEqual([400, 'invalid_request']);
    }
    expect(await codeOf(await upload(to, 'text'))).toEqual([415, 'unsupported_media_type']);
    const broken = await fetch(`${to.url}/upload`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: '--b\r\ncontent-disposition: form-data; name="other"; filename="a"\r\n\r\nno end',
    });
    expect(await codeOf(broken)).toEqual([400, 'invalid_request']);
    expect(to.bytes.keys).toEqual(stored);
  });

  test.each(['PUT', 'POST'])(
    'an announced file is taken with %s once, and not with a token of another',
    async (method) => {
      const to = await serve();
      const params = { name: 'a.png', size: png.length, mime_type: 'image/png' };
      const { id, upload_descriptor } = await ask(to, 'attachments.create', params);
      const send = (url: string) =>
        method === 'POST'
          ? fetch(url, { method, body: formOf(png) })
          : fetch(url, { method, body: new Uint8Array(png), headers: { 'content-type': 'image/png' } });
      expect(await codeOf(await send(upload_descriptor.url.replace(id, 'atc_other')))).toEqual([403, 'forbidden']);
      expect((await send(upload_descriptor.url)).status).toBe(200);
      expect(await codeOf(await send(upload_descriptor.url))).toEqual([409, 'conflict']);
      const events = await (await post(to, createThread('See', { attachments: [id] }))).text();
      expect(events).toContain(`"id":"${id}"`);
    },
  );

  test('the answer to an endless upload that is refused arrives', async () => {
    const to = await serve();
    const request = httpRequest(`${to.url}/upload/atc_1?token=x`, { method: 'PUT', agent: false });
    request.on('error', () => undefined).write(Buffer.alloc(300_000));
    const [response] = await once(request, 'response');
    expect([response.statusCode, response.headers.connection]).toEqual([403, 'close']);
    request.destroy();
  });

  test('dictation as a form', async () => {
    const to = await serve({ transcribe: ({ audio }) => ({ text: `${audio.data.length} of ${audio.mediaType}` }) });
    const form = formOf(Buffer.from('audio'), { type: 'audio/webm;codecs=opus' });
    expect(await (await upload(to, form, '/transcribe')).json()).toEqual({ text: '5 of audio/webm' });
  });
});

const large = Buffer.alloc(5_000_000, 'a');
const otherField = Buffer.concat([
  Buffer.from('--b\r\ncontent-disposition: form-data; name="other"; filename="a"\r\n\r\n'),
  large,
  Buffer.from('\r\n--b--\r\n'),
]);

test.each([
  [403, 'PUT', '/upload/atc_1?token=x', 'text/plain', large],
  [400, 'POST', '/upload', 'multipart/form-data; boundary=b', otherField],
  [413, 'POST', '', 'application/json', large],
])(
  'the answer %i to a large %s %s arrives, and the connection is not reset',
  async (status, method, path, type, body) => {
    const to = await serve();
    const headers = { 'content-type': type, 'content-length': String(body.length) };
    const client = await RawClient.open(to);
    client.write(requestBytes({ path: `${to.path}${path}` }, { method, headers, body }));
    const [answer] = await client.end();
    expect(answer).toMatchObject({ status, complete: true, headers: { connection: 'close' } });
    expect([client.error, client.socket.writableLength]).toEqual([undefined, 0]);
  },
);

test('bodies that are not JSON, not of its type or too large are refused', async () => {
  const to = await serve();
  const send = async (type: string, body: string) =>
    codeOf(await fetch(to.url, { method: 'POST', headers: { 'content-type': type }, body }));
  expect(await send('text/plain', JSON.stringify(getThread('thr_1')))).toEqual([415, 'unsupported_media_type']);
  expect(await send('application/json', '{')).toEqual([400, 'invalid_request']);
  expect(await send('application/json', `"${'a'.repeat(1024 * 1024 - 2)}"`)).toEqual([400, 'invalid_request']);
  expect(await send('application/json', `"${'a'.repeat(1024 * 1024 - 1)}"`)).toEqual([413, 'too_large']);
});

test('who is refused by the context, and what fails, are answered in words', async () => {
  const refusing = await serve({}, () => {
    throw new ChatKitError('unauthorized', 'Please sign in');
  });
  expect(await codeOf(await post(refusing, getThread('thr_1')))).toEqual([httpStatus.unauthorized, 'unauthorized']);
  const logged = jest.spyOn(console, 'error').mockReturnValue();
  const failing = await serve({}, () => {
    throw new Error('secret');
  });
  const response = await post(failing, getThread('thr_1'));
  expect([response.status, (await response.text()).includes('secret')]).toEqual([500, false]);
  expect(logged).toHaveBeenCalledTimes(1);
  logged.mockRestore();
});

test.each(['/chatkit/nothing', '/chatkitty', '/chatkit/upload/%zz/a', '/', '/chatkit/attachments/%zz?token=x'])(
  '%s is not a path of the endpoint',
  async (path) => {
    const { port } = await serve();
    const { status } = await fetch(`http://127.0.0.1:${port}${path}`);
    expect(status).toBe(path.includes('token') ? 403 : 404);
  },
);

test('a client that leaves in the middle of a silent answer cancels the run', async () => {
  const hook = steered();
  const to = await serve({ respond: hook.respond });
  const left = new AbortController();
  const response = await fetch(to.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(addMessage(thread.id)),
    signal: left.signal,
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const { signal } = await hook.started;
  left.abort();
  await hook.left;
  expect(signal.aborted).toBe(true);
});

test('a client that reads nothing pauses the hook', async () => {
  let yielded = 0;
  const text = 'x'.repeat(100_000);
  const to = await serve({
    maxQueuedEvents: 4,
    async *respond() {
      yield added();
      for (; yielded < 1000; yielded++) yield delta(text);
    },
  });
  const client = await RawClient.open(to);
  client.socket.pause();
  client.write(requestBytes(to, { body: addMessage(thread.id) }));
  let before = -1;
  while (yielded !== before) {
    before = yielded;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(yielded).toBeGreaterThan(0);
  expect(yielded).toBeLessThan(500);
  client.socket.resume();
  await client.bodyUpTo('}\n\n');
  client.socket.destroy();
  while (to.chatkit.server.openRuns > 0) await new Promise(setImmediate);
});

test('close() answers readiness with 503 and liveness with 200, ends the stream, and waits for its last byte', async () => {
  const started = new Gate();
  const to = await serve({
    async *respond() {
      yield added();
      yield delta('so far');
      started.open();
      await never;
    },
  });
  expect([(await fetch(to.url)).status, (await fetch(`${to.url}?live`)).status]).toEqual([200, 200]);
  const client = await RawClient.open(to);
  client.write(requestBytes(to, { body: addMessage(thread.id) }));
  await started.passed;
  await client.bodyUpTo('"so far"}}\n\n');

  await to.chatkit.close();

  const [answer] = await client.end();
  expect([answer!.complete, answer!.body.includes('"allow_retry":true')]).toEqual([true, true]);
  expect((await fetch(`${to.url}?live`)).status).toBe(200);
  const ready = await fetch(to.url);
  expect([ready.status, ready.headers.get('retry-after'), ready.headers.get('connection')]).toEqual([
    503,
    '1',
    'close',
  ]);
  expect(await codeOf(await post(to, addMessage(thread.id)))).toEqual([503, 'unavailable']);
});
