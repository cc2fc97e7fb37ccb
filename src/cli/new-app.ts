// The files of a new app, made from the templates.
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Choice, commonPackages, type ModelName, models, type StoreName, stores } from './choices';

/** The folder of the templates: beside this file in src/, and beside the program in dist/. */
export const templates = join(__dirname, 'templates');

/** Entries that a new app may find in its folder, because it neither reads nor overwrites them. */
const harmless = new Set(['.git', '.DS_Store', 'Thumbs.db', '.idea', '.vscode']);

/** Returns the names of the entries because of which a folder is not empty. Returns none for a folder that does not exist. */
export function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !harmless.has(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The choices for a new app. */
export interface AppChoices {
  model: ModelName;
  store: StoreName;
  /** The package manager that the texts name. */
  manager: PackageManager;
  /** Returns the dependency on this package for the real path of the folder. */
  dependency: (folder: string) => string;
}

/** The commands of a package manager. */
export interface PackageManager {
  install: string;
  start: string;
}

/** Returns the commands of the package manager that runs this program. `agent` is its `npm_config_user_agent`. */
export function packageManager(agent = ''): PackageManager {
  const name = /^(pnpm|yarn|bun)\//.exec(agent)?.[1] ?? 'npm';
  return { install: `${name} install`, start: `${name} start` };
}

/**
 * Writes the files of an app, and creates the folder if needed. Never overwrites a file: rejects with the error of the
 * file system if one exists.
 */
export function writeApp(folder: string, choices: AppChoices): void {
  mkdirSync(folder, { recursive: true });
  const app = realpathSync(folder);
  for (const [name, text] of Object.entries(filesOf(app, choices))) {
    mkdirSync(dirname(join(app, name)), { recursive: true });
    writeFileSync(join(app, name), text, { flag: 'wx' });
  }
}

function filesOf(app: string, { model, store, manager, dependency }: AppChoices): Record<string, string> {
  const chosen: Choice[] = [models[model], stores[store]];
  const name = packageName(basename(app), chosen);
  const read = (path: string) => readFileSync(join(templates, path), 'utf8');
  const values: Record<string, string> = { name, ...manager, model: models[model].note, store: stores[store].note };
  return {
    'package.json': `${JSON.stringify(manifestOf(name, chosen, dependency(app)), null, 2)}\n`,
    'tsconfig.json': read('_tsconfig.json'),
    '.gitignore': read('_gitignore'),
    '.env.example': settingsOf(chosen),
    'README.md': read('README.md').replaceAll(/\{\{(\w+)\}\}/g, (_match, key: string) => values[key] ?? ''),
    'public/index.html': read('public/index.html'),
    'public/page.js': read('public/page.js'),
    'src/server.ts': read('src/server.ts'),
    'src/environment.ts': read('src/environment.ts'),
    'src/session.ts': read('src/session.ts'),
    'src/echo.ts': read('src/echo.ts'),
    'src/assistant.ts': read(`src/${models[model].template}`),
    'src/store.ts': read(`src/${stores[store].template}`),
  };
}

function manifestOf(name: string, chosen: Choice[], dependency: string): object {
  const packages = (kind: 'dependencies' | 'devDependencies', more: Record<string, string> = {}) =>
    sorted(Object.assign({}, commonPackages[kind], more, ...chosen.map((choice) => choice[kind] ?? {})) as never);
  return {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: {
      start: 'node --import tsx src/server.ts',
      dev: 'tsx watch src/server.ts',
      types: 'tsc',
    },
    engines: { node: '>=20.19' },
    dependencies: packages('dependencies', { 'chatkit-express': dependency }),
    devDependencies: packages('devDependencies'),
  };
}

function settingsOf(chosen: Choice[]): string {
  const lines = ['# Settings. Copy this file to .env, which git ignores.', '# PORT=3000'];
  return `${[...lines, ...chosen.flatMap(({ settings }) => settings)].join('\n')}\n`;
}

const sorted = (packages: Record<string, string>) =>
  Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Returns a name that npm accepts, made of the name of a folder. A package cannot have the name of its dependency. */
function packageName(folder: string, chosen: Choice[]): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|-+$/g, '')
    .slice(0, 200);
  const all = [commonPackages, ...chosen].flatMap(({ dependencies, devDependencies }: Partial<Choice>) =>
    Object.keys({ ...dependencies, ...devDependencies }),
  );
  if (name === '') return 'chatkit-app';
  const isTaken = ['chatkit-express', 'node_modules', 'favicon.ico', ...all].includes(name);
  return isTaken ? `${name}-app` : name;
}
