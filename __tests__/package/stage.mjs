// Packs the package as npm publishes it and installs it into two projects, one with Express 4 and one with Express 5.
// node __tests__/package/stage.mjs FOLDER Creates FOLDER/source (the copy that was built), FOLDER/package (the packed
// files), FOLDER/express4 and FOLDER/express5.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtPackage } from './build.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(repository, 'node_modules');
const folder = resolve(process.argv[2]);
const source = join(folder, 'source');
const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' });

// The script packs a copy, so that other tests and a running example keep their dist/.
const leftOut = ['.cache', '.git', 'artefacts', 'coverage', 'dist', 'node_modules'];
cpSync(repository, source, { recursive: true, filter: (path) => !leftOut.includes(relative(repository, path)) });
symlinkSync(modules, join(source, 'node_modules'), 'junction');
cpSync(await builtPackage(), join(source, 'dist'), { recursive: true });
const [{ filename }] = JSON.parse(
  run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], source),
);
run('tar', ['-xzf', filename], folder);

// A project can import only the dependencies that the package declares.
const { dependencies, exports } = JSON.parse(readFileSync(join(folder, 'package', 'package.json'), 'utf8'));
const declared = Object.fromEntries(Object.keys(dependencies).map((name) => [name, name]));
const projects = {
  express4: { ...declared, express: 'express4', '@types/express': 'types-express4' },
  express5: { ...declared, express: 'express', '@types/express': '@types/express' },
};
// ./s3 and ./otel are left out, because their types need those of their peers.
const leftOutSubpaths = ['./package.json', './s3', './otel'];
const subpaths = Object.keys(exports).filter((subpath) => !leftOutSubpaths.includes(subpath));
const entries = subpaths
  .map((subpath, index) => `export * as entry${index} from '${subpath.replace('.', 'chatkit-express')}';\n`)
  .join('');
for (const [name, links] of Object.entries(projects)) {
  const project = join(folder, name);
  cpSync(join(repository, '__tests__', 'package', 'consumer'), project, { recursive: true });
  // Without a package.json, Node and TypeScript would look for one in the parent folders.
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  writeFileSync(join(project, 'entries.ts'), entries);
  for (const type of ['mts', 'cts']) {
    for (const name of ['typed', 'entries']) cpSync(join(project, `${name}.ts`), join(project, `${name}.${type}`));
  }
  cpSync(join(folder, 'package'), join(project, 'node_modules', 'chatkit-express'), { recursive: true });
  for (const [to, from] of Object.entries({ ...links, '@types/node': '@types/node' })) {
    mkdirSync(dirname(join(project, 'node_modules', to)), { recursive: true });
    symlinkSync(join(modules, from), join(project, 'node_modules', to), 'junction');
  }
  const tsconfig = {
    compilerOptions: {
      module: 'node16',
      target: 'es2022',
      types: ['node'],
      strict: true,
      esModuleInterop: true,
      noEmit: true,
      skipDefaultLibCheck: true, // only of the compiler's own declarations
      jsx: 'react-jsx',
      jsxImportSource: 'chatkit-express/widgets',
    },
    files: ['typed.mts', 'typed.cts', 'entries.mts', 'entries.cts', 'markup.tsx'],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(tsconfig));
  // Some projects still use `moduleResolution: node`.
  const node10 = {
    extends: './tsconfig.json',
    compilerOptions: { module: 'commonjs', moduleResolution: 'node' },
    files: ['typed.ts', 'entries.ts', 'markup.tsx'],
  };
  writeFileSync(join(project, 'tsconfig.node10.json'), JSON.stringify(node10));
}
