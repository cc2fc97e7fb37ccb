// The route of the page's script: chatkit-express/browser for pages without a bundler.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ChatKitError } from '../errors';
import type { Route } from './route';

const fileName = 'browser.script.js';
/**
 * The folder of this module. Sources that run as ES modules do not know it, and are run from the repository's folder.
 */
const here = typeof __dirname === 'string' ? __dirname : join(process.cwd(), 'src/http');
/** The build writes the script to dist/. This module is in dist/shared/, in dist/cjs/shared/ or in src/http/. */
const folders = ['..', '../..', '../../dist'].map((path) => join(here, path));

/** Serves the script to everybody, because a `<script>` cannot send the headers that `context` may need. */
export const scriptRoute: Route = {
  path: '/browser.js',
  methods: ['GET', 'HEAD', 'OPTIONS'],
  isFile: false,
  operation: 'script',
  async handle(_request, response) {
    const root = folders.find((folder) => existsSync(join(folder, fileName)));
    if (root === undefined) throw new ChatKitError('not_found', `${fileName} is not where the package's build puts it`);
    response.setHeader('Content-Type', 'text/javascript; charset=utf-8');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    // The page may be of another origin.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('Cache-Control', 'no-cache');
    await new Promise<void>((resolve, reject) => {
      response.sendFile(fileName, { root, cacheControl: false }, (error?: Error & { code?: string }) => {
        // The browser may leave before the end.
        if (error && !response.headersSent) reject(error);
        else resolve();
      });
    });
  },
};
