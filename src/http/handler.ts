// One HTTP request: method and path, context, body, the server, the answer. The only place that knows all of them.
import type { Request, RequestHandler, Response } from 'express';
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import { type ChatKitServer, requestBounds } from '../server';
import { baseUrlOf } from './base-url';
import { type BodyLimits, readJson } from './body';
import { takeDictation } from './dictation';
import { giveBytes } from './download';
import { sendError, sendJson } from './json';
import { streamFormat, writeStream } from './stream';
import { takeAnnounced, takeFile } from './upload';

/** A path and what can be done there. */
interface Route {
  methods: readonly string[];
  handle(request: Request, response: Response, id: string): Promise<void>;
}

/** Handles everything below the mount path. Never calls `next`: what is not ours is a 404 of our own. */
export function requestHandler<TContext>(
  server: ChatKitServer<TContext>,
  options: ResolvedOptions<TContext>,
): RequestHandler {
  const limits: BodyLimits = {
    ...requestBounds(options),
    maxBodyBytes: options.maxBodyBytes,
    // Base64 takes 4 bytes for 3, and the JSON around it a few more.
    maxDictationBytes: options.transcribe ? Math.ceil(options.maxAudioBytes / 3) * 4 + 1024 : 0,
  };
  // Only URLs of files are made of it.
  const hasUrls = options.attachmentStore !== undefined && options.uploads.publicUrl === undefined;

  async function post(request: Request, response: Response): Promise<void> {
    const context = options.context ? await options.context(request, response) : ({} as TContext);
    const body = await readJson(request, limits);
    if (response.headersSent) return; // by another middleware, such as a timeout: nobody waits for us
    const answer = await server.process(body, context, {
      isMeasured: true,
      ...(hasUrls && { baseUrl: baseUrlOf(request) }),
    });
    if (response.headersSent) {
      if (answer.kind === 'stream') void answer.events.cancel();
      return;
    }
    if (answer.kind === 'json') {
      sendJson(response, 200, answer.value);
      return;
    }
    writeStream(response, answer.events, streamFormat(request), options.heartbeatMs);
  }

  const endpoint: Route = {
    methods: ['GET', 'HEAD', 'POST', 'OPTIONS'],
    async handle(request, response) {
      if (request.method === 'POST') await post(request, response);
      else sendJson(response, 200, { status: 'ok' });
    },
  };
  const files = fileRoutes(server, options);
  const endpointFound = { route: endpoint, id: '' };

  return (request, response) => {
    // Most requests are told by their URL as it is; to ask for the path parses it.
    const found = request.url === '/' || request.path === '/' ? endpointFound : findRoute(files, request.path);
    const refuse = (error: unknown) => {
      const fields = { method: request.method, url: withoutToken(request.originalUrl) };
      const isFile = found !== undefined && found.route !== endpoint;
      sendError(response, error, { logger: options.logger, fields, isFile });
    };
    if (!found) {
      refuse(new ChatKitError('not_found', 'There is nothing at this path'));
      return;
    }
    const { route, id } = found;
    if (request.method === 'OPTIONS') {
      // A preflight was answered before; this one asks what there is.
      response.writeHead(204, { Allow: route.methods.join(', ') });
      response.end();
    } else if (route.methods.includes(request.method)) {
      route.handle(request, response, id).catch(refuse);
    } else {
      response.setHeader('Allow', route.methods.join(', '));
      refuse(new ChatKitError('method_not_allowed', `${request.method} is not a method of this endpoint`));
    }
  };
}

type FileRoutes = Record<'upload' | 'announced' | 'attachment' | 'transcribe', Route>;

function fileRoutes<TContext>(server: ChatKitServer<TContext>, options: ResolvedOptions<TContext>): FileRoutes {
  const checkOpen = () => {
    if (server.closed) throw new ChatKitError('unavailable', 'The server is shutting down');
  };
  return {
    upload: {
      methods: ['POST', 'OPTIONS'],
      async handle(request, response) {
        checkOpen();
        await takeFile(request, response, options);
      },
    },
    announced: {
      methods: ['PUT', 'POST', 'OPTIONS'],
      async handle(request, response, id) {
        checkOpen();
        await takeAnnounced(request, response, { id, options });
      },
    },
    attachment: {
      methods: ['GET', 'HEAD', 'OPTIONS'],
      handle: (request, response, id) => giveBytes(request, response, { id, options }),
    },
    transcribe: {
      methods: ['POST', 'OPTIONS'],
      async handle(request, response) {
        checkOpen();
        await takeDictation(request, response, options);
      },
    },
  };
}

function findRoute(routes: FileRoutes, path: string): { route: Route; id: string } | undefined {
  if (/^\/upload\/?$/.test(path)) return { route: routes.upload, id: '' };
  if (/^\/transcribe\/?$/.test(path)) return { route: routes.transcribe, id: '' };
  const [, folder, segment] = /^\/(upload|attachments)\/([^/]+)$/.exec(path) ?? [];
  const id = segment === undefined ? undefined : decode(segment);
  if (id === undefined) return undefined;
  return { route: folder === 'upload' ? routes.announced : routes.attachment, id };
}

/** Undefined for what is no encoding of a text. */
function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** What is logged may be read by people who must not read the file. */
function withoutToken(url: string): string {
  return url.replace(/([?&]token=)[^&]*/g, '$1…');
}
