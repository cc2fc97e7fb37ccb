// A real MariaDB server of a test's own, in a temporary folder and on a free port. It is gone when the test's process is.
// With MYSQL_URL the tests use that server instead, each in a database of its own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createConnection, createPool, type Pool, type PoolOptions } from 'mysql2/promise';
import { freePort } from './free-port';

/** A running server, and an empty database on it. */
export interface MariadbServer {
  /** `mysql://user:password@127.0.0.1:…/database`, of a user who may do everything. */
  readonly url: string;
  /** Creates another empty database, and resolves with its URL. */
  createDatabase(): Promise<string>;
  /** Restarts the server: `fast` ends the connections, `immediate` ends as a crash does. Resolves when it is back. */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
}

/** The reason for a skip, as the name of the skipped tests. */
export const noMariadb =
  'skipped, since there is no MariaDB: no `mariadb-install-db` and `mariadbd` in PATH or /usr/sbin, and no MYSQL_URL. ' +
  'On Debian: apt-get install mariadb-server';

/** The password of the tests' own servers, which nobody else can reach. */
const password = 's3cret';

const folders = [...process.env['PATH']!.split(delimiter), '/usr/sbin', '/usr/bin'];
const find = (program: string) => folders.map((folder) => join(folder, program)).find((path) => existsSync(path));

/** Returns true where a server of the tests' own can be started. */
export function hasMariadb(): boolean {
  return find('mariadb-install-db') !== undefined && find('mariadbd') !== undefined;
}

/** Returns true where tests can run: on a server of their own, or on the one of MYSQL_URL. */
export function canUseMariadb(): boolean {
  return givenUrl() !== undefined || hasMariadb();
}

/** The server that the environment names, for tests that start and stop none. */
function givenUrl(): string | undefined {
  return process.env['MYSQL_URL'] || undefined;
}

/** Describes tests on a server, which `on` gives access to while they run. Skips them without MariaDB. */
export function describeOnMariadb(
  name: string,
  tests: (on: { readonly server: MariadbServer; readonly pool: Pool }) => void,
): void {
  const describeServer = canUseMariadb() ? describe : describe.skip;
  describeServer(canUseMariadb() ? name : `${name}: ${noMariadb}`, () => {
    let server: MariadbServer | undefined;
    let pool: Pool | undefined;
    beforeAll(async () => {
      server = await startMariadb();
      pool = openPool(server.url);
    }, 120_000);
    afterAll(async () => {
      await pool?.end();
      await server?.stop();
    });
    tests({
      get server() {
        return server!;
      },
      get pool() {
        return pool!;
      },
    });
  });
}

/** Opens a pool whose idle connections may break without a word. */
export function openPool(url: string, options: PoolOptions = {}): Pool {
  return createPool({ uri: url, connectionLimit: 10, ...options });
}

/**
 * Starts a server, or opens the one of MYSQL_URL. What it stores survives `kill -9` of the server, and no power cut.
 * @param options.own True for a server that can be restarted, whatever MYSQL_URL says. Default false.
 */
export async function startMariadb({ own = false } = {}): Promise<MariadbServer> {
  const given = givenUrl();
  if (given !== undefined && !own) return openGiven(given);
  const { folder, port, shell, said, stop } = startShell(await freePort());
  const root = `mysql://chat:${password}@127.0.0.1:${port}`;
  try {
    await untilReady(root, shell, said);
    const url = await createDatabaseOn(root);
    const restart = async (mode: 'fast' | 'immediate') => {
      const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
      writeFileSync(join(folder, 'again'), '');
      process.kill(pid, mode === 'fast' ? 'SIGTERM' : 'SIGKILL');
      while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
      await untilReady(root, shell, said);
    };
    return { url, createDatabase: () => createDatabaseOn(root), restart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes a data folder and serves it. The shell ends the server when its input ends, also by kill -9 of this process. */
function startShell(port: number) {
  const [install, daemon] = [find('mariadb-install-db'), find('mariadbd')];
  if (!install || !daemon) throw new Error(`MariaDB is ${noMariadb}`);
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-mariadb-'));
  // MariaDB does not serve as root: the package's own user does.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync('chown', ['mysql:', folder]);
  // Nothing is flushed to the disk, which makes it quick. A server that starts deletes the temporary tables in its tmpdir,
  // so each needs a tmpdir of its own.
  const fast = '--innodb-flush-method=nosync --sync-frm=0 --innodb-log-file-size=64M --innodb-use-native-aio=0';
  const script = `
    "$1" --no-defaults --datadir="$3/data" --tmpdir="$3" $5 ${fast} --skip-test-db --auth-root-authentication-method=normal \\
      --aria-group-commit=soft --aria-group-commit-interval=100000000 || exit 1
    serve() {
      while "$2" --no-defaults --datadir="$3/data" --tmpdir="$3" $5 ${fast} --port="$4" --bind-address=127.0.0.1 --socket="$3/s" \\
        --pid-file="$3/pid" --init-file="$3/init" --innodb-flush-log-at-trx-commit=2 --max-connections=200 \\
        --skip-name-resolve < /dev/null || true; [ -e "$3/again" ]; do rm "$3/again"; done
    }
    serve "$@" &
    serving=$!
    cat > /dev/null || true
    rm -f "$3/again"
    while kill -0 $serving 2> /dev/null; do kill -9 $(cat "$3/pid") 2> /dev/null; sleep 0.05; done
    rm -rf "$3"`;
  const grant = "GRANT ALL ON *.* TO 'chat'@'127.0.0.1' WITH GRANT OPTION;\n";
  writeFileSync(
    join(folder, 'init'),
    `CREATE USER IF NOT EXISTS 'chat'@'127.0.0.1' IDENTIFIED BY '${password}';\n${grant}`,
    { mode: 0o644 },
  );
  const parameters = [install, daemon, folder, String(port), isRoot ? '--user=mysql' : ''];
  const shell = spawn('sh', ['-c', script, 'sh', ...parameters], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (output = (output + text).slice(-5000)));
  }
  const exited = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  const stop = async () => {
    shell.stdin.end();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, port, shell, said: () => output, stop };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function untilReady(url: string, shell: ChildProcess, said: () => string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    try {
      await (await createConnection({ uri: url })).end();
      return;
    } catch (cause) {
      if (shell.exitCode !== null || Date.now() > giveUpAt)
        throw new Error(`MariaDB did not start:\n${said()}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

async function createDatabaseOn(server: string): Promise<string> {
  const name = `chatkit_express_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

async function onServer(server: string, statement: string): Promise<void> {
  const connection = await createConnection({ uri: server });
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}

/** Creates databases on the server of MYSQL_URL, and drops them when it is stopped. */
async function openGiven(given: string): Promise<MariadbServer> {
  const server = Object.assign(new URL(given), { pathname: '' }).href;
  const created: string[] = [];
  const createDatabase = async () => {
    const url = await createDatabaseOn(server);
    created.push(url);
    return url;
  };
  return {
    url: await createDatabase(),
    createDatabase,
    restart: () => Promise.reject(new Error('The server of MYSQL_URL is not for restarts')),
    async stop() {
      for (const url of created) await onServer(server, `DROP DATABASE ${new URL(url).pathname.slice(1)}`);
    },
  };
}
