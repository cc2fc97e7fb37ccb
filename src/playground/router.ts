// chatkitPlayground(): serves the page, and tells it where the endpoint is.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RequestHandler, type Response, Router, static as serveStatic } from 'express';
import { ChatKitError } from '../errors';
import { consoleLogger, type Logger } from '../logger';
import type { PlaygroundPageOptions } from './config';
import { contentSecurityPolicy } from './policy';

export interface PlaygroundOptions extends PlaygroundPageOptions {
  /** Origins that files are uploaded to, such as a bucket's, besides the endpoint's own. */
  uploadOrigins?: string[] | undefined;
  /** Origins that images may come from, besides the endpoint's own and every https one. */
  imageOrigins?: string[] | undefined;
  /** Default: warnings on the console. */
  logger?: Logger | undefined;
}

/** The folder of this module: dist/ in the build. Sources that run as ES modules do not know theirs. */
const here = typeof __dirname === 'string' ? __dirname : join(process.cwd(), 'src/playground');
/** The folders that can hold the built page, seen from the build and from the sources. */
const folders = [join(here, 'playground/static'), join(here, '../../dist/playground/static')];

/**
 * The playground as a router: `app.use('/playground', chatkitPlayground({ url: '/chatkit' }))`. Works at any path, also one
 * below the endpoint's if it is mounted before the endpoint. Whoever can open the page can read its options; what they
 * can do is up to the endpoint, which asks its own `context` who they are.
 * @throws ChatKitError `invalid_request` naming the option that is missing or wrong.
 */
export function chatkitPlayground(options: PlaygroundOptions): Router {
  const { logger = consoleLogger, uploadOrigins = [], imageOrigins = [], ...page } = options;
  if (typeof page.url !== 'string' || page.url === '') {
    throw new ChatKitError('invalid_request', "chatkitPlayground: url is missing: the endpoint's path or URL");
  }
  if (process.env['NODE_ENV'] === 'production') {
    logger.warn({ url: page.url }, 'the playground is mounted in production: whoever reaches it can use it');
  }
  const policy = contentSecurityPolicy({ url: page.url, uploadOrigins, imageOrigins });
  const folder = folders.find((candidate) => existsSync(join(candidate, 'index.html')));

  const router = Router();
  router.use(withTrailingSlash);
  router.get('/config.json', (_request, response) => {
    setHeaders(response, policy);
    response.setHeader('Cache-Control', 'no-store');
    response.json(page);
  });
  router.use(folder === undefined ? notBuilt : serveStatic(folder, fileOptions(policy)));
  return router;
}

/**
 * The page's own files have relative addresses, so it is opened with a slash at the end. The address is relative too: a
 * proxy in front may have taken away the beginning of the path.
 */
const withTrailingSlash: RequestHandler = (request, response, next) => {
  const [path = '', ...query] = request.originalUrl.split('?');
  if (request.path !== '/' || path.endsWith('/') || (request.method !== 'GET' && request.method !== 'HEAD')) {
    next();
    return;
  }
  const last = path.slice(path.lastIndexOf('/') + 1);
  response.redirect(`./${last}/${query.length > 0 ? `?${query.join('?')}` : ''}`);
};

function fileOptions(policy: string) {
  return {
    redirect: false,
    setHeaders(response: Response, path: string) {
      setHeaders(response, policy);
      // A file in assets/ has a hash of itself in its name.
      const hashed = /[\\/]assets[\\/]/.test(path);
      response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  };
}

function setHeaders(response: Response, policy: string): void {
  response.setHeader('Content-Security-Policy', policy);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
}

const notBuilt: RequestHandler = (request, response, next) => {
  if (request.path === '/') response.status(503).type('text').send('The playground is not built: npm run build\n');
  else next();
};
