// A client that speaks HTTP/1.1 itself, so that tests see the bytes, where each write ends, and when they come.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Endpoint } from './endpoint';

export interface RawResponse {
  status: number;
  /** By name in lower case; what stands more than once is joined with a comma. */
  headers: Record<string, string>;
  /** The chunks of a chunked body: one for each write of the server. A body with a length is one chunk. */
  chunks: string[];
  /** The chunks together. */
  body: string;
  /** Whether the body has come to its end. */
  complete: boolean;
}

const clients: RawClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.socket.destroy();
});

export class RawClient {
  readonly socket: Socket;
  /** Everything that came. */
  bytes = Buffer.alloc(0);
  closed = false;
  /** What went wrong with the connection, such as a reset. */
  error: Error | undefined;
  #wake: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    clients.push(this);
    const notify = () => {
      for (const wake of this.#wake.splice(0)) wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      notify();
    });
    socket.on('error', (error) => (this.error = error));
    socket.on('close', () => {
      this.closed = true;
      notify();
    });
  }

  static async open({ port }: Pick<Endpoint, 'port'>): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  write(data: string | Uint8Array): this {
    this.socket.write(data);
    return this;
  }

  /** Waits until what came makes `ready` true. Fails when the connection closes before. */
  async until(ready: (responses: RawResponse[]) => boolean): Promise<RawResponse[]> {
    for (;;) {
      const responses = parseResponses(this.bytes);
      if (ready(responses)) return responses;
      if (this.closed) throw new Error(`the connection was closed after:\n${this.bytes.toString('latin1')}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** The first response, once its headers are there. */
  async headers(): Promise<RawResponse> {
    return (await this.until(([first]) => first !== undefined))[0]!;
  }

  /** The first response, once its body ends with `tail`. */
  async bodyUpTo(tail: string): Promise<RawResponse> {
    return (await this.until(([first]) => first?.body.endsWith(tail) === true))[0]!;
  }

  /** Whole responses, once there are so many. */
  responses(count: number): Promise<RawResponse[]> {
    return this.until((all) => all.filter((response) => response.complete).length === count);
  }

  /** The first response, once it is whole. */
  async response(): Promise<RawResponse> {
    return (await this.responses(1))[0]!;
  }

  /** Waits for the end of the connection. */
  async end(): Promise<RawResponse[]> {
    while (!this.closed) await new Promise<void>((resolve) => this.#wake.push(resolve));
    return parseResponses(this.bytes);
  }
}

/** A request as bytes. A body that is no string or bytes is sent as JSON. */
export function requestBytes(
  endpoint: Pick<Endpoint, 'path'>,
  { method = 'POST', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: unknown },
): Buffer {
  const bytes = Buffer.from(
    typeof body === 'string' || body instanceof Uint8Array ? body : body === undefined ? '' : JSON.stringify(body),
  );
  const all: Record<string, string> = {
    host: 'localhost',
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${endpoint.path} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes]);
}

/** Opens a connection and posts. */
export async function post(
  endpoint: Endpoint,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<RawClient> {
  const client = await RawClient.open(endpoint);
  return client.write(requestBytes(endpoint, { body, headers }));
}

/** Every response that has begun. */
function parseResponses(bytes: Buffer): RawResponse[] {
  const responses: RawResponse[] = [];
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (headEnd === -1) break;
    const [statusLine, ...lines] = bytes.toString('latin1', at, headEnd).split('\r\n');
    const status = Number(statusLine!.split(' ')[1]);
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const [, name, value] = /^([^:]+): ?(.*)$/.exec(line)!;
      const key = name!.toLowerCase();
      headers[key] = key in headers ? `${headers[key]!}, ${value!}` : value!;
    }
    const { chunks, complete, end } = parseBody(bytes, headEnd + 4, status, headers);
    responses.push({
      status,
      headers,
      chunks: chunks.map((chunk) => chunk.toString('utf8')),
      body: Buffer.concat(chunks).toString('utf8'),
      complete,
    });
    if (!complete) break;
    at = end;
  }
  return responses;
}

function parseBody(bytes: Buffer, start: number, status: number, headers: Record<string, string>) {
  const chunks: Buffer[] = [];
  if (headers['transfer-encoding'] !== 'chunked') {
    const length = status === 204 || status === 304 ? 0 : Number(headers['content-length'] ?? Infinity);
    const end = Math.min(start + length, bytes.length);
    if (end > start) chunks.push(bytes.subarray(start, end));
    return { chunks, complete: end === start + length, end };
  }
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = lineEnd === -1 ? NaN : parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (Number.isNaN(size) || bytes.length < end + 2) return { chunks, complete: false, end: bytes.length };
    if (size === 0) return { chunks, complete: true, end: end + 2 };
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}
