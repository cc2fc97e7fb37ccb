// Exchanges to examine, as the log would hold them.
import type { Exchange } from '../../playground/src/protocol/exchange';

const start: Exchange = {
  id: 1,
  kind: 'json',
  type: 'threads.list',
  method: 'POST',
  url: 'http://chat.test/chatkit',
  requestHeaders: { 'content-type': 'application/json' },
  requestBody: '{}',
  params: {},
  requestBytes: 2,
  startedAt: 0,
  attempt: 1,
  status: 200,
  statusText: 'OK',
  responseHeaders: { 'content-type': 'application/json' },
  events: [],
  responseBytes: 0,
  outcome: 'done',
};

/** A request that was answered with JSON. */
export function jsonExchange(type: string, body: unknown, more: Partial<Exchange> = {}): Exchange {
  return { ...start, type, responseBody: typeof body === 'string' ? body : JSON.stringify(body), ...more };
}

/** A request that was answered with these events; texts are frames as they are. */
export function streamExchange(type: string, events: unknown[], more: Partial<Exchange> = {}): Exchange {
  const frames = events.map((event, at) => {
    const raw = typeof event === 'string' ? event : JSON.stringify(event);
    return { at, bytes: raw.length, raw, data: typeof event === 'string' ? undefined : event };
  });
  const responseHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' };
  const params = type === 'threads.create' ? {} : { thread_id: 'thr_1' };
  return { ...start, kind: 'stream', type, params, responseHeaders, events: frames, ...more };
}
