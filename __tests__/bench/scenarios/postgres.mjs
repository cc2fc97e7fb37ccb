// postgres: messages on PostgreSQL, without added latency and with 2 ms. The yardstick sends the same statements in the
// same order and the same bytes, which are recorded from an answer of the package.
import { tsImport } from 'tsx/esm/api';
import { startServer } from '../child.mjs';
import { connections, costOf, cpuFigure, newMessage, newThread, post } from '../requests.mjs';
import { median } from '../runner.mjs';

const { findPostgres, noPostgres, startPostgres } = await tsImport('../../support/postgres-server.ts', import.meta.url);

const threadIdOf = (answer) => /"thread_id":"(thr_\w+)"/.exec(answer)[1];

/** The requests by type. `begin` resolves with the body of the requests of one client. */
const requests = {
  'threads.create': async () => newThread('Hi'),
  'threads.add_user_message': async (send) => newMessage(threadIdOf((await send(newThread('Hi'))).answer), 'Hi'),
};

/** Resolves with the steps of an answer for each request: see servers/postgres.mjs. */
async function record(dist, database) {
  const server = await startServer('postgres.mjs', { kind: 'recorder', dist, database });
  const agent = connections(1);
  const send = async (body) => {
    const recorded = server.message();
    const { answer } = await post(agent, server.port, body);
    return { answer, ...(await recorded) };
  };
  try {
    const recorded = {};
    for (const [type, begin] of Object.entries(requests)) {
      const { answer, steps } = await send(await begin(send));
      recorded[type] = { steps, threadId: threadIdOf(answer) };
    }
    return recorded;
  } finally {
    agent.destroy();
    await server.stop();
  }
}

/** Measures the CPU time with many clients, and the time until the first event with one. */
async function measureServer(server, begin, { clients, seconds, answers }) {
  const agent = connections(clients);
  const send = (body) => post(agent, server.port, body);
  const bodies = await Promise.all(Array.from({ length: clients }, () => begin(send)));
  try {
    const count = async (client) => {
      await send(bodies[client]);
      return 1;
    };
    const { cost } = await costOf(server, { clients, seconds, send: count });
    const times = [];
    for (let answer = 0; answer < answers; answer++) times.push((await send(bodies[0])).first);
    return { cost, first: median(times) };
  } finally {
    agent.destroy();
  }
}

const firstEvent = (goal) => ({ name: 'time to the first event', unit: 'ms', of: ({ first }) => first, goal });

/** Opens the cases: each request with each latency. */
async function casesOf(database, { quick, seconds }) {
  const size = quick ? { clients: 2, seconds, answers: 3 } : { clients: 20, seconds, answers: 100 };
  const proxy = await startServer('slow-proxy.mjs', { to: database, latency: 2 });
  const recordings = new Map();
  const recordedOf = async (dist) => {
    if (!recordings.has(dist)) recordings.set(dist, await record(dist, database));
    return recordings.get(dist);
  };
  const cases = [];
  for (const [latency, port] of [
    [0, database],
    [2, proxy.port],
  ]) {
    for (const [type, begin] of Object.entries(requests)) {
      const measure = async ({ kind, dist, profiles }) => {
        const recorded = kind === 'yardstick' ? await recordedOf(dist) : undefined;
        const server = await startServer('postgres.mjs', { kind, dist, database: port, recorded }, profiles);
        try {
          return await measureServer(server, begin, size);
        } finally {
          await server.stop();
        }
      };
      const figures = [cpuFigure('answer', 2), firstEvent(latency > 0 ? 1.2 : undefined)];
      cases.push({ name: `${type}, ${latency} ms`, figures, measure });
    }
  }
  return { cases, close: () => proxy.stop() };
}

export const postgres = {
  name: 'postgres',
  async open(size) {
    if (!findPostgres()) return noPostgres;
    const cluster = await startPostgres();
    try {
      const { cases, close } = await casesOf(Number(new URL(cluster.url).port), size);
      return { cases, close: () => Promise.all([close(), cluster.stop()]) };
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  },
};
