// chatkitFetch: streams over a network that fails, Stop, and requests that are left as they are.
import { chatkitFetch } from 'chatkit-express/browser';
import type { CustomApiConfig } from '@openai/chatkit';
import { type Endpoint, start } from '../http/endpoint';
import { added, delta, done, steered } from '../http/hooks';
import { noRuns } from '../http/server-side';
import { type EndingProxy, startEndingProxy } from '../support/ending-proxy';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { addMessage, createThread, getThread } from '../support/requests';
import { sized } from '../support/sizes';
import { Reader, send, streamRequest } from './chat';

const proxies: (FaultyProxy | EndingProxy)[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

async function behindProxy(endpoint: Endpoint) {
  const proxy = await startFaultyProxy(endpoint.port);
  proxies.push(proxy);
  return { proxy, url: `http://127.0.0.1:${proxy.port}${endpoint.path}` };
}

/** A fetch of the network that records what it was asked. */
function recording(
  answer: (url: string, init: RequestInit) => Promise<Response> | Response = (url, init) => fetch(url, init),
) {
  const calls: { url: string; init: RequestInit; headers: Headers }[] = [];
  const network: typeof fetch = async (input, init = {}) => {
    const url = input as string;
    calls.push({ url, init, headers: new Headers(init.headers) });
    return answer(url, init);
  };
  return { calls, network };
}

const stream = (text: string, headers: Record<string, string> = {}) =>
  new Response(text, { headers: { 'content-type': 'text/event-stream', ...headers } });
/** The mark at the end of a run. */
const end = ': end\n\n';
const numbered = (count: number, text = 'x') => `id: ${count}\ndata: ${JSON.stringify(delta(text))}\n\n`;

describe('a stream that breaks', () => {
  it('continues where it broke, and the client reads neither an error nor an event twice', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    const { proxy, url } = await behindProxy(endpoint);
    const { response } = await send(chatkitFetch(), url, addMessage('thr_1'));
    const reader = new Reader(response);
    hook.say(added(), delta('one '));
    await reader.until('one ');
    proxy.cut();
    hook.say(delta('two '));
    await reader.until('two ');
    proxy.cut();
    hook.say(delta('three'), done('one two three'));
    hook.end();
    await reader.ended;
    expect(reader.text).toBe('one two three');
    expect(reader.events.map(({ type }) => type)).toEqual([
      'thread.item.done',
      'stream_options',
      'thread.item.added',
      'thread.item.updated',
      'thread.item.updated',
      'thread.item.updated',
      'thread.item.done',
    ]);
  });

  it.each(Array.from({ length: sized(3, 150) }, (_, index) => index))(
    'cut at random places %#: the same events',
    async () => {
      const words = Array.from({ length: 40 }, (_, index) => `wörd ${index} `);
      let calls = 0;
      const endpoint = await start({
        async *respond({ thread: own }) {
          calls++;
          yield added('msg_1', own);
          for (const word of words) {
            yield delta(word);
            await new Promise((resolve) => setImmediate(resolve));
          }
          yield done(words.join(''), 'msg_1', own);
        },
      });
      const { proxy, url } = await behindProxy(endpoint);
      const network: typeof fetch = (input, init) => {
        proxy.cutAfter = 400 + Math.floor(Math.random() * 4000);
        return fetch(input, init);
      };
      const { response } = await send(chatkitFetch({ fetch: network }), url, createThread());
      const reader = new Reader(response);
      await reader.ended;
      expect(reader.text).toBe(words.join(''));
      expect(reader.events.map(({ type }) => type)).toEqual([
        'thread.created',
        'thread.item.done',
        'stream_options',
        'thread.item.added',
        ...words.map(() => 'thread.item.updated'),
        'thread.item.done',
      ]);
      expect(calls).toBe(1);
    },
  );

  it('goes unnoticed when the network drops every byte for a while', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond, heartbeatMs: 50 });
    const { proxy, url } = await behindProxy(endpoint);
    const { response } = await send(chatkitFetch({ silenceMs: sized(400, 2000) }), url, addMessage('thr_1'));
    const reader = new Reader(response);
    hook.say(added(), delta('before '));
    await reader.until('before ');
    proxy.isDropping = true;
    hook.say(delta('meanwhile '));
    // So that the connection is silent for longer than `silenceMs`.
    await new Promise((resolve) => setTimeout(resolve, sized(1000, 10_000)));
    hook.say(delta('after'), done('before meanwhile after'));
    hook.end();
    proxy.isDropping = false;
    await reader.ended;
    expect(reader.text).toBe('before meanwhile after');
  }, 40_000);

  it('notices lost events by their numbers', async () => {
    const { calls, network } = recording((url) =>
      url.includes('/events')
        ? stream(numbered(2, 'two') + numbered(3, 'three') + end)
        : stream(numbered(1, 'one') + numbered(3, 'three'), { 'chatkit-run-id': 'run_1' }),
    );
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', addMessage('thr_1'));
    const reader = new Reader(response);
    await reader.ended;
    expect(reader.text).toBe('onetwothree');
    expect(calls.map(({ url }) => url)).toEqual([
      'http://x.example/chatkit',
      'http://x.example/chatkit/runs/run_1/events?after=1',
    ]);
  });

  it('accepts the number after a snapshot, which counts as a whole', async () => {
    const snapshot = `data: ${JSON.stringify(added())}\n\n`;
    const { calls, network } = recording(() =>
      stream(numbered(1, 'one') + snapshot + numbered(7, 'seven') + numbered(8) + end, { 'chatkit-run-id': 'run_1' }),
    );
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', addMessage('thr_1'));
    await new Reader(response).ended;
    expect(calls).toHaveLength(1);
  });

  it.each([1, 3])('is whole behind a proxy that ends each response cleanly after %i frames', async (endAfter) => {
    const words = ['one ', 'two ', 'three ', 'four ', 'five '];
    let calls = 0;
    const endpoint = await start({
      async *respond({ thread: own }) {
        calls++;
        yield added('msg_1', own);
        for (const word of words) {
          yield delta(word);
          await new Promise((resolve) => setImmediate(resolve));
        }
        yield done(words.join(''), 'msg_1', own);
      },
    });
    const proxy = await startEndingProxy(new URL(endpoint.url).origin);
    proxies.push(proxy);
    proxy.endAfter = endAfter;
    const { response } = await send(chatkitFetch(), proxy.origin + endpoint.path, createThread());
    const reader = new Reader(response);
    await reader.ended;
    expect(reader.text).toBe(words.join(''));
    expect(reader.events.at(-1)!.type).toBe('thread.item.done');
    expect(calls).toBe(1);
    expect(proxy.requests.length).toBeGreaterThan(2);
  });

  it('continues when it is ended cleanly between two events', async () => {
    const { calls, network } = recording((url) => {
      if (url.endsWith('after=1')) return stream(numbered(2, 'two')); // ended too early again
      if (url.endsWith('after=2')) return stream(numbered(3, 'three') + end);
      return stream(numbered(1, 'one'), { 'chatkit-run-id': 'run_1' });
    });
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', addMessage('thr_1'));
    const reader = new Reader(response);
    await reader.ended;
    expect(reader.text).toBe('onetwothree');
    expect(calls).toHaveLength(3);
  });

  it('is complete at a clean end when its server does not know `chatkit-run-control`, and is not posted again', async () => {
    const event = `data: ${JSON.stringify(delta('one'))}\n\n`;
    const { calls, network } = recording(() => stream(event, { 'chatkit-run-id': 'run_1' }));
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', addMessage('thr_1'));
    const reader = new Reader(response);
    await reader.ended;
    expect([reader.text, calls.length]).toEqual(['one', 1]);
  });

  it('ends at the mark, also when its connection then breaks or stays open', async () => {
    const { calls, network } = recording((_url, { signal }) => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(numbered(1, 'one') + end));
          signal!.addEventListener('abort', () => controller.error(signal!.reason));
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream', 'chatkit-run-id': 'run_1' } });
    });
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', addMessage('thr_1'));
    const reader = new Reader(response);
    await reader.ended;
    expect([reader.text, calls.length]).toEqual(['one', 1]);
  });

  it('reads the number of an event from its own line only, whatever a text contains', async () => {
    const line = '\u2028id: 7\u2028';
    const snapshot = `data: ${JSON.stringify(delta(line))}\n\n`;
    const { calls, network } = recording((url) =>
      url.includes('/events')
        ? stream(numbered(2, 'two') + end)
        : stream(numbered(1, 'one') + snapshot, { 'chatkit-run-id': 'run_1' }),
    );
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', addMessage('thr_1'));
    const reader = new Reader(response);
    await reader.ended;
    expect(reader.text).toBe(`one${line}two`);
    expect(calls[1]!.url).toBe('http://x.example/chatkit/runs/run_1/events?after=1');
  });

  it('passes on a thread whose title has a line separator', async () => {
    const created = { type: 'thread.created', thread: { id: 'thr_9', title: 'a\u2028b' } };
    const text = `id: 1\ndata: ${JSON.stringify(created)}\n\n${end}`;
    const { calls, network } = recording(() => stream(text, { 'chatkit-run-id': 'run_1' }));
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', createThread());
    const reader = new Reader(response);
    await reader.ended;
    expect([reader.events, calls.length]).toEqual([[created], 1]);
  });

  it.each([404, 401, 410])('ends with the error of the network when the run answers %i', async (status) => {
    const { calls, network } = recording((url) => {
      if (url.includes('/events')) return new Response('{}', { status });
      return stream(numbered(1) + 'id: 2\ndata: {"typ', { 'chatkit-run-id': 'run_1' });
    });
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', addMessage('thr_1'));
    await expect(new Reader(response).ended).rejects.toThrow(TypeError);
    expect(calls).toHaveLength(2);
  });

  it.each([503, 429, 200])('tries again when a proxy answers %i', async (status) => {
    let asked = 0;
    const { network } = recording((url) => {
      if (!url.includes('/events')) return stream(numbered(1, 'one') + 'id', { 'chatkit-run-id': 'run_1' });
      return ++asked < 3 ? new Response('<h1>Busy</h1>', { status }) : stream(numbered(2, 'two') + end);
    });
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', addMessage('thr_1'));
    const reader = new Reader(response);
    await reader.ended;
    expect(reader.text).toBe('onetwo');
  });

  it('posts the request again with its key when nothing of the stream arrived', async () => {
    let posts = 0;
    const { calls, network } = recording(() =>
      stream(++posts === 1 ? 'id: 1\nda' : numbered(1, 'one') + end, { 'chatkit-run-id': 'run_1' }),
    );
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', createThread());
    const reader = new Reader(response);
    await reader.ended;
    expect(reader.text).toBe('one');
    expect(calls.map(({ init }) => init.method)).toEqual(['POST', 'POST']);
    const [first, second] = calls.map(({ headers }) => headers.get('idempotency-key'));
    expect(first).toBe(second);
  });

  it('without the id of its run fails as any stream does', async () => {
    const { calls, network } = recording(() => stream(numbered(1) + 'id'));
    const { response } = await send(chatkitFetch({ fetch: network }), 'http://x.example/chatkit', addMessage('thr_1'));
    await expect(new Reader(response).ended).rejects.toThrow(TypeError);
    expect(calls).toHaveLength(1);
  });
});

describe('Stop', () => {
  it('is an abort while the body is open: the run ends, and so does the body', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    const { calls, network } = recording();
    const { response, controller } = await send(chatkitFetch({ fetch: network }), endpoint.url, addMessage('thr_1'));
    const reader = new Reader(response);
    hook.say(added(), delta('half'));
    await reader.until('half');
    const aborted = new Promise(
      (resolve) => void hook.started.then(({ signal }) => signal.addEventListener('abort', resolve)),
    );
    controller.abort();
    await reader.ended;
    await aborted;
    const stop = calls.at(-1)!;
    expect([stop.url, stop.init.method, stop.init.keepalive]).toEqual([`${endpoint.url}/runs/stop`, 'POST', true]);
    expect(JSON.parse(stop.init.body as string)).toEqual({ run_id: response.headers.get('chatkit-run-id') });
    await noRuns(endpoint);
  });

  it('is not the abort at the end of a stream', async () => {
    const endpoint = await start();
    const { calls, network } = recording();
    const { response, controller } = await send(chatkitFetch({ fetch: network }), endpoint.url, createThread());
    await new Reader(response).ended;
    controller.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toHaveLength(1);
  });

  it('is not an abort before the response', async () => {
    const controller = new AbortController();
    const { calls, network } = recording(
      (_url, { signal }) =>
        new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error))),
    );
    const sent = chatkitFetch({ fetch: network })(
      'http://x.example/chatkit',
      streamRequest(createThread(), controller),
    );
    controller.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls).toHaveLength(1);
  });

  it('names the thread when the page cannot read the id of the run', async () => {
    const created = `data: ${JSON.stringify({ type: 'thread.created', thread: { id: 'thr_9' } })}\n\n`;
    const { calls, network } = recording((url) => {
      if (url.endsWith('/stop')) return new Response('{}');
      const body = new ReadableStream({
        start: (c) => c.enqueue(new TextEncoder().encode(created + numbered(2, 'x'))),
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    });
    const { response, controller } = await send(chatkitFetch({ fetch: network }), 'http://x.example/c', createThread());
    const reader = new Reader(response);
    await reader.until('x');
    controller.abort();
    await reader.ended;
    expect(calls[1]).toMatchObject({ url: 'http://x.example/c/runs/stop', init: { body: '{"thread_id":"thr_9"}' } });
  });

  it('is posted again when the network fails', async () => {
    let stops = 0;
    const stopped = new Promise<void>((resolve) => {
      jest.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
        if (!(input as string).endsWith('/stop')) {
          return new Response(new ReadableStream({ start: () => undefined }), {
            headers: { 'content-type': 'text/event-stream', 'chatkit-run-id': 'run_1' },
          });
        }
        if (++stops < 3) throw new TypeError('fetch failed');
        resolve();
        return new Response('{}');
      });
    });
    const { controller } = await send(chatkitFetch(), 'http://x.example/c', addMessage('thr_1'));
    controller.abort();
    await stopped;
    expect(stops).toBe(3);
  });
});

describe('a request', () => {
  it('keeps its key while the client repeats it, and the next request has another', async () => {
    const { calls, network } = recording(() => new Response('', { status: 503 }));
    const wrapped = chatkitFetch({ fetch: network });
    const first = streamRequest(createThread());
    await wrapped('http://x.example/c', first);
    await wrapped('http://x.example/c', first);
    await wrapped('http://x.example/c', streamRequest(createThread()));
    const keys = calls.map(({ headers }) => headers.get('idempotency-key')!);
    expect(keys[0]).toMatch(/^[\w-]{32,36}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    expect(calls.every(({ headers }) => headers.get('chatkit-run-control') === '1')).toBe(true);
    expect(first.headers).not.toHaveProperty('idempotency-key');
  });

  it('has a key in a page that is not secure, which lacks `crypto.randomUUID`', async () => {
    const { calls, network } = recording(() => stream(''));
    const { randomUUID } = crypto;
    Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true });
    try {
      await chatkitFetch({ fetch: network })('http://x.example/c', streamRequest(createThread()));
    } finally {
      Object.defineProperty(crypto, 'randomUUID', { value: randomUUID, configurable: true });
    }
    expect(calls[0]!.headers.get('idempotency-key')).toMatch(/^[\da-f]{32}$/);
  });

  it.each<[string, string, RequestInit]>([
    [
      'a JSON call',
      'http://x.example/c',
      { method: 'POST', body: JSON.stringify(getThread('thr_1')), headers: { accept: '*/*' } },
    ],
    ['an upload', 'http://bucket.example/x', { method: 'PUT', body: new Blob(['x']) }],
    ['a form', 'http://x.example/c/upload', { method: 'POST', body: new FormData() }],
    ['text', 'http://x.example/c', { method: 'POST', body: 'x', headers: { accept: 'text/event-stream' } }],
    ['a list', 'http://x.example/c', { method: 'POST', body: '[]', headers: { accept: 'text/event-stream' } }],
    ['null', 'http://x.example/c', { method: 'POST', body: 'null', headers: { accept: 'text/event-stream' } }],
  ])('that is %s is passed on as it is', async (_what, url, init) => {
    const { calls, network } = recording(() => new Response('{}'));
    await chatkitFetch({ fetch: network })(url, init);
    expect(calls).toHaveLength(1);
    expect(calls[0]!.init).toBe(init);
  });

  it.each([
    ['http://x.example/chatkit', 'http://x.example/chatkit/runs/run%2F1/events?after=1'],
    ['http://x.example/chatkit/', 'http://x.example/chatkit/runs/run%2F1/events?after=1'],
    ['http://x.example/a/b?key=k%26&x=1#top', 'http://x.example/a/b/runs/run%2F1/events?key=k%26&x=1&after=1'],
    ['/chatkit', 'http://page.example/chatkit/runs/run%2F1/events?after=1'],
    ['chatkit?a=b', 'http://page.example/app/chatkit/runs/run%2F1/events?a=b&after=1'],
    ['../chatkit', 'http://page.example/chatkit/runs/run%2F1/events?after=1'],
  ])('to %s is continued at %s', async (url, expected) => {
    Object.assign(globalThis, { document: { baseURI: 'http://page.example/app/' } });
    try {
      const { calls, network } = recording((asked) =>
        asked.includes('/events') ? stream(end) : stream(numbered(1) + 'id', { 'chatkit-run-id': 'run/1' }),
      );
      const headers = { ...streamRequest({}).headers, authorization: 'Bearer t' };
      const request = { ...streamRequest(addMessage('thr_1')), headers, credentials: 'include' as const };
      const response = await chatkitFetch({ fetch: network })(url, request);
      await new Reader(response).ended;
      expect(calls[1]!.url).toBe(expected);
      expect(calls[1]!.headers.get('authorization')).toBe('Bearer t');
      expect(calls[1]!.init).toMatchObject({ method: 'GET', body: null, credentials: 'include' });
    } finally {
      Reflect.deleteProperty(globalThis, 'document');
    }
  });
});

it('has the type of the official option', () => {
  const api: CustomApiConfig = { url: '/chatkit', domainKey: 'x', fetch: chatkitFetch() };
  expect(api.fetch).toBeInstanceOf(Function);
});
