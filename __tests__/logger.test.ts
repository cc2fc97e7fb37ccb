// A logger that fails: the run ends, the process lives, and the console has what would be lost.
import { chatkitMiddleware, type Logger, MemoryStore } from 'chatkit-express';
import { safeLogger } from '../src/logger';
import { addMessage } from './support/requests';

const levels = ['debug', 'info', 'warn', 'error'] as const;
const loggerOf = (method: (...args: unknown[]) => unknown) =>
  Object.fromEntries(levels.map((level) => [level, method])) as unknown as Logger;

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'error').mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => jest.restoreAllMocks());

const circular: Record<string, unknown> = {};
circular['self'] = circular;

const failures: [string, (...args: unknown[]) => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('full');
    },
  ],
  [
    'throws what is not an error',
    () => {
      throw null as unknown as Error;
    },
  ],
  [
    'throws what cannot become a text',
    () => {
      throw Object.create(null) as Error;
    },
  ],
  ['rejects', () => Promise.reject(new Error('full'))],
  ['writes JSON of a circle', (fields) => JSON.stringify(fields)],
];

test.each(failures)('a logger that %s does neither for its caller', async (_name, method) => {
  const logger = safeLogger(loggerOf(method));
  for (const level of levels) expect(() => logger[level](circular, `a line of ${level}`)).not.toThrow();
  await new Promise((resolve) => setImmediate(resolve));
  expect(printed.map((line) => /a line of (\w+) \(the logger failed: /.exec(line)?.[1])).toEqual([...levels]);
});

test('each warning and error is reported, and of the other levels the first line', () => {
  const logger = safeLogger(loggerOf(failures[0]![1]));
  for (const level of levels) for (let count = 0; count < 3; count++) logger[level]({}, level);
  expect(printed.map((line) => line.split(' ')[1])).toEqual([
    ...['debug', 'info'],
    ...['warn', 'warn', 'warn'],
    ...['error', 'error', 'error'],
  ]);
});

test('a console that fails as well ends nothing', () => {
  jest.spyOn(console, 'error').mockImplementation(() => {
    throw new Error('closed');
  });
  expect(() => safeLogger(loggerOf(failures[0]![1])).error({}, 'lost')).not.toThrow();
});

test('a logger that works is called as a method, with the same arguments, and nothing is printed', () => {
  const seen: unknown[] = [];
  class Own implements Logger {
    readonly name = 'own';
    #write(...args: unknown[]) {
      seen.push([this.name, ...args]);
    }
    debug(...args: unknown[]) {
      this.#write(...args);
    }
    info(...args: unknown[]) {
      this.#write(...args);
    }
    warn(...args: unknown[]) {
      this.#write(...args);
    }
    error(...args: unknown[]) {
      this.#write(...args);
    }
  }
  const fields = { a: 1 };
  safeLogger(new Own()).warn(fields, 'hello');
  expect(seen).toEqual([['own', fields, 'hello']]);
  expect(printed).toEqual([]);
});

test.each([
  [
    'yields what JSON cannot hold',
    async function* () {
      yield { type: 'nonsense', at: circular } as never;
    },
  ],
  [
    'throws',
    async function* () {
      yield* [];
      throw Object.assign(new Error('down'), { big: 1n, circular });
    },
  ],
])('a hook that %s ends its run, whatever the logger does with it', async (_name, respond) => {
  const logger = loggerOf((fields) => JSON.stringify(fields, (_key, value: unknown) => value) && undefined);
  const failing: Logger = { ...logger, error: (fields) => void JSON.stringify({ ...fields, again: circular }) };
  const store = new MemoryStore();
  await store.saveThread(
    { id: 'thr_1', created_at: new Date().toISOString(), status: { type: 'active' }, metadata: {} },
    {},
  );
  const chatkit = chatkitMiddleware({ store, respond: respond as never, logger: failing });
  const answer = await chatkit.server.process(addMessage('thr_1'), {});
  const types: string[] = [];
  if (answer.kind === 'stream') for await (const event of answer.events) types.push(event.type);
  expect(types.at(-1)).toBe('error');
  expect(chatkit.server.openRuns).toBe(0);
  expect(printed).toEqual([expect.stringContaining('respond failed (the logger failed: ')]);
  await chatkit.close();
});
