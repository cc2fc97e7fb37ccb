// The options: their defaults, and a refusal that names the option for each mistake.
import { type ChatKitOptions, chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { ChatKitError } from '../src/errors';
import { consoleLogger } from '../src/logger';
import { resolveOptions } from '../src/options';
import { MemoryRunRegistry } from '../src/runs/memory-registry';
import { Tokens } from '../src/uploads/tokens';

const required: ChatKitOptions = { store: new MemoryStore(), async *respond() {} };
const withOption = (more: object) => ({ ...required, ...more }) as ChatKitOptions;

test('defaults are filled in, and what was given is kept', () => {
  const options = withOption({ heartbeatMs: 5, context: () => 1, cors: false });
  expect(resolveOptions(options)).toEqual({
    ...options,
    logger: expect.objectContaining({ warn: expect.any(Function) }),
    refusals: 'stream',
    lockedThreads: 'refuse',
    maxBodyBytes: 1024 * 1024,
    maxAudioBytes: 25 * 1024 * 1024,
    heartbeatMs: 5,
    maxQueuedEvents: 512,
    maxQueuedBytes: 1024 * 1024,
    runs: {
      onDisconnect: 'cancel',
      onBusyThread: 'allow',
      keepEndedMs: 60_000,
      maxReplayEvents: 2048,
      registry: expect.any(MemoryRunRegistry),
      limits: {},
    },
    uploads: {
      maxBytes: 100 * 1024 * 1024,
      accept: null,
      tokens: expect.any(Tokens),
      hasOwnSecret: false,
      expiresInMs: 60 * 60 * 1000,
      maxDataUrlBytes: 20 * 1024 * 1024,
      unsentAfterMs: 24 * 60 * 60 * 1000,
    },
  });
});

test('undefined is the same as missing, and the given object is left as it is', () => {
  const given = Object.freeze(withOption({ maxBodyBytes: undefined, logger: undefined, action: undefined }));
  const { logger: _wrapped, ...rest } = resolveOptions(required);
  expect(resolveOptions(given)).toMatchObject(rest);
});

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /give it an object of options/],
  ['null', null, /give it an object of options/],
  ['a function', () => required, /give it an object of options/],
  ['no store', withOption({ store: undefined }), /`store` must be a Store/],
  ['a store that is null', withOption({ store: null }), /`store` must be a Store/],
  ['a class for a store', withOption({ store: MemoryStore }), /`store` must be a Store/],
  ['no respond', withOption({ respond: undefined }), /`respond` must be a function/],
  ['a generator for respond', withOption({ respond: (async function* () {})() }), /`respond` must be a function/],
  ['another word for refusals', withOption({ refusals: 'json' }), /`refusals` must be 'stream' or 'status'/],
  ['nothing for refusals', withOption({ refusals: null }), /`refusals` must be 'stream' or 'status'/],
  [
    'another word for lockedThreads',
    withOption({ lockedThreads: true }),
    /`lockedThreads` must be 'refuse' or 'allow'/,
  ],
  ['a misspelt option', withOption({ Respond: () => 1 }), /there is no option `Respond`/],
  ['an option of the reference', withOption({ attachment_store: {} }), /there is no option `attachment_store`/],
  [
    'an attachment store that is none',
    withOption({ attachmentStore: {} }),
    /`attachmentStore` must be an AttachmentStore/,
  ],
  [
    'a logger without a method',
    withOption({ logger: { ...consoleLogger, warn: undefined } }),
    /`logger` has no method `warn`/,
  ],
  ['cors that is true', withOption({ cors: true }), /`cors` must be false or the options/],
  ['cors that is null', withOption({ cors: null }), /`cors` must be false or the options/],
  [
    'credentials for every page',
    withOption({ cors: { credentials: true } }),
    /`cors.credentials` needs a `cors.origin`/,
  ],
  ['credentials for *', withOption({ cors: { credentials: true, origin: '*' } }), /`cors.credentials` needs/],
  [
    'credentials for any page that asks',
    withOption({ cors: { credentials: true, origin: true } }),
    /`cors.credentials` needs/,
  ],
  ['cors that is a list', withOption({ cors: ['https://a.example'] }), /`cors` must be false or the options/],
  ['a misspelt option of cors', withOption({ cors: { origins: ['https://a.example'] } }), /no option `cors.origins`/],
  ['an origin that is null', withOption({ cors: { origin: null } }), /`cors.origin` must be true, false, an origin/],
  ['an origin that is missing', withOption({ cors: { origin: [undefined] } }), /`cors.origin` must be true, false/],
  ['credentials that are a text', withOption({ cors: { credentials: 'no' } }), /`cors.credentials` must be true or/],
  ['an attachment store that is null', withOption({ attachmentStore: null }), /must be an AttachmentStore/],
  ['uploads that are null', withOption({ uploads: null }), /`uploads` must be an object/],
  ['a list of runs', withOption({ runs: [] }), /`runs` must be an object/],
  ['a list of limits', withOption({ limits: [] }), /`limits` must be an object/],
  ['a list of actions', withOption({ actions: [] }), /`actions` must be an object/],
  ...[
    'syncAction',
    'addFeedback',
    'transcribe',
    'getStreamOptions',
    'handleStreamCancelled',
    'context',
    'admit',
    'health',
  ]
    .flatMap((hook) => [[hook, async function* () {}] as const, [hook, function* () {}] as const])
    .map(([hook, generator]): [string, unknown, RegExp] => [
      `${hook} that is a generator`,
      withOption({ [hook]: generator }),
      new RegExp(`\`${hook}\` must not be a generator`),
    ]),
  ...['action', 'syncAction', 'addFeedback', 'transcribe', 'getStreamOptions', 'handleStreamCancelled', 'context'].map(
    (hook): [string, unknown, RegExp] => [
      `${hook} that is no function`,
      withOption({ [hook]: {} }),
      new RegExp(`\`${hook}\` must be a function`),
    ],
  ),
  ...['maxBodyBytes', 'maxAudioBytes', 'heartbeatMs', 'maxQueuedEvents'].flatMap((name) =>
    [0, -1, 1.5, NaN, Infinity, '100', null].map((value): [string, unknown, RegExp] => [
      `${name} of ${JSON.stringify(value)}`,
      withOption({ [name]: value }),
      new RegExp(`\`${name}\` must be a whole number above 0`),
    ]),
  ),
  [
    'a heartbeat too long for a timer',
    withOption({ heartbeatMs: 2 ** 31 }),
    /`heartbeatMs` must be at most 2147483647/,
  ],
])('%s is refused by name', (_what, options, message) => {
  let error: unknown;
  try {
    chatkitMiddleware(options as ChatKitOptions);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ChatKitError);
  expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringMatching(message) });
  expect((error as Error).message).toMatch(/^chatkitMiddleware: .* See docs\/options\.md$/);
});

test.each<[string, object]>([
  ['cors for pages that are named, with credentials', { cors: { credentials: true, origin: ['https://a.example'] } }],
  ['cors without credentials', { cors: { origin: '*' } }],
  ['no cors', { cors: false }],
  ['cors for a pattern and a page', { cors: { origin: [/^https:\/\/b/, 'https://a.example'], credentials: true } }],
  [
    'every option of cors',
    {
      cors: {
        origin: () => undefined,
        methods: 'GET',
        allowedHeaders: 'a',
        exposedHeaders: ['b'],
        credentials: false,
        maxAge: 1,
        preflightContinue: false,
        optionsSuccessStatus: 200,
      },
    },
  ],
  ['generators that return events', { respond: async function* () {}, action: async function* () {} }],
  ['an asynchronous function', { admit: async () => undefined, health: async () => undefined }],
  ["'stream' for refusals", { refusals: 'stream' }],
  ["'status' for refusals", { refusals: 'status' }],
  ["'refuse' for lockedThreads", { lockedThreads: 'refuse' }],
  ["'allow' for lockedThreads", { lockedThreads: 'allow' }],
])('%s is fine', (_what, more) => {
  expect(resolveOptions(withOption(more))).toMatchObject(more);
});

test('a logger with more methods is fine', () => {
  const logger = { ...consoleLogger, trace() {}, child() {}, info: jest.fn() };
  resolveOptions(withOption({ logger })).logger.info({ a: 1 }, 'hello');
  expect(logger.info).toHaveBeenCalledWith({ a: 1 }, 'hello');
});

const requiredMethods = [
  ...['loadThread', 'saveThread', 'loadThreads', 'deleteThread', 'loadThreadItems', 'addThreadItem', 'saveItem'],
  ...['loadItem', 'deleteThreadItem', 'saveAttachment', 'loadAttachment', 'deleteAttachment'],
];
const foreignStore = () => Object.fromEntries(requiredMethods.map((name) => [name, async () => ({})]));

test('a store of another copy of the package is a store, also without the methods that have defaults', () => {
  const foreign = foreignStore();
  expect(resolveOptions(withOption({ store: foreign })).store).toBe(foreign);
});

test.each(requiredMethods)('a store without the method %s is refused, by name', (name) => {
  const { [name]: _left, ...lacking } = foreignStore();
  expect(() => resolveOptions(withOption({ store: lacking }))).toThrow(
    new RegExp(`does not have the methods? ${name}`),
  );
  const other = name === 'saveItem' ? 'loadThread' : 'saveItem';
  const { [other]: _second, ...both } = lacking;
  expect(() => resolveOptions(withOption({ store: both }))).toThrow(/`store` .*(loadThread|saveItem|must be a Store)/);
});
