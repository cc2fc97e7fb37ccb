// A real nginx of a test's own, in a temporary folder and on a free port. It is gone when the test's process is.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What to say where there is no nginx: in the name of what is skipped. */
export const noNginx = 'skipped, since there is no nginx in PATH or /usr/sbin. On Debian: apt-get install nginx-light';

/** The path of the program, undefined where it is not installed. */
export function findNginx(): string | undefined {
  const folders = [...process.env['PATH']!.split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'nginx')).find((path) => existsSync(path));
}

/** `describe` where there is nginx; elsewhere the block is skipped, which fails in CI. */
export function describeWithNginx(name: string, tests: () => void): void {
  if (findNginx()) describe(name, tests);
  else describe.skip(`${name}: ${noNginx}`, tests);
}

/** Starts nginx with a whole configuration that listens on this port of 127.0.0.1. */
export async function startNginx(configuration: string, port: number): Promise<{ stop(): Promise<void> }> {
  const program = findNginx();
  if (program === undefined) throw new Error(`nginx is ${noNginx}`);
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const isRoot = process.getuid?.() === 0;
  const main = `${isRoot ? 'user root;\n' : ''}daemon off;\npid ${join(folder, 'pid')};\n`;
  const whole = main + configuration.replace('http {', `http {\n  access_log off;\n  ${temporary.join('\n  ')}`);
  writeFileSync(join(folder, 'nginx.conf'), whole);
  // The shell ends nginx as soon as its standard input ends, which the end of this process does too, even by kill -9.
  const script =
    '"$1" -p "$2" -e stderr -c "$2/nginx.conf" < /dev/null & cat > /dev/null || true; kill -TERM $!; wait $!';
  const shell = spawn('sh', ['-c', script, 'sh', program, folder], { stdio: ['pipe', 'pipe', 'pipe'] });
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
  const giveUpAt = Date.now() + 20_000;
  while (!(await isListening(port))) {
    if (Date.now() > giveUpAt || /\[emerg\]/.test(said)) {
      await stop();
      throw new Error(`nginx did not start:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { stop };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
