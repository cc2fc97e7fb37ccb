// Refusals of stream requests as the official page gets them: it shows nothing of a 4xx.
import { ChatKitError, type ChatKitOptions, type ErrorCode } from 'chatkit-express';
import type { Endpoint } from './endpoint';
import { addMessage, createThread, customAction, getThread, retryAfter, toolOutput } from '../support/requests';
import { expressVersions, start } from './endpoint';
import { framesOf } from './frames';
import { requestBytes, RawClient } from './raw-client';

const pageHeaders = {
  'content-type': 'application/json',
  'chatkit-frame-instance-id': '9f0d',
  'accept-language': 'en',
  accept: 'text/event-stream',
};

describe.each(expressVersions)('on Express %i', (version) => {
  const refusing = (code: ErrorCode, options: Partial<ChatKitOptions> = {}) =>
    start({
      version,
      context: () => {
        throw new ChatKitError(code, 'Please sign in');
      },
      ...options,
    });

  async function ask(endpoint: Endpoint, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: { ...pageHeaders, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      headers: response.headers,
      text: await response.text(),
    };
  }

  const told = (message: string) => ({ type: 'error', code: 'custom', message, allow_retry: false });

  it.each([
    ['invalid_request', 400],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['too_large', 413],
    ['unsupported_media_type', 415],
  ] as const)('%s is a stream with one error event, and the log has the code', async (code, status) => {
    const endpoint = await refusing(code);
    const { status: got, type, headers, text } = await ask(endpoint, createThread());
    expect([got, type, headers.get('cache-control')]).toEqual([200, 'text/event-stream', 'no-cache, no-transform']);
    expect(framesOf(text)).toEqual([told('Please sign in')]);
    const [{ fields, message }] = endpoint.logger.take('debug') as unknown as [
      { fields: { err: ChatKitError }; message: string },
    ];
    expect([message, fields.err.code]).toEqual(['a request was refused', code]);
    expect(fields).toMatchObject({ status, sent_as: 'stream' });
  });

  it.each([
    ['too_many_requests', 429],
    ['not_implemented', 501],
    ['unavailable', 503],
  ] as const)('%s keeps its status', async (code, status) => {
    const { status: got, type, text } = await ask(await refusing(code), createThread());
    expect([got, type]).toEqual([status, 'application/json; charset=utf-8']);
    expect(JSON.parse(text)).toMatchObject({ error: { code } });
  });

  it.each([
    ['a thread that is not there', addMessage('thr_2'), 'There is no such thread'],
    ['a retry in a thread that is not there', retryAfter('thr_2', 'msg_1'), 'There is no such thread'],
    ['an output that nobody waits for', toolOutput('thr_1', {}), /./],
    ['an action of a widget that is not there', customAction({ thread_id: 'thr_1', item_id: 'x' }), /./],
    ['a message without content', { type: 'threads.create', params: {} }, /^params\.input: /],
    ['a type that is not known', { type: 'threads.fork', params: {} }, /type/],
    ['a body that is not JSON', '{', 'The body is not JSON'],
  ])('says why for %s, and stores nothing', async (_name, body, message) => {
    const respond = jest.fn();
    const endpoint = await start({ version, respond });
    const save = jest.spyOn(endpoint.store, 'saveThread');
    const { status, text } = await ask(endpoint, body);
    expect(status).toBe(200);
    expect(framesOf(text)).toEqual([
      { ...told(''), message: typeof message === 'string' ? message : expect.stringMatching(message) },
    ]);
    expect(respond).not.toHaveBeenCalled();
    expect(save).not.toHaveBeenCalled();
    expect((await endpoint.store.loadThreadItems('thr_1', { limit: 10, order: 'asc', after: null }, {})).data).toEqual(
      [],
    );
  });

  it('serves the request that is not refused', async () => {
    const endpoint = await start({ version });
    const { text } = await ask(endpoint, addMessage('thr_1'));
    expect(framesOf(text).map(({ type }) => type as string)).toEqual(['thread.item.done', 'stream_options']);
  });

  it('tells a body that is too large, while it is still being sent, and ends the connection', async () => {
    const endpoint = await start({ version, maxBodyBytes: 100 });
    const client = await RawClient.open(endpoint);
    client.write(
      requestBytes(endpoint, { headers: { ...pageHeaders, 'content-length': '5000' }, body: 'x'.repeat(2000) }),
    );
    const { status, body, headers } = await client.bodyUpTo('\n\n');
    expect([status, framesOf(body), headers['connection']]).toEqual([
      200,
      [told('The body can have 100 bytes')],
      'close',
    ]);
    client.write('x'.repeat(3000));
    await client.end();
  });

  it('gives the status to a request for JSON, by its headers and by its body', async () => {
    const endpoint = await start({ version });
    for (const accept of ['*/*', 'application/json']) {
      const { status, text } = await ask(endpoint, getThread('thr_2'), { accept });
      expect([status, JSON.parse(text)]).toEqual([
        404,
        expect.objectContaining({ message: 'There is no such thread' }),
      ]);
    }
  });

  it('knows a stream request by its body where Accept was lost on the way', async () => {
    for (const endpoint of [await start({ version }), await refusing('unauthorized')]) {
      const { status, text } = await ask(endpoint, addMessage('thr_2'), { accept: '*/*' });
      expect([status, framesOf(text)]).toMatchObject([200, [{ type: 'error', code: 'custom' }]]);
    }
    const { status } = await ask(await refusing('unauthorized'), getThread('thr_1'), { accept: '*/*' });
    expect(status).toBe(401);
  });

  it('gives the status to other clients', async () => {
    const endpoint = await start({ version });
    const { 'chatkit-frame-instance-id': _id, ...others } = pageHeaders;
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: others,
      body: JSON.stringify(addMessage('thr_2')),
    });
    expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
  });

  it("gives everybody the status with `refusals: 'status'`", async () => {
    const endpoint = await refusing('unauthorized', { refusals: 'status' });
    const { status, text } = await ask(endpoint, createThread());
    expect([status, JSON.parse(text)]).toMatchObject([401, { error: { code: 'unauthorized' } }]);
  });

  it('keeps the status of a failure of the server, and says nothing of it', async () => {
    const endpoint = await start({ version });
    jest.spyOn(endpoint.store, 'loadThread').mockRejectedValue(new Error('password=hunter2'));
    const { status, text } = await ask(endpoint, addMessage('thr_1'));
    expect([status, text.includes('hunter2')]).toEqual([500, false]);
    endpoint.logger.take('error');
  });

  it('keeps the status of an upload, whose request has no stream, and tells of a path that is not there', async () => {
    const endpoint = await start({ version });
    const post = (path: string) => fetch(endpoint.url + path, { method: 'POST', headers: pageHeaders, body: '{}' });
    expect((await post('/upload')).status).toBe(501);
    expect((await post('/transcribe')).status).toBe(501);
    expect((await post('/upload/atc_1?token=x')).status).toBe(403);
    expect(framesOf(await (await post('/nothing')).text())).toEqual([told('There is nothing at this path')]);
    endpoint.logger.take('error');
  });

  describe('in a stream', () => {
    it('what the page needs for Stop comes before the hook says anything, and the message before an error', async () => {
      const never = new Promise<never>(() => undefined);
      const endpoint = await start({
        version,
        async *respond({ signal }) {
          await Promise.race([never, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
          yield* [];
        },
      });
      const client = await RawClient.open(endpoint);
      client.write(requestBytes(endpoint, { headers: pageHeaders, body: createThread() }));
      const { body } = await client.bodyUpTo('"allow_cancel":true}}\n\n');
      expect(framesOf(body).map(({ type }) => type as string)).toEqual([
        'thread.created',
        'thread.item.done',
        'stream_options',
      ]);
      client.socket.destroy();
    });

    it('the stored message comes before the error of a hook that fails at once', async () => {
      const endpoint = await start({
        version,
        getStreamOptions: () => Promise.reject(new Error('down')),
      });
      const { text } = await ask(endpoint, createThread());
      const events = framesOf(text);
      expect(events.map(({ type }) => type as string)).toEqual(['thread.created', 'thread.item.done', 'error']);
      expect(events[1]).toMatchObject({ item: { type: 'user_message' } });
      endpoint.logger.take('error');
    });
  });
});
