// Processes that a benchmark starts, and the CPU time and memory that they report.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts a server in its own process. The process inherits no options of Node.
 * @param file The name of a file in servers/.
 * @param config An object that the server receives as JSON.
 * @param profiles The folder for a CPU profile.
 */
export async function startServer(file, config = {}, profiles = undefined) {
  const execArgv = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const child = fork(new URL(`servers/${file}`, import.meta.url), [JSON.stringify(config)], { execArgv });
  const next = async () => {
    const left = new AbortController();
    const gone = once(child, 'exit', { signal: left.signal }).then(([code]) => {
      throw new Error(`${file} ended with ${code}`);
    });
    gone.catch(() => undefined);
    try {
      return (await Promise.race([once(child, 'message', { signal: left.signal }), gone]))[0];
    } finally {
      left.abort();
    }
  };
  const { port, ...more } = await next();
  return {
    ...more,
    port,
    /** Resolves with the CPU time in microseconds since the start, and the memory in bytes: `rss` and its `peak`. */
    async usage() {
      child.send('usage');
      return next();
    },
    /** Resolves with the next message of the process. */
    message: next,
    /** Ends the process, which writes its profile first. */
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
