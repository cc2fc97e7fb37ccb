// POST /transcribe: a recording as a form, for a voice button of the page's own.
import { connect } from 'node:net';
import { type Audio, ChatKitError } from 'chatkit-express';
import { Gate } from '../support/gate';
import { type Endpoint, expressVersions, type Setup, start } from './endpoint';

const heard: { audio: Audio; context: unknown }[] = [];
beforeEach(() => heard.splice(0));
const transcribe: Setup['transcribe'] = (request) => {
  heard.push(request);
  return { text: `${request.audio.data.length} bytes` };
};

function form(bytes: number, field = 'file', type = 'audio/webm;codecs=opus'): FormData {
  const data = new FormData();
  data.append(field, new Blob(['x'.repeat(bytes)], { type }), 'voice.webm');
  return data;
}
const send = ({ url }: Endpoint, body: RequestInit['body'], more: RequestInit = {}) =>
  fetch(`${url}/transcribe`, { method: 'POST', body, ...more });
const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;

describe.each(expressVersions)('on Express %i', (version) => {
  test('the hook gets the recording and the context, and its text is the answer', async () => {
    const context = () => ({ user: 'ada' });
    const endpoint = await start({ version, transcribe, context });
    const response = await send(endpoint, form(5));
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ text: '5 bytes' });
    expect(heard).toMatchObject([{ audio: { mediaType: 'audio/webm' }, context: { user: 'ada' } }]);
    expect(Buffer.from(heard[0]!.audio.data).toString()).toBe('xxxxx');
  });

  test('without the hook it answers 501, and the log says what to add', async () => {
    const endpoint = await start({ version });
    const response = await send(endpoint, form(5));
    expect([response.status, await codeOf(response)]).toEqual([501, 'not_implemented']);
    expect(endpoint.logger.take('error')).toMatchObject([{ message: expect.stringContaining('`transcribe`') }]);
  });

  test('a recording of the greatest size is taken, and one more byte is not', async () => {
    const endpoint = await start({ version, transcribe, maxAudioBytes: 100_000 });
    expect((await send(endpoint, form(100_000))).status).toBe(200);
    const refused = await send(endpoint, form(100_001));
    expect([refused.status, await codeOf(refused)]).toEqual([413, 'too_large']);
    expect((await send(endpoint, form(1_000_000))).status).toBe(413); // by its content-length
    expect(heard).toHaveLength(1);
  });

  test.each<[string, RequestInit['body'], RequestInit, number, string]>([
    ['JSON', '{}', { headers: { 'content-type': 'application/json' } }, 415, 'unsupported_media_type'],
    ['another field', form(5, 'audio'), {}, 400, 'invalid_request'],
    ['nothing', new FormData(), {}, 400, 'invalid_request'],
    ['an empty file', form(0), {}, 400, 'invalid_request'],
    ['GET', undefined, { method: 'GET' }, 405, 'method_not_allowed'],
  ])('%s is refused', async (_what, body, more, status, code) => {
    const endpoint = await start({ version, transcribe });
    const response = await send(endpoint, body, more);
    expect([response.status, await codeOf(response)]).toEqual([status, code]);
    expect(heard).toEqual([]);
  });

  test('who is refused by the context is refused here too', async () => {
    const context = () => {
      throw new ChatKitError('unauthorized', 'Sign in');
    };
    const endpoint = await start({ version, transcribe, context });
    expect((await send(endpoint, form(5))).status).toBe(401);
    expect(heard).toEqual([]);
  });

  test('what the hook throws is neutral to the client, and whole in the log', async () => {
    const endpoint = await start({ version, transcribe: () => Promise.reject(new Error('secret')) });
    const response = await send(endpoint, form(5));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(endpoint.logger.take('error')).toMatchObject([{ fields: { err: new Error('secret') } }]);
  });

  test('a client that leaves half way is heard by nobody', async () => {
    const reached = new Gate();
    const context = () => {
      reached.open();
      return {};
    };
    const endpoint = await start({ version, transcribe, context });
    const socket = connect(endpoint.port, '127.0.0.1');
    const head =
      '--b\r\ncontent-disposition: form-data; name="file"; filename="v"\r\ncontent-type: audio/webm\r\n\r\nxx';
    socket.write(
      `POST ${endpoint.path}/transcribe HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n` +
        `content-type: multipart/form-data; boundary=b\r\n\r\n${head}`,
    );
    await reached.passed;
    socket.destroy();
    await endpoint.logger.next('a request was refused');
    expect(heard).toEqual([]);
  });
});
