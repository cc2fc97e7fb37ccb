// Vite's development server, as a process of its own: Jest cannot load Vite, which is an ES module through and through.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(__dirname, '../..');

export interface ViteServer {
  /** `http://127.0.0.1:…` */
  origin: string;
  stop(): Promise<void>;
}

/** @param args of the command line: a folder to serve, `--config` and a file. The port is any that is free. */
export async function startVite(args: string[], environment: Record<string, string> = {}): Promise<ViteServer> {
  const program = join(root, 'node_modules/vite/bin/vite.js');
  const child = spawn(
    process.execPath,
    [program, ...args, '--host', '127.0.0.1', '--port', '0', '--logLevel', 'info'],
    { cwd: root, env: { ...process.env, ...environment, NO_COLOR: '1', FORCE_COLOR: '0' } },
  );
  let printed = '';
  const origin = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', () => reject(new Error(`Vite did not start:\n${printed}`)));
  });
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
  return { origin, stop };
}
