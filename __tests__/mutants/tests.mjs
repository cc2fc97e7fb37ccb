// Runs test files in a copy of the repository.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The processes of Jest that run. Each has a process group of its own, because tests start servers. */
const running = new Set();
const copies = new Set();

function end(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** Ends what runs, and deletes the copies. */
export function cleanUp() {
  for (const child of running) end(child);
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}

/** Copies the repository except its dependencies and its build, to which the copy links. Returns the path of the copy. */
export function copyRepository(root) {
  const copy = mkdtempSync(join(realpathSync(tmpdir()), 'chatkit-express-mutants-'));
  copies.add(copy);
  const linked = ['node_modules', 'dist', '.cache'];
  for (const name of readdirSync(root)) {
    if (name === '.git' || name === 'artefacts' || name === 'coverage') continue;
    if (linked.includes(name)) symlinkSync(join(root, name), join(copy, name), 'junction');
    else cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  mkdirSync(join(root, '.cache'), { recursive: true });
  return copy;
}

/**
 * Runs test files one after the other.
 * @param {string} copy The path of the copy.
 * @param {string[]} files Paths from the root of the copy, in the order in which they are run.
 * @param {object} settings `limitOf(file)` returns the milliseconds after which a test file is ended, `launcher` the
 * words of a command that starts Jest, `probes` a folder for the records of probes. `onEnd(event)` is called for each
 * test file that ends. With `expected`, the names of tests, the run ends with the first failure of another test.
 * @returns The files that ended, with the `time` of each in ms, its `failed` tests and the first `failure`, and
 * either `stuck`, the file that was ended after its time, or `crash`, the message of a file that ended the process.
 */
export function runTests(copy, files, { limitOf, launcher = [], probes, onEnd, expected }) {
  const jest = [join(copy, 'node_modules/jest/bin/jest.js'), '--config', '__tests__/mutants/in-jest/config.mjs'];
  const options = ['--runInBand', '--forceExit', ...(expected ? ['--bail'] : []), '--runTestsByPath', ...files];
  const [program, ...words] = [...launcher, process.execPath, ...jest, ...options];
  const child = spawn(program, words, {
    cwd: copy,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ CI: 'true', FORCE_COLOR: '0', NODE_ENV: 'test' },
      ...(probes && { PROBES: probes }),
      ...(expected && { EXPECTED: JSON.stringify(expected) }),
    },
  });
  running.add(child);
  return new Promise((resolve, reject) => {
    const ended = [];
    let errors = '';
    let hasBegun = false;
    let timer;
    let stuck;
    const guard = (file, ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        stuck = file;
        end(child);
      }, ms);
    };
    child.stderr.on('data', (data) => (errors = `${errors}${data}`.slice(-2000)));
    createInterface({ input: child.stdio[3] }).on('line', (line) => {
      const { kind, ...event } = JSON.parse(line);
      if (kind === 'end') {
        ended.push(event);
        onEnd?.(event);
      }
      if (kind === 'begin') hasBegun = true;
      if (kind === 'begin') guard(event.file, limitOf(event.file));
      else guard(undefined, 60_000);
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      end(child);
      running.delete(child);
      const isComplete = ended.length === files.length || (expected && ended.at(-1)?.failure !== undefined);
      const crash = isComplete || stuck !== undefined ? undefined : errors;
      if (hasBegun) resolve({ ended, stuck, crash });
      else reject(new Error(`Jest ran no test file:\n${errors}`));
    });
  });
}

/** Returns the test files of paths below `__tests__`, each of which names a file without `.test.ts` or a folder. */
export function testFiles(root, paths) {
  const all = readdirSync(join(root, '__tests__'), { recursive: true })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.test\.tsx?$/.test(name));
  const isIn = (name, path) => name.startsWith(`${path}/`) || name.replace(/\.test\.tsx?$/, '') === path;
  return all.filter((name) => paths.some((path) => isIn(name, path))).map((name) => `__tests__/${name}`);
}

/** Returns the source files below folders, with the text of each. */
export function sourceFiles(root, folders) {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') })),
  );
}
