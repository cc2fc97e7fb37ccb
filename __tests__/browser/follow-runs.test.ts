// followRuns: which events of the element lead to which requests, and an element that lacks some of them.
import { chatkitFetch, followRuns } from 'chatkit-express/browser';
import type { OpenAIChatKit } from '@openai/chatkit';
import { delta } from '../http/hooks';
import { addMessage, getThread } from '../support/requests';
import { Reader, send, streamRequest } from './chat';

const url = 'http://x.example/chatkit';

/** The element as far as the page uses it. Its action goes through the fetch, as in the official element. */
class FakeElement extends EventTarget {
  actions: unknown[] = [];
  updates = 0;
  readers: Reader[] = [];
  threadId: string | null = null;

  constructor(readonly fetch: typeof globalThis.fetch) {
    super();
  }

  async sendCustomAction(action: { type: string; payload?: Record<string, unknown> }): Promise<void> {
    this.actions.push(action);
    const request = { type: 'threads.custom_action', params: { thread_id: this.threadId, action } };
    const reader = new Reader(await this.fetch(url, streamRequest(request)));
    this.readers.push(reader);
    await reader.ended;
  }

  async fetchUpdates(): Promise<void> {
    this.updates++;
  }

  fire(type: string, threadId?: string | null) {
    if (threadId !== undefined) this.threadId = threadId;
    this.dispatchEvent(new CustomEvent(`chatkit.${type}`, { detail: { threadId } }));
  }

  async load(threadId: string) {
    this.threadId = threadId;
    this.fire('thread.load.start', threadId);
    const headers = { accept: '*/*' };
    await this.fetch(url, { method: 'POST', headers, body: JSON.stringify(getThread(threadId)) });
    this.fire('thread.load.end', threadId);
  }
}

interface Setup {
  /** The runs that each listing has, in order. */
  lists?: string[][];
  events?: () => Response;
}

const eventStream = (body: ConstructorParameters<typeof Response>[0], id = 'run_1') =>
  new Response(body, { headers: { 'content-type': 'text/event-stream', 'chatkit-run-id': id } });
const endless = () => new ReadableStream<Uint8Array>({ start: () => undefined });
/** The stream of a run that has one event. */
const frame = (text: string) => `id: 1\ndata: ${JSON.stringify(delta(text))}\n\n: end\n\n`;

function setUp({ lists = [], events = () => eventStream(frame('hello')) }: Setup = {}) {
  const calls: string[] = [];
  const headers: Headers[] = [];
  const network: typeof fetch = async (input, init) => {
    const path = (input as string).slice(url.length);
    calls.push(`${init?.method ?? 'GET'} ${path}`);
    headers.push(new Headers(init?.headers));
    if (path.startsWith('/runs?')) return Response.json({ data: (lists.shift() ?? []).map((id) => ({ id })) });
    if (path.endsWith('/events')) return events();
    const isStream = new Headers(init?.headers).get('accept') === 'text/event-stream';
    return path === '' && isStream ? eventStream(endless()) : Response.json({});
  };
  const wrapped = chatkitFetch({ fetch: network });
  const element = new FakeElement(wrapped);
  const disconnect = followRuns(element, wrapped);
  return { calls, headers, element, wrapped, disconnect };
}

/** Lets everything that needs no timer happen. */
const settle = async () => {
  for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
};

beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

it('joins the open run after a load, once', async () => {
  const { calls, element } = setUp({ lists: [['run_1'], ['run_1'], ['run_1']] });
  await element.load('thr_1');
  await settle();
  expect(element.readers.map(({ text }) => text)).toEqual(['hello']);
  expect(calls.filter((call) => call.includes('events'))).toEqual(['GET /runs/run_1/events']);
  element.fire('thread.change', 'thr_1');
  await settle();
  expect(element.actions).toHaveLength(1);
});

it('joins a run that was open when the thread was read, and has ended since', async () => {
  const { element } = setUp({ lists: [['run_1'], []] });
  await element.load('thr_1');
  await settle();
  expect(element.readers.map(({ text }) => text)).toEqual(['hello']);
});

it('joins the runs of a thread one after the other', async () => {
  const { calls, element } = setUp({ lists: [[], ['run_1', 'run_2'], ['run_2']] });
  await element.load('thr_1');
  await settle();
  expect(calls.filter((call) => call.includes('events'))).toEqual(['GET /runs/run_1/events', 'GET /runs/run_2/events']);
});

it('does not join a run that the page itself has begun', async () => {
  const { element, wrapped } = setUp({ lists: [['run_1'], ['run_1']] });
  await send(wrapped, url, addMessage('thr_1'));
  await element.load('thr_1');
  await settle();
  expect(element.actions).toEqual([]);
});

it('joins after a change of the thread, and neither during a load nor in a new thread', async () => {
  const { calls, element, wrapped } = setUp({ lists: [['run_1']] });
  const headers = { accept: '*/*' };
  await wrapped(url, { method: 'POST', headers, body: JSON.stringify({ type: 'threads.list', params: {} }) });
  element.fire('thread.change', null);
  element.fire('thread.load.start', 'thr_1');
  element.fire('thread.change', 'thr_1');
  await settle();
  expect(calls).toHaveLength(1);
  element.fire('thread.load.end', 'thr_1');
  await settle();
  expect(element.readers.map(({ text }) => text)).toEqual(['hello']);
});

it('on Stop in a join ends the body and posts the Stop', async () => {
  const { calls, element } = setUp({ lists: [['run_1']], events: () => eventStream(endless()) });
  await element.load('thr_1');
  await settle();
  expect(calls).not.toContain('POST /runs/stop');
  element.fire('response.stop');
  await element.readers[0]!.ended;
  await settle();
  expect(calls.filter((call) => call === 'POST /runs/stop')).toHaveLength(1);
});

it('stops the answer of the thread that is shown, and no other', async () => {
  const { calls, element, wrapped } = setUp();
  const other = new Reader((await send(wrapped, url, addMessage('thr_2'))).response);
  const shown = new Reader((await send(wrapped, url, addMessage('thr_1'))).response);
  let isEnded = false;
  void other.ended.then(() => (isEnded = true));
  element.fire('thread.change', 'thr_1');
  element.fire('response.stop');
  await shown.ended;
  await settle();
  expect(calls.filter((call) => call === 'POST /runs/stop')).toHaveLength(1);
  expect(isEnded).toBe(false);
});

it('calls `fetchUpdates` when a run can no longer be joined, and never within 5.1 s of a load', async () => {
  const { element } = setUp({ lists: [['run_1']], events: () => new Response('{}', { status: 404 }) });
  await element.load('thr_1');
  await settle();
  jest.advanceTimersByTime(4000);
  await element.load('thr_1');
  await settle();
  jest.advanceTimersByTime(5000);
  expect(element.updates).toBe(0);
  jest.advanceTimersByTime(200);
  expect(element.updates).toBe(1);
});

it('does not call `fetchUpdates` for a thread that is no longer shown', async () => {
  const { element } = setUp({ lists: [['run_1']], events: () => new Response('{}', { status: 404 }) });
  await element.load('thr_1');
  await settle();
  element.fire('thread.change', 'thr_2');
  jest.advanceTimersByTime(20_000);
  expect(element.updates).toBe(0);
});

it('behaves like fetch, and warns once, when Stop comes without its event', async () => {
  const warn = jest.spyOn(console, 'warn').mockReturnValue();
  const { calls, element, headers, wrapped } = setUp();
  element.fire('thread.change', 'thr_1');
  for (let round = 0; round < 2; round++) {
    const { response, controller } = await send(wrapped, url, addMessage('thr_1'));
    const reader = new Reader(response);
    controller.abort();
    if (round === 0) await reader.ended;
    await settle();
    jest.advanceTimersByTime(10_000);
  }
  expect(calls.filter((call) => call === 'POST /runs/stop')).toHaveLength(1); // the first Stop was still one
  expect(headers.at(-1)!.get('chatkit-run-control')).toBeNull();
  expect(warn.mock.calls).toEqual([[expect.stringContaining('chatkit.response.stop')]]);
});

it('goes on as before when Stop comes with its event', async () => {
  const warn = jest.spyOn(console, 'warn').mockReturnValue();
  const { element, headers, wrapped } = setUp();
  element.fire('thread.change', 'thr_1');
  const { response, controller } = await send(wrapped, url, addMessage('thr_1'));
  const reader = new Reader(response);
  controller.abort();
  element.fire('response.stop');
  await reader.ended;
  await settle();
  jest.advanceTimersByTime(10_000);
  await send(wrapped, url, addMessage('thr_1'));
  expect(headers.at(-1)!.get('chatkit-run-control')).toBe('1');
  expect(warn).not.toHaveBeenCalled();
});

it('behaves like fetch, and warns once, when a thread is loaded without an event', async () => {
  const warn = jest.spyOn(console, 'warn').mockReturnValue();
  const { headers, wrapped } = setUp();
  const init = { method: 'POST', headers: { accept: '*/*' }, body: JSON.stringify(getThread('thr_1')) };
  await wrapped(url, init);
  await settle();
  jest.advanceTimersByTime(11_000);
  expect(warn.mock.calls).toEqual([[expect.stringContaining('chatkit.thread.load.end')]]);
  await send(wrapped, url, addMessage('thr_1'));
  expect(headers.at(-1)!.get('chatkit-run-control')).toBeNull();
});

it('hears nothing more once it is disconnected', async () => {
  const { calls, disconnect, element } = setUp({ lists: [['run_1']] });
  disconnect();
  disconnect();
  await element.load('thr_1');
  await settle();
  expect(calls).toEqual(['POST ']);
});

it('refuses another fetch, and takes the official element', () => {
  const element = new FakeElement(fetch);
  expect(() => followRuns(element, fetch)).toThrow(
    new TypeError('followRuns needs the fetch that chatkitFetch returned'),
  );
  const official = element as unknown as OpenAIChatKit;
  expect(followRuns(official, chatkitFetch())).toBeInstanceOf(Function);
});
