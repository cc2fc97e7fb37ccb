// Apps of `chatkit-express create`, made from the packed package, and an app at work.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The settings of npm for a registry on this machine, and an empty cache. */
export const npmSettings = (registry: string, cache: string) => ({
  ...{ npm_config_registry: registry, npm_config_cache: cache, npm_config_update_notifier: 'false' },
  ...{ npm_config_audit: 'false', npm_config_fund: 'false', npm_config_yes: 'true', npm_config_loglevel: 'error' },
});

/** Runs a command, and resolves with its output. Rejects with its errors. */
export async function runIn(cwd: string, command: string, args: string[], env: Record<string, string> = {}) {
  const { stdout } = await execute(command, args, { cwd, env: { ...process.env, ...env } }).catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  });
  return stdout;
}

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const { pid, exitCode } of running) if (exitCode === null && pid) process.kill(-pid, 'SIGKILL');
  running.clear();
});

/** Starts an app, and waits until it listens. */
export async function startApp(
  cwd: string,
  env: Record<string, string | undefined>,
  [command, ...args]: [string, ...string[]],
) {
  // None of the keys and databases of this machine.
  const none = { OPENAI_API_KEY: '', ANTHROPIC_API_KEY: '', DATABASE_URL: '', NODE_ENV: '' };
  // A group of its own, because npm does not pass a signal on to the app that it started.
  const child = spawn(command, args, { cwd, env: { ...process.env, ...none, PORT: '0', ...env }, detached: true });
  running.add(child);
  const errors = text(child.stderr);
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  let printed = '';
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const origin = /http:\/\/localhost:\d+/.exec(printed)?.[0];
      if (origin && /kept in .+\n/.test(printed)) resolve(origin); // the last line of its start
    });
    void exit.then(async () => reject(new Error(`The app did not start: ${printed}${await errors}`)));
  });
  const origin = await listening;
  return {
    printed,
    origin,
    /** Sends a message in a new thread, and resolves with the response and the text of the answer. */
    async ask(message: string, headers: Record<string, string> = {}) {
      const params = { input: { content: [{ type: 'input_text', text: message }] } };
      const response = await fetch(`${origin}/chatkit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ type: 'threads.create', params }),
      });
      const events = (await response.text()).split('\n\n').flatMap((frame) => frame.replace(/^data: /, '') || []);
      const last = JSON.parse(events.at(-1)!) as { item?: { content: { text: string }[] } };
      return { response, answer: last.item?.content[0]?.text ?? events.at(-1) };
    },
    /** Ends the app as a service manager does, and resolves with its exit code and its error output. */
    async stop() {
      process.kill(-child.pid!, 'SIGTERM');
      const [code] = await exit;
      return { code, errors: await errors };
    },
  };
}
