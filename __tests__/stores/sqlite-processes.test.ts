// SqliteStore in several processes that share a file: they start at once, write at once, and are killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { SqliteStore } from 'chatkit-express/sqlite';
import { childProgram } from '../support/child-program';
import { temporaryFolder } from '../support/temporary-folder';
import { allIds } from './rows';
import { drivers, openDatabase } from './sqlite-drivers';

const folder = temporaryFolder();
const root = join(__dirname, '..', '..');

function startWriter(driver: string, file: string, name: string, count: number): ChildProcess {
  const script = childProgram(join(__dirname, 'sqlite-process.ts'));
  return spawn(process.execPath, [script, driver, file, name, String(count)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The ids that a writer has printed, whole lines only, when it has ended. */
async function printed(writer: ChildProcess, onLine: (count: number) => void = () => undefined): Promise<string[]> {
  let text = '';
  writer.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    onLine(text.split('\n').length - 1);
  });
  await new Promise((resolve) => writer.once('close', resolve));
  return text.split('\n').slice(0, -1);
}

async function readBack(driver: string, file: string) {
  const database = openDatabase(driver, file);
  try {
    const store = new SqliteStore({ database, owner: () => 'ann' });
    await store.migrate();
    const [ascending, descending] = [
      await allIds(store, {}, { threadId: 't', limit: 7 }),
      await allIds(store, {}, { threadId: 't', order: 'desc' }),
    ];
    expect(descending).toEqual(ascending.toReversed());
    return ascending;
  } finally {
    database.close();
  }
}

describe.each(drivers)('processes with %s', (driver) => {
  const file = (name: string) => join(folder, `${driver.replace(':', '-')}-${name}.db`);

  test('ten start at once on a fresh file and write to one thread: nothing is lost, and there is one order', async () => {
    const names = Array.from({ length: 10 }, (_row, index) => `p${index}`);
    const writers = names.map((name) => startWriter(driver, file('ten'), name, 20));
    const ids = await Promise.all(writers.map((writer) => printed(writer)));
    expect(writers.map((writer) => writer.exitCode)).toEqual(names.map(() => 0));
    const stored = await readBack(driver, file('ten'));
    expect(stored).toHaveLength(200);
    // What each wrote is there in the order in which it wrote.
    for (const written of ids) expect(stored.filter((id) => written.includes(id))).toEqual(written);
  }, 60_000);

  test('one is killed with kill -9 while it writes: what it said was stored is there, once and in order', async () => {
    const writer = startWriter(driver, file('kill'), 'k', 1_000_000);
    const written = await printed(writer, (count) => {
      if (count >= 50) writer.kill('SIGKILL');
    });
    expect(writer.signalCode).toBe('SIGKILL');
    const stored = await readBack(driver, file('kill'));
    expect(stored.slice(0, written.length)).toEqual(written);
    expect(stored.length - written.length).toBeLessThanOrEqual(1); // the one that it was about to tell of
    expect(new Set(stored).size).toBe(stored.length);
  }, 60_000);
});
