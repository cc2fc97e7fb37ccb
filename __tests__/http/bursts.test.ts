// What is ready at once: text deltas are joined for every reader, and items are spaced out for the official page.
import type { HookEventInput } from 'chatkit-express';
import { addMessage } from '../support/requests';
import { type Setup, start, thread } from './endpoint';
import { framesOf } from './frames';
import { added, delta, done, steered } from './hooks';
import { post, type RawClient } from './raw-client';
import { noRuns, turnOfTheLoop, until } from './server-side';

beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => jest.useRealTimers());

const officialPage = { 'chatkit-frame-instance-id': '7f9c2ba4-e88f-4d0a-b3a7-5a4a0c8f2b11' };
const items = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => done('x', `msg_${from + index}`));
const doneIn = (chunk: string) => chunk.match(/"type":"thread.item.done"/g)?.length ?? 0;

/** A stream with its first events read: the user's message, which is an item too, is older than the burst's time. */
async function open(headers: Record<string, string>, options: Setup = {}) {
  const hook = steered();
  const endpoint = await start({ respond: hook.respond, ...options });
  const client = await post(endpoint, addMessage('thr_1'), headers);
  await hook.started;
  const { chunks } = await client.bodyUpTo('}}\n\n');
  jest.advanceTimersByTime(1_000);
  return { hook, endpoint, client, before: chunks.length };
}

/** How many items each write after the first ones has, once nothing more comes by itself. */
async function writes(client: RawClient, before: number): Promise<number[]> {
  for (let turn = 0; turn < 20; turn++) await turnOfTheLoop();
  return (await client.headers()).chunks.slice(before).map(doneIn);
}

describe('many items, ready at once', () => {
  it('go to the official page ten at once, and then one every 20 ms, in their order', async () => {
    const { hook, client, before } = await open(officialPage);
    hook.say(...items(30));
    hook.end();
    expect(await writes(client, before)).toEqual([10]);
    for (let sent = 1; sent <= 20; sent++) {
      jest.advanceTimersByTime(19);
      expect(await writes(client, before)).toHaveLength(sent);
      jest.advanceTimersByTime(1);
      expect(await writes(client, before)).toEqual([10, ...Array<number>(sent).fill(1)]);
    }
    const { body } = await client.response();
    const ids = framesOf(body).flatMap((event) => (event.item?.type === 'assistant_message' ? [event.item.id] : []));
    expect(ids).toEqual(items(30).map((event) => (event as { item: { id: string } }).item.id));
  });

  it('go to any other client in one write', async () => {
    const { hook, client, before } = await open({});
    hook.say(...items(60));
    hook.end();
    expect((await client.response()).chunks.slice(before).map(doneIn)).toEqual([60]);
  });

  it('are ten again after a pause, and ten that came one by one count', async () => {
    const { hook, client, before } = await open(officialPage);
    for (let item = 1; item <= 5; item++) {
      hook.say(...items(1, item));
      await writes(client, before);
      jest.advanceTimersByTime(10);
    }
    hook.say(...items(10, 6));
    expect(await writes(client, before)).toEqual([1, 1, 1, 1, 1, 5]);
    for (let item = 11; item <= 15; item++) {
      jest.advanceTimersByTime(20);
      await writes(client, before);
    }
    expect(await writes(client, before)).toEqual([1, 1, 1, 1, 1, 5, 1, 1, 1, 1, 1]);

    jest.advanceTimersByTime(200);
    hook.say(...items(12, 16));
    expect((await writes(client, before)).slice(11)).toEqual([10]);
    jest.advanceTimersByTime(20);
    await writes(client, before);
    jest.advanceTimersByTime(20);
    expect((await writes(client, before)).slice(11)).toEqual([10, 1, 1]);
    hook.end();
    await client.response();
  });

  it('do not hold back what comes before them, and hold back what comes after', async () => {
    const { hook, client, before } = await open(officialPage);
    hook.say(...items(10));
    await writes(client, before);
    hook.say(added('msg_x'), delta('a', 'msg_x'), done('a', 'msg_x'), added('msg_y'), delta('b', 'msg_y'));
    await writes(client, before);
    const types = async () =>
      framesOf((await client.headers()).chunks.slice(before + 1).join('')).map((event) =>
        event.type.slice('thread.item.'.length),
      );
    expect(await types()).toEqual(['added', 'updated']);
    jest.advanceTimersByTime(20);
    await writes(client, before);
    expect(await types()).toEqual(['added', 'updated', 'done', 'added', 'updated']);
    hook.end();
    await client.response();
  });
});

describe('without waiting for the pace', () => {
  it.each<[string, HookEventInput[], unknown]>([
    ['the hook fails', [], new Error('down')],
    ['the hook yields an error', [{ type: 'error', code: 'custom', message: 'No', allow_retry: false }], undefined],
  ])('everything is sent when %s, still ten items a write', async (_when, last, failure) => {
    const { hook, endpoint, client, before } = await open(officialPage);
    hook.say(...items(35));
    expect(await writes(client, before)).toEqual([10]);
    hook.say(...last);
    if (failure) hook.fail(failure);
    else hook.end();
    const { chunks } = await client.response();
    expect(chunks.slice(before).map(doneIn)).toEqual([10, 10, 10, 5]);
    expect(framesOf(chunks.join('')).at(-1).type).toBe('error');
    endpoint.logger.take('error');
  });

  it('everything is sent when the server closes, whether or not the hook has ended', async () => {
    for (const hasEnded of [false, true]) {
      const { hook, endpoint, client, before } = await open(officialPage);
      hook.say(...items(25));
      if (hasEnded) hook.end();
      expect(await writes(client, before)).toEqual([10]);
      if (hasEnded) await until(() => endpoint.chatkit.server.openRuns === 0);
      await endpoint.chatkit.close();
      const { chunks } = await client.response();
      expect(chunks.slice(before).map(doneIn)).toEqual([10, 10, 5]);
      expect(framesOf(chunks.join('')).at(-1).type).toBe(hasEnded ? 'thread.item.done' : 'error');
    }
  });

  it('a run ends when the page stops it', async () => {
    const { hook, endpoint, client, before } = await open(officialPage, { maxQueuedEvents: 3 });
    hook.say(...items(25));
    expect(await writes(client, before)).toEqual(expect.arrayContaining([3]));
    client.socket.destroy();
    await hook.left;
    await noRuns(endpoint);
  });
});

describe('many text deltas, ready at once', () => {
  const texts = (count: number) => Array.from({ length: count }, (_, index) => `word ${index} `);
  const deltasIn = (body: string) =>
    framesOf(body).flatMap((event) => {
      const { type, content_index, delta: text } = event.update ?? {};
      return type === 'assistant_message.content_part.text_delta' ? [[event.item_id, content_index, text]] : [];
    });

  it.each([
    ['the official page', officialPage],
    ['any other client', {}],
  ])('are joined for %s when more than 40 events wait, and sent as they are when fewer do', async (_who, headers) => {
    for (const count of [40, 41, 300]) {
      const { hook, client, before } = await open(headers);
      hook.say(...texts(count).map((text) => delta(text)));
      hook.end();
      const { chunks } = await client.response();
      const sent = texts(count).map((text) => ['msg_1', 0, text]);
      expect(deltasIn(chunks.slice(before).join(''))).toEqual(
        count > 40 ? [['msg_1', 0, texts(count).join('')]] : sent,
      );
    }
  });

  it.each([[1], [20]])('keep the index of their part and their item, %i of each', async (times) => {
    const { hook, client } = await open({});
    const part = (text: string, content_index: number, item_id = 'msg_1'): HookEventInput => ({
      type: 'thread.item.updated',
      item_id,
      update: { type: 'assistant_message.content_part.text_delta', content_index, delta: text },
    });
    const turns: [string, number, string][] = [
      ['msg_1', 0, 'a'],
      ['msg_1', 1, 'b'],
      ['msg_1', 0, '"c"'],
      ['msg_2', 0, 'd'],
      ['msg_1', 0, 'e'],
    ];
    hook.say(...turns.flatMap(([id, index, text]) => Array.from({ length: times }, () => part(text, index, id))));
    hook.end();
    const expected = turns.flatMap(([id, index, text]) =>
      times > 1 ? [[id, index, text.repeat(times)]] : [[id, index, text]],
    );
    expect(deltasIn((await client.response()).body)).toEqual(expected);
  });

  it('are not joined across another event', async () => {
    const { hook, client } = await open({});
    const half = texts(30).map((text) => delta(text));
    hook.say(...half, { type: 'progress_update', text: 'x' }, ...half);
    hook.end();
    expect(deltasIn((await client.response()).body)).toHaveLength(2);
  });

  it('are kept whole in what is stored of a cancelled answer', async () => {
    const { hook, endpoint, client } = await open({});
    hook.say(added('msg_1'), ...texts(100).map((text) => delta(text)));
    await until(() => client.bytes.includes('word 99'));
    client.socket.destroy();
    await hook.left;
    await noRuns(endpoint);
    const { data } = await endpoint.store.loadThreadItems(thread.id, { limit: 10, after: null, order: 'desc' }, {});
    const kept = data.find((item) => item.type === 'assistant_message') as { content: { text: string }[] } | undefined;
    expect(kept?.content[0]?.text).toBe(texts(100).join(''));
  });
});
