// npm run bench: compares the cost of an event and of a list with a bare node:http server that writes the same bytes.
// Two processes, loopback only, a few seconds. Compare the ratios, because times vary with the machine.
// `-- --against COMMIT` builds that commit too, alternates the two builds, and fails when one scenario costs over
// 5 % more in each of three repetitions. BENCH_AGAINST=path/to/dist/index.js compares with a build that exists.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { buildCommit } from './build-commit.mjs';

const post = (text) => ({
  type: 'threads.create',
  params: { input: { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} } },
});
const list = { type: 'threads.list', params: { limit: 20 } };
const scenarios = {
  'burst (500 deltas, all ready at once)': { body: post('500'), each: 'event' },
  'tick (500 deltas, each on its own turn)': { body: post('500 tick'), each: 'event' },
  'list (20 of 1,000 threads)': { body: list, each: 'request' },
};
const clients = 20;
const seconds = Number(process.env.BENCH_SECONDS ?? 2);
const repetitions = 3;
/** The largest ratio of a build's cost to the cost of the build that it is compared with. */
const mostAgainst = 1.05;

/** The text of each delta that the hook yields: see server.mjs. A server may join deltas, so their text is counted. */
const deltaLength = 20;

/** Sends one request and resolves to the number of deltas in its answer. */
function send(agent, port, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = http.request({ agent, port, host: '127.0.0.1', path: '/chatkit', method: 'POST', headers });
    request.on('error', reject).on('response', (response) => {
      const chunks = [];
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        let length = 0;
        for (const [, delta] of Buffer.concat(chunks)
          .latin1Slice()
          .matchAll(/"delta":"([^"]*)"/g))
          length += delta.length;
        resolve(length / deltaLength);
      });
    });
    request.end(body);
  });
}

/** Measures the CPU time of the server for each event or request in microseconds, and its peak memory. */
async function measure(target, { body, each }) {
  const server = fork(new URL('server.mjs', import.meta.url), [target]);
  const [{ port }] = await once(server, 'message');
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
  const ask = async () => {
    server.send('?');
    return (await once(server, 'message'))[0];
  };
  const load = async (duration) => {
    const until = performance.now() + duration * 1000;
    let [requests, events] = [0, 0];
    const loop = async () => {
      for (; performance.now() < until; requests++) {
        events += await send(agent, port, JSON.stringify(body));
      }
    };
    await Promise.all(Array.from({ length: clients }, loop));
    return each === 'event' ? events : requests;
  };
  await load(seconds / 2); // let the compiler warm up
  const before = await ask();
  const count = await load(seconds);
  const after = await ask();
  agent.destroy();
  server.disconnect();
  const used = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return { cost: used / count, peakMb: after.peakKb / 1024 };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const { values: given } = parseArgs({ options: { against: { type: 'string' } } });
const built = given.against === undefined ? undefined : buildCommit(given.against);
if (built) process.env.BENCH_AGAINST = built.entry;
process.on('exit', () => built?.remove());
process.on('SIGINT', () => process.exit(130));

const rows = {};
for (const [name, scenario] of Object.entries(scenarios)) {
  const runs = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const run = { bare: await measure('bare', scenario), chatkit: await measure('chatkit', scenario) };
    if (process.env.BENCH_AGAINST) run.against = await measure('against', scenario);
    runs.push(run);
  }
  const ratios = process.env.BENCH_AGAINST && runs.map(({ chatkit, against }) => chatkit.cost / against.cost);
  rows[name] = {
    [`bare, CPU µs`]: +median(runs.map(({ bare }) => bare.cost)).toFixed(2),
    [`chatkit, CPU µs`]: +median(runs.map(({ chatkit }) => chatkit.cost)).toFixed(2),
    per: scenario.each,
    ratio: +median(runs.map(({ bare, chatkit }) => chatkit.cost / bare.cost)).toFixed(2),
    ...(ratios && { 'chatkit ÷ against': ratios.map((ratio) => ratio.toFixed(2)).join(' ') }),
    'peak MB': Math.round(median(runs.map(({ chatkit }) => chatkit.peakMb))),
  };
  if (given.against !== undefined && ratios.every((ratio) => ratio > mostAgainst)) {
    console.error(`${name}: costs more than ${given.against} in each repetition`);
    process.exitCode = 1;
  }
}
console.table(rows);
