// The build of chatkit-express/browser as a plain script, which the middleware serves to pages without a bundler.
import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { 'browser.script': 'src/browser/index.ts' },
  tsconfig: 'tsconfig.build.json',
  format: 'iife',
  globalName: 'chatkitExpress',
  outputOptions: { entryFileNames: '[name].js', generatedCode: { symbols: false } },
  platform: 'browser',
  target: 'es2022',
  minify: true,
  dts: false,
  clean: false,
  failOnWarn: true,
  logLevel: 'warn',
  checks: { pluginTimings: false },
});
