// Signs of life of a stream that is silent, so that no proxy takes it for dead.
import { createParser } from 'eventsource-parser';
import { expressVersions, start } from './endpoint';
import { frame } from './frames';
import { steered } from './hooks';
import { progress } from '../support/items';
import { addMessage } from '../support/requests';
import { post } from './raw-client';
import { watched } from './server-side';

describe.each(expressVersions)('on Express %i', (version) => {
  it.each([
    ['a comment', 'text/event-stream', ':\n\n', frame({ type: 'progress_update', text: 'x' })],
    ['an empty line', 'application/x-ndjson', '\n', '{"type":"progress_update","text":"x"}\n'],
  ])('%s comes again and again (%s)', async (_name, accept, heartbeat, event) => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond, heartbeatMs: 5 });
    const client = await post(endpoint, addMessage('thr_1'), { accept });

    await client.bodyUpTo(heartbeat.repeat(3));
    hook.say(progress('x'));
    await client.until(([first]) => first!.body.includes(event));
    await client.bodyUpTo(event + heartbeat.repeat(2));
    hook.end();
    const { chunks } = await client.response();

    // Each in a write of its own, whole, between the events.
    const [beats, others] = [true, false].map((beat) => chunks.filter((chunk) => (chunk === heartbeat) === beat));
    expect(beats!.length).toBeGreaterThanOrEqual(3);
    expect(others!.at(-1)).toBe(event);
    expect(others!.filter((chunk) => !chunk.includes('{'))).toEqual([]);
  });
});

it('is no event to a client', async () => {
  const hook = steered();
  const endpoint = await start({ respond: hook.respond, heartbeatMs: 5 });
  const client = await post(endpoint, addMessage('thr_1'));
  await client.bodyUpTo(':\n\n:\n\n');
  hook.say(progress('x'));
  hook.end();
  const types: string[] = [];
  createParser({ onEvent: ({ data }) => types.push(JSON.parse(data).type) }).feed((await client.response()).body);
  expect(types).toEqual(['thread.item.done', 'stream_options', 'progress_update']);
});

describe('with a clock of its own', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  /** A stream, and the heartbeats that were written since. */
  async function silent(heartbeatMs?: number) {
    const { responses, before } = watched();
    const hook = steered();
    const endpoint = await start({ before, respond: hook.respond, heartbeatMs });
    const client = await post(endpoint, addMessage('thr_1'));
    await hook.started;
    await client.bodyUpTo('}}\n\n');
    const write = jest.spyOn(responses[0]!.socket!, 'write');
    const heartbeats = () => write.mock.calls.filter(([text]) => text === '3\r\n:\n\n\r\n').length;
    return { client, hook, heartbeats };
  }

  it.each([
    [undefined, 15_000],
    [1_000, 1_000],
  ])('no silence is longer than the option: %s', async (option, heartbeatMs) => {
    const { heartbeats } = await silent(option);
    for (let count = 1; count <= 10; count++) {
      jest.advanceTimersByTime(heartbeatMs);
      expect(heartbeats()).toBe(count);
    }
  });

  it('comes only in silence', async () => {
    const { client, hook, heartbeats } = await silent(1_000);
    for (let count = 0; count < 10; count++) {
      jest.advanceTimersByTime(600);
      hook.say(progress(`${count}`));
      await client.bodyUpTo(frame({ type: 'progress_update', text: `${count}` }));
    }
    expect(heartbeats()).toBe(0);
    jest.advanceTimersByTime(1_000);
    expect(heartbeats()).toBe(1);
  });

  it('ends with the stream', async () => {
    const { client, hook } = await silent(1_000);
    expect(jest.getTimerCount()).toBe(1);
    hook.end();
    await client.response();
    client.socket.destroy();
    await client.end();
    expect(jest.getTimerCount()).toBe(0);
  });
});
