// The option `exposeErrors`: a developer at the server's own computer sees why an answer failed, and nobody else does.
import { createServer, type IncomingHttpHeaders, request as send } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { once } from 'node:events';
import { ChatKitError, chatkitMiddleware, type ChatKitOptions, CustomStreamError, MemoryStore } from 'chatkit-express';
import express from 'express';
import { RecordingLogger } from '../support/recording-logger';
import { createThread } from '../support/requests';

const failure = () => new Error('no such table: bread', { cause: new Error('disk full') });

/** Serves an endpoint whose hook fails, on every address of this computer. */
async function endpoint(options: Partial<ChatKitOptions>, error: () => Error = failure) {
  const app = express().set('trust proxy', true);
  const logger = new RecordingLogger();
  app.use(
    '/chatkit',
    chatkitMiddleware({
      store: new MemoryStore(),
      logger,
      // eslint-disable-next-line require-yield -- it fails before its first event
      async *respond() {
        throw error();
      },
      ...options,
    }),
  );
  const server = createServer(app).listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, close: () => server.close() };
}

/** Posts a message, and returns the error event of the stream. */
async function errorEvent(
  port: number,
  { host = '127.0.0.1', headers = {} }: { host?: string; headers?: IncomingHttpHeaders } = {},
) {
  const all = { 'content-type': 'application/json', ...headers };
  const sent = send({ host, port, path: '/chatkit', method: 'POST', headers: all }).end(JSON.stringify(createThread()));
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  const events = text.split('\n\n').filter((frame) => frame.startsWith('data: '));
  return events.map((frame) => JSON.parse(frame.slice('data: '.length))).find(({ type }) => type === 'error');
}

const neutral = { type: 'error', code: 'stream.error', allow_retry: true };
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
const serve = async (options: Partial<ChatKitOptions>, error?: () => Error) => {
  const served = await endpoint(options, error);
  closing.push(served.close);
  return served.port;
};

test.each([
  ['IPv4', '127.0.0.1', {}],
  ['IPv6', '::1', { host: '[::1]' }],
  ['a page of this computer', '127.0.0.1', { host: 'localhost:3000', origin: 'http://localhost:5173' }],
])('the error event has the log entry for a request by %s', async (_what, host, headers) => {
  const port = await serve({ exposeErrors: true });
  const event = await errorEvent(port, { host, headers });
  expect(event).toEqual({
    ...neutral,
    log: {
      level: 'error',
      message: 'respond failed',
      fields: { hook: 'respond', thread_id: expect.stringMatching(/^thr_/) },
      err: expect.stringMatching(/^Error: no such table: bread\n +at [^]*\ncaused by: Error: disk full/),
    },
  });
});

test.each<[string, IncomingHttpHeaders]>([
  ['X-Forwarded-For', { 'x-forwarded-for': '203.0.113.7' }],
  ['an empty X-Forwarded-For', { 'x-forwarded-for': '' }],
  ['X-Forwarded-For that names this computer', { 'x-forwarded-for': '127.0.0.1' }],
  ['Forwarded', { forwarded: 'for=203.0.113.7' }],
  ['Via', { via: '1.1 proxy' }],
  ['X-Forwarded-Host', { 'x-forwarded-host': 'localhost' }],
  ['X-Forwarded-Proto', { 'x-forwarded-proto': 'http' }],
  ['X-Real-IP', { 'x-real-ip': '203.0.113.7' }],
  ['CF-Connecting-IP', { 'cf-connecting-ip': '203.0.113.7' }],
  ['True-Client-IP', { 'true-client-ip': '203.0.113.7' }],
  ['a host of the network', { host: 'chat.example.com' }],
  ['a host that begins like this computer', { host: 'localhost.example.com' }],
  ['a page of another site', { origin: 'https://example.com' }],
  ['a page without an origin', { origin: 'null' }],
])('the error event is neutral for a request with %s', async (_what, headers) => {
  const port = await serve({ exposeErrors: true });
  expect(await errorEvent(port, { headers })).toEqual(neutral);
});

test('the error event is neutral for a connection from another address', async () => {
  const port = await serve({ exposeErrors: true });
  const addresses = Object.values(networkInterfaces()).flat();
  const outer = addresses.find((address) => address && !address.internal && address.family === 'IPv4')?.address;
  if (outer === undefined) return; // a computer without a network: the cases above remain
  const socket = connect(port, outer);
  await once(socket, 'connect');
  socket.destroy();
  expect(await errorEvent(port, { host: outer, headers: { host: 'localhost' } })).toEqual(neutral);
});

test.each([[{}], [{ exposeErrors: false }]])('the error event is neutral with the options %j', async (options) => {
  expect(await errorEvent(await serve(options))).toEqual(neutral);
});

test('an error for the user is sent as it is', async () => {
  const port = await serve({ exposeErrors: true }, () => new CustomStreamError('Out of words'));
  expect(await errorEvent(port)).toEqual({
    type: 'error',
    code: 'custom',
    message: 'Out of words',
    allow_retry: false,
  });
});

test('the entry is bounded, and an error that cannot be read does no harm', async () => {
  const long = await serve({ exposeErrors: true }, () => new Error('x'.repeat(1_000_000)));
  expect((await errorEvent(long)).log.err.length).toBeLessThan(10_000);
  const odd = await serve({ exposeErrors: true }, () =>
    Object.defineProperty(new Error('odd'), 'stack', {
      get() {
        throw new Error('no');
      },
    }),
  );
  expect((await errorEvent(odd)).log.message).toBe('respond failed');
});

test('a JSON request that fails has the entry as well, by the same rule', async () => {
  const store = new MemoryStore();
  store.loadThreads = () => Promise.reject(failure());
  const port = await serve({ exposeErrors: true, store });
  const post = async (headers = {}) => {
    const body = JSON.stringify({ type: 'threads.list', params: {} });
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
    return (await fetch(`http://127.0.0.1:${port}/chatkit`, init)).json();
  };
  expect(await post()).toMatchObject({ log: { message: 'a request failed', err: expect.stringContaining('bread') } });
  expect(await post({ 'x-forwarded-for': '203.0.113.7' })).not.toHaveProperty('log');
});

describe('at construction', () => {
  const { NODE_ENV } = process.env;
  afterEach(() => {
    process.env['NODE_ENV'] = NODE_ENV;
  });
  const construct = (exposeErrors: unknown) => () =>
    chatkitMiddleware({ store: new MemoryStore(), async *respond() {}, exposeErrors: exposeErrors as boolean });

  test('it is refused in production', () => {
    process.env['NODE_ENV'] = 'production';
    expect(construct(true)).toThrow(ChatKitError);
    expect(construct(true)).toThrow(/`exposeErrors`.*NODE_ENV is production/);
  });

  test('false is accepted in production, and true elsewhere', () => {
    process.env['NODE_ENV'] = 'production';
    expect(construct(false)).not.toThrow();
    expect(construct(undefined)).not.toThrow();
    process.env['NODE_ENV'] = 'development';
    expect(construct(true)).not.toThrow();
  });

  test.each(['yes', 1, null])('%j is refused', (given) => {
    expect(construct(given)).toThrow(/`exposeErrors` must be true or false/);
  });
});
