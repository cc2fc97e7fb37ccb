// Builds the page into the package: static files beside the router that serves them, with no address of their own, so
// that they work under any mount path.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Stores the scripts and styles compressed only. src/playground/compressed-files.ts serves them. */
const compressAssets: Plugin = {
  name: 'compress-assets',
  apply: 'build',
  writeBundle({ dir = '' }) {
    const assets = join(dir, 'assets');
    for (const name of readdirSync(assets).filter((name) => /\.(js|css)$/.test(name))) {
      writeFileSync(join(assets, `${name}.br`), brotliCompressSync(readFileSync(join(assets, name))));
      rmSync(join(assets, name));
    }
  },
};

/** Removes the keys of the parts of icons. They are random texts, which do not compress, and the parts never move. */
const iconsWithoutKeys: Plugin = {
  name: 'icons-without-keys',
  apply: 'build',
  transform: (code, id) =>
    /lucide-react.*[\\/]icons[\\/]/.test(id) ? code.replaceAll(/,\s*key: "\w+"/g, '') : undefined,
};

export default defineConfig({
  plugins: [iconsWithoutKeys, compressAssets],
  root: path('.'),
  base: './',
  build: {
    outDir: path('../dist/playground/static'),
    emptyOutDir: true,
    target: 'es2022',
    // Inlined files would be data: URLs, which the page's policy does not allow for everything.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // 'use client' is for frameworks that render on a server: it means nothing here.
      onLog: (level, log, pass) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : pass(level, log)),
    },
  },
  resolve: {
    alias: {
      // The page is a front end of its own that uses the package's client. Nothing else of the package is in the page.
      'chatkit-express/client': path('../src/client/index.ts'),
      // Written for React, and built with Preact, which is much smaller.
      'react-dom/client': 'preact/compat/client',
      'react-dom': 'preact/compat',
      'react/jsx-runtime': 'preact/jsx-runtime',
      react: 'preact/compat',
    },
  },
  // For work on the page, beside `npm run example`.
  server: { proxy: { '/chatkit': 'http://localhost:3000', '/config.json': 'http://localhost:3000' } },
  logLevel: 'warn',
});
