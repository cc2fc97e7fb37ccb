// start: the time from the start of a process until its first request is answered, and its memory then.
import { startServer } from '../child.mjs';
import { connections, newThread, post } from '../requests.mjs';
import { median } from '../runner.mjs';

const mb = 1e6;

/** The time of the measurement in milliseconds, and the memory in bytes. */
async function startOnce({ kind, dist, profiles }) {
  const agent = connections(1);
  const from = performance.now();
  const server = await startServer('start.mjs', { kind, dist }, profiles);
  try {
    await post(agent, server.port, newThread('Hi'));
    const time = performance.now() - from;
    const { rss, cpu } = await server.usage();
    return { time, rss, cpu };
  } finally {
    agent.destroy();
    await server.stop();
  }
}

export const start = {
  name: 'start',
  async open({ quick }) {
    const times = quick ? 1 : 9;
    const measure = async (target) => {
      const runs = [];
      for (let run = 0; run < times; run++) runs.push(await startOnce(target));
      return Object.fromEntries(['time', 'rss', 'cpu'].map((key) => [key, median(runs.map((run) => run[key]))]));
    };
    const figures = [
      { name: 'first answer', unit: 'ms', of: ({ time }) => time, goal: 1.5 },
      { name: 'CPU', unit: 'ms', of: ({ cpu }) => cpu / 1000, isCost: true },
      { name: 'memory', unit: 'MB', of: ({ rss }) => rss / mb, compare: 'difference', goal: 20 },
    ];
    return { cases: [{ name: '', figures, measure }] };
  },
};
