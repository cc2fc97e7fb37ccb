// Options that are missing, misspelt or wrong are named when the middleware is made, not when the first request comes.
import { ChatKitError, chatkitMiddleware, type ChatKitOptions, MemoryStore } from 'chatkit-express';

const store = new MemoryStore();
const respond = async function* () {
  // says nothing
};

it('takes the two that are required', () => {
  expect(() => chatkitMiddleware({ store, respond })).not.toThrow();
});

it('takes undefined for what may be left out', () => {
  const undefinedOptions: ChatKitOptions = {
    store,
    respond,
    action: undefined,
    cors: undefined,
    heartbeatMs: undefined,
  };
  expect(() => chatkitMiddleware(undefinedOptions)).not.toThrow();
});

it.each<[string, object | undefined, string]>([
  ['no options', undefined, 'give it an object'],
  ['no store', { respond }, '`store`'],
  ['what is no store', { respond, store: {} }, '`store`'],
  ['no respond', { store }, '`respond`'],
  ['a respond that is no function', { store, respond: {} }, '`respond`'],
  ['a misspelt option', { store, respond, heartBeatMs: 1 }, '`heartBeatMs`'],
  ['an option of another package', { store, respond, path: '/chatkit' }, '`path`'],
  ...['action', 'syncAction', 'addFeedback', 'transcribe', 'getStreamOptions', 'handleStreamCancelled', 'context'].map(
    (hook): [string, object, string] => [`${hook} that is no function`, { store, respond, [hook]: {} }, `\`${hook}\``],
  ),
  ...['maxBodyBytes', 'maxAudioBytes', 'heartbeatMs', 'maxQueuedEvents'].flatMap((key) =>
    [0, -1, 1.5, NaN, Infinity, '1'].map((value): [string, object, string] => [
      `${key} of ${JSON.stringify(value)}`,
      { store, respond, [key]: value },
      `\`${key}\``,
    ]),
  ),
  ['an attachmentStore that is none', { store, respond, attachmentStore: {} }, '`attachmentStore`'],
  ['a logger without a level', { store, respond, logger: { debug() {}, info() {}, warn() {} } }, '`error`'],
  ['cors: true', { store, respond, cors: true }, '`cors`'],
  ['cors as a string', { store, respond, cors: '*' }, '`cors`'],
  ['cors: null', { store, respond, cors: null }, '`cors`'],
  ['credentials for every origin', { store, respond, cors: { credentials: true } }, '`cors.credentials`'],
  ['credentials for *', { store, respond, cors: { credentials: true, origin: '*' } }, '`cors.credentials`'],
  ['credentials for any', { store, respond, cors: { credentials: true, origin: true } }, '`cors.credentials`'],
])('refuses %s and names it', (_name, options, named) => {
  let thrown: unknown;
  try {
    chatkitMiddleware(options as ChatKitOptions);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ChatKitError);
  expect(thrown).toMatchObject({ code: 'invalid_request', message: expect.stringContaining(named) });
});

it.each([
  ['a name', { credentials: true, origin: 'https://a.example' }],
  ['a list', { credentials: true, origin: ['https://a.example', /x/] }],
  ['a pattern', { credentials: true, origin: /x/ }],
  ['a function', { credentials: true, origin: () => undefined }],
])('takes credentials for %s', (_name, cors) => {
  expect(() => chatkitMiddleware({ store, respond, cors })).not.toThrow();
});

it('keeps its options when the object that gave them changes', async () => {
  const options: ChatKitOptions = { store, respond, transcribe: () => ({ text: 'heard' }) };
  const { server } = chatkitMiddleware(options);
  delete options.transcribe;
  const request = { type: 'input.transcribe', params: { audio_base64: 'AAAA', mime_type: 'audio/webm' } };
  expect(await server.process(request, {})).toEqual({ kind: 'json', value: { text: 'heard' } });
});

it('finds hooks that a class gives', async () => {
  class Assistant implements ChatKitOptions {
    store = store;
    readonly #name = 'Ada';
    async *respond() {
      yield { type: 'progress_update' as const, text: this.#name };
    }
    transcribe() {
      return { text: this.#name };
    }
  }
  const { server } = chatkitMiddleware(new Assistant());
  const request = { type: 'input.transcribe', params: { audio_base64: 'AAAA', mime_type: 'audio/webm' } };
  expect(await server.process(request, {})).toEqual({ kind: 'json', value: { text: 'Ada' } });
});
