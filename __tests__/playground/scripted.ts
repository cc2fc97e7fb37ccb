// A server whose answers are written down beforehand, and what the client sent it.
import { Chat, ChatKitClient, type ChatOptions, type ChatProblem, type MessageInput } from 'chatkit-express/client';
import { ExchangeLog } from '../../playground/src/protocol/exchange';
import { recorderOf } from '../../playground/src/protocol/recorder';

interface Sent {
  url: string;
  method: string;
  headers: Record<string, string>;
  type: string;
  params: Record<string, unknown>;
  signal?: AbortSignal | null;
}

/** One answer of the server. */
export type Answer = (signal: AbortSignal | null | undefined) => Response | Promise<Response>;

export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  () =>
    new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json', ...headers } });

export const text =
  (body: string, status = 200, contentType = 'text/html', statusText = ''): Answer =>
  () =>
    new Response(body, { status, statusText, headers: { 'content-type': contentType } });

/** A stream of these frames: events, or texts that are sent as they are. */
export const stream =
  (...frames: unknown[]): Answer =>
  () =>
    new Response(bodyOf(frames), { headers: { 'content-type': 'text/event-stream' } });

/** A stream that breaks off after these frames. */
export const brokenStream =
  (...frames: unknown[]): Answer =>
  () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(bodyOf(frames)));
      },
      pull(controller) {
        controller.error(new TypeError('terminated'));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };

/** A stream that sends these frames and goes on until it is aborted. */
export const openStream =
  (...frames: unknown[]): Answer =>
  (signal) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(bodyOf(frames)));
        signal?.addEventListener('abort', () => controller.error(signal.reason));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };

/** No answer at all. */
export const unreachable: Answer = () => Promise.reject(new TypeError('fetch failed'));

const bodyOf = (frames: unknown[]) =>
  frames.map((frame) => (typeof frame === 'string' ? frame : `data: ${JSON.stringify(frame)}\n\n`)).join('');

export interface Scripted {
  client: Chat;
  sender: ChatKitClient;
  log: ExchangeLog;
  sent: Sent[];
  problems: ChatProblem[];
  effects: [string, Record<string, unknown>][];
  tools: string[];
  /** Settles when nobody has more to say: no run is under way and no answer is missing. */
  types: () => string[];
}

/** A client of a server that gives these answers, one a request. A request too many fails the test. */
export function scripted(answers: Answer[], options: ChatOptions = {}): Scripted {
  const sent: Sent[] = [];
  const log = new ExchangeLog();
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    if (String(url).includes('/chatkit/runs?')) return new Response('Not Found', { status: 404 }); // has no runs
    const { type, params } = JSON.parse(init.body as string);
    sent.push({
      url: String(url),
      method: init.method!,
      headers: init.headers as Record<string, string>,
      type,
      params,
      signal: init.signal,
    });
    const answer = answers.shift();
    if (!answer) throw new Error(`nothing is written down for ${type}`);
    return answer(init.signal);
  };
  const sender = new ChatKitClient({
    url: 'http://chat.test/chatkit',
    headers: { 'accept-language': 'en' },
    retryPausesMs: [0, 0, 0, 0, 0],
    ...recorderOf(log, { send: fetch }),
  });
  const problems: Scripted['problems'] = [];
  const effects: Scripted['effects'] = [];
  const tools: string[] = [];
  const client = new Chat(sender, {
    onClientTool: async ({ name }) => {
      tools.push(name);
      return { ran: name };
    },
    onEffect: (name, data) => void effects.push([name, data]),
    onWidgetAction: () => undefined,
    onProblem: (problem) => void problems.push(problem),
    ...options,
  });
  return { client, sender, log, sent, problems, effects, tools, types: () => sent.map(({ type }) => type) };
}

const created_at = '2026-01-02T03:04:05.000Z';

export const thread = (more: object = {}) => ({
  id: 'thr_1',
  created_at,
  status: { type: 'active' },
  metadata: {},
  items: { data: [], has_more: false },
  ...more,
});
export const item = (type: string, id: string, more: object = {}) => ({
  type,
  id,
  thread_id: 'thr_1',
  created_at,
  ...more,
});
export const userMessage = (id = 'msg_user', words = 'hello') =>
  item('user_message', id, {
    content: [{ type: 'input_text', text: words }],
    attachments: [],
    quoted_text: '',
    inference_options: {},
  });
export const assistantMessage = (id = 'msg_answer', words = 'Hello yourself') =>
  item('assistant_message', id, { content: [{ type: 'output_text', text: words, annotations: [] }] });

export const created = { type: 'thread.created', thread: thread() };
export const options = { type: 'stream_options', stream_options: { allow_cancel: true } };
export const done = (value: object) => ({ type: 'thread.item.done', item: value });
export const added = (value: object) => ({ type: 'thread.item.added', item: value });
export const updated = (item_id: string, update: object) => ({ type: 'thread.item.updated', item_id, update });

/** What a server says to a first message. */
export const answeredStream = stream(created, done(userMessage()), options, done(assistantMessage()));

export const input = (words = 'hello'): MessageInput => ({
  content: [{ type: 'input_text', text: words }],
  attachments: [],
  quoted_text: '',
  inference_options: {},
});
