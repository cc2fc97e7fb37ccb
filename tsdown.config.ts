// The build: each entry of `paths` in tsconfig.json becomes an ES module and its types in dist/, and a CommonJS module
// and its types in dist/cjs/. A new subpath needs a line there and a block in the `exports` of package.json.
// __tests__/package checks that both agree.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Rolldown, type UserConfig } from 'tsdown';
import { toCommonJs } from './scripts/commonjs';
import { compact } from './scripts/compact';

const { compilerOptions } = JSON.parse(readFileSync(new URL('tsconfig.json', import.meta.url), 'utf8')) as {
  compilerOptions: { paths: Record<string, [string]> };
};
const entry = Object.fromEntries(
  Object.entries(compilerOptions.paths).map(([name, [source]]) => [
    name.split('/').slice(1).join('/') || 'index',
    source,
  ]),
);

const sourceFolder = fileURLToPath(new URL('src/', import.meta.url));

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

/** Fails for code that is not of src/. */
const ownCode: Rolldown.Plugin = {
  name: 'own-code',
  generateBundle(_options, bundle) {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
    const strangers = chunks
      .flatMap(({ moduleIds }) => moduleIds)
      .filter((id) => !id.startsWith(sourceFolder) && id !== '\0rolldown/runtime.js');
    if (strangers.length > 0) throw new Error(`the package would have a copy of ${strangers.join(', ')}`);
  },
};

/** Copies CommonJS modules of src/, which load a package lazily, beside the files that require them. */
const commonJsFiles: Rolldown.Plugin = {
  name: 'common-js-files',
  resolveId(source) {
    return source.endsWith('.cjs') && source.startsWith('./') ? { id: source, external: true } : undefined;
  },
  generateBundle() {
    const source = readFileSync(`${sourceFolder}widgets/ajv.cjs`, 'utf8');
    for (const folder of ['shared', 'cjs/shared'])
      this.emitFile({ type: 'asset', fileName: `${folder}/ajv.cjs`, source });
  },
};

/** Makes a file of each part. */
const partFiles: Rolldown.Plugin = {
  name: 'part-files',
  buildStart() {
    for (const part of parts) {
      this.emitFile({
        type: 'chunk',
        id: `./src/${part}.ts`,
        fileName: `shared/${part.replaceAll('/', '-')}.js`,
        preserveSignature: 'allow-extension',
      });
    }
  },
  generateBundle(_options, bundle) {
    // The bundler puts some parts into another file, and leaves an export of it that nothing imports.
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
    const imported = new Set(chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]));
    for (const { fileName } of chunks) {
      if (fileName.startsWith('shared/') && !imported.has(fileName)) Reflect.deleteProperty(bundle, fileName);
    }
  },
};

/**
 * Keeps the types only, once: in dist/cjs/, where they are those of CommonJS, which an ES module can import too. In dist/
 * each entry has a line that exports them.
 */
const typesOnce: Rolldown.Plugin = {
  name: 'types-once',
  generateBundle(_options, bundle) {
    for (const [fileName, file] of Object.entries(bundle)) {
      Reflect.deleteProperty(bundle, fileName);
      if (!/\.d\.ts$/.test(fileName)) continue;
      const text = file.type === 'chunk' ? file.code : file.source.toString();
      const source = text.replaceAll(/^\/\/#(end)?region.*\n/gm, '');
      this.emitFile({ type: 'asset', fileName: `cjs/${fileName}`, source });
      const name = fileName.slice(0, -'.d.ts'.length);
      if (!(name in entry)) continue;
      const up = '../'.repeat(name.split('/').length - 1) || './';
      this.emitFile({ type: 'asset', fileName, source: `export * from '${up}cjs/${name}.js';\n` });
    }
  },
};

/** Removes an import without a name that the bundler's helper for CommonJS leaves in chunks, so that they load in browsers. */
const noEmptyImport: Rolldown.Plugin = {
  name: 'no-empty-import',
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk') chunk.code = chunk.code.replace(/^import "node:module";\n/m, '');
    }
  },
};

const noWhitespace: Rolldown.Plugin = {
  name: 'no-whitespace',
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk') chunk.code = compact(chunk.code, (code) => this.parse(code));
    }
  },
};

/** Adds dist/cjs/, where `require` finds the package. */
const commonJsToo: Rolldown.Plugin = {
  name: 'commonjs-too',
  generateBundle(_options, bundle) {
    for (const [fileName, file] of Object.entries(bundle)) {
      if (fileName === 'cli.js' || file.type !== 'chunk') continue; // the program is not imported
      const source = toCommonJs(file.code, this.parse(file.code));
      this.emitFile({ type: 'asset', fileName: `cjs/${fileName}`, source });
    }
    this.emitFile({
      type: 'asset',
      fileName: 'cjs/package.json',
      source: '{ "type": "commonjs", "sideEffects": false }\n',
    });
  },
};

/** Small modules that share a file, because each file has a header in the tarball. Those of `basics` run in browsers. */
const together = {
  basics: [
    ...['errors', 'explained-silence', 'locked-thread', 'logger', 'owner-error', 'work-in-progress'],
    ...['integrations/model-usage', 'protocol/bounds', 'protocol/json', 'protocol/page', 'runs/busy'],
    'widgets/async-iterable',
  ],
  'store-parts': ['ids', 'keys', 'owner', 'page-size', 'sql/conditional', 'thread-change'].map(
    (name) => `stores/${name}`,
  ),
};
const groups = Object.entries(together).map(([name, modules], index) => {
  const files = modules.map((module) => `${sourceFolder}${module}.ts`);
  return { name, test: (id: string) => files.includes(id), priority: 2 - index };
});

export default defineConfig([
  // Few files, because each file takes time to load, and has a header in the tarball.
  {
    ...shared,
    entry: { ...entry, cli: 'src/cli/bin.ts' }, // the program is not a subpath
    dts: false,
    copy: 'src/cli/templates', // the files of `chatkit-express create`
    plugins: [ownCode, commonJsFiles, partFiles, noEmptyImport, noWhitespace, commonJsToo],
    outputOptions: {
      // Editors show the comments of the types. Only comments that tools read stay in the code.
      comments: { legal: true, annotation: true, jsdoc: false },
      minifyInternalExports: false,
      codeSplitting: { groups },
      // No two files of dist/ have the same name, because npm sorts files by name, and both copies are to be neighbours.
      chunkFileNames: ({ name }) =>
        name in entry || parts.includes(name) ? 'shared/[name]-shared.js' : 'shared/[name].js',
    },
  },
  {
    ...shared,
    dts: { emitDtsOnly: true },
    plugins: [typesOnce],
    outputOptions: {
      minifyInternalExports: false,
      chunkFileNames: 'types/[name].js',
      codeSplitting: {
        // The bundler renames one of two types with the same name in a file, so these are in files of their own.
        groups: [
          { name: 'values.d', test: /src\/protocol\/(icons|json|named-schema)/, priority: 1 },
          { name: 'widget-parts.d', test: /src\/protocol\/widgets\/(?!index)/ },
        ],
      },
    },
  },
]);
