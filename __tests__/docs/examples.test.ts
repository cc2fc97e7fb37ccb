// Every example in the documentation is code that the checks compile.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { exampleFiles, examples, examplesFolder, type Fence, fencesOf, pages, root } from './markdown';

/** The languages whose fences must be an example file, or a region of one. */
const compiled = ['ts', 'tsx', 'js', 'html', 'sql', 'nginx', 'caddyfile'];
/** Fences of other languages: commands and their output, which the tests of protocol.md run, and diagrams. */
const shown = ['sh', 'json', 'text', 'http', 'mermaid'];

const fences = pages.flatMap(fencesOf);
const where = ({ page, line, language }: Fence) => `${page}:${line} ${language}`;

describe('fences', () => {
  it('all name a language that is known here', () => {
    const known = [...compiled, ...shown];
    expect(fences.filter(({ language }) => !known.includes(language)).map(where)).toEqual([]);
  });

  it.each(fences.filter(({ language }) => compiled.includes(language)).map((fence) => [where(fence), fence] as const))(
    '%s is an example, byte for byte',
    (_where, { code }) => {
      const known = examples.find((example) => example.code === code);
      if (known) return;
      // The nearest one, so that the failure shows what differs.
      const [firstLine] = code.split('\n');
      expect(code).toBe(examples.find((example) => example.code.startsWith(firstLine!))?.code);
    },
  );

  it('show every example and every region', () => {
    const codes = new Set(fences.map(({ code }) => code));
    const isShown = ({ name, code }: (typeof examples)[number]) =>
      codes.has(code) || examples.some((part) => part.name.startsWith(`${name}#`)) || name.endsWith('.d.ts');
    expect(examples.filter((example) => !isShown(example)).map(({ name }) => name)).toEqual([]);
  });

  it('hold no TypeScript where they say JavaScript', () => {
    const faults = fences
      .filter(({ language }) => language === 'js')
      .flatMap(({ code }) => {
        const options = { compilerOptions: { allowJs: true, target: ts.ScriptTarget.ES2022 } };
        return ts.transpileModule(code, { ...options, fileName: 'example.mjs', reportDiagnostics: true }).diagnostics;
      });
    expect(faults).toEqual([]);
  });
});

describe('scripts in the example pages', () => {
  const scripts = new Map(
    exampleFiles
      .filter((name) => name.endsWith('.html'))
      .map((name) => {
        const html = readFileSync(join(examplesFolder, name), 'utf8');
        const code = /<script type="module">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
        return [join(root, 'docs', `${name}.js`), `${code}\nexport {};\n`] as const;
      }),
  );

  // The types of the official element are the authority on what a page may do with it.
  it('fit the types of @openai/chatkit', () => {
    const options: ts.CompilerOptions = {
      allowJs: true,
      checkJs: true,
      noEmit: true,
      skipLibCheck: true,
      // A page may trust that its own element is there.
      strictNullChecks: false,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      types: [],
      paths: { 'chatkit-express/browser': [join(root, 'src/browser/index.ts')] },
    };
    const augmentation = join(root, 'node_modules/@openai/chatkit/types/dom-augment.d.ts');
    const host = ts.createCompilerHost(options);
    const read = host.readFile.bind(host);
    host.readFile = (path) => scripts.get(path) ?? read(path);
    host.fileExists = (path) => scripts.has(path) || existsSync(path);
    const program = ts.createProgram([augmentation, ...scripts.keys()], options, host);
    const faults = ts
      .getPreEmitDiagnostics(program)
      // The sources are checked with the options of the package.
      .filter(({ file }) => !file?.fileName.startsWith(join(root, 'src')))
      .map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
    expect(scripts.size).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });
});
