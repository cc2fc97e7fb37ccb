// Loads an example that ends in `app.listen(3000)` and gives its app, which listens nowhere.
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import express from 'express';
import ts from 'typescript';
import { examplesFolder } from './markdown';

const loaded = new Map<string, express.Express>();

/** @param name of a file in docs/examples, without `.ts`. */
export async function loadExample(name: string): Promise<express.Express> {
  const known = loaded.get(name);
  if (known) return known;
  const notListening = { close: () => undefined } as unknown as Server;
  const listen = jest.spyOn(express.application, 'listen').mockReturnValue(notListening);
  const file = join(examplesFolder, `${name}.ts`);
  const source = readFileSync(file, 'utf8');
  if (source.includes('import.meta.url')) runAsScript(source, file);
  else await import(`../../docs/examples/${name}`);
  const app = listen.mock.contexts[0] as express.Express | undefined;
  listen.mockRestore();
  if (!app) throw new Error(`${name} does not listen`);
  loaded.set(name, app);
  return app;
}

/** Runs an example that has `import.meta.url`, which the CommonJS modules of these tests do not have. */
function runAsScript(source: string, file: string): void {
  const code = source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href));
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- an example of this repository
  const script = new Function('require', 'exports', outputText) as (...given: unknown[]) => void;
  script(require, {});
}
