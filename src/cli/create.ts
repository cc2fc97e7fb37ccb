// The command `chatkit-express create`: writes a new app into an empty folder.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Choice, type ModelName, models, type StoreName, stores } from './choices';
import { type CliIo, messageOf, NoAnswer } from './io';
import { entriesOf, packageManager, writeApp } from './new-app';
import { fileOf, fileSpec, ownDependency } from './own-package';

const listed = (choices: Record<string, Choice>) =>
  Object.entries(choices)
    .map(([name, { about }]) => `  ${name.padEnd(15)}  ${about}\n`)
    .join('');

const usage = `Usage: chatkit-express create [--model <name>] [--store <name>] [--yes] [--package <spec>] <folder>

Creates an Express app in TypeScript that serves ChatKit: a server, a page and a session for each browser. It answers
without a key. Uses no network.

<folder>           The folder of the app, which must be empty or new. A dot is the current folder.
--model <name>     The model that answers. Default: echo.
--store <name>     The place of the threads. Default: sqlite.
--yes, -y          Asks no questions. Without a terminal, none are asked either.
--package <spec>   The chatkit-express that the app depends on: a version, a tarball or a folder. Default: the tarball or
                   the folder of this program, or its version if it comes from a registry.

Models:
${listed(models)}
Stores:
${listed(stores)}`;

/** Wrong arguments: exit code 2. With `showUsage` the usage is printed as well. */
class Refusal extends Error {
  constructor(
    message: string,
    readonly showUsage: boolean,
  ) {
    super(message);
  }
}

/** Runs the command. Resolves with the exit code: 0, 1 for a failure, 2 for wrong arguments, 130 for an interruption. */
export async function create(args: string[], io: CliIo): Promise<number> {
  try {
    const given = parse(args);
    if (given.help) io.out(usage);
    else await run(given, io);
    return 0;
  } catch (error) {
    if (error instanceof NoAnswer) {
      io.error('\nNothing was created.\n');
      return 130;
    }
    io.error(`${messageOf(error)}\n${error instanceof Refusal && error.showUsage ? `\n${usage}` : ''}`);
    return error instanceof Refusal ? 2 : 1;
  }
}

interface Arguments {
  folder?: string | undefined;
  model?: ModelName | undefined;
  store?: StoreName | undefined;
  package?: string | undefined;
  yes: boolean;
  help: boolean;
}

function parse(args: string[]): Arguments {
  const text = { type: 'string', multiple: true } as const;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        model: text,
        store: text,
        package: text,
        yes: { type: 'boolean', short: 'y', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [folder, ...more] = positionals;
    if (more.length > 0) throw new Error(`Unexpected argument: ${more[0]}`);
    if (folder === '') throw new Error('The name of the folder is empty');
    return {
      ...values,
      folder,
      model: chosen('model', models, once('model', values.model)),
      store: chosen('store', stores, once('store', values.store)),
      package: once('package', values.package),
    };
  } catch (error) {
    throw new Refusal(messageOf(error), true);
  }
}

function once(option: string, values: string[] = []): string | undefined {
  if (values.length > 1) throw new Error(`Give --${option} once`);
  if (values[0] === '') throw new Error(`--${option} is empty`);
  return values[0];
}

/** Returns the value if it is the name of a choice. */
function chosen<Name extends string>(option: string, choices: Record<Name, Choice>, value: string | undefined) {
  if (value === undefined || isChoice(choices, value)) return value;
  throw new Error(`Unknown ${option}: ${value}. Choose one of ${Object.keys(choices).join(', ')}`);
}

const isChoice = <Name extends string>(choices: Record<Name, Choice>, value: string): value is Name =>
  Object.hasOwn(choices, value);

async function run(given: Arguments, io: CliIo): Promise<void> {
  const ask = given.yes ? undefined : io.ask;
  const name = given.folder ?? ((await ask?.('Folder (my-app): '))?.trim() || (ask && 'my-app'));
  if (name === undefined) throw new Refusal('Name the folder of the app', true);
  const folder = resolve(io.cwd, name);
  refuseUnlessEmpty(folder, name);
  const file = fileOf(given.package ?? '');
  if (file !== undefined && !existsSync(resolve(io.cwd, file))) throw new Refusal(`${file} does not exist`, false);
  const model = given.model ?? (await pick('Model', models, 'echo', io, ask));
  const store = given.store ?? (await pick('Store', stores, 'sqlite', io, ask));

  const manager = packageManager(io.env['npm_config_user_agent']);
  writeApp(folder, { model, store, manager, dependency: (app) => dependencyFor(app, given.package, io) });
  const isCurrent = folder === resolve(io.cwd);
  const steps = [
    ...(isCurrent ? [] : [`cd ${/\s/.test(name) ? JSON.stringify(name) : name}`]),
    manager.install,
    manager.start,
  ];
  const shown = isCurrent ? 'the app' : name;
  io.out(
    `Created ${shown} with the model ${model} and the store ${store}. Next:\n\n${steps.map((step) => `  ${step}\n`).join('')}\n`,
  );
}

function refuseUnlessEmpty(folder: string, name: string): void {
  let entries: string[];
  try {
    entries = entriesOf(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    throw new Refusal(`${name} is not a folder`, false);
  }
  if (entries.length === 0) return;
  const more = entries.length > 3 ? ` and ${entries.length - 3} more` : '';
  throw new Refusal(`${name} is not empty. It contains ${entries.slice(0, 3).join(', ')}${more}`, false);
}

/** Asks until the answer is a choice, by its number or its name. Returns the default without a terminal. */
async function pick<Name extends string>(
  title: string,
  choices: Record<Name, Choice>,
  byDefault: Name,
  io: CliIo,
  ask: CliIo['ask'],
): Promise<Name> {
  if (!ask) return byDefault;
  const names = Object.keys(choices) as Name[];
  const lines = names.map((name, index) => `  ${index + 1}  ${name.padEnd(10)} ${choices[name].about}\n`);
  io.out(`\n${title}:\n${lines.join('')}`);
  for (;;) {
    const answer = (await ask(`Number or name (${byDefault}): `)).trim();
    if (answer === '') return byDefault;
    const named = /^\d+$/.test(answer) ? names[Number(answer) - 1] : answer.toLowerCase();
    if (named !== undefined && isChoice(choices, named)) return named;
    io.out(`There is no choice ${answer}.\n`);
  }
}

/** Returns the dependency on this package. A relative path in `--package` starts from the current folder. */
function dependencyFor(app: string, given: string | undefined, io: CliIo): string {
  if (given === undefined) {
    const { spec, warning } = ownDependency(app);
    if (warning) io.error(`${warning}\n`);
    return spec;
  }
  const file = fileOf(given);
  return file === undefined ? given : fileSpec(resolve(io.cwd, file), app);
}
