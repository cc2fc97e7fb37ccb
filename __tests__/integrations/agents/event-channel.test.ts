import type { HookEventInput } from 'chatkit-express';
import { EventChannel } from '../../../src/integrations/agents/event-channel';
import { Gate, idle } from '../../support/gate';

const event = (text: string): HookEventInput => ({ type: 'progress_update', text });
const say = (text: string) => () => [event(text)];

async function read(channel: EventChannel): Promise<string[]> {
  const texts: string[] = [];
  for await (const batch of channel.read()) texts.push(...batch.map((given) => (given as { text: string }).text));
  return texts;
}

test('what the agent said in this turn of the event loop comes before a push of the same turn', async () => {
  const channel = new EventChannel(10, new AbortController().signal);
  const reading = read(channel);
  const pushed = channel.push(say('pushed'));
  channel.add(say('said'));
  await Promise.resolve();
  channel.add(say('said a little later'));
  await pushed;
  channel.add(say('said after it'));
  await channel.end();
  expect(await reading).toEqual(['said', 'said a little later', 'pushed', 'said after it']);
});

test('events are made one after the other, also where making one takes its time', async () => {
  const channel = new EventChannel(10, new AbortController().signal);
  const made = new Gate<HookEventInput[]>();
  channel.add(() => made.passed);
  const pushed = channel.push(say('second'));
  await idle();
  made.open([event('first')]);
  await pushed;
  await channel.end();
  expect(await read(channel)).toEqual(['first', 'second']);
});

test('what was pushed before anyone reads is there for the reader, and more than fits is refused', async () => {
  const channel = new EventChannel(2, new AbortController().signal);
  await channel.push(say('one'));
  await channel.push(say('two'));
  await expect(channel.push(say('three'))).rejects.toThrow('2 events wait and nothing reads them');
  const reading = read(channel);
  await channel.push(say('four'));
  await channel.end();
  expect(await reading).toEqual(['one', 'two', 'four']);
});

test('a push that does not fit waits until it is read', async () => {
  const channel = new EventChannel(1, new AbortController().signal);
  const reader = channel.read();
  const first = reader.next();
  let settled = 0;
  const pushes = ['one', 'two', 'three'].map((text) => channel.push(say(text)).then(() => settled++));
  expect(await first).toMatchObject({ value: [event('one')] });
  await idle();
  expect(settled).toBeLessThan(3);
  expect(await reader.next()).toMatchObject({ value: [event('two'), event('three')] });
  await Promise.all(pushes);
});

test('the reader is thrown the end’s error once it has everything that came before', async () => {
  const channel = new EventChannel(10, new AbortController().signal);
  channel.add(say('said'));
  void channel.push(say('pushed'));
  await channel.end(new Error('over'));
  const reader = channel.read();
  expect(await reader.next()).toEqual({ done: false, value: [event('said'), event('pushed')] });
  await expect(reader.next()).rejects.toThrow('over');
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});

test('what cannot be converted ends the queue, with the first error', async () => {
  const channel = new EventChannel(10, new AbortController().signal);
  const reading = read(channel);
  channel.add(() => {
    throw new Error('cannot be converted');
  });
  channel.add(() => Promise.reject(new Error('nor this')));
  await expect(reading).rejects.toThrow('cannot be converted');
});

test('what is still said to a reader that left is not for the next one', async () => {
  const channel = new EventChannel(10, new AbortController().signal);
  const made = new Gate<HookEventInput[]>();
  const first = channel.read();
  channel.add(say('seen'));
  expect(await first.next()).toEqual({ done: false, value: [event('seen')] });
  channel.add(() => made.passed);
  channel.add(() => Promise.reject(new Error('of the first run')));
  await first.return();

  const second = read(channel);
  made.open([event('too late')]);
  channel.add(say('for the second'));
  await channel.end();
  expect(await second).toEqual(['for the second']);
});

test('what a push cannot make is its own affair', async () => {
  const channel = new EventChannel(10, new AbortController().signal);
  const reading = read(channel);
  await expect(
    channel.push(() => {
      throw new RangeError('no such task');
    }),
  ).rejects.toThrow('no such task');
  void channel.push(() => Promise.reject(new Error('nobody waits for this')));
  await channel.push(say('goes on'));
  await channel.end();
  expect(await reading).toEqual(['goes on']);
});

test('when the turn is cancelled the reader ends and every push settles', async () => {
  const abort = new AbortController();
  const channel = new EventChannel(1, abort.signal);
  const reader = channel.read();
  const first = reader.next();
  const pushes = [channel.push(say('one')), channel.push(say('two')), channel.push(say('three'))];
  await first;
  await idle();
  abort.abort();
  await Promise.all(pushes);
  await channel.push(say('after'));
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});

test('two readers at once are refused, one after the other are not', async () => {
  const channel = new EventChannel(10, new AbortController().signal);
  const first = read(channel);
  await expect(read(channel)).rejects.toThrow('streaming an answer already');
  channel.add(say('one'));
  await channel.end();
  expect(await first).toEqual(['one']);
  const second = read(channel);
  channel.add(say('two'));
  await channel.end();
  expect(await second).toEqual(['two']);
});
