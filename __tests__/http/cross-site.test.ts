// Forms that a page of another origin sends with its user's cookies or browser login.
import { ChatKitError, type ChatKitOptions } from 'chatkit-express';
import cors from 'cors';
import request from 'supertest';
import { expressVersions, start } from './endpoint';
import { formOf, png, startUploads } from './upload-endpoint';

const evil = 'https://evil.example';
const friend = 'https://app.example';
const cookie = { cookie: 'session=1' };

describe.each(expressVersions)('on Express %i', (version) => {
  type Options = { cors?: ChatKitOptions['cors']; uploads?: ChatKitOptions['uploads'] };

  describe.each(['/upload', '/transcribe'])('%s', (path) => {
    async function send(
      headers: Record<string, string>,
      options: Options = {},
      setUp: Parameters<typeof start>[0] = {},
    ) {
      const endpoint = await startUploads({ version, transcribe: () => ({ text: 'Hello' }), ...options, ...setUp });
      endpoint.app.set('trust proxy', 1);
      const form = new Response(formOf(png));
      const answer = await request(endpoint.server)
        .post(`/chatkit${path}`)
        .set({ host: 'chat.example', 'content-type': form.headers.get('content-type')!, ...headers })
        .send(Buffer.from(await form.arrayBuffer()));
      endpoint.logger.take('warn'); // of URLs, where the host is not the page's: see warnings.test.ts
      return answer;
    }

    it.each<[string, Record<string, string>]>([
      ['a cookie and another origin', { ...cookie, origin: evil }],
      ['a cookie and the origin null', { ...cookie, origin: 'null' }],
      ['a cookie and another port', { ...cookie, origin: 'http://chat.example:81' }],
      ['a cookie and another scheme', { ...cookie, origin: 'https://chat.example' }],
      ['a cookie and another host of the site', { ...cookie, origin: friend, 'sec-fetch-site': 'same-site' }],
      ['a cookie and Sec-Fetch-Site', { ...cookie, 'sec-fetch-site': 'cross-site' }],
      [
        'a cookie, Sec-Fetch-Site and its own origin',
        { ...cookie, origin: 'http://chat.example', 'sec-fetch-site': 'cross-site' },
      ],
      ['an empty cookie', { cookie: '', origin: evil }],
      ['Basic', { authorization: 'Basic YTpi', origin: evil }],
      ['Digest', { authorization: 'digest username="a"', origin: evil }],
      ['Negotiate', { authorization: 'Negotiate YII', 'sec-fetch-site': 'cross-site' }],
      ['the host of a proxy', { ...cookie, origin: 'http://chat.example', 'x-forwarded-host': 'files.example' }],
    ])('refuses a form with %s', async (_name, headers) => {
      const { status, body } = await send(headers);
      expect([status, (body as { error: { code: string } }).error.code]).toEqual([403, 'forbidden']);
    });

    it.each<[string, Record<string, string>]>([
      ['nothing that a browser adds', { origin: evil }],
      ['a token that the page has added', { authorization: 'Bearer abc', origin: evil }],
      ['a cookie, as a program sends it', cookie],
      ['a browser login, as a program sends it', { authorization: 'Basic YTpi' }],
      ['its own origin', { ...cookie, origin: 'http://chat.example' }],
      [
        'its own origin with the port that the scheme has',
        { ...cookie, origin: 'http://chat.example', host: 'chat.example:80' },
      ],
      ['its own origin in capitals', { ...cookie, origin: 'http://chat.example', host: 'Chat.Example' }],
      [
        'its own origin behind a proxy',
        {
          ...cookie,
          origin: 'https://files.example',
          'x-forwarded-host': 'files.example',
          'x-forwarded-proto': 'https',
        },
      ],
      [
        'Sec-Fetch-Site: same-origin, whatever a proxy made of the host',
        { ...cookie, origin: friend, 'sec-fetch-site': 'same-origin' },
      ],
      ['Sec-Fetch-Site: none', { ...cookie, 'sec-fetch-site': 'none' }],
    ])('accepts a form with %s', async (_name, headers) => {
      expect((await send(headers)).status).toBe(200);
    });

    it.each<[string, Options, Record<string, string>, number]>([
      ['with credentials', { cors: { origin: [friend], credentials: true } }, {}, 200],
      [
        'with credentials, where the browser says cross-site',
        { cors: { origin: [friend], credentials: true } },
        { 'sec-fetch-site': 'cross-site' },
        200,
      ],
      [
        'by a function',
        { cors: { origin: (origin, done) => done(null, origin === friend), credentials: true } },
        {},
        200,
      ],
      ['without credentials', { cors: { origin: [friend] } }, {}, 403],
      ['that are others', { cors: { origin: [evil], credentials: true } }, {}, 403],
      ['never', { cors: false }, {}, 403],
      ['by default', {}, {}, 403],
    ])('asks CORS: origins allowed %s', async (_name, options, headers, status) => {
      expect((await send({ ...cookie, origin: friend, ...headers }, options)).status).toBe(status);
    });

    it('asks the CORS middleware of the app', async () => {
      const before = () => [cors({ origin: [friend], credentials: true })];
      const accepted = await send({ ...cookie, origin: friend }, {}, { before });
      expect([accepted.status, accepted.headers['access-control-allow-origin']]).toEqual([200, friend]);
      expect((await send({ ...cookie, origin: evil }, {}, { before })).status).toBe(403);
      expect((await send({ ...cookie, origin: friend }, { cors: false }, { before })).status).toBe(200);
    });

    it('takes the origin of `uploads.publicUrl` for its own', async () => {
      const options = { uploads: { publicUrl: `${friend}/chat` } };
      expect((await send({ ...cookie, origin: friend }, options)).status).toBe(200);
      expect((await send({ ...cookie, origin: evil }, options)).status).toBe(403);
    });
  });

  it('lets a page read the refusal, as any other', async () => {
    const endpoint = await startUploads({ version });
    const answer = await request(endpoint.server)
      .post('/chatkit/upload')
      .set({ ...cookie, origin: evil })
      .attach('file', png, 'a.png');
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, '*']);
  });

  it('asks nobody who is asking before it refuses', async () => {
    const context = jest.fn(() => {
      throw new ChatKitError('unauthorized', 'No');
    });
    const endpoint = await start({ version, context, transcribe: () => ({ text: '' }) });
    const post = (headers: Record<string, string>) =>
      request(endpoint.server).post('/chatkit/transcribe').set(headers).attach('file', png, 'a.png');
    expect((await post({ ...cookie, origin: evil })).status).toBe(403);
    expect(context).not.toHaveBeenCalled();
    expect((await post(cookie)).status).toBe(401);
  });

  it('does not ask it of announced uploads, whose URL is the proof', async () => {
    const endpoint = await startUploads({ version });
    const { body } = await endpoint.announce(png);
    const { pathname, search } = new URL(body.upload_descriptor.url);
    const answer = await request(endpoint.server)
      .put(pathname + search)
      .set({ ...cookie, origin: evil, 'sec-fetch-site': 'cross-site', 'content-type': 'image/png' })
      .send(png);
    expect(answer.status).toBe(200);
  });
});
