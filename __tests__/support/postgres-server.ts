// A real PostgreSQL server of a test's own, in a temporary folder and on a free port. It is gone when the test's process is.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client, Pool } from 'pg';
import { freePort } from './free-port';

/** A running server, for anybody on this machine, without a password. */
export interface PostgresServer {
  /** `postgres://postgres@127.0.0.1:…/postgres`: the superuser and their database. */
  readonly url: string;
  /** Restarts the server: `fast` ends the connections, `immediate` ends as a crash does. Resolves when it is back. */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
}

/** What to say where there is no PostgreSQL: in the name of what is skipped. */
export const noPostgres =
  'skipped, since there is no PostgreSQL: no `initdb` in PATH or /usr/lib/postgresql/*/bin. ' +
  'On Debian: apt-get install postgresql';

/** The folder of PostgreSQL's programs, of the newest version; undefined where none is installed. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...process.env['PATH']!.split(delimiter),
  ];
  return folders.find((folder) => ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))));
}

/** Describes tests on a server of their own, which `on` gives access to while they run. Skips them without PostgreSQL. */
export function describeOnPostgres(
  name: string,
  tests: (on: { readonly server: PostgresServer; readonly pool: Pool }) => void,
  options: Parameters<typeof startPostgres>[0] = {},
): void {
  const describeServer = findPostgres() ? describe : describe.skip;
  describeServer(findPostgres() ? name : noPostgres, () => {
    let server: PostgresServer | undefined;
    let pool: Pool | undefined;
    beforeAll(async () => {
      server = await startPostgres(options);
      pool = new Pool({ connectionString: server.url });
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

/**
 * Starts a server. What it stores does not survive a power cut, which makes it quick; it survives `kill -9` of clients.
 * @param options.survivesCrash True for data that survives a crash of the server as well. Default false.
 */
export async function startPostgres({ survivesCrash = false } = {}): Promise<PostgresServer> {
  const programs = findPostgres();
  if (!programs) throw new Error(`PostgreSQL is ${noPostgres}`);
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-postgres-'));
  const port = await freePort();
  // PostgreSQL refuses to run as root: the package's own user does.
  const isRoot = process.getuid?.() === 0;
  const asUser = isRoot ? ['runuser', '-u', 'postgres', '--'] : [];
  if (isRoot) execFileSync('chown', ['postgres:', folder]);
  // The shell ends the server as soon as its standard input ends, which the end of this process does too, even by kill -9.
  const script = `
    set -e
    "$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync
    "$1/postgres" -D "$2/data" -p "$3" -h 127.0.0.1 -k "$2" -c fsync=off -c full_page_writes=off \\
      -c synchronous_commit=$4 -c max_connections=100 < /dev/null &
    server=$!
    cat > /dev/null || true
    # Waits for those who are about to leave, and then no longer. A restarted server is not a child of this shell.
    "$1/pg_ctl" -D "$2/data" -m smart -t 2 -w stop > /dev/null 2>&1 ||
      "$1/pg_ctl" -D "$2/data" -m fast -w stop > /dev/null 2>&1 || true
    wait $server || true
    rm -rf "$2"`;
  const [command, ...args] = [
    ...asUser,
    'sh',
    '-c',
    script,
    'sh',
    programs,
    folder,
    String(port),
    survivesCrash ? 'on' : 'off',
  ];
  const shell = spawn(command, args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (said = (said + text).slice(-5000)));
  }
  const exited = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  const stop = async () => {
    shell.stdin.end();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  try {
    await untilReady(url, shell, () => said);
  } catch (error) {
    await stop();
    throw error;
  }
  const restart = async (mode: 'fast' | 'immediate') => {
    const pgCtl = [
      join(programs, 'pg_ctl'),
      '-D',
      join(folder, 'data'),
      '-l',
      join(folder, 'log'),
      '-m',
      mode,
      '-w',
      'restart',
    ];
    const [program, ...options] = [...asUser, ...pgCtl] as [string, ...string[]];
    const [code] = (await once(spawn(program, options, { cwd: folder, stdio: 'ignore' }), 'exit')) as [number];
    if (code !== 0) throw new Error(`PostgreSQL did not restart: pg_ctl ended with ${code}`);
  };
  return { url, restart, stop };
}

async function untilReady(url: string, shell: ChildProcess, said: () => string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      if (shell.exitCode !== null || Date.now() > giveUpAt)
        throw new Error(`PostgreSQL did not start:\n${said()}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
