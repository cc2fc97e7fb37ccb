// What browsers on other origins may do.
import type { ChatKitOptions } from 'chatkit-express';
import cors from 'cors';
import request from 'supertest';
import { type Endpoint, expressVersions, start } from './endpoint';
import { addMessage, getThread } from '../support/requests';

type Cors = ChatKitOptions['cors'];
const page = 'https://app.example';
const asked = 'content-type,chatkit-frame-instance-id,accept-language';

describe.each(expressVersions)('on Express %i', (version) => {
  async function preflight(option: Cors, { origin = page, headers = asked, path = '/chatkit' } = {}) {
    const { server } = await start({ version, cors: option });
    const {
      status,
      headers: told,
      text,
    } = await request(server)
      .options(path)
      .set('Origin', origin)
      .set('Access-Control-Request-Method', 'POST')
      .set('Access-Control-Request-Headers', headers);
    return { status, told, text };
  }
  const list = (value: string | undefined) => (value ?? '').split(',').map((name) => name.trim().toLowerCase());

  it('lets any page in, with every header it asks for, and without credentials', async () => {
    const { status, told, text } = await preflight(undefined, { headers: `${asked},chatkit-session-id,x-custom` });
    expect([status, text]).toEqual([204, '']);
    expect(told['access-control-allow-origin']).toBe('*');
    expect(list(told['access-control-allow-methods'])).toContain('post');
    expect(list(told['access-control-allow-headers'])).toEqual([...asked.split(','), 'chatkit-session-id', 'x-custom']);
    expect(list(told['vary'])).toContain('access-control-request-headers');
    expect(Number(told['access-control-max-age'])).toBeGreaterThan(0);
    expect(told).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each([
    ['a stream', addMessage('thr_1'), 200],
    ['JSON', getThread('thr_1'), 200],
    ['a refusal', { type: 'x' }, 400],
    ['what is not there', getThread('thr_2'), 404],
  ])('lets any page read %s', async (_name, body, status) => {
    const { server } = await start({ version });
    const response = await request(server).post('/chatkit').set('Origin', page).send(body);
    expect([response.status, response.headers['access-control-allow-origin']]).toEqual([status, '*']);
  });

  it('lets any page read what its context was refused with', async () => {
    const { server, logger } = await start({
      version,
      context: () => {
        throw new Error('lost the sessions');
      },
    });
    const response = await request(server).post('/chatkit').set('Origin', page).send(getThread('thr_1'));
    expect(logger.take('error')).toHaveLength(1);
    expect([response.status, response.headers['access-control-allow-origin']]).toEqual([500, '*']);
  });

  it.each([
    ['a list', ['X-Custom']],
    ['a string', 'X-Custom, X-Other'],
    ['an empty list', []],
  ])('admits chatkit-* headers beside `allowedHeaders` that are %s', async (_name, allowedHeaders) => {
    const { told } = await preflight(
      { allowedHeaders },
      { headers: 'Chatkit-Frame-Instance-Id, chatkit-new-one,x-custom,x-evil,xchatkit-x, chatkit-' },
    );
    const allowed = list(told['access-control-allow-headers']);
    expect(allowed).toEqual(
      expect.arrayContaining([
        ...['chatkit-frame-instance-id', 'chatkit-new-one'],
        ...['content-type', 'accept', 'accept-language', 'authorization'],
        ...[allowedHeaders].flat().flatMap((names) => list(names)),
      ]),
    );
    for (const name of ['x-evil', 'xchatkit-x', 'chatkit-']) expect(allowed).not.toContain(name);
  });

  it('does not let a header name smuggle others in', async () => {
    const { told } = await preflight({ allowedHeaders: [] }, { headers: 'chatkit-a b, chatkit-x:y, chatkit-ü' });
    expect(list(told['access-control-allow-headers']).filter((name) => name.includes('chatkit'))).toEqual([]);
  });

  describe('with credentials for some origins', () => {
    const cors = { origin: [page, /^https:\/\/.*\.trusted\.example$/], credentials: true };

    it.each([page, 'https://x.trusted.example'])('lets %s in by name', async (origin) => {
      const { status, told } = await preflight(cors, { origin });
      expect(status).toBe(204);
      expect(told).toMatchObject({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' });
      expect(list(told['vary'])).toContain('origin');

      const { server } = await start({ version, cors });
      for (const body of [addMessage('thr_1'), getThread('thr_1'), {}]) {
        const { headers } = await request(server).post('/chatkit').set('Origin', origin).send(body);
        expect(headers).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
        });
        expect(list(headers['vary'])).toContain('origin');
      }
    });

    it.each(['https://evil.example', 'null', 'https://app.example.evil.example', 'http://app.example'])(
      'keeps %s out',
      async (origin) => {
        const { told } = await preflight(cors, { origin });
        expect(told).not.toHaveProperty('access-control-allow-origin');
        expect(list(told['vary'])).toContain('origin');

        const { server } = await start({ version, cors });
        const { headers } = await request(server).post('/chatkit').set('Origin', origin).send(getThread('thr_1'));
        expect(headers).not.toHaveProperty('access-control-allow-origin');
        expect(list(headers['vary'])).toContain('origin');
      },
    );
  });

  it('takes a function for the origin', async () => {
    const cors: Cors = { origin: (origin, done) => done(null, origin === page), credentials: true };
    expect((await preflight(cors)).told).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-credentials': 'true',
    });
    const { status, told } = await preflight(cors, { origin: 'https://evil.example' });
    expect(status).toBe(204);
    expect(told).not.toHaveProperty('access-control-allow-origin');
  });

  it('takes the other options of the cors package', async () => {
    const { status, told } = await preflight({
      ...{ origin: page, methods: ['POST'], exposedHeaders: ['X-Request-Id'], maxAge: 5, optionsSuccessStatus: 200 },
    });
    expect(status).toBe(200);
    expect(told).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'POST',
      'access-control-expose-headers': 'x-request-id, Retry-After, chatkit-run-id',
      'access-control-max-age': '5',
    });
  });

  it('answers a preflight below the mount path too', async () => {
    const { status, told } = await preflight(undefined, { path: '/chatkit/upload' });
    expect([status, told['access-control-allow-origin']]).toEqual([204, '*']);
  });

  it('says nothing about CORS with `cors: false`', async () => {
    const { status, told } = await preflight(false);
    expect(status).toBe(204);
    const { server } = await start({ version, cors: false });
    const { headers } = await request(server).post('/chatkit').set('Origin', page).send(getThread('thr_1'));
    for (const names of [Object.keys(told), Object.keys(headers)]) {
      expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('does not ask who is asking in a preflight', async () => {
    const context = jest.fn();
    const { server } = await start({ version, context });
    await request(server).options('/chatkit').set('Origin', page).set('Access-Control-Request-Method', 'POST');
    expect(context).not.toHaveBeenCalled();
  });

  describe('beside another CORS middleware', () => {
    const app = (options: cors.CorsOptions, ours?: Cors) =>
      start({ version, before: () => [cors(options)], cors: ours });
    const post = (endpoint: Endpoint, origin = page) =>
      request(endpoint.server).post('/chatkit').set('Origin', origin).send(getThread('thr_1'));
    const credentials = 'access-control-allow-credentials';

    it('keeps the headers that are set, and exposes more', async () => {
      const endpoint = await app({ origin: page, credentials: true, exposedHeaders: ['X-Request-Id'] });
      const { status, headers } = await post(endpoint);
      expect([status, headers['access-control-allow-origin'], headers[credentials]]).toEqual([200, page, 'true']);
      expect(list(headers['access-control-expose-headers'])).toEqual(['x-request-id', 'retry-after', 'chatkit-run-id']);
      expect(list(headers['vary'])).toEqual(['origin']);
    });

    it('keeps `*` too, and does not expose a header twice', async () => {
      const { headers } = await post(await app({ exposedHeaders: 'retry-after,*' }));
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(list(headers['access-control-expose-headers'])).toEqual([
        'retry-after',
        '*',
        'chatkit-run-id',
        'x-request-id',
      ]);
    });

    it.each([
      ['a list', { origin: [page], credentials: true }],
      ['a list without credentials', { origin: [page] }],
      [
        'a function',
        { origin: ((_origin, done) => done(null, false)) as cors.CorsOptions['origin'], credentials: true },
      ],
    ])('by default lets no origin in that %s has not let in', async (name, options) => {
      const endpoint = await app(options);
      const { headers } = await post(endpoint, 'https://evil.example');
      // The cors package sets no header at all when its function says no.
      if (name !== 'a function') expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers['access-control-allow-origin'] === '*' && headers[credentials] === 'true').toBe(false);
    });

    it('adds what its own option allows, and never with the credentials of the other', async () => {
      const other = 'https://other.example';
      const endpoint = await app({ origin: [page], credentials: true }, { origin: [other] });
      const { headers } = await post(endpoint, other);
      expect(headers['access-control-allow-origin']).toBe(other);
      expect(headers).not.toHaveProperty(credentials);
      const both = await app({ origin: [page], credentials: true }, { origin: [other], credentials: true });
      expect((await post(both, other)).headers).toMatchObject({
        'access-control-allow-origin': other,
        [credentials]: 'true',
      });
    });

    it('does not give the origins of the other its own credentials', async () => {
      const endpoint = await app({ origin: [page] }, { origin: ['https://other.example'], credentials: true });
      const { headers } = await post(endpoint);
      expect(headers['access-control-allow-origin']).toBe(page);
      expect(headers).not.toHaveProperty(credentials);
    });

    it('says once when its own option has no effect, and says nothing when both agree', async () => {
      const endpoint = await app({}, { origin: [page], credentials: true });
      for (let count = 0; count < 2; count++) await post(endpoint);
      expect(endpoint.logger.take('warn')).toMatchObject([
        {
          fields: { kept: '*', ignored: page },
          message: expect.stringMatching(/write `cors: false`, or remove the other/),
        },
      ]);
      const agreed = await app({ origin: page, credentials: true }, { origin: [page], credentials: true });
      await post(agreed);
      expect(agreed.logger.take('warn')).toEqual([]);
    });

    it('completes a preflight that the other has left to it', async () => {
      const endpoint = await app({ origin: page, credentials: true, preflightContinue: true, allowedHeaders: 'x-own' });
      const { status, headers } = await request(endpoint.server)
        .options('/chatkit')
        .set({ Origin: page, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': asked });
      expect(status).toBe(204);
      expect(headers).toMatchObject({
        'access-control-allow-origin': page,
        [credentials]: 'true',
        'access-control-allow-headers': 'x-own',
        'access-control-max-age': '600',
      });
    });
  });
});
