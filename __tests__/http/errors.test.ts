// What fails, and when: before the stream it is an HTTP status, after it an event, and never a 5xx once anything is stored.
import {
  ChatKitError,
  CustomStreamError,
  type ErrorCode,
  NotFoundError,
  StreamError,
  type ThreadItem,
} from 'chatkit-express';
import { type Endpoint, expressVersions, start } from './endpoint';
import { framesOf } from './frames';
import { added, delta, done } from './hooks';
import {
  addMessage,
  createThread,
  customAction,
  getThread,
  retryAfter,
  syncAction,
  toolOutput,
} from '../support/requests';
import { post, RawClient, type RawResponse, requestBytes } from './raw-client';

const neutral = 'Something went wrong on the server';
const errorBody = (code: string, message: string) => JSON.stringify({ message, error: { code, message } });
const internal = { status: 500, body: errorBody('internal', neutral) };

const items = async ({ store }: Endpoint): Promise<ThreadItem[]> =>
  (await store.loadThreadItems('thr_1', { limit: 100, after: null, order: 'asc' }, {})).data;
const ask = async (endpoint: Endpoint, body: unknown): Promise<RawResponse> => (await post(endpoint, body)).response();
/** Makes every call of a store's method fail. */
const fails = (endpoint: Endpoint, method: 'addThreadItem' | 'saveThread' | 'loadThreadItems', error: Error) =>
  jest.spyOn(endpoint.store, method as 'saveThread').mockRejectedValue(error);

describe.each(expressVersions)('on Express %i', (version) => {
  describe('`context`', () => {
    it.each<[ErrorCode, number]>([
      ['unauthorized', 401],
      ['forbidden', 403],
      ['not_found', 404],
      ['unavailable', 503],
    ])('refuses with %s before the body is there', async (code, status) => {
      const endpoint = await start({
        version,
        context: () => {
          throw new ChatKitError(code, 'Sign in first', { cause: new Error('private') });
        },
      });
      const client = await RawClient.open(endpoint);
      const bytes = requestBytes(endpoint, { body: addMessage('thr_1') });
      client.write(bytes.subarray(0, -50));

      expect(await client.response()).toMatchObject({ status, body: errorBody(code, 'Sign in first') });

      // The rest of the body is no request of its own.
      client.write(bytes.subarray(-50)).write(bytes);
      expect((await client.responses(2)).map((response) => response.status)).toEqual([status, status]);
      expect(await items(endpoint)).toEqual([]);
    });

    it('refuses with a promise too', async () => {
      const endpoint = await start({ version, context: () => Promise.reject(new ChatKitError('forbidden', 'No')) });
      expect(await ask(endpoint, getThread('thr_1'))).toMatchObject({
        status: 403,
        body: errorBody('forbidden', 'No'),
      });
    });

    it.each([
      ['an error', new Error('password=hunter2')],
      ['an error of its own making', Object.assign(new Error('secret'), { code: 'forbidden' })],
      ['a ChatKitError that is internal', new ChatKitError('internal', 'secret')],
      ['a string', 'secret'],
      ['undefined', undefined],
    ])('that fails with %s is told to the log alone', async (_name, thrown) => {
      const endpoint = await start({
        version,
        context: () => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- what others throw is not ours to say
          throw thrown;
        },
      });
      expect(await ask(endpoint, getThread('thr_1'))).toMatchObject(internal);
      const fields = { method: 'POST', url: '/chatkit', err: thrown };
      const lines = endpoint.logger.take('error');
      expect(lines).toEqual([{ level: 'error', fields, message: 'a request failed' }]);
      expect(lines[0]!.fields['err']).toBe(thrown);
    });
  });

  it.each([
    ['a message to an unknown thread', addMessage('thr_2')],
    ['an unknown thread', getThread('thr_2')],
    ['a retry in an unknown thread', retryAfter('thr_2', 'msg_1')],
    ['a retry after an unknown item', retryAfter('thr_1', 'msg_1')],
    ['an action in an unknown thread', customAction({ thread_id: 'thr_2' })],
    ['an action of an unknown widget', customAction({ thread_id: 'thr_1', item_id: 'msg_1' })],
    ['a sync action in an unknown thread', syncAction({ thread_id: 'thr_2' })],
    ['a tool output for an unknown thread', toolOutput('thr_2', {})],
  ])('%s is a 404 in JSON, before any stream', async (_name, body) => {
    const respond = jest.fn();
    const endpoint = await start({ version, respond });
    const response = await ask(endpoint, body);
    const { message, error } = JSON.parse(response.body);
    expect([response.status, response.headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
    expect(error).toEqual({ code: 'not_found', message });
    expect(message).toMatch(/^There is no such (thread|item)/);
    expect(respond).not.toHaveBeenCalled();
    expect(await items(endpoint)).toEqual([]);
  });

  it('a tool output that nobody waits for is a 409', async () => {
    const endpoint = await start({ version });
    expect(await ask(endpoint, toolOutput('thr_1', {}))).toMatchObject({ status: 409 });
  });

  it.each([
    ['a sync action', syncAction({ thread_id: 'thr_1' })],
    ['dictation', { type: 'input.transcribe', params: { audio_base64: 'AAAA', mime_type: 'audio/webm' } }],
    ['an attachment', { type: 'attachments.create', params: { name: 'a', size: 1, mime_type: 'text/plain' } }],
  ])('%s without its hook is a 501, and the log says what to add', async (_name, body) => {
    const endpoint = await start({ version });
    const response = await ask(endpoint, body);
    expect([response.status, JSON.parse(response.body).error.code]).toEqual([501, 'not_implemented']);
    expect(endpoint.logger.take('error')).toMatchObject([
      { message: expect.stringMatching(/add `\w+` to the options/) },
    ]);
  });

  it.each([
    ['a new thread', createThread(), 'saveThread' as const],
    ['a message', addMessage('thr_1'), 'addThreadItem' as const],
  ])('a store that fails on the first write of %s is a 500, and nothing is stored', async (_name, body, method) => {
    const respond = jest.fn();
    const endpoint = await start({ version, respond });
    const error = new Error('disk full: /var/lib/db');
    fails(endpoint, method, error);

    expect(await ask(endpoint, body)).toMatchObject(internal);

    expect(endpoint.logger.take('error')).toMatchObject([{ fields: { err: error }, message: 'a request failed' }]);
    expect(respond).not.toHaveBeenCalled();
    jest.restoreAllMocks();
    expect(await items(endpoint)).toEqual([]);
    expect((await endpoint.store.loadThreads({ limit: 9, after: null, order: 'asc' }, {})).data).toHaveLength(1);
  });

  it('a store that fails on a read is a 500', async () => {
    const endpoint = await start({ version });
    fails(endpoint, 'loadThreadItems', new Error('down'));
    expect(await ask(endpoint, getThread('thr_1'))).toMatchObject(internal);
    expect(endpoint.logger.take('error')).toHaveLength(1);
  });

  it('a store that fails while the hook speaks is told in the stream, after what was said', async () => {
    const endpoint = await start({
      version,
      async *respond() {
        yield added();
        yield delta('so far');
        fails(endpoint, 'addThreadItem', new NotFoundError('the thread was deleted'));
        yield done('so far');
        yield delta('never');
      },
    });
    const { status, body } = await ask(endpoint, addMessage('thr_1'));
    expect(status).toBe(200);
    expect(framesOf(body).map(({ type }) => type)).toEqual([
      'thread.item.done',
      'stream_options',
      'thread.item.added',
      'thread.item.updated',
      'error',
    ]);
    expect(body).not.toContain('deleted');
    expect(endpoint.logger.take('error')).toHaveLength(1);
  });

  it.each<[string, unknown, object, number]>([
    ['an error', new Error('secret'), { code: 'stream.error', allow_retry: true }, 1],
    ['a refusal', new ChatKitError('forbidden', 'secret'), { code: 'stream.error', allow_retry: true }, 1],
    [
      'StreamError',
      new StreamError('stream.error', { allowRetry: false }),
      { code: 'stream.error', allow_retry: false },
      0,
    ],
    [
      'CustomStreamError',
      new CustomStreamError('Out of tea'),
      { code: 'custom', message: 'Out of tea', allow_retry: false },
      0,
    ],
  ])('a hook that throws %s ends the stream with an event', async (_name, error, event, logged) => {
    const endpoint = await start({
      version,
      // eslint-disable-next-line require-yield
      async *respond() {
        throw error;
      },
    });
    const { status, body, complete } = await ask(endpoint, addMessage('thr_1'));
    expect([status, complete]).toEqual([200, true]);
    expect(framesOf(body).at(-1)).toEqual({ type: 'error', ...event });
    expect(endpoint.logger.take('error').map(({ fields }) => fields['err'])).toEqual(logged ? [error] : []);
  });

  it('a hook that is no async generator ends the stream with an event', async () => {
    const endpoint = await start({ version, respond: (() => undefined) as never });
    const { status, body } = await ask(endpoint, addMessage('thr_1'));
    expect(status).toBe(200);
    expect(framesOf(body).at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
    expect(endpoint.logger.take('error')).toMatchObject([{ fields: { err: expect.any(TypeError) } }]);
  });

  it('every refusal is a line at the level `debug`, with its error', async () => {
    const endpoint = await start({ version });
    await ask(endpoint, getThread('thr_2'));
    expect(endpoint.logger.lines).toEqual([
      {
        level: 'debug',
        fields: { method: 'POST', url: '/chatkit', err: expect.any(NotFoundError) },
        message: 'a request was refused',
      },
    ]);
  });
});
