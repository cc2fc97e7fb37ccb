// A real nginx of a test's own, in a temporary folder and on a free port.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port';

/** Says in the name of a skipped test what is missing. */
export const noNginx =
  'skipped, since there is no `nginx` in PATH or /usr/sbin. On Debian: apt-get install nginx-light';

/** Returns the path of the program; undefined where it is not installed. */
export function findNginx(): string | undefined {
  const folders = [...process.env['PATH']!.split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'nginx')).find((program) => existsSync(program));
}

export interface Nginx {
  origin: string;
  stop(): Promise<void>;
}

/**
 * Starts nginx.
 * @param http The contents of the `http` block, for the port that it must listen on.
 */
export async function startNginx(http: (port: number) => string): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-express-nginx-'));
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log warn;
    events { worker_connections 1024; }
    http { access_log off; ${paths.join(' ')} ${http(port)} }`,
  );
  const program: ChildProcess = spawn(
    findNginx()!,
    ['-p', folder, '-c', `${folder}/nginx.conf`, '-e', `${folder}/error.log`],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const exited = new Promise<void>((resolve) => program.once('exit', () => resolve()));
  const stop = async () => {
    program.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await canConnect(port)); tries++) {
    if (program.exitCode !== null || tries > 500) {
      throw new Error(`nginx did not start:\n${readFileSync(join(folder, 'error.log'), 'utf8')}`);
    }
    await wait(20);
  }
  return { origin: `http://127.0.0.1:${port}`, stop };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
