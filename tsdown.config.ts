// The build: each entry of `paths` in tsconfig.json becomes an ES module and its types in dist/, and a CommonJS module
// and its types in dist/cjs/. A new subpath needs a line there and a block in the `exports` of package.json.
// __tests__/package checks that both agree.
import { readFileSync } from 'node:fs';
import { defineConfig, type Rolldown, type UserConfig } from 'tsdown';
import { toCommonJs } from './scripts/commonjs';

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
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // The extensions .js and .d.ts, since package.json has `"type": "module"`.
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
 * Modules of src/ that begin a file of their own. The first four are parts of the root entry, so that dist/index.js is a
 * list of exports, and a bundler includes only the parts that are imported. The others cut long files, because npm's
 * compression of the tarball finds a repetition only within 32 kB: see scripts/commonjs.ts.
 */
const parts = [
  ...['stores/memory', 'attachments/memory', 'middleware', 'widgets/template'],
  ...['client/client', 'http/body-text', 'http/runs', 'http/stream', 'integrations/agents/event-channel'],
  ...['integrations/ai-sdk/model-messages', 'integrations/anthropic/message-stream-converter'],
  ...['integrations/langgraph/chunks', 'operations/attachments', 'operations/dictation', 'operations/registry'],
  ...['options', 'recovery', 'registries/redis/backend', 'request-answerer', 'runs/retry-view', 'runs/run'],
  ...['runs/run-rules', 'stores/mongo/items', 'testing/concurrency', 'testing/methods', 'testing/races'],
  ...['testing/random-operations', 'testing/registry-alone', 'testing/retention', 'testing/store-suite'],
  ...['widgets/jinja/compile', 'widgets/jinja/filters', 'widgets/jinja/test-functions'],
];
const partEntries = Object.fromEntries(parts.map((part) => [`shared/${part.replaceAll('/', '-')}`, `src/${part}.ts`]));

type Bundle = Record<string, { type: 'chunk'; code: string } | { type: 'asset'; source: string | Uint8Array }>;

const typesOnly = {
  name: 'types-only',
  generateBundle(_options: unknown, bundle: Record<string, unknown>) {
    for (const name of Object.keys(bundle)) if (!/\.d\.ts$/.test(name)) Reflect.deleteProperty(bundle, name);
  },
};

/** Removes an import without a name that the bundler's helper for CommonJS leaves in chunks, so that they load in browsers. */
const noEmptyImport = {
  name: 'no-empty-import',
  generateBundle(_options: unknown, bundle: Bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk') chunk.code = chunk.code.replace(/^import "node:module";\n/m, '');
    }
  },
};

/** Adds dist/cjs/, where `require` finds the package. Types have the same text there, and belong to CommonJS. */
const commonJsToo: Rolldown.Plugin = {
  name: 'commonjs-too',
  generateBundle(_options, bundle) {
    for (const [fileName, file] of Object.entries(bundle)) {
      if (fileName === 'cli.js') continue; // the program is not imported
      const code = file.type === 'chunk' ? file.code : file.source.toString();
      const source = /\.d\.ts$/.test(fileName) ? code : toCommonJs(code, this.parse(code));
      this.emitFile({ type: 'asset', fileName: `cjs/${fileName}`, source });
    }
    this.emitFile({
      type: 'asset',
      fileName: 'cjs/package.json',
      source: '{ "type": "commonjs", "sideEffects": false }\n',
    });
  },
};

export default defineConfig([
  // Few files of code, because each file takes time to load.
  {
    ...shared,
    entry: { ...entry, ...partEntries, cli: 'src/cli/bin.ts' }, // the program is not a subpath
    dts: false,
    copy: 'src/cli/templates', // the files of `chatkit-express create`
    plugins: [noEmptyImport, commonJsToo],
    outputOptions: {
      // Editors show the comments of the types. Only comments that tools read stay in the code.
      comments: { legal: true, annotation: true, jsdoc: false },
      minifyInternalExports: false,
      chunkFileNames: 'shared/[name].js',
    },
  },
  // One file of types for each file of the source, so that types keep the names that they have there.
  { ...shared, dts: { emitDtsOnly: true }, unbundle: true, plugins: [typesOnly, commonJsToo] },
]);
