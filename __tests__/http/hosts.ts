// Hosts that an Express app can run under: one request goes in, and the whole response comes out.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import codegenie from '@codegenie/serverless-express';
import compression from 'compression';
import type { Express, RequestHandler } from 'express';
import serverlessHttp from 'serverless-http';

interface HostRequest {
  method?: string;
  /** With the query. */
  path: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

interface HostResponse {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Host {
  name: string;
  /** Runs before the middleware of this package. */
  before: RequestHandler[];
  ask(target: { app: Express; port: number }, request: HostRequest): Promise<HostResponse>;
}

/** What AWS's gateway makes of the headers, and what the host returned. */
interface LambdaResult {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
}

const fromLambda = (result: unknown): HostResponse => {
  const { statusCode, headers, body, isBase64Encoded } = result as LambdaResult;
  return { status: statusCode, headers, body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') };
};

const eventHeaders = ({ headers = {} }: HostRequest) => ({ host: 'chat.example.com', ...headers });

const overHttp: Host['ask'] = async ({ port }, { method = 'POST', path, headers = {}, body }) => {
  const sending = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent: false }).end(body);
  const [response] = (await once(sending, 'response')) as [import('node:http').IncomingMessage];
  return {
    status: response.statusCode!,
    headers: response.headers as Record<string, string>,
    body: decoded(await buffer(response), response.headers['content-encoding']),
  };
};

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(body);
  return encoding === 'br' ? brotliDecompressSync(body) : body;
}

/** As a middleware that counts or copies what is written: it returns nothing, as many do. */
const wrapsWrite: RequestHandler = (_request, response, next) => {
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  response.write = ((...args: unknown[]) => void write(...args)) as never;
  next();
};

/** As a tool that records what goes over the connection. */
const wrapsSocket: RequestHandler = (_request, response, next) => {
  const socket = response.socket!;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => write(...args);
  next();
};

export const nodeHost: Host = { name: 'node:http', before: [], ask: overHttp };

export const hosts: Host[] = [
  {
    name: 'serverless-http, API Gateway 1',
    before: [],
    async ask({ app }, request) {
      const { method = 'POST', path, body = Buffer.alloc(0) } = request;
      const url = new URL(path, 'http://localhost');
      const event = {
        httpMethod: method,
        path: url.pathname,
        queryStringParameters: Object.fromEntries(url.searchParams),
        headers: eventHeaders(request),
        body: body.toString('base64'),
        isBase64Encoded: true,
        requestContext: { identity: { sourceIp: '192.0.2.1' } },
      };
      return fromLambda(await serverlessHttp(app, { binary: true })(event, {}));
    },
  },
  {
    name: 'serverless-express, API Gateway 2',
    before: [],
    async ask({ app }, request) {
      const { method = 'POST', path, body } = request;
      const url = new URL(path, 'http://localhost');
      const event = {
        version: '2.0',
        rawPath: url.pathname,
        rawQueryString: url.search.slice(1),
        headers: eventHeaders(request),
        ...(body && { body: body.toString('base64'), isBase64Encoded: true }),
        requestContext: { http: { method, sourceIp: '192.0.2.1' } },
      };
      const handler = codegenie({ app, binarySettings: { isBinary: () => true } }) as unknown as (
        event: unknown,
        context: unknown,
      ) => Promise<unknown>;
      return fromLambda(await handler(event, {}));
    },
  },
  {
    name: 'compression() with gzip',
    before: [compression({ threshold: 0 })],
    ask: (target, { headers, ...request }) =>
      overHttp(target, { ...request, headers: { ...headers, 'accept-encoding': 'gzip' } }),
  },
  {
    name: 'compression() with Brotli, of streams too',
    before: [
      compression({ threshold: 0 }),
      (_request, response, next) => {
        // Without `no-transform`, as a proxy or another middleware may leave it, streams are compressed.
        const set = response.setHeader.bind(response);
        response.setHeader = ((name: string, value: string) =>
          set(name, name.toLowerCase() === 'cache-control' ? 'no-cache' : value)) as never;
        next();
      },
    ],
    ask: (target, { headers, ...request }) =>
      overHttp(target, { ...request, headers: { ...headers, 'accept-encoding': 'br' } }),
  },
  { name: 'a middleware that wraps write', before: [wrapsWrite], ask: overHttp },
  { name: "a middleware that wraps the socket's write", before: [wrapsSocket], ask: overHttp },
];
