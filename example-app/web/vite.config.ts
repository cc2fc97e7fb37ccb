// The page's development server: `npm run example:web`, beside `npm run example`. The endpoint is the example's own.
import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vite';
import proxy from '../../docs/examples/vite-proxy';

const target = process.env['CHATKIT_ORIGIN'] ?? 'http://localhost:3000';

export default mergeConfig(
  proxy,
  defineConfig({
    root: fileURLToPath(new URL('.', import.meta.url)),
    resolve: {
      alias: { 'chatkit-express/browser': fileURLToPath(new URL('../../src/browser/index.ts', import.meta.url)) },
    },
    server: { proxy: { '^/keywords$': target } },
  }),
);
