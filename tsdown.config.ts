// The build: each entry of `paths` in tsconfig.json becomes an ES module, a CommonJS module and their types in dist/. A
// new subpath needs a line there and a block in the `exports` of package.json. __tests__/package checks that both
// agree.
import { readFileSync } from 'node:fs';
import { defineConfig, type UserConfig } from 'tsdown';

const { compilerOptions } = JSON.parse(readFileSync(new URL('tsconfig.json', import.meta.url), 'utf8')) as {
  compilerOptions: { paths: Record<string, [string]> };
};
const entry = Object.fromEntries(
  Object.entries(compilerOptions.paths).map(([name, [source]]) => [
    name.split('/').slice(1).join('/') || 'index',
    source,
  ]),
);

const shared: UserConfig = {
  entry,
  tsconfig: 'tsconfig.build.json',
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  // The file extensions that `"type": "module"` requires: .js and .d.ts, .cjs and .d.cts.
  fixedExtension: false,
  // The playground finds its files by this value. The sources cannot use `import.meta`, because Jest runs them as
  // CommonJS.
  define: { __dirname: 'import.meta.dirname' },
  // Every module that is imported by its package's name is loaded from the user's node_modules.
  deps: { skipNodeModulesBundle: true },
  failOnWarn: true,
  logLevel: 'warn',
  checks: { legacyCjs: false, pluginTimings: false },
};

/**
 * Parts of the root entry that each get a chunk, so that dist/index.js is a list of exports, and a bundler includes
 * only the parts that are imported.
 */
const parts = {
  'shared/memory-store': 'src/stores/memory.ts',
  'shared/memory-attachments': 'src/attachments/memory.ts',
  'shared/middleware': 'src/middleware.ts',
  'shared/template': 'src/widgets/template.ts',
};

const typesOnly = {
  name: 'types-only',
  generateBundle(_options: unknown, bundle: Record<string, unknown>) {
    for (const name of Object.keys(bundle)) if (!/\.d\.c?ts$/.test(name)) Reflect.deleteProperty(bundle, name);
  },
};

/** Removes an import without a name that the bundler's helper for CommonJS leaves in chunks, so that they load in browsers. */
const noEmptyImport = {
  name: 'no-empty-import',
  generateBundle(_options: unknown, bundle: Record<string, { code?: string }>) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.code !== undefined) chunk.code = chunk.code.replace(/^import "node:module";\n/m, '');
    }
  },
};

export default defineConfig([
  // Few files of code, because each file takes time to load. An entry loads only the chunks that it needs.
  {
    ...shared,
    entry: { ...entry, ...parts, cli: 'src/cli/bin.ts' }, // the program is not a subpath
    dts: false,
    // The files of `chatkit-express create`. Both formats are written to one folder.
    copy: ({ format }) => (format === 'es' ? 'src/cli/templates' : []),
    plugins: [noEmptyImport],
    outputOptions: (options, format) => ({
      ...options,
      chunkFileNames: `shared/[name]-[hash].${format === 'cjs' ? 'cjs' : 'js'}`,
    }),
  },
  // One file of types for each file of the source, so that types keep the names that they have there.
  { ...shared, dts: { emitDtsOnly: true }, unbundle: true, plugins: [typesOnly] },
]);
