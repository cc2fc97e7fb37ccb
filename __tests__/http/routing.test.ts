// Which paths and methods there are, wherever the middleware is mounted.
import type { Express, RequestHandler } from 'express';
import request from 'supertest';
import { expressVersions, load, start } from './endpoint';
import { createThread, getThread } from '../support/requests';
import { post, RawClient, requestBytes } from './raw-client';

type ExpressModule = typeof import('express');

const json = 'application/json; charset=utf-8';
const errorBody = (code: string, message: string) => ({ message, error: { code, message } });
const nothing = errorBody('not_found', 'There is nothing at this path');

const mounts: [string, string, (app: Express, chatkit: RequestHandler, express: ExpressModule) => void][] = [
  ['app.use(path)', '/chatkit', (app, chatkit) => app.use('/chatkit', chatkit)],
  ['app.use() at the root', '/', (app, chatkit) => app.use(chatkit)],
  ['app.use("/")', '/', (app, chatkit) => app.use('/', chatkit)],
  ['a deep path', '/a/b', (app, chatkit) => app.use('/a/b', chatkit)],
  ['a path with a parameter', '/tenants/7/chat', (app, chatkit) => app.use('/tenants/:tenant/chat', chatkit)],
  ['one of several paths', '/two', (app, chatkit) => app.use(['/one', '/two'], chatkit)],
  [
    'a router',
    '/api/chat',
    (app, chatkit, express) => {
      const router = express.Router();
      router.use('/chat', chatkit);
      app.use('/api', router);
    },
  ],
  [
    'an app in the app',
    '/inner/chat',
    (app, chatkit, express) => {
      const inner = express();
      inner.use('/chat', chatkit);
      app.use('/inner', inner);
    },
  ],
];

describe.each(expressVersions)('on Express %i', (version) => {
  it('is a router of that Express', async () => {
    const { chatkit } = await start({ version });
    const { express } = load(version);
    const family = (version === 4 ? express.Router : express.Router.prototype) as object;
    expect(Object.prototype.isPrototypeOf.call(family, chatkit)).toBe(true);
    expect('lazyrouter' in express.application).toBe(version === 4);
  });

  describe.each(mounts)('mounted by %s', (_name, path, mount) => {
    const below = path === '/' ? '/below' : `${path}/below`;

    it.each([
      ['as it is', path],
      ['with a slash at the end', path === '/' ? '/' : `${path}/`],
      ['with a query', `${path}?a=1&b=/x`],
    ])('has a stream, JSON and health at its path %s', async (_which, url) => {
      const { server } = await start({ version, path, mount });

      const stream = await request(server).post(url).send(createThread());
      expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream']);
      const thread = await request(server).post(url).send(getThread('thr_1'));
      expect([thread.status, thread.body]).toMatchObject([200, { id: 'thr_1' }]);
      const health = await request(server).get(url);
      expect([health.status, health.text]).toEqual([200, '{"status":"ok"}']);
    });

    it.each(['get', 'post', 'put', 'head'] as const)('has nothing below its path (%s)', async (method) => {
      const { server, logger } = await start({ version, path, mount });
      for (const url of [below, `${below}/`, `${below}?x`]) {
        const response = await request(server)[method](url);
        expect([response.status, response.headers['content-type']]).toEqual([404, json]);
        if (method !== 'head') expect(response.body).toEqual(nothing);
      }
      // At the root such a path may have been another one's: see warnings.test.ts.
      expect(logger.take('warn')).toHaveLength(path === '/' ? 1 : 0);
    });
  });

  it('tells its health on GET, to be kept by nobody', async () => {
    const { server } = await start({ version });
    const { status, headers, text } = await request(server).get('/chatkit');
    expect([status, text]).toEqual([200, '{"status":"ok"}']);
    expect(headers).toMatchObject({ 'content-type': json, 'content-length': '15', 'cache-control': 'no-store' });
  });

  it('tells the same on HEAD, without the body', async () => {
    const endpoint = await start({ version });
    const client = await RawClient.open(endpoint);
    client.write(requestBytes(endpoint, { method: 'HEAD' }));
    const { headers } = await client.headers();
    expect(headers).toMatchObject({ 'content-type': json, 'content-length': '15', 'cache-control': 'no-store' });
    client.write(requestBytes(endpoint, { method: 'GET', headers: { connection: 'close' } }));
    await client.end();
    // The next response begins where the headers end.
    expect(
      client.bytes
        .toString()
        .split('\r\n\r\n')
        .map((part) => part.slice(0, 15)),
    ).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', '{"status":"ok"}']);
  });

  it('does not ask who is asking for its health', async () => {
    const context = jest.fn();
    const { server } = await start({ version, context });
    await request(server).get('/chatkit');
    await request(server).put('/chatkit');
    await request(server).get('/chatkit/x');
    expect(context).not.toHaveBeenCalled();
  });

  it.each(['put', 'patch', 'delete', 'trace', 'propfind'] as const)(
    'refuses %s and says what there is',
    async (method) => {
      const { server } = await start({ version });
      const { status, headers, body } = await request(server)[method]('/chatkit');
      expect([status, headers['content-type'], headers['allow']]).toEqual([405, json, 'GET, HEAD, POST, OPTIONS']);
      expect(body).toEqual(errorBody('method_not_allowed', `${method.toUpperCase()} is not a method of this endpoint`));
    },
  );

  it('answers OPTIONS that is no preflight', async () => {
    const { server } = await start({ version });
    const { status, text } = await request(server).options('/chatkit');
    expect([status, text]).toEqual([204, '']);
  });

  it('says what there is on OPTIONS where others do the CORS', async () => {
    const { server } = await start({ version, cors: false });
    const { status, headers, text } = await request(server).options('/chatkit').set('Origin', 'https://a.example');
    expect([status, headers['allow'], text]).toEqual([204, 'GET, HEAD, POST, OPTIONS', '']);
  });

  it('leaves the paths beside it to the app', async () => {
    const endpoint = await start({
      version,
      mount(app, chatkit) {
        app.use('/chatkit', chatkit);
        app.get('/other', (_request, response) => void response.send('mine'));
      },
    });
    expect((await request(endpoint.server).get('/other')).text).toBe('mine');
    expect((await request(endpoint.server).get('/chatkitten')).status).toBe(404);
    expect((await request(endpoint.server).get('/chatkitten')).headers['content-type']).toContain('text/html');
  });

  it('gives `context` the request with the parameters, cookies and user that others left there', async () => {
    const context = jest.fn((incoming: { originalUrl: string; user?: string; query: unknown }) => ({
      user: incoming.user,
      url: incoming.originalUrl,
      query: { ...(incoming.query as object) },
    }));
    const seen: unknown[] = [];
    const endpoint = await start({
      version,
      before: () => [
        (incoming, _response, next) => {
          Object.assign(incoming, { user: 'ann' });
          next();
        },
      ],
      context,
      addFeedback: ({ context: given }) => void seen.push(given),
    });
    const params = { thread_id: 'thr_1', item_ids: ['msg_1'], kind: 'positive' };
    const client = await post({ ...endpoint, path: '/chatkit?a=1' }, { type: 'items.feedback', params });
    expect(await client.response()).toMatchObject({ status: 200, body: '{}' });
    expect(seen).toEqual([{ user: 'ann', url: '/chatkit?a=1', query: { a: '1' } }]);
  });
});

it('serves two endpoints in one app apart from each other', async () => {
  const first = await start();
  const second = await start({
    mount(app, chatkit) {
      app.use('/first', first.chatkit).use('/second', chatkit);
    },
  });
  await second.store.deleteThread('thr_1', {});
  const statuses = await Promise.all(
    ['/first', '/second'].map(
      async (path) => (await request(second.server).post(path).send(getThread('thr_1'))).status,
    ),
  );
  expect(statuses).toEqual([200, 404]);
});
