// Bodies that another middleware has read before: parsed, as text, as bytes, or not left at all.
import { gzipSync } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { expressVersions, start } from './endpoint';
import { getThread } from '../support/requests';
import { post, requestBytes } from './raw-client';

const json = JSON.stringify(getThread('thr_1'));
type Express = typeof import('express');

/** Reads the body to its end, and leaves what `leave` makes of it. */
const reader =
  (leave: (request: Request, bytes: Buffer) => void): RequestHandler =>
  (request: Request, _response: Response, next) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      leave(request, Buffer.concat(chunks));
      next();
    });
  };

const parsers: [string, (express: Express) => RequestHandler[]][] = [
  ['express.json()', (express) => [express.json()]],
  ['express.json() for all types', (express) => [express.json({ type: () => true, strict: false })]],
  ['express.raw()', (express) => [express.raw({ type: 'application/json' })]],
  ['express.text()', (express) => [express.text({ type: 'application/json' })]],
  [
    'parsers of other types',
    (express) => [
      express.urlencoded({ extended: false }),
      express.text(),
      express.raw(),
      express.json({ type: 'x/y' }),
    ],
  ],
  [
    'several parsers',
    (express) => [express.json(), express.text({ type: () => true }), express.raw({ type: () => true })],
  ],
  ['a parser of its own', () => [reader((request, bytes) => (request.body = JSON.parse(bytes.toString() || '{}')))]],
  ['a reader that leaves bytes', () => [reader((request, bytes) => (request.body = bytes))]],
  ['a reader that leaves text', () => [reader((request, bytes) => (request.body = bytes.toString()))]],
  ['a middleware that sets an empty body', () => [(request, _response, next) => next(void (request.body = {}))]],
];

describe.each(expressVersions)('on Express %i', (version) => {
  describe.each(parsers)('after %s', (_name, before) => {
    it('takes a request', async () => {
      const endpoint = await start({ version, before });
      const response = await (await post(endpoint, json)).response();
      expect([response.status, JSON.parse(response.body)]).toMatchObject([200, { id: 'thr_1' }]);
    });

    it('says what is wrong with one', async () => {
      const endpoint = await start({ version, before });
      const { status, body } = await (await post(endpoint, { type: 'threads.get_by_id', params: {} })).response();
      expect([status, JSON.parse(body).error.issues]).toMatchObject([400, [{ path: ['params', 'thread_id'] }]]);
    });

    it('refuses an empty one, and goes on with the connection', async () => {
      const endpoint = await start({ version, before });
      const client = await post(endpoint, '', { 'content-length': '0' });
      client.write(requestBytes(endpoint, { body: json }));
      const [empty, next] = await client.responses(2);
      expect([empty!.status, next!.status]).toEqual([400, 200]);
    });

    it('checks the content type', async () => {
      const endpoint = await start({ version, before });
      const { status } = await (await post(endpoint, json, { 'content-type': 'text/plain' })).response();
      expect(status).toBe(415);
    });
  });

  it.each<[string, (express: Express) => RequestHandler[]]>([
    ['express.text()', (express) => [express.text({ type: 'application/json' })]],
    ['express.raw()', (express) => [express.raw({ type: 'application/json' })]],
  ])('after %s, takes a byte order mark and refuses what is not JSON', async (_name, before) => {
    const endpoint = await start({ version, before });
    expect((await (await post(endpoint, `\ufeff${json}`)).response()).status).toBe(200);
    const { status, body } = await (await post(endpoint, '{')).response();
    expect([status, JSON.parse(body).message]).toEqual([400, 'The body is not JSON']);
  });

  it('after express.raw(), refuses bad UTF-8', async () => {
    const endpoint = await start({ version, before: (express) => [express.raw({ type: 'application/json' })] });
    const bytes = Buffer.from(json.replace('thr_1', '\xff'), 'latin1');
    const { status, body } = await (await post(endpoint, bytes)).response();
    expect([status, JSON.parse(body).message]).toEqual([400, 'The body is not UTF-8']);
  });

  it('takes gzip where a parser has undone it', async () => {
    const endpoint = await start({ version, before: (express) => [express.json()] });
    const response = await (await post(endpoint, gzipSync(json), { 'content-encoding': 'gzip' })).response();
    expect(response.status).toBe(200);
  });

  it('takes what a parser with a higher limit took', async () => {
    const before = (express: Express) => [express.json({ limit: '10mb' })];
    const endpoint = await start({ version, before, maxBodyBytes: 100 });
    const body = { ...getThread('thr_1'), metadata: { long: 'x'.repeat(2_000_000) } };
    expect((await (await post(endpoint, body)).response()).status).toBe(200);
  });

  it('says what happened when the body was read and not left', async () => {
    const endpoint = await start({ version, before: () => [reader(() => undefined)] });

    const { status, body } = await (await post(endpoint, json)).response();

    const message = 'Something went wrong on the server';
    expect([status, JSON.parse(body)]).toEqual([500, { message, error: { code: 'internal', message } }]);
    expect(endpoint.logger.take('error')).toEqual([
      {
        level: 'error',
        fields: {
          method: 'POST',
          url: '/chatkit',
          err: expect.objectContaining({
            message: 'The body was read before the middleware, and not left in request.body',
          }),
        },
        message: 'a request failed',
      },
    ]);
  });
});
