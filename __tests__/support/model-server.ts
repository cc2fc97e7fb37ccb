// A model's provider on this machine: an HTTP server that answers what a test tells it to, in the providers' own stream
// formats, and remembers what it was asked. model-frames.ts has the frames.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gate } from './gate';

/** A frame (as JSON), bytes as they are (a string), a wait until the test opens the gate, or the connection's end. */
export type Step = object | string | Gate | typeof cut;

/** Breaks the connection in the middle of the answer. */
export const cut = Symbol('cut');

/** One answer, to the next request or to the next that it is `for`. A status other than 200 is answered with `body` as JSON, and `steps` are not used. */
interface Reply {
  for?: (request: ModelRequest) => boolean;
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  steps?: readonly Step[];
}

/** What the provider was asked. */
interface ModelRequest {
  path: string;
  headers: IncomingHttpHeaders;
  /** What JSON may hold, unchecked; the text, for a body that is not JSON. */
  body: ReturnType<typeof JSON.parse>;
  /** Passed when the connection is closed: with `true` when the client left before the answer was whole. */
  closed: Gate<boolean>;
}

export interface ModelServer {
  /** The base URL that clients are given: `http://127.0.0.1:…/v1`. */
  url: string;
  /** All requests, in order. */
  requests: ModelRequest[];
  /** Answers the next requests with these, one each. A request that finds none gets a 500. */
  reply(...replies: (Reply | readonly Step[])[]): void;
  /** Waits for the request of this number, from 0, to come. */
  request(index?: number): Promise<ModelRequest>;
  close(): Promise<void>;
}

export async function startModelServer(): Promise<ModelServer> {
  const replies: Reply[] = [];
  const requests: ModelRequest[] = [];
  const arrivals: Gate<ModelRequest>[] = [];
  const arrival = (index: number) => (arrivals[index] ??= new Gate<ModelRequest>());

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const closed = new Gate<boolean>();
      response.on('close', () => closed.open(!response.writableFinished));
      const body = parsed(Buffer.concat(chunks).toString('latin1'), request.headers['content-type']);
      const seen = { path: request.url ?? '', headers: request.headers, body, closed };
      requests.push(seen);
      arrival(requests.length - 1).open(seen);
      const missing = { status: 500, body: { error: { message: 'the test has no reply for this request' } } };
      const index = replies.findIndex((reply) => reply.for?.(seen) ?? true);
      void answer(response, index === -1 ? missing : replies.splice(index, 1)[0]!);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    reply: (...given) => void replies.push(...given.map((reply) => ('length' in reply ? { steps: reply } : reply))),
    request: (index = 0) => arrival(index).passed,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(response: ServerResponse, { status = 200, headers, body, steps = [] }: Reply): Promise<void> {
  if (status !== 200 || body !== undefined) {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body ?? { error: { message: `status ${status}` } }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
  for (const step of steps) {
    if (step instanceof Gate) await Promise.race([step.passed, once(response, 'close')]);
    else if (step === cut) {
      // What was written before must be on its way first.
      await new Promise((written) => response.write(':\n\n', written));
      response.socket?.destroy();
      return;
    } else if (!response.closed) response.write(typeof step === 'string' ? step : frame(step));
  }
  response.end();
}

/** Server-sent events: those of the Responses API name their type on a line of its own, Chat Completions does not. */
function frame(value: object): string {
  const { type } = value as { type?: string };
  return `${type ? `event: ${type}\n` : ''}data: ${JSON.stringify(value)}\n\n`;
}

function parsed(text: string, type = ''): unknown {
  return type.startsWith('application/json') && text !== ''
    ? (JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as unknown)
    : text;
}
