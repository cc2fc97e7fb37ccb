// The build: each entry of `paths` in tsconfig.json becomes an ES module, a CommonJS module and their types in dist/.
// A new subpath is one line there and one block in package.json's `exports`; __tests__/package holds them together.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsdown';

const { compilerOptions } = JSON.parse(readFileSync(new URL('tsconfig.json', import.meta.url), 'utf8')) as {
  compilerOptions: { paths: Record<string, [string]> };
};
const entry = Object.fromEntries(
  Object.entries(compilerOptions.paths).map(([name, [source]]) => [
    name.split('/').slice(1).join('/') || 'index',
    source,
  ]),
);

export default defineConfig({
  // The program is not a subpath.
  entry: { ...entry, cli: './src/cli/bin.ts' },
  tsconfig: 'tsconfig.build.json',
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  dts: true,
  // One file out for each file in: an entry loads what its source imports and nothing else, and traces are readable.
  unbundle: true,
  // The endings that `"type": "module"` asks for: .js and .d.ts, .cjs and .d.cts.
  fixedExtension: false,
  // The playground finds its files by it. Sources run as CommonJS in Jest, which knows no `import.meta`.
  define: { __dirname: 'import.meta.dirname' },
  // Everything that is imported by name comes from the user's node_modules.
  deps: { skipNodeModulesBundle: true },
  failOnWarn: true,
  logLevel: 'warn',
  checks: { legacyCjs: false, pluginTimings: false },
});
