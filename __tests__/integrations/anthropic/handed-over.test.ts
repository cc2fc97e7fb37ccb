// What users pass to streamMessage: streams of every kind, and mistakes, which get an error that says what to do.
import type { MessageSource } from 'chatkit-express/anthropic';
import { Gate } from '../../support/gate';
import { startModelServer } from '../../support/model-server';
import { messageFrames } from './frames';
import { answerOf, clientOf, plainWay, ways } from './play';
import { read, streamOf } from './read';

const body = { model: 'm', max_tokens: 9, messages: [] };

test.each(ways)(
  '%s: a stream, a promise of it and a function that returns either',
  async (_name, { makeClient, ask }) => {
    const server = await startModelServer();
    const client = makeClient(server.url);
    const given: [string, () => MessageSource | Promise<MessageSource>][] = [
      ['what the client returns', () => ask(client, body, {}) as MessageSource],
      ['what the client returns, awaited', async () => (await ask(client, body, {})) as MessageSource],
      ['a promise', () => Promise.resolve(ask(client, body, {})) as unknown as MessageSource],
      ['a function', () => () => ask(client, body, {}) as never],
      ['an async function', () => async () => (await ask(client, body, {})) as never],
    ];
    for (const [how, make] of given) {
      server.reply(messageFrames(['Hello']));
      // A promise of a stream must not be awaited here, where it would be unwrapped.
      const source = how.includes('awaited') ? { stream: await make() } : { stream: make() };
      const options = how.includes('function') ? { items: [] } : {};
      const seen = await read(source.stream as MessageSource, options);
      expect([how, answerOf(seen.items), seen.error]).toEqual([how, 'Hello', undefined]);
    }
    await server.close();
  },
);

const events = () => streamOf(messageFrames(['Hello']));

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /needs the stream of .*, not undefined/],
  ['null', null, /, not null/],
  ['a text', 'Hello', /, not a string/],
  ['a whole message', { type: 'message', content: [] }, /not a whole message: add `stream: true`/],
  ['a promise of a whole message', Promise.resolve({ type: 'message' }), /add `stream: true`/],
  ['the result of withResponse', { data: events(), response: {} }, /pass its `data`/],
  ['an options object', { model: 'm' }, /not an object of the class Object/],
  ['a map', new Map(), /not an object of the class Map/],
  ['an error', new Error('no key'), /not an error \(no key\)/],
  ['a stream of texts', streamOf(['Hello'] as never), /must yield events of the Messages API, not a string/],
  ['a stream of bytes', streamOf([Buffer.from('{}')]), /bytes: pass the stream itself/],
  ['a stream of streams', streamOf([events()]), /a stream: pass each stream by itself/],
  ['chunks of Chat Completions', streamOf([{ choices: [] }]), /must yield events .* class Object/],
  ['a stream that has begun', streamOf(messageFrames(['Hello']).slice(2)), /began before it was read/],
])('%s', async (_name, given, message) => {
  const seen = await read(given as MessageSource);
  expect(seen.error).toBeInstanceOf(TypeError);
  expect((seen.error as Error).message).toMatch(message);
  // A function that returns the value gets the same error.
  if (given !== undefined && !('next' in Object(given))) {
    const returned = await read((() => given) as never, { items: [] });
    expect((returned.error as Error).message).toMatch(message);
  }
});

describe.each(ways.filter(([name]) => name.includes('.stream')))('%s', (_name, { makeClient, ask }) => {
  interface Stream {
    emitted(event: string): Promise<unknown>;
    done(): Promise<void>;
  }
  const open = async () => {
    const server = await startModelServer();
    return { server, stream: ask(makeClient(server.url), body, {}) as Stream };
  };

  test('a stream that has ended is a mistake that is told of', async () => {
    const { server, stream } = await open();
    server.reply(messageFrames(['Hello']));
    await stream.done();
    const { error } = await read(stream as unknown as MessageSource);
    expect((error as Error).message).toMatch(/began before it was read/);
    await server.close();
  });

  test('and so is one that has begun', async () => {
    const { server, stream } = await open();
    const gate = new Gate();
    const frames = messageFrames(['One two']);
    server.reply([...frames.slice(0, 4), gate, ...frames.slice(4)]);
    await stream.emitted('text');
    const reading = read(stream as unknown as MessageSource);
    gate.open(undefined);
    expect(((await reading).error as Error).message).toMatch(/began before it was read/);
    await server.close();
  });

  test('but not one that is passed on at once and read later', async () => {
    const { server, stream } = await open();
    server.reply(messageFrames(['Hello']));
    const { streamMessage } = await import('chatkit-express/anthropic');
    const turn = { thread: { id: 'thr_1' }, generateId: () => 'id', logger: console } as never;
    const answer = streamMessage(turn, stream as unknown as MessageSource);
    await stream.done();
    let last;
    for await (const event of answer) last = event;
    expect(last).toMatchObject({ item: { content: [{ text: 'Hello' }] } });
    await server.close();
  });
});

test('a reader that stops early ends the request', async () => {
  const server = await startModelServer();
  server.reply([...messageFrames(['One two']).slice(0, 4), new Gate()]);
  const { streamMessage } = await import('chatkit-express/anthropic');
  const stream = plainWay.ask(clientOf(server.url), body, {});
  const turn = { thread: { id: 'thr_1' }, generateId: () => 'id', logger: console } as never;
  for await (const event of streamMessage(turn, stream as MessageSource)) if (event.type === 'thread.item.added') break;
  expect(await (await server.request()).closed.passed).toBe(true);
  await server.close();
});

test('names of client tools must be a list', async () => {
  const seen = await read(messageFrames(['Hello']), { clientTools: 'page' as never });
  expect(seen.error).toMatchObject({ message: 'The option clientTools must be a list of names' });
});
