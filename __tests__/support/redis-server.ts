// A real Redis server of a test's own, in a temporary folder, on a free port, and without persistence. It is gone when the
// test's process is.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { freePort } from './free-port';

/** A running server, for anybody on this machine, without a password. */
export interface RedisServer {
  /** `redis://127.0.0.1:…` */
  readonly url: string;
  readonly port: number;
  /** Ends the server as a crash does. All data is lost. Resolves when the server has ended. */
  kill(): Promise<void>;
  /** Starts the server again, on the same port and without data. */
  start(): Promise<void>;
  /** Freezes the server, or continues it: it accepts connections and answers nothing. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends the server and deletes its folder. */
  stop(): Promise<void>;
}

/** The reason for which tests are skipped where Redis is not installed. It is in the name of the skipped tests. */
export const noRedis =
  'skipped, because Redis is not installed: no `redis-server` in PATH. On Debian: apt-get install redis-server';

/** Returns true where Redis is installed. */
export function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Describes tests on a server of their own, which `on` gives access to while they run. Skips them without Redis. */
export function describeOnRedis(name: string, tests: (on: { readonly server: RedisServer }) => void): void {
  const isInstalled = hasRedis();
  const describeServer = isInstalled ? describe : describe.skip;
  describeServer(isInstalled ? name : `${name}: ${noRedis}`, () => {
    let server: RedisServer | undefined;
    beforeAll(async () => {
      server = await startRedis();
    }, 30_000);
    afterAll(() => server?.stop());
    tests({
      get server() {
        return server!;
      },
    });
  });
}

/** @param settings Further settings, as arguments of `redis-server`. */
export async function startRedis(...settings: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  let shell: ChildProcess | undefined;
  let exited = Promise.resolve();
  let pid = 0;
  const start = async () => {
    // The shell ends the server as soon as its standard input ends, which the end of this process does, even by kill -9.
    const script = `
      redis-server "$@" < /dev/null &
      server=$!
      echo "pid $server"
      cat > /dev/null || true
      kill -CONT $server 2> /dev/null
      kill -KILL $server 2> /dev/null
      wait $server`;
    const child = spawn('sh', ['-c', script, 'sh', ...args, ...settings], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    shell = child;
    exited = new Promise((resolve) => child.once('exit', () => resolve()));
    child.stdin.on('error', () => undefined);
    let said = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      said = (said + text).slice(-5000);
      pid ||= Number(/^pid (\d+)$/m.exec(said)?.[1] ?? 0);
    });
    pid = 0;
    await untilReady(url, child, () => said);
  };
  const kill = async () => {
    shell?.stdin?.end();
    await exited;
  };
  const stop = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, port, kill, start, stop, signal: (name) => void process.kill(pid, name) };
}

async function untilReady(url: string, shell: ChildProcess, said: () => string): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  for (;;) {
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.ping();
      await client.close();
      return;
    } catch (cause) {
      if (shell.exitCode !== null || Date.now() > giveUpAt)
        throw new Error(`Redis did not start:\n${said()}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
