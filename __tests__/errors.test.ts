// The errors of this package: known by a mark, since two copies of the module can meet in one process.
import type * as Errors from '../src/errors';
import { ChatKitError, CustomStreamError, type ErrorCode, httpStatus, NotFoundError, StreamError } from '../src/errors';
import { ada, refusal, serve, startThread, silently } from './support/core';
import { getThread } from './support/requests';

/** A second copy of the module, as the CJS build is next to the ESM build. */
function secondCopy(): typeof Errors {
  let copy: typeof Errors | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual<typeof Errors>('../src/errors');
  });
  return copy!;
}

test('every code has its HTTP status', () => {
  const statuses: Record<ErrorCode, number> = {
    invalid_request: 400,
    unauthorized: 401,
    forbidden: 403,
    not_found: 404,
    method_not_allowed: 405,
    conflict: 409,
    too_large: 413,
    unsupported_media_type: 415,
    too_many_requests: 429,
    not_implemented: 501,
    unavailable: 503,
    internal: 500,
  };
  expect(httpStatus).toEqual(statuses);
});

describe('an error', () => {
  test('has its code, message, name and issues', () => {
    const issues = [{ path: ['params', 0], message: 'wrong' }];
    const error = new ChatKitError('conflict', 'Too late', { issues });
    expect(error).toMatchObject({ code: 'conflict', message: 'Too late', name: 'ChatKitError', issues });
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toContain('errors.test');
    expect(new ChatKitError('conflict', 'x').issues).toBeUndefined();
  });

  test('that nothing was found has its code and name', () => {
    expect(new NotFoundError('gone')).toMatchObject({ code: 'not_found', message: 'gone', name: 'NotFoundError' });
  });

  test('for a stream has what the client is told', () => {
    expect(new CustomStreamError('Sorry')).toMatchObject({
      message: 'Sorry',
      allowRetry: false,
      name: 'CustomStreamError',
    });
    expect(new CustomStreamError('Sorry', { allowRetry: true }).allowRetry).toBe(true);
    expect(new StreamError()).toMatchObject({ code: 'stream.error', allowRetry: true, name: 'StreamError' });
    expect(new StreamError('stream.error', { allowRetry: false }).allowRetry).toBe(false);
  });

  const cause = new Error('deeper');
  test.each<[string, (options?: { cause?: unknown }) => Error]>([
    ['ChatKitError', (options) => new ChatKitError('internal', 'x', options)],
    ['NotFoundError', (options) => new NotFoundError('x', options)],
    ['CustomStreamError', (options) => new CustomStreamError('x', options)],
    ['StreamError', (options) => new StreamError('stream.error', options)],
  ])('keeps its cause, and has none where there is none: %s', (_name, make) => {
    expect(make({ cause }).cause).toBe(cause);
    expect('cause' in make()).toBe(false);
    expect('cause' in make({ cause: undefined })).toBe(true);
  });
});

describe('instanceof', () => {
  const classes = { ChatKitError, NotFoundError, CustomStreamError, StreamError };
  const instances = {
    ChatKitError: new ChatKitError('conflict', 'x'),
    NotFoundError: new NotFoundError('x'),
    CustomStreamError: new CustomStreamError('x'),
    StreamError: new StreamError(),
  };
  type Name = keyof typeof classes;
  const known: [Name, Name[]][] = [
    ['ChatKitError', ['ChatKitError']],
    ['NotFoundError', ['ChatKitError', 'NotFoundError']],
    ['CustomStreamError', ['CustomStreamError']],
    ['StreamError', ['StreamError']],
  ];

  const kindsOf = (value: unknown, of: Record<Name, new (...args: never[]) => Error>) =>
    (Object.keys(classes) as Name[]).filter((name) => value instanceof of[name]);

  test.each(known)('knows %s', (name, wanted) => {
    expect(kindsOf(instances[name], classes)).toEqual(wanted);
  });

  test.each(known)('knows %s of another copy of the module, both ways', (name, wanted) => {
    const copy = secondCopy();
    expect(copy.ChatKitError).not.toBe(ChatKitError);
    expect(kindsOf(instances[name], copy)).toEqual(wanted);
    const made = {
      ChatKitError: new copy.ChatKitError('conflict', 'x'),
      NotFoundError: new copy.NotFoundError('x'),
      CustomStreamError: new copy.CustomStreamError('x'),
      StreamError: new copy.StreamError(),
    }[name];
    expect(kindsOf(made, classes)).toEqual(wanted);
  });

  test('knows a ChatKitError with the code not_found as a NotFoundError', () => {
    expect(new ChatKitError('not_found', 'x')).toBeInstanceOf(NotFoundError);
  });

  test.each([null, undefined, 'not_found', new Error('x'), { code: 'not_found' }, Object.create(Error.prototype)])(
    'knows none in %p',
    (value) => {
      expect(kindsOf(value, classes)).toEqual([]);
    },
  );

  test.each([NotFoundError, CustomStreamError, StreamError])('tells a class that extends %p from it', (Base) => {
    class Mine extends (Base as new (message: never) => Error) {}
    expect(new Mine('x' as never)).toBeInstanceOf(Mine);
    expect(new Mine('x' as never)).toBeInstanceOf(Base);
    expect(new (Base as new (message: never) => Error)('stream.error' as never)).not.toBeInstanceOf(Mine);
  });

  test('tells a class that extends ChatKitError from others', () => {
    class QuotaError extends ChatKitError {
      constructor() {
        super('forbidden', 'No more today');
      }
    }
    expect(new QuotaError()).toBeInstanceOf(QuotaError);
    expect(new QuotaError()).toBeInstanceOf(ChatKitError);
    expect(instances.ChatKitError).not.toBeInstanceOf(QuotaError);
  });
});

describe('errors of another copy are understood', () => {
  test('from a store', async () => {
    const copy = secondCopy();
    const core = serve();
    const missing = new copy.NotFoundError('row 7 of table threads');
    core.store.loadThread = () => Promise.reject(missing);
    expect(await refusal(core, getThread('thr_1'))).toMatchObject({
      code: 'not_found',
      message: 'There is no such thread',
    });
    const error: unknown = await core.server.process(getThread('thr_1'), ada).catch((thrown: unknown) => thrown);
    expect((error as Error).cause).toBe(missing);
  });

  test('from a hook', async () => {
    const copy = secondCopy();
    const core = serve({
      respond: silently(async () => {
        throw new copy.CustomStreamError('Out of credits', { allowRetry: true });
      }),
    });
    const { events } = await startThread(core);
    expect(events.at(-1)).toEqual({ type: 'error', code: 'custom', message: 'Out of credits', allow_retry: true });
  });
});
