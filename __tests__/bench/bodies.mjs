// npm run bench:bodies: compares the cost of checking a body of about 1 MiB with JSON.parse of the same body. One
// process, a few seconds. Each measurement covers the whole request: reading, checking, and the answer that the thread
// does not exist. The time of a short request of the same type is subtracted.
import { Readable } from 'node:stream';
import { chatkitMiddleware, MemoryStore } from '../../dist/index.js';

const many = (count, value) => Object.fromEntries(Array.from({ length: count }, (_, key) => [`key${key}`, value]));
const message = (part, more = {}) => ({
  type: 'threads.add_user_message',
  params: { thread_id: 'none', input: { content: [part], attachments: [], inference_options: {}, ...more } },
});
const toolOutput = (result) => ({ type: 'threads.add_client_tool_output', params: { thread_id: 'none', result } });
const feedback = (item_ids) => ({ type: 'items.feedback', params: { thread_id: 'none', item_ids, kind: 'positive' } });
const text = (value) => message({ type: 'input_text', text: value });
const short = text('Hello');

const bodies = {
  'a text': text('x'.repeat(1_048_000)),
  'a text with quotes and lines': text('"word"\n and some more '.repeat(36_000)),
  'a text in another script': text('né ☃ '.repeat(110_000)),
  '79,000 unknown keys': message({ type: 'input_text', text: 'x', ...many(79_000, 1) }),
  'wide metadata': { ...short, metadata: many(79_000, 1) },
  'a tool result of 30,000 objects': toolOutput(Array.from({ length: 30_000 }, (_, id) => ({ id, name: 'abcdefgh' }))),
  '90,000 numbers': toolOutput(Array.from({ length: 90_000 }, (_, n) => n * 1e3)),
  '10,000 ids': feedback(Array.from({ length: 10_000 }, (_, n) => `msg_${String(n).padStart(95, '0')}`)),
  'a form of 45,000 answers': {
    type: 'threads.add_structured_input',
    params: {
      thread_id: 'none',
      item_id: 'none',
      input: { answers: many(900, { values: Array(50).fill('an answer of a text'), skipped: false }) },
    },
  },
};

const silent = () => undefined;
const router = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond() {
    // never called
  },
  logger: { debug: silent, info: silent, warn: silent, error: console.error },
  cors: false,
});

/**
 * Passes the body to the middleware in pieces of 64 KB, as a socket does. Resolves to the milliseconds until the
 * answer.
 */
function answer(bytes) {
  return new Promise((resolve) => {
    const chunks = [];
    for (let at = 0; at < bytes.length; at += 65_536) chunks.push(bytes.subarray(at, at + 65_536));
    const request = Object.assign(Readable.from(chunks), {
      method: 'POST',
      url: '/',
      path: '/',
      originalUrl: '/',
      headers: { 'content-type': 'application/json', 'content-length': String(bytes.length) },
      complete: true,
    });
    const response = {
      req: request,
      headersSent: false,
      setHeader: silent,
      getHeader: silent,
      writeHead: silent,
      once: silent,
      on: silent,
      off: silent,
      end(body) {
        if (!String(body).includes('not_found')) console.error(String(body).slice(0, 200));
        resolve(performance.now() - start);
      },
    };
    const start = performance.now();
    router.handle(request, response, silent);
  });
}

// The minimum of many measurements, because other work of the machine can only add time.
const rounds = 25;
const rows = {};
for (const [name, body] of Object.entries(bodies)) {
  const bytes = Buffer.from(JSON.stringify(body));
  const shortBytes = Buffer.from(JSON.stringify(short));
  const [parsing, checking, fixed] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    JSON.parse(bytes.toString());
    parsing.push(performance.now() - start);
    checking.push(await answer(bytes));
    fixed.push(await answer(shortBytes));
  }
  const cost = Math.min(...checking) - Math.min(...fixed);
  rows[name] = {
    bytes: bytes.length,
    'JSON.parse, ms': +Math.min(...parsing).toFixed(2),
    'checked, ms': +cost.toFixed(2),
    ratio: +(cost / Math.min(...parsing)).toFixed(2),
  };
}
console.table(rows);
