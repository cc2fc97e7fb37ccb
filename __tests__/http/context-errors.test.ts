// Errors that `context` throws with a status of their own, as packages for authentication do.
import { ChatKitError } from 'chatkit-express';
import request from 'supertest';
import { addMessage, getThread } from '../support/requests';
import { expressVersions, start } from './endpoint';

const made = (fields: object, message = 'secret') => Object.assign(new Error(message), fields);

describe.each(expressVersions)('on Express %i', (version) => {
  async function refusal(thrown: unknown, headers: Record<string, string> = {}) {
    const fail = async () => {
      throw thrown as Error;
    };
    const endpoint = await start({ version, context: fail });
    const {
      status,
      body,
      headers: told,
    } = await request(endpoint.server).post('/chatkit').set(headers).send(addMessage('thr_1'));
    return { status, body: body as { message: string; error: { code: string } }, told, logger: endpoint.logger };
  }

  it.each<[string, unknown, number, string, string]>([
    ['{ status: 401 }', { status: 401 }, 401, 'unauthorized', 'Unauthorized'],
    ['{ status: 403 }', { status: 403 }, 403, 'forbidden', 'Forbidden'],
    ['{ statusCode: 404 }', made({ statusCode: 404 }), 404, 'not_found', 'Not Found'],
    ['a status beside a strange one', { status: 'no', statusCode: 409 }, 409, 'conflict', 'Conflict'],
    ['402', made({ status: 402 }), 402, 'invalid_request', 'Payment Required'],
    ['a status without a name', made({ status: 499 }), 499, 'invalid_request', 'The request was refused'],
    ['429', made({ status: 429 }), 429, 'too_many_requests', 'Too Many Requests'],
    ['expose: true', made({ status: 401, expose: true }, 'Log in'), 401, 'unauthorized', 'Log in'],
    ['expose: false', made({ status: 401, expose: false }), 401, 'unauthorized', 'Unauthorized'],
    ['expose: 1', made({ status: 401, expose: 1 }), 401, 'unauthorized', 'Unauthorized'],
    ['expose without a message', made({ status: 403, expose: true }, ''), 403, 'forbidden', 'Forbidden'],
    [
      'expose with a message that is not a text',
      { status: 403, expose: true, message: {} },
      403,
      'forbidden',
      'Forbidden',
    ],
    [
      'an expired token of jsonwebtoken',
      made({ name: 'TokenExpiredError' }, 'jwt expired'),
      401,
      'unauthorized',
      'Unauthorized',
    ],
    ['an expired token of jose', made({ code: 'ERR_JWT_EXPIRED' }), 401, 'unauthorized', 'Unauthorized'],
    ['an expired token of Firebase', made({ code: 'auth/id-token-expired' }), 401, 'unauthorized', 'Unauthorized'],
    [
      'an expired token of express-jwt',
      made({ name: 'UnauthorizedError', status: 401, code: 'invalid_token' }),
      401,
      'unauthorized',
      'Unauthorized',
    ],
  ])('%s is kept', async (_name, thrown, status, code, message) => {
    const { status: got, body, logger } = await refusal(thrown);
    expect([got, body]).toEqual([status, { message, error: { code, message } }]);
    const [line] = logger.take('debug');
    expect(line!.message).toBe('a request was refused');
    expect((line!.fields['err'] as ChatKitError).cause).toBe(thrown);
  });

  it.each<[string, unknown]>([
    ['500', made({ status: 500, expose: true })],
    ['399', made({ status: 399 })],
    ['200', { status: 200 }],
    ['a text', made({ status: '401' })],
    ['a fraction', made({ status: 401.5 })],
    ['a certificate that has expired', made({ code: 'CERT_HAS_EXPIRED' })],
    ['a database session that has expired', made({ code: 'SessionExpired' })],
    ['null', null],
    ['undefined', undefined],
    ['a text for an error', 'status 401'],
  ])('%s is a failure of the server', async (_name, thrown) => {
    const { status, body, logger } = await refusal(thrown);
    expect([status, body.error.code]).toEqual([500, 'internal']);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(logger.take('error')).toHaveLength(1);
  });

  it('keeps the headers of the error', async () => {
    const { told } = await refusal(
      made({ status: 401, headers: { 'WWW-Authenticate': 'Bearer', 'Retry-After': 7, x: {} } }),
    );
    expect(told).toMatchObject({ 'www-authenticate': 'Bearer', 'retry-after': '7' });
    expect(told).not.toHaveProperty('x');
  });

  it('keeps the status of an error that is thrown at once', async () => {
    const endpoint = await start({
      version,
      context() {
        throw made({ status: 403 });
      },
    });
    expect((await request(endpoint.server).post('/chatkit').send(getThread('thr_1'))).status).toBe(403);
  });

  it('applies to forms as well', async () => {
    const endpoint = await start({
      version,
      context: () => Promise.reject(made({ status: 401 })),
      transcribe: () => ({ text: '' }),
    });
    const answer = await request(endpoint.server)
      .post('/chatkit/transcribe')
      .attach('file', Buffer.from('a'), 'a.webm');
    expect(answer.status).toBe(401);
  });

  it('does not believe the status of an error of a store or a hook: it is not about this client', async () => {
    const endpoint = await start({ version });
    jest.spyOn(endpoint.store, 'loadThread').mockRejectedValue(made({ status: 401 }));
    expect((await request(endpoint.server).post('/chatkit').send(getThread('thr_1'))).status).toBe(500);
    expect(endpoint.logger.take('error')).toHaveLength(1);
  });

  it('serves when nothing is thrown', async () => {
    const endpoint = await start({ version, context: () => ({ status: 401 }) });
    expect((await request(endpoint.server).post('/chatkit').send(getThread('thr_1'))).status).toBe(200);
  });

  it('refuses a request whose `context` returns an error in place of throwing it', async () => {
    const endpoint = await start({ version, context: () => new ChatKitError('unauthorized', 'No') });
    const { status } = await request(endpoint.server).post('/chatkit').send(getThread('thr_1'));
    expect(status).toBe(500);
    const [line] = endpoint.logger.take('error');
    expect(line?.fields).toMatchObject({ err: { message: expect.stringContaining('`context` returned an error') } });
  });
});
