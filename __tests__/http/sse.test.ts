// The bytes of an answer as Server-Sent Events: headers, frames, and when each of them leaves.
import compression from 'compression';
import { createParser } from 'eventsource-parser';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { progress } from '../support/items';
import { addMessage, createThread, customAction, getThread } from '../support/requests';
import { Gate, never } from '../support/gate';
import { expressVersions, start } from './endpoint';
import { frame, framesOf, streamOptions } from './frames';
import { added, delta, done, steered } from './hooks';
import { post } from './raw-client';

afterEach(() => jest.restoreAllMocks());

/** What differs from run to run, named. */
const masked = (text: string) =>
  text.replace(/(thr|msg)_[0-9a-f]{32}/g, '$1_<id>').replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<date>');

const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'transfer-encoding': 'chunked',
};

const proxies: [string, () => RequestHandler[]][] = [
  ['nothing', () => []],
  ['compression()', () => [compression()]],
  ['compression() that takes everything', () => [compression({ threshold: 0, filter: () => true })]],
  ['helmet()', () => [helmet()]],
  ['helmet() and compression()', () => [helmet(), compression()]],
];

describe.each(expressVersions)('on Express %i', (version) => {
  it('writes a new thread with its answer as one data line an event', async () => {
    const endpoint = await start({
      version,
      async *respond({ thread }) {
        yield added('msg_1', thread);
        yield delta('Hi ');
        yield delta('there');
        yield done('Hi there', 'msg_1', thread);
        yield progress('…');
      },
    });

    const client = await post(endpoint, createThread('Hello', { quoted_text: '' }));
    const { status, headers, body } = await client.response();

    expect(status).toBe(200);
    expect(headers).toMatchObject(streamHeaders);
    const events = framesOf(masked(body));
    // Nothing but frames, each the shortest JSON.
    expect(masked(body)).toBe(events.map(frame).join(''));
    const item = { thread_id: 'thr_<id>', created_at: '<date>' };
    const part = { type: 'output_text', text: '', annotations: [] };
    const update = { type: 'assistant_message.content_part.text_delta', content_index: 0 };
    expect(events).toEqual([
      {
        type: 'thread.created',
        thread: {
          id: 'thr_<id>',
          created_at: '<date>',
          status: { type: 'active' },
          metadata: {},
          items: { data: [], has_more: false },
        },
      },
      {
        type: 'thread.item.done',
        item: {
          ...item,
          type: 'user_message',
          id: 'msg_<id>',
          content: [{ type: 'input_text', text: 'Hello' }],
          attachments: [],
          quoted_text: '',
          inference_options: {},
        },
      },
      { type: 'stream_options', stream_options: { allow_cancel: true } },
      { type: 'thread.item.added', item: { ...item, type: 'assistant_message', id: 'msg_1', content: [part] } },
      { type: 'thread.item.updated', item_id: 'msg_1', update: { ...update, delta: 'Hi ' } },
      { type: 'thread.item.updated', item_id: 'msg_1', update: { ...update, delta: 'there' } },
      {
        type: 'thread.item.done',
        item: { ...item, type: 'assistant_message', id: 'msg_1', content: [{ ...part, text: 'Hi there' }] },
      },
      { type: 'progress_update', text: '…' },
    ]);
  });

  it('sends the headers at once when there is no event yet', async () => {
    const asked = new Gate();
    const endpoint = await start({
      version,
      async getStreamOptions() {
        asked.open();
        return never;
      },
    });
    const client = await post(endpoint, customAction({ thread_id: 'thr_1' }));
    expect(await client.headers()).toMatchObject({ status: 200, headers: streamHeaders, chunks: [], complete: false });
    await asked.passed;
  });

  it('tells a middleware that holds bytes back to let them go, after each write', async () => {
    let held: string[] = [];
    const buffering: RequestHandler = (_request, response, next) => {
      const write = response.write.bind(response);
      response.write = (...[text]: unknown[]) => Boolean(held.push(String(text)));
      Object.assign(response, {
        flush() {
          const ready = held;
          held = [];
          if (ready.length > 0) write(ready.join(''));
        },
      });
      next();
    };
    const hook = steered();
    const endpoint = await start({ version, before: () => [buffering], respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    await client.bodyUpTo(frame(streamOptions));
    for (const text of ['one', 'two']) {
      hook.say(progress(text));
      await client.bodyUpTo(frame({ type: 'progress_update', text }));
    }
    hook.end();
    await client.response();
  });

  it('leaves the last word to a middleware that has something to add to the end', async () => {
    const adding: RequestHandler = (_request, response, next) => {
      const end = response.end.bind(response);
      response.end = () => end(': the end\n\n');
      next();
    };
    const hook = steered();
    const endpoint = await start({ version, before: () => [adding], respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    await client.bodyUpTo(frame(streamOptions));
    hook.say(progress('x'));
    await client.bodyUpTo(frame({ type: 'progress_update', text: 'x' }));
    hook.end();
    expect((await client.response()).chunks.at(-1)).toBe(': the end\n\n');
  });

  describe.each(proxies)('behind %s', (_name, before) => {
    const gzip = { 'accept-encoding': 'gzip, deflate, br' };

    it('sends the headers, and what is there, before the hook says anything', async () => {
      const hook = steered();
      const endpoint = await start({ version, before, respond: hook.respond });

      const client = await post(endpoint, addMessage('thr_1'), gzip);

      const { headers, body } = await client.bodyUpTo(frame(streamOptions));
      expect(headers).toMatchObject(streamHeaders);
      expect(headers).not.toHaveProperty('content-encoding');
      expect(body.match(/"type":"thread.item.done"/g)).toHaveLength(1);
      hook.end();
      await client.response();
    });

    it('sends an event that is alone at once, in one write', async () => {
      const hook = steered();
      const endpoint = await start({ version, before, respond: hook.respond });
      const client = await post(endpoint, addMessage('thr_1'), gzip);
      await hook.started;
      const { chunks } = await client.bodyUpTo('}}\n\n');

      for (const text of ['one', 'two', 'three']) {
        const expected = frame({ type: 'progress_update', text });
        hook.say(progress(text));
        const response = await client.bodyUpTo(expected);
        chunks.push(expected);
        expect(response.chunks).toEqual(chunks);
      }
      hook.end();
      expect((await client.response()).chunks).toEqual(chunks);
    });

    it('sends an answer that is ready as a whole in one write, from its first event to its last', async () => {
      jest.spyOn(performance, 'now').mockReturnValue(0); // no run works for so long that it yields
      const endpoint = await start({
        version,
        before,
        async *respond({ thread }) {
          yield added('msg_1', thread);
          yield done('Hi', 'msg_1', thread);
        },
      });
      const client = await post(endpoint, createThread(), gzip);
      const { chunks } = await client.response();
      expect(chunks.map((chunk) => chunk.match(/^data: /gm)?.length)).toEqual([5]);
    });

    it('sends events that are ready in one turn in one write', async () => {
      jest.spyOn(performance, 'now').mockReturnValue(0); // no run works for so long that it yields
      const hook = steered();
      const endpoint = await start({ version, before, respond: hook.respond });
      const client = await post(endpoint, addMessage('thr_1'), gzip);
      await hook.started;
      const { chunks } = await client.bodyUpTo('}}\n\n');

      const texts = Array.from({ length: 36 }, (_, index) => `word ${index} `);
      hook.say(added(), ...texts.map((text) => delta(text)), progress('x'), done(texts.join('')));
      hook.end();

      const response = await client.response();
      expect(response.chunks.slice(0, chunks.length)).toEqual(chunks);
      expect(response.chunks).toHaveLength(chunks.length + 1);
      expect(response.chunks.at(-1)!.match(/^data: /gm)).toHaveLength(39);
    });
  });

  it('is read by eventsource-parser as unnamed messages without ids', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1', 'two\nlines\r\n\r\ndata: x'));
    hook.say(progress('a\nb\r\n\ndata: [DONE]\n\n: c'));
    hook.end();
    const { body } = await client.response();

    const events: { id?: string; event?: string; data: string }[] = [];
    const others: unknown[] = [];
    createParser({
      onEvent: (event) => events.push(event),
      onError: (error) => others.push(error),
      onComment: (comment) => others.push(comment),
      onRetry: (retry) => others.push(retry),
    }).feed(body);

    expect(others).toEqual([]);
    expect(events.map(({ id, event }) => [id, event])).toEqual(events.map(() => [undefined, undefined]));
    const values = events.map(({ data }) => JSON.parse(data));
    expect(values.map((value) => value.type)).toEqual(['thread.item.done', 'stream_options', 'progress_update']);
    expect(values[0].item.content[0].text).toBe('two\nlines\r\n\r\ndata: x');
    expect(values[2].text).toBe('a\nb\r\n\ndata: [DONE]\n\n: c');
    expect(body).not.toMatch(/^(?!data: |$)/m);
  });

  it('compresses a JSON answer where compression() wants to, and the bytes stay right', async () => {
    const endpoint = await start({ version, before: () => [compression({ threshold: 0 })] });
    const plain = await (await post(endpoint, getThread('thr_1'))).response();
    const answer = await fetch(endpoint.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(getThread('thr_1')),
    });

    expect(answer.headers.get('content-encoding')).toMatch(/^(gzip|br)$/);
    expect(await answer.text()).toBe(plain.body);
  });

  it('keeps the headers that others set on the response', async () => {
    const endpoint = await start({
      version,
      before: () => [helmet()],
      context: (_request, response) => {
        response.cookie('session', 'abc');
        return {};
      },
    });
    const [stream, json] = [addMessage('thr_1'), getThread('thr_1')].map((body) =>
      post(endpoint, body).then((client) => client.response()),
    );

    for (const { headers } of [await stream!, await json!]) {
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'set-cookie': 'session=abc; Path=/' });
    }
  });
});
