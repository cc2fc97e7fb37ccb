// The endpoint's paths and their request handlers. Each handler calls the server and writes the answer.
import type { Request, Response } from 'express';
import { ChatKitError, isError } from '../errors';
import { type Answer, type Caller, type ChatKitServer, type RequestObservation, requestBounds } from '../server';
import { baseUrlOf } from './base-url';
import { type Body, type BodyLimits, readJson } from './body';
import { clientSignal, endConnection, hasClosed } from './connection';
import { contextError } from './context-error';
import { refuseCrossSiteForm } from './cross-site';
import { sendAttachment } from './download';
import { formOf, rawBodyOf } from './form';
import { sendJson } from './json';
import { isLocalRequest } from './loopback';
import { useRawBody } from './raw-body';
import { noteStreamRequest } from './refusal';
import type { FindRoute, HttpOptions, Route, RouteCall } from './route';
import { runRoutes } from './runs';
import { scriptRoute } from './script';
import { streamFormat, writeStream } from './stream';

export function endpointRoutes<TContext>(
  server: ChatKitServer<TContext>,
  options: HttpOptions<TContext>,
): { routes: Route[]; findRoute: FindRoute } {
  const caller: CallerOf<TContext> = (request, response, { observed }) =>
    new HttpCaller(request, response, options, observed);
  const endpoint = endpointRoute(server, options, caller);
  const { upload, announced, attachment, transcribe } = fileRoutes(server, options, caller);
  const runs = runRoutes(server, options, caller);
  const endpointFound = { route: endpoint, id: '' };
  const fixed = [upload, transcribe, runs.list, runs.stop, scriptRoute];
  const byPath = new Map(fixed.map((route) => [route.path, { route, id: '' }]));
  return {
    routes: [endpoint, upload, announced, attachment, transcribe, runs.list, runs.stop, runs.events, scriptRoute],
    findRoute(path) {
      if (path === '/') return endpointFound;
      const found = byPath.get(path.endsWith('/') ? path.slice(0, -1) : path);
      if (found) return found;
      const [, runId] = /^\/runs\/([^/]+)\/events\/?$/.exec(path) ?? [];
      if (runId !== undefined) return { route: runs.events, id: decode(runId) };
      const [, folder, segment] = /^\/(upload|attachments)\/([^/]+)$/.exec(path) ?? [];
      if (segment === undefined) return undefined;
      return { route: folder === 'upload' ? announced : attachment, id: decode(segment) };
    },
  };
}

/** The routes of files and recordings. */
function fileRoutes<TContext>(
  server: ChatKitServer<TContext>,
  options: HttpOptions<TContext>,
  caller: CallerOf<TContext>,
): Record<'upload' | 'announced' | 'attachment' | 'transcribe', Route> {
  const upload: Route = {
    path: '/upload',
    methods: ['POST', 'OPTIONS'],
    isFile: true,
    async handle(request, response, call) {
      refuseCrossSiteForm(request, response, options.uploads.publicUrl);
      sendJson(response, 200, await server.upload(formOf(request, response), caller(request, response, call)));
    },
  };
  const announced: Route = {
    path: '/upload/:id',
    methods: ['PUT', 'POST', 'OPTIONS'],
    isFile: true,
    async handle(request, response, { id, observed }) {
      const body = request.method === 'POST' ? formOf(request, response) : rawBodyOf(request, response);
      await server.uploadAnnounced({ id, token: request.query['token'], body }, { observed });
      sendJson(response, 200, {});
    },
  };
  const attachment: Route = {
    path: '/attachments/:id',
    methods: ['GET', 'HEAD', 'OPTIONS'],
    isFile: true,
    operation: 'attachment',
    async handle(request, response, { id }) {
      await sendAttachment(request, response, await server.openAttachment({ id, token: request.query['token'] }));
    },
  };
  const transcribe: Route = {
    path: '/transcribe',
    methods: ['POST', 'OPTIONS'],
    isFile: true,
    async handle(request, response, call) {
      refuseCrossSiteForm(request, response, options.uploads.publicUrl);
      sendJson(response, 200, await server.transcribe(formOf(request, response), caller(request, response, call)));
    },
  };
  return { upload, announced, attachment, transcribe };
}

type CallerOf<TContext> = (request: Request, response: Response, call: RouteCall) => HttpCaller<TContext>;

/** Stops handling a request that another middleware, such as a timeout, has answered. */
const alreadyAnswered = new Error('Another middleware has answered the request');

/** Routes of the protocol, and of the two health checks. */
function endpointRoute<TContext>(
  server: ChatKitServer<TContext>,
  options: HttpOptions<TContext>,
  caller: CallerOf<TContext>,
): Route {
  const limits: BodyLimits = {
    ...requestBounds(options),
    maxBodyBytes: options.maxBodyBytes,
    // Base64 takes 4 bytes for 3 bytes of audio, and the JSON around it takes a few more.
    maxDictationBytes: options.transcribe ? Math.ceil(options.maxAudioBytes / 3) * 4 + 1024 : 0,
  };
  return {
    path: '/',
    methods: ['GET', 'HEAD', 'POST', 'OPTIONS'],
    isFile: false,
    async handle(request, response, call) {
      if (request.method !== 'POST') {
        call.observed.start('health');
        await sendHealth(server, request, response);
        return;
      }
      const asking = caller(request, response, call);
      let reading: Promise<Body> | undefined;
      const readOnce = () => (reading ??= readBody(request, limits));
      const read = async () => {
        const { value, audio } = await readOnce();
        if (response.headersSent) throw alreadyAnswered;
        asking.audio = audio;
        return value;
      };
      let answer: Answer;
      try {
        answer = await server.handle(read, asking);
      } catch (error) {
        if (error === alreadyAnswered) return;
        if (error instanceof ChatKitError) await noteStreamRequest(request, async () => (await readOnce()).value);
        throw error;
      }
      if (response.headersSent) {
        if (answer.kind === 'stream') void answer.events.cancel();
        return;
      }
      if (answer.kind === 'json') sendJson(response, 200, answer.value);
      else {
        const { heartbeatMs, exposeErrors = false } = options;
        const { logger } = call.observed;
        const { stalledReaderMs } = options.runs.limits;
        const isNumbered = reportsStop(request);
        const showsLog = exposeErrors && isLocalRequest(request);
        const format = streamFormat(request);
        const how = { format, heartbeatMs, isNumbered, showsLog, stalledReaderMs, logger };
        writeStream(response, answer.events, how);
      }
    },
  };
}

/** Answers a readiness check. With `?live` answers a liveness check, which does not depend on the store. */
async function sendHealth<TContext>(server: ChatKitServer<TContext>, request: Request, response: Response) {
  try {
    if (request.query['live'] === undefined) await server.ready();
  } catch (error) {
    endConnection(response); // lets the next request of this client reach another instance
    throw error;
  }
  sendJson(response, 200, { status: 'ok' });
}

function readBody(request: Request, limits: BodyLimits): Promise<Body> {
  useRawBody(request, Math.max(limits.maxBodyBytes, limits.maxDictationBytes));
  return readJson(request, limits);
}

/** Makes the signal and the URL when the server asks for them, because most requests need neither. */
class HttpCaller<TContext> implements Caller<TContext> {
  readonly isMeasured = true; // `readJson` measures the body
  /** Set when the body was read. */
  audio: Buffer | undefined;
  readonly observed: RequestObservation;
  readonly #request: Request;
  readonly #response: Response;
  readonly #options: HttpOptions<TContext>;
  #signal: AbortSignal | undefined;

  constructor(request: Request, response: Response, options: HttpOptions<TContext>, observed: RequestObservation) {
    this.observed = observed;
    this.#request = request;
    this.#response = response;
    this.#options = options;
  }

  context(): Promise<TContext> | TContext {
    return this.#options.context ? this.#makeContext() : ({} as TContext);
  }

  async #makeContext(): Promise<TContext> {
    let made: TContext | undefined;
    try {
      made = await this.#options.context?.(this.#request, this.#response);
    } catch (error) {
      throw contextError(error, this.#response);
    }
    if (isError(made))
      throw new TypeError('`context` returned an error: throw it to refuse a request', { cause: made });
    return made as TContext;
  }

  get signal(): AbortSignal {
    return (this.#signal ??= clientSignal(this.#response));
  }

  get hasLeft(): boolean {
    return hasClosed(this.#response);
  }

  get frameId(): string | undefined {
    const frameId = this.#request.headers['chatkit-frame-instance-id'];
    return typeof frameId === 'string' ? frameId : undefined;
  }

  get idempotencyKey(): string | undefined {
    const key = this.#request.headers['idempotency-key'];
    return typeof key === 'string' && key !== '' ? key : undefined;
  }

  get runControl(): boolean {
    return reportsStop(this.#request);
  }

  get baseUrl(): string | undefined {
    return baseUrlOf(this.#request);
  }
}

/** Returns true when the page reports Stop itself, so that a closed connection does not mean Stop. */
function reportsStop({ headers }: Request): boolean {
  return headers['chatkit-run-control'] === '1';
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
