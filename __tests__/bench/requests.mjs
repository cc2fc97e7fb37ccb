// The clients of a benchmark: requests over loopback, and closed loops of them.
import http from 'node:http';

/** Returns an agent that keeps up to `clients` connections open. */
export const connections = (clients) => new http.Agent({ keepAlive: true, maxSockets: clients });

/**
 * Posts a body as JSON. Resolves with the text of the answer and the time until its first bytes, in milliseconds.
 * Rejects when the status is not 200, or when the answer has an `error` event.
 */
export function post(agent, port, body, path = '/chatkit') {
  const { promise, resolve, reject } = withResolvers();
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const start = performance.now();
  const request = http.request({ agent, port, host: '127.0.0.1', path, method: 'POST', headers });
  request.on('error', reject).on('response', (response) => {
    const chunks = [];
    let first;
    response.on('data', (chunk) => {
      first ??= performance.now() - start;
      chunks.push(chunk);
    });
    response.on('error', reject).on('end', () => {
      const answer = Buffer.concat(chunks).toString();
      if (response.statusCode === 200 && !answer.includes('"type":"error"')) resolve({ answer, first });
      else reject(new Error(`The server answered ${response.statusCode}: ${answer.slice(0, 300)}`));
    });
  });
  request.end(text);
  return promise;
}

// Promise.withResolvers() requires Node 22.
function withResolvers() {
  let [resolve, reject] = [];
  const promise = new Promise((...given) => ([resolve, reject] = given));
  return { promise, resolve, reject };
}

/** Returns the body of a request that begins a thread with a message. */
export const newThread = (text) => ({ type: 'threads.create', params: { input: input(text) } });

/** Returns the body of a request that adds a message to a thread. */
export const newMessage = (thread_id, text) => ({
  type: 'threads.add_user_message',
  params: { thread_id, input: input(text) },
});

const input = (text) => ({ content: [{ type: 'input_text', text }], attachments: [], inference_options: {} });

/**
 * Calls `send` in a loop for each client, until the time is over.
 * @param send Receives the number of the client. Resolves with a count.
 * @returns The sum of the counts.
 */
export async function load(clients, seconds, send) {
  const until = performance.now() + seconds * 1000;
  let count = 0;
  const loop = async (_, client) => {
    do {
      const more = await send(client);
      count += more;
    } while (performance.now() < until);
  };
  await Promise.all(Array.from({ length: clients }, loop));
  return count;
}

/**
 * Measures the CPU time of a server for each unit that `send` counts, in microseconds. Lets the compiler warm up first.
 */
export async function costOf(server, { clients, seconds, send }) {
  await load(clients, seconds / 2, send);
  const before = await server.usage();
  const count = await load(clients, seconds, send);
  const { cpu, peak } = await server.usage();
  return { cost: (cpu - before.cpu) / count, peak };
}

/** The figure of {@link costOf}. */
export const cpuFigure = (unit, goal) => ({
  name: 'CPU',
  unit: `µs per ${unit}`,
  of: ({ cost }) => cost,
  goal,
  isCost: true,
});
