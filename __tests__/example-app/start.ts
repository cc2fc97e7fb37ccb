// Starts the example app as people do: as a process of its own.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { childProgram } from '../support/child-program';
import { temporaryFolder } from '../support/temporary-folder';
import { exampleFolder } from './demo';

export type Example = ChildProcessByStdio<null, Readable, Readable>;

const started: Example[] = [];
const uploads = temporaryFolder();
afterEach(() => started.splice(0).forEach((child) => child.kill('SIGKILL')));

/**
 * The process, which ends with the test.
 * @param url of the database.
 * @param port default any that is free.
 * @param options.compiled False to start it as `npm run example` does, which takes longer. Default true.
 */
export function startExample(url: string, port = 0, { compiled = true } = {}): Example {
  const script = join(exampleFolder, 'server.ts');
  const args = compiled ? [childProgram(script)] : ['--import', 'tsx', script];
  const child = spawn(process.execPath, args, {
    cwd: `${exampleFolder}/..`,
    env: { ...process.env, PORT: String(port), DATABASE_URL: url, UPLOADS: uploads },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

/** Waits until it listens, and gives what it printed and where it is. */
export async function listening(child: Example): Promise<{ printed: string; origin: string }> {
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`The example did not start:\n${errors}`)));
  ended.catch(() => undefined); // later it may end
  const [chunk] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  const printed = chunk.toString();
  const [origin] = /http:\/\/localhost:[1-9]\d*/.exec(printed) ?? [''];
  return { printed, origin };
}
