// CORS by the `cors` package, with the headers that ChatKit clients send always allowed.
import cors, { type CorsOptions } from 'cors';
import { type RequestHandler } from 'express';

const always = ['content-type', 'accept', 'accept-language', 'authorization'];

/**
 * The middleware, or undefined for `false`. Without `allowedHeaders` a preflight gets what it asks for; with it, also
 * every `chatkit-…` header that it asks for.
 */
export function corsHandler(options: false | CorsOptions = {}): RequestHandler | undefined {
  if (options === false) return undefined;
  const given = { maxAge: 600, ...options };
  if (options.allowedHeaders === undefined) return cors(given);
  const listed = [options.allowedHeaders].flat().flatMap((names) => names.split(','));
  const allowed = [...new Set([...always, ...listed.map((name) => name.trim().toLowerCase())])];
  return cors((request, done) => {
    const asked = (request.headers['access-control-request-headers'] ?? '').toString().toLowerCase();
    const chatkit = asked.split(',').flatMap((name) => /^chatkit-[\w-]+$/.exec(name.trim()) ?? []);
    done(null, { ...given, allowedHeaders: [...allowed, ...chatkit] });
  });
}
