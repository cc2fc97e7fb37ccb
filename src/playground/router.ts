// chatkitPlayground(): serves the page and the options for the page.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RequestHandler, type Response, Router, static as serveStatic } from 'express';
import { ChatKitError } from '../errors';
import { consoleLogger, type Logger } from '../logger';
import { compressedFiles, describeCompressed } from './compressed-files';
import type { PlaygroundPageOptions } from './config';
import { contentSecurityPolicy } from './policy';

export interface PlaygroundOptions extends PlaygroundPageOptions {
  /** Origins for uploads besides that of the endpoint, such as that of a bucket. */
  uploadOrigins?: string[] | undefined;
  /** Origins for images besides that of the endpoint and all https origins. */
  imageOrigins?: string[] | undefined;
  /** Default: warnings on the console. */
  logger?: Logger | undefined;
}

/** The folder of this module: dist/ or dist/cjs/ in the build. ES modules, such as the sources when the example runs them, do not have `__dirname`. */
const here = typeof __dirname === 'string' ? __dirname : join(process.cwd(), 'src/playground');
/** The folders that can hold the built page, seen from the build and from the sources. */
const folders = ['playground/static', '../playground/static', '../../dist/playground/static'].map((path) =>
  join(here, path),
);

/**
 * Returns the playground as a router: `app.use('/playground', chatkitPlayground({ url: '/chatkit' }))`. Any path works,
 * including a path below the endpoint if the playground is mounted before the endpoint. Everybody who can open the page
 * can read its options. The `context` of the endpoint decides what they can do there.
 * @throws ChatKitError `invalid_request` that names the missing or wrong option.
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
  if (folder === undefined) {
    router.use(notBuilt);
    return router;
  }
  const setFileHeaders = (response: Response, path: string) => {
    setHeaders(response, policy);
    // The name of a file in assets/ contains a hash of its content.
    const hashed = /[\\/]assets[\\/]/.test(path);
    response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    describeCompressed(response, path);
  };
  router.use(compressedFiles(folder, setFileHeaders));
  router.use(serveStatic(folder, { redirect: false, setHeaders: setFileHeaders }));
  return router;
}

/**
 * Redirects to the path with a slash at the end, because the files of the page have relative URLs. The target is
 * relative too, because a proxy may have removed a prefix of the path.
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

function setHeaders(response: Response, policy: string): void {
  response.setHeader('Content-Security-Policy', policy);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
}

const notBuilt: RequestHandler = (request, response, next) => {
  if (request.path === '/') response.status(503).type('text').send('The playground is not built: npm run build\n');
  else next();
};
