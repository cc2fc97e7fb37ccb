// What the log says, once, of an endpoint that was mounted wrongly or stands behind a proxy that hides where it is.
import type { Express, RequestHandler } from 'express';
import request from 'supertest';
import { getThread } from '../support/requests';
import { expressVersions, load, start } from './endpoint';
import { startUploads } from './upload-endpoint';

describe.each(expressVersions)('on Express %i', (version) => {
  describe('a mount', () => {
    const mounts: [string, string, (app: Express, chatkit: RequestHandler) => unknown][] = [
      ['app.post', '/chatkit', (app, chatkit) => app.post('/chatkit', chatkit)],
      ['app.all', '/chatkit', (app, chatkit) => app.all('/chatkit', chatkit)],
      [
        'app.post after another handler',
        '/chatkit',
        (app, chatkit) => app.post('/chatkit', (_req, _res, next) => next(), chatkit),
      ],
      ['route().post', '/chatkit', (app, chatkit) => app.route('/chatkit').post(chatkit)],
    ];

    it.each(mounts)('with %s is answered by a warning that says what to write, once', async (_name, path, mount) => {
      const { server, logger } = await start({ version, path, mount });
      for (let count = 0; count < 3; count++) {
        expect((await request(server).post(path).send(getThread('thr_1'))).status).toBe(404);
      }
      const warnings = logger.take('warn');
      expect(warnings).toHaveLength(1);
      expect(warnings[0]!.message).toContain("write `app.use('/chatkit', chatkitMiddleware({ … }))`");
    });

    it('with app.post at the root is too, although it serves', async () => {
      const { server, logger } = await start({ version, path: '/', mount: (app, chatkit) => app.post('/', chatkit) });
      expect((await request(server).post('/').send(getThread('thr_1'))).status).toBe(200);
      expect(logger.take('warn')).toHaveLength(1);
    });

    it('at the root is told when it answers a path of the app with 404, once', async () => {
      const { server, logger } = await start({
        version,
        path: '/',
        mount: (app, chatkit) => app.use(chatkit).get('/page', (_request, response) => void response.send('Hello')),
      });
      for (const path of ['/page', '/chatkit']) expect((await request(server).get(path)).status).toBe(404);
      expect(logger.take('warn')).toMatchObject([
        {
          fields: { method: 'GET', path: '/page' },
          message: expect.stringContaining("write `app.use('/chatkit', chatkitMiddleware({ … }))`"),
        },
      ]);
    });

    it('at the root, in an app that is nothing but the chat, is fine', async () => {
      const { server, logger } = await start({ version, path: '/', mount: (app, chatkit) => app.use(chatkit) });
      expect((await request(server).post('/').send(getThread('thr_1'))).status).toBe(200);
      expect(logger.take('warn')).toEqual([]);
    });

    it('with app.use is fine, also where the path is not there and a route was passed before', async () => {
      const { server, logger } = await start({
        version,
        mount: (app, chatkit) => {
          app.all(/.*/, (_request, _response, next) => next());
          app.use('/chatkit', chatkit);
        },
      });
      expect((await request(server).post('/chatkit/nothing')).status).toBe(404);
      expect((await request(server).post('/chatkit').send(getThread('thr_1'))).status).toBe(200);
      expect(logger.take('warn')).toEqual([]);
    });

    it('without a call is an error that says what to write', async () => {
      const { express, chatkit } = load(version);
      const warn = jest.spyOn(console, 'warn').mockImplementation();
      const app = express();
      app.use('/chatkit', chatkit.chatkitMiddleware as unknown as RequestHandler);
      app.use(((error: Error, _request, response, _next) => {
        response.status(500).send(error.message);
      }) as import('express').ErrorRequestHandler);
      for (let count = 0; count < 2; count++) {
        const { status, text } = await request(app).post('/chatkit').send({});
        expect(status).toBe(500);
        expect(text).toContain("write `app.use('/chatkit', chatkitMiddleware({ store, respond }))`");
      }
      expect(warn).toHaveBeenCalledTimes(1);
      warn.mockRestore();
    });
  });

  describe('a proxy', () => {
    const client = '203.0.113.7';

    async function warningsFor(headers: Record<string, string>, { trust = true, publicUrl = '' } = {}) {
      const endpoint = await startUploads({ version, ...(publicUrl !== '' && { uploads: { publicUrl } }) });
      endpoint.app.set('trust proxy', trust ? 1 : false);
      for (let count = 0; count < 2; count++) {
        const body = { type: 'attachments.create', params: { name: 'a.png', size: 5, mime_type: 'image/png' } };
        const answer = await request(endpoint.server).post('/chatkit').set(headers).send(body);
        expect(answer.status).toBe(200);
      }
      return endpoint.logger.take('warn').map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`);
    }

    it.each(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix'])(
      'that is not trusted is told once, by its %s',
      async (name) => {
        const headers = { host: 'chat.example', [name]: name === 'x-forwarded-prefix' ? '/api' : 'https' };
        expect(await warningsFor(headers, { trust: false })).toEqual([
          expect.stringContaining("write `app.set('trust proxy', 1)`"),
        ]);
        expect(await warningsFor(headers)).toEqual([]);
      },
    );

    it.each<[string, Record<string, string>, RegExp]>([
      [
        'hides the host',
        { host: '127.0.0.1:3000', 'x-forwarded-for': client },
        /\$http_host.*its host is `127\.0\.0\.1`/,
      ],
      ['hides the host, and says only Via', { host: 'localhost:3000', via: '1.1 proxy' }, /its host is `localhost`/],
      [
        'hides the host of the page',
        { host: '[::1]:3000', origin: 'https://chat.example', 'sec-fetch-site': 'same-origin' },
        /its host is `\[::1\]`/,
      ],
      [
        'drops the port',
        { host: 'chat.example', origin: 'http://chat.example:8080', 'x-forwarded-for': client },
        /\$http_host.*port 8080/,
      ],
      [
        'changes the host',
        { host: 'backend', origin: 'https://chat.example', 'sec-fetch-site': 'same-origin' },
        /the page is on https:\/\/chat\.example/,
      ],
      [
        'removes a path',
        { host: 'chat.example', 'x-forwarded-for': client, 'x-original-uri': '/api/chatkit?x' },
        /has removed `\/api`.*X-Forwarded-Prefix: \/api/,
      ],
    ])('that %s is told once', async (_name, headers, message) => {
      expect(await warningsFor(headers)).toEqual([expect.stringMatching(message)]);
      // With this option no URL is made of requests.
      expect(await warningsFor(headers, { publicUrl: 'https://chat.example/chatkit' })).toEqual([]);
    });

    it.each<[string, Record<string, string>]>([
      [
        'passes everything on',
        {
          host: 'chat.example',
          'x-forwarded-for': client,
          'x-forwarded-proto': 'https',
          origin: 'https://chat.example',
        },
      ],
      ['names the host', { host: '127.0.0.1:3000', 'x-forwarded-host': 'chat.example', 'x-forwarded-for': client }],
      ['is on the machine of its client', { host: '127.0.0.1:8080', 'x-forwarded-for': '127.0.0.1' }],
      [
        'serves a page of another origin',
        {
          host: 'chat.example',
          origin: 'https://app.example',
          'sec-fetch-site': 'cross-site',
          'x-forwarded-for': client,
        },
      ],
      [
        'says which path it has removed',
        {
          host: 'chat.example',
          'x-forwarded-for': client,
          'x-original-uri': '/api/chatkit',
          'x-forwarded-prefix': '/api',
        },
      ],
      ['has removed nothing', { host: 'chat.example', 'x-forwarded-for': client, 'x-original-uri': '/chatkit' }],
    ])('that %s is fine', async (_name, headers) => {
      expect(await warningsFor(headers)).toEqual([]);
    });

    it('is not needed: a page on another port of this machine is fine', async () => {
      expect(
        await warningsFor({ host: 'localhost:3000', origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' }),
      ).toEqual([]);
    });
  });

  describe('X-Forwarded-Prefix', () => {
    async function urlFor(headers: Record<string, string>, trust: boolean | number = 1) {
      const endpoint = await startUploads({ version });
      endpoint.app.set('trust proxy', trust);
      const body = { type: 'attachments.create', params: { name: 'a.png', size: 5, mime_type: 'image/png' } };
      const answer = await request(endpoint.server)
        .post('/chatkit')
        .set({ host: 'chat.example', ...headers })
        .send(body);
      endpoint.logger.take('warn');
      return (answer.body as { upload_descriptor: { url: string } }).upload_descriptor.url.replace(/\/upload\/.*/, '');
    }

    it.each([
      ['/api', '/api'],
      ['/api/', '/api'],
      ['/a/b-c_d.e~f', '/a/b-c_d.e~f'],
      ['/caf%C3%A9', '/caf%C3%A9'],
      ['/outer, /inner', '/outer/inner'],
      ['/', ''],
      ['', ''],
      ['api', ''],
      ['//evil.example', ''],
      ['/a?b', ''],
      ['/a#b', ''],
      ['/a b', ''],
      ['/a\\b', ''],
      ['https://evil.example', ''],
      [`/${'a'.repeat(3000)}`, ''],
    ])('%s stands before the mount path', async (given, prefix) => {
      expect(await urlFor({ 'x-forwarded-prefix': given })).toBe(`http://chat.example${prefix}/chatkit`);
    });

    it('counts only where Express trusts the proxy', async () => {
      expect(await urlFor({ 'x-forwarded-prefix': '/api' }, false)).toBe('http://chat.example/chatkit');
    });
  });
});
