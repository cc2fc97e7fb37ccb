// The option `observer`, the ids of requests, and the log of requests and runs. The examples of docs/observability.md run
// with the real packages.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as Sentry from '@sentry/core';
import { ServerRuntimeClient } from '@sentry/core/server';
import express, { type Express } from 'express';
import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import { Registry } from 'prom-client';
import {
  ChatKitError,
  type ChatKitOptions,
  chatkitMiddleware,
  CustomStreamError,
  MemoryStore,
  type Observer,
} from 'chatkit-express';
import { prometheusObserver } from '../docs/examples/observability-prometheus';
import { sentryObserver } from '../docs/examples/observability-sentry';
import { assistantMessage, done } from './support/items';
import { RecordingLogger } from './support/recording-logger';
import { createThread } from './support/requests';

// The example imports `@sentry/node`, which has the same functions.
jest.mock('@sentry/node', () => jest.requireActual<object>('@sentry/core'), { virtual: true });

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function listen(app: Express): Promise<string> {
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/chatkit`;
}

async function post(url: string, body: unknown = createThread('Hello'), headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, id: response.headers.get('x-request-id'), text: await response.text() };
}

type Options = Partial<ChatKitOptions>;
function appWith(options: Options): { app: Express; logger: RecordingLogger } {
  const logger = new RecordingLogger();
  logger.isWhole = true;
  const given = {
    store: new MemoryStore(),
    logger,
    async *respond({ thread }) {
      yield done(assistantMessage(thread, 'm_1', 'Good evening'));
    },
    ...options,
  } as ChatKitOptions;
  return { app: express().use('/chatkit', chatkitMiddleware(given)), logger };
}

/** Records the calls of an observer: the name of the method, and what its last argument says. */
function recording(): { observer: Observer; calls: [string, ...unknown[]][] } {
  const calls: [string, ...unknown[]][] = [];
  const observer: Observer = {
    requestStarted: ({ operation }) => void calls.push(['requestStarted', operation]),
    requestEnded: ({ operation }, { outcome, code }) => void calls.push(['requestEnded', operation, outcome, code]),
    runStarted: ({ hook }) => void calls.push(['runStarted', hook]),
    firstEvent: () => void calls.push(['firstEvent']),
    itemStored: (_run, { type }) => void calls.push(['itemStored', type]),
    usage: (_run, usage) => void calls.push(['usage', usage]),
    runEnded: (_run, { outcome, items, usage }) => void calls.push(['runEnded', outcome, items, usage]),
    error: (error, { message }) => void calls.push(['error', error, message]),
  };
  return { observer, calls };
}
const named = (calls: readonly [string, ...unknown[]][], ...names: string[]) =>
  calls.filter(([name]) => names.includes(name));

let boom = new TypeError('boom');
beforeEach(() => (boom = new TypeError('boom'))); // Sentry reports the same object once
const failingRun: Options = {
  // eslint-disable-next-line require-yield
  async *respond() {
    throw boom;
  },
};
const failingContext: Options = {
  context() {
    throw boom;
  },
};

describe('a run', () => {
  it('is reported from its beginning to its end, with its tokens', async () => {
    const { observer, calls } = recording();
    const { app, logger } = appWith({
      observer,
      async *respond({ thread, usage }) {
        usage({ model: 'one', inputTokens: 3, outputTokens: 1, cachedInputTokens: 2 });
        yield done(assistantMessage(thread, 'm_1', 'Good evening'));
        usage({ model: 'two', inputTokens: 4, outputTokens: null });
      },
    });
    const { id, text } = await post(await listen(app));
    expect(text).toContain('Good evening');
    await logger.next('a run ended').then(({ level, fields }) => {
      expect(level).toBe('info');
      expect(fields).toMatchObject({ outcome: 'completed', items: 1, model: 'one', input_tokens: 7, output_tokens: 1 });
      expect(fields['request_id']).toBe(id);
      expect(Object.keys(fields)).toEqual(
        expect.arrayContaining(['run_id', 'thread_id', 'duration_ms', 'first_event_ms']),
      );
    });
    expect(named(calls, 'runStarted', 'firstEvent', 'itemStored', 'usage', 'runEnded')).toEqual([
      ['runStarted', 'respond'],
      ['usage', { model: 'one', inputTokens: 3, outputTokens: 1, cachedInputTokens: 2 }],
      ['firstEvent'],
      ['itemStored', 'assistant_message'],
      ['usage', { model: 'two', inputTokens: 4 }],
      ['runEnded', 'completed', 1, { inputTokens: 7, outputTokens: 1, cachedInputTokens: 2 }],
    ]);
    expect(named(calls, 'requestStarted', 'requestEnded')).toEqual([
      ['requestStarted', 'threads.create'],
      ['requestEnded', 'threads.create', 'answered', undefined],
    ]);
    expect(logger.lines).toEqual([]);
  });

  it('leaves out tokens that are not counts, with one warning', async () => {
    const { observer, calls } = recording();
    const { app, logger } = appWith({
      observer,
      async *respond({ thread, usage }) {
        usage({ inputTokens: -1, outputTokens: 2 });
        usage({ inputTokens: 1.5, model: 7 as never });
        usage(null as never);
        yield done(assistantMessage(thread, 'm_1', 'Good evening'));
      },
    });
    expect((await post(await listen(app))).text).toContain('Good evening');
    expect(named(calls, 'usage')).toEqual([['usage', { outputTokens: 2 }]]);
    expect(logger.take('warn')).toMatchObject([
      { fields: { fields: ['inputTokens'] }, message: 'a hook reported tokens that are not counts' },
    ]);
  });

  it('calls each step of its hook through `inRun`, whose result counts for nothing', async () => {
    let steps = 0;
    const observer: Observer = {
      inRun(_run, step) {
        steps++;
        step();
        return undefined as never;
      },
    };
    const { app, logger } = appWith({ observer });
    expect((await post(await listen(app))).text).toContain('Good evening');
    expect(steps).toBeGreaterThanOrEqual(3); // the call of the hook, an event, the end
    expect(logger.take('error')).toEqual([]);
  });
});

describe('an observer that fails', () => {
  const methods = [
    'requestStarted',
    'requestEnded',
    'runStarted',
    'firstEvent',
    'itemStored',
    'usage',
    'runEnded',
    'inRun',
  ];
  const failures = {
    throws: () => {
      throw boom;
    },
    rejects: () => Promise.reject(boom),
  };
  it.each(Object.entries(failures))(
    'and %s in each method breaks nothing, and is logged once for each',
    async (name, fail) => {
      const observer = Object.fromEntries(
        methods.filter((method) => name === 'throws' || method !== 'inRun').map((method) => [method, fail]),
      ) as unknown as Observer;
      const { app, logger } = appWith({
        observer,
        async *respond({ thread, usage }) {
          usage({ inputTokens: 1 });
          usage({ inputTokens: 1 });
          yield done(assistantMessage(thread, 'm_1', 'Good evening'));
        },
      });
      const url = await listen(app);
      for (let time = 0; time < 2; time++) {
        const { status, text } = await post(url);
        expect(status).toBe(200);
        expect(text).toContain('Good evening');
        expect(text).not.toContain('"type":"error"');
        expect((await logger.next('a run ended')).fields['outcome']).toBe('completed');
      }
      const warned = logger.take('warn').map(({ fields }) => fields['method']);
      expect(warned.sort()).toEqual(Object.keys(observer).sort());
    },
  );
});

describe('a failure reaches each example exactly once', () => {
  const cases: [string, Options, number, string][] = [
    ['a run', failingRun, 200, 'respond failed'],
    ['`context`', failingContext, 500, 'a request failed'],
  ];

  it.each(cases)('of %s: the observer', async (_what, options, status, message) => {
    const { observer, calls } = recording();
    const { app, logger } = appWith({ ...options, observer });
    expect((await post(await listen(app))).status).toBe(status);
    await logger.next(message);
    expect(named(calls, 'error')).toEqual([['error', boom, message]]);
    expect(logger.take('error')).toEqual([]);
  });

  it.each(cases)('of %s: pino', async (_what, options, _status, message) => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const app = express().use(pinoHttp({ logger: log, genReqId: () => 'from-pino' }));
    const { logger: _logger, ...rest } = { ...options, logger: undefined };
    const router = chatkitMiddleware({
      store: new MemoryStore(),
      async *respond() {},
      ...rest,
      logger: (request?: express.Request) => request?.log ?? log,
    });
    const { id } = await post(await listen(app.use('/chatkit', router)));
    const errors = lines.filter(({ err, msg }) => err !== undefined && msg !== 'request errored');
    expect(errors.map(({ msg }) => msg)).toEqual([message]);
    expect(errors[0]).toMatchObject({ level: 50, request_id: 'from-pino', req: { id: 'from-pino' } });
    expect(id).toBe('from-pino');
  });

  it.each(cases)('of %s: Sentry', async (_what, options) => {
    const sent: Sentry.Event[] = [];
    const client = new ServerRuntimeClient({
      dsn: 'https://key@example.invalid/1',
      integrations: [],
      stackParser: () => [],
      transport: () => ({ send: () => Promise.resolve({}), flush: () => Promise.resolve(true) }),
      beforeSend(event) {
        sent.push(event);
        return null;
      },
    });
    Sentry.setCurrentClient(client);
    client.init();
    const { app } = appWith({ ...options, observer: sentryObserver });
    await post(await listen(app));
    await client.flush(1000);
    expect(sent.map(({ exception }) => exception?.values?.[0]?.value)).toEqual(['boom']);
  });

  it.each(cases)('of %s: Prometheus', async (_what, options) => {
    const register = new Registry();
    const { app, logger } = appWith({ ...options, observer: prometheusObserver(register) });
    await post(await listen(app));
    const text = await register.metrics();
    expect(text).toMatch(/^chatkit_errors\{operation="[a-z._]+"\} 1$/m);
    expect(text).toContain('chatkit_open_runs 0');
    expect(text).not.toMatch(/thr_|req_|Hello/);
    logger.take('error');
  });
});

describe('an error that the application intends', () => {
  it.each([
    ['unauthorized', 401],
    ['forbidden', 403],
  ] as const)('%s of `context` is a refusal, and not a failure', async (code, status) => {
    const { observer, calls } = recording();
    const { app } = appWith({
      observer,
      context() {
        throw new ChatKitError(code, 'No');
      },
    });
    expect((await post(await listen(app))).status).toBe(status);
    expect(calls).toEqual([['requestEnded', 'request', 'refused', code]]);
  });

  it('a path that does not exist is a refusal with its code', async () => {
    const { observer, calls } = recording();
    const { app } = appWith({ observer });
    expect((await post(`${await listen(app)}/nothing`)).status).toBe(404);
    expect(calls).toEqual([['requestEnded', 'request', 'refused', 'not_found']]);
  });

  it('in a stream ends the run as failed, without an error', async () => {
    const { observer, calls } = recording();
    const { app } = appWith({
      observer,
      // eslint-disable-next-line require-yield
      async *respond() {
        throw new CustomStreamError('Out of credits');
      },
    });
    expect((await post(await listen(app))).text).toContain('Out of credits');
    expect(named(calls, 'error', 'runEnded')).toEqual([['runEnded', 'failed', 0, {}]]);
  });
});

describe('the id of a request', () => {
  it.each(['abc', 'a'.repeat(128), 'trace:1/2+3=@a.b_c-d'])('is %s of the client', async (given) => {
    const { app, logger } = appWith(failingRun);
    const { id } = await post(await listen(app), undefined, { 'x-request-id': given });
    expect(id).toBe(given);
    expect((await logger.next('respond failed')).fields['request_id']).toBe(given);
  });

  it.each(['a b', 'a'.repeat(129), 'a"b', '{}', 'ä'])('%s of the client is replaced', async (given) => {
    const { app, logger } = appWith({});
    const { id } = await post(await listen(app), undefined, { 'x-request-id': given });
    expect(id).toMatch(/^req_[\w-]{36}$/);
    expect(logger.take('debug')).toMatchObject([
      { message: expect.stringMatching(/^the id of a request was replaced/) },
    ]);
  });

  it.each([
    ['a body that is not valid', { type: 'nothing' }, '', 400],
    ['an unknown path', createThread('Hello'), '/nothing', 404],
  ])('is in the response and the log of %s', async (_what, body, path, status) => {
    const { app, logger } = appWith({});
    const response = await post(`${await listen(app)}${path}`, body);
    expect(response.status).toBe(status);
    expect(response.id).toMatch(/^req_/);
    const lines = logger.lines.filter(({ message }) => message === 'a request was refused');
    expect(lines.map(({ fields }) => fields['request_id'])).toEqual([response.id]);
  });

  it('is that of an earlier middleware', async () => {
    const { app } = appWith({});
    const outer = express().use((request, response, next) => {
      response.setHeader('X-Request-Id', 'outer');
      next();
    }, app);
    expect((await post(await listen(outer), undefined, { 'x-request-id': 'inner' })).id).toBe('outer');
  });
});

describe('a logger for each request', () => {
  it('is the logger of the options when the function returns none, with one warning', async () => {
    const logger = new RecordingLogger();
    const { app } = appWith({ logger: ((request?: unknown) => (request ? undefined : logger)) as never });
    const url = await listen(app);
    for (let time = 0; time < 2; time++) expect((await post(url)).status).toBe(200);
    expect(logger.take('warn').map(({ message }) => message)).toEqual([
      'the option `logger` returned no logger for a request; another one is used',
    ]);
  });
});

describe('the option', () => {
  it.each([[null], ['x'], [{}], [{ runEnded: 1 }], [{ runEnd: () => undefined }]])('%j is refused', (observer) => {
    expect(() => appWith({ observer: observer as never })).toThrow(/`observer/);
  });

  it('may have any one method', () => {
    expect(() => appWith({ observer: { runEnded() {} } })).not.toThrow();
  });
});
