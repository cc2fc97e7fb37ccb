// One HTTP request: method and path, context, body, the server, the answer. The only place that knows all of them.
import type { Request, RequestHandler, Response } from 'express';
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { ChatKitServer } from '../server';
import { type BodyLimits, readJson } from './body';
import { sendError, sendJson } from './json';
import { streamFormat, writeStream } from './stream';

const methods = 'GET, HEAD, POST, OPTIONS';

/** Handles everything below the mount path. Never calls `next`: what is not ours is a 404 of our own. */
export function requestHandler<TContext>(
  server: ChatKitServer<TContext>,
  options: ResolvedOptions<TContext>,
): RequestHandler {
  const limits: BodyLimits = {
    maxBodyBytes: options.maxBodyBytes,
    // Base64 takes 4 bytes for 3, and the JSON around it a few more.
    maxDictationBytes: options.transcribe ? Math.ceil(options.maxAudioBytes / 3) * 4 + 1024 : 0,
  };

  async function post(request: Request, response: Response): Promise<void> {
    const context = options.context ? await options.context(request, response) : ({} as TContext);
    const body = await readJson(request, limits);
    if (response.headersSent) return; // by another middleware, such as a timeout: nobody waits for us
    const answer = await server.process(body, context);
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

  return (request, response) => {
    const refuse = (error: unknown) =>
      sendError(response, error, options.logger, { method: request.method, url: request.originalUrl });
    if (request.path !== '/') {
      refuse(new ChatKitError('not_found', 'There is nothing at this path'));
      return;
    }
    switch (request.method) {
      case 'POST':
        post(request, response).catch(refuse);
        return;
      case 'GET':
      case 'HEAD': {
        sendJson(response, 200, { status: 'ok' });
        return;
      }
      case 'OPTIONS':
        // A preflight was answered before; this one asks what there is.
        response.writeHead(204, { Allow: methods });
        response.end();
        return;
      default:
        response.setHeader('Allow', methods);
        refuse(new ChatKitError('method_not_allowed', `${request.method} is not a method of this endpoint`));
    }
  };
}
