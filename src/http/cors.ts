// CORS by the `cors` package, with the headers that ChatKit clients send always allowed.
import cors, { type CorsOptions } from 'cors';
import type { RequestHandler } from 'express';

const always = ['content-type', 'accept', 'accept-language', 'authorization', 'idempotency-key'];

/**
 * The handler with CORS before it, or as it is for `false`. Without `allowedHeaders` a preflight gets what it asks for;
 * with it, also every `chatkit-…` header that it asks for.
 */
export function withCors(options: false | CorsOptions = {}, handler: RequestHandler): RequestHandler {
  if (options === false) return handler;
  const handleCors = corsHandler({ maxAge: 600, ...options });
  return (request, response, next) => {
    // Browsers name the page's origin with every request that CORS is about.
    if (request.headers.origin === undefined && request.method !== 'OPTIONS') {
      void handler(request, response, next);
      return;
    }
    handleCors(request, response, (error?: unknown) => {
      if (error) next(error);
      else void handler(request, response, next);
    });
  };
}

function corsHandler(options: CorsOptions) {
  if (options.allowedHeaders === undefined) return cors(options);
  const listed = [options.allowedHeaders].flat().flatMap((names) => names.split(','));
  const allowed = [...new Set([...always, ...listed.map((name) => name.trim().toLowerCase())])];
  return cors((request, done) => {
    const asked = (request.headers['access-control-request-headers'] ?? '').toLowerCase();
    const chatkit = asked.split(',').flatMap((name) => /^chatkit-[\w-]+$/.exec(name.trim()) ?? []);
    done(null, { ...options, allowedHeaders: [...allowed, ...chatkit] });
  });
}
