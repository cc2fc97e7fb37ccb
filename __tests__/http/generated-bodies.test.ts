// Bodies that nobody meant to send: valid ones with other values and other bytes in them. None breaks the server.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import * as fc from 'fast-check';
import { childProgram } from '../support/child-program';
import { sized } from '../support/sizes';

const input = {
  content: [
    { type: 'input_text', text: 'Hello' },
    { type: 'input_tag', id: 'e', text: 'Ada', data: { team: 'core' }, group: 'People', interactive: true },
  ],
  quoted_text: '',
  attachments: [],
  inference_options: { model: 'm', tool_choice: { id: 'search' } },
};
const thread_id = 'thr_1';
const valid = [
  { type: 'threads.create', params: { input } },
  { type: 'threads.add_user_message', params: { thread_id, input } },
  { type: 'threads.add_client_tool_output', params: { thread_id, result: { ok: [1, 'x'] } } },
  {
    type: 'threads.add_structured_input',
    params: {
      thread_id,
      item_id: 'frm_1',
      input: { status: 'answered', answers: { q1: { values: ['a'], skipped: false } } },
    },
  },
  { type: 'threads.retry_after_item', params: { thread_id, item_id: 'msg_1' } },
  {
    type: 'threads.custom_action',
    params: { thread_id, item_id: 'wid_1', action: { type: 'buy', payload: { n: 1 } } },
  },
  {
    type: 'threads.sync_custom_action',
    params: { thread_id, item_id: 'wid_1', action: { type: 'buy', payload: [1] } },
  },
  { type: 'threads.get_by_id', params: { thread_id } },
  { type: 'threads.list', params: { limit: 9999, order: 'desc' } },
  { type: 'threads.update', params: { thread_id, title: 'Cats' } },
  { type: 'threads.delete', params: { thread_id: 'thr_2' } },
  { type: 'items.list', params: { thread_id, limit: 9999, order: 'asc', after: 'msg_1' } },
  { type: 'items.feedback', params: { thread_id, item_ids: ['msg_1'], kind: 'positive' } },
  { type: 'attachments.create', params: { name: 'a.pdf', size: 1024, mime_type: 'application/pdf' } },
  { type: 'attachments.delete', params: { attachment_id: 'atc_1' } },
  { type: 'attachments.get_preview', params: { attachment_id: 'atc_1' } },
  { type: 'input.transcribe', params: { audio_base64: 'GkXfo59ChoEBQveBAULygQ==', mime_type: 'audio/webm' } },
].map((request) => ({ ...request, metadata: {} }));

/** Values that are many, deep or long. Each has at most two megabytes as JSON. */
const excess = fc.oneof(
  fc
    .tuple(fc.constantFrom<unknown>(0, '', 'abc', [], {}, null, { a: 0 }), fc.nat(150_000))
    .map(([entry, count]) => JSON.stringify(Array(count).fill(entry))),
  fc.nat(110_000).map((count) => `{${Array.from({ length: count }, (_, key) => `"k${key}":0`).join(',')}}`),
  fc
    .tuple(fc.constantFrom<[string, string]>(['[', ']'], ['{"a":', '}']), fc.nat(100_000))
    .map(([[open, close], depth]) => `${open.repeat(depth)}0${close.repeat(depth)}`),
  fc
    .tuple(fc.constantFrom('x', '\\"', '\\u0000', 'é', '😀'), fc.nat(200_000))
    .map(([text, count]) => `"${text.repeat(count)}"`),
);

/** A body with other JSON in the place of one of its values, or with a key more. */
const otherValue = fc
  .tuple(
    fc.constantFrom(...valid),
    fc.nat(),
    fc.oneof({ weight: 60, arbitrary: fc.json() }, { weight: 1, arbitrary: excess }),
    fc.boolean(),
  )
  .map(([request, at, json, isMore]) => {
    const text = JSON.stringify(request);
    const places = [...text.matchAll(/"(?:[^"\\]|\\.)*"|\d+|true|false|\[\]|\{\}/g)];
    const place = places[at % places.length]!;
    const end = place.index + place[0].length;
    if (isMore) return Buffer.from(`${text.slice(0, -1)},"more":${json}}`);
    return Buffer.from(text.slice(0, place.index) + json + text.slice(end));
  });

/** A body with some of its bytes changed, left out or doubled. */
const otherBytes = fc
  .tuple(
    fc.constantFrom(...valid),
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'double', 'insert')), {
      minLength: 1,
      maxLength: 5,
    }),
  )
  .map(([request, changes]) => {
    let bytes = Buffer.from(JSON.stringify(request));
    for (const [position, value, change] of changes) {
      const at = position % (bytes.length + 1);
      const length = 1 + (value % 20);
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      if (change === 'set') bytes = Buffer.concat([before, Buffer.from([value]), after.subarray(1)]);
      else if (change === 'cut') bytes = Buffer.concat([before, after.subarray(length)]);
      else if (change === 'double') bytes = Buffer.concat([before, after.subarray(0, length), after]);
      else bytes = Buffer.concat([before, Buffer.from([value]), after]);
    }
    return bytes;
  });

const anyBytes = fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes));

/** Large bodies that say they are dictation, and are or are not. */
const dictation = fc
  .tuple(
    fc.nat(36_000_000),
    fc.constantFrom('A', '0,', '\\u0041', '"a":0,', '\xff'),
    fc.constantFrom(
      ['{"type":"input.transcribe","params":{"mime_type":"audio/webm","audio_base64":"', '"}}'],
      ['{"params":{"audio_base64":"', '","mime_type":"audio/webm"},"type":"input.transcribe"}'],
      ['{"params":{"audio_base64":"', '"},"type":"threads.list"}'],
      ['{"type":"input.transcribe","type":"threads.add_structured_input","params":{"x":[', '0]}}'],
      ['{"type":"input.transcribe","params":{"x":[', '0],"audio_base64":""}}'],
    ),
  )
  .map(([size, text, [start, end]]) =>
    Buffer.from(start + text.repeat(Math.floor(size / text.length)) + end, 'latin1'),
  );

const large = sized(1, 4); // of five thousand
const bodies = fc.oneof(
  { weight: 3_000, arbitrary: otherValue },
  { weight: 1_500, arbitrary: otherBytes },
  { weight: 500, arbitrary: anyBytes },
  { weight: large, arbitrary: dictation },
);

interface Answer {
  status: number;
  body: string;
}

function send(agent: http.Agent, port: number, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const request = http.request({ agent, port, host: '127.0.0.1', path: '/chatkit', method: 'POST', headers });
    let answered = false;
    request.on('response', (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      const finish = () => resolve({ status: response.statusCode!, body: Buffer.concat(chunks).toString() });
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', finish)
        .on('error', finish);
    });
    request.on('error', (error) => {
      if (!answered) reject(error); // after a 413 the connection ends while the body is still being sent
    });
    request.end(body);
  });
}

test(
  'no body gets a 5xx, a long error, or much memory',
  async () => {
    const count = sized(1_500, 100_000);
    const server = fork(childProgram(path.join(__dirname, 'bodies-server.ts')));
    const [{ port }] = (await once(server, 'message')) as [{ port: number }];
    const ask = async () => {
      server.send('?');
      return ((await once(server, 'message')) as [{ peakMb: number; failure?: string }])[0];
    };
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    for (const request of valid) {
      const { status } = await send(agent, port, Buffer.from(JSON.stringify(request)));
      expect([request.type, status]).toEqual([request.type, request.type === 'attachments.get_preview' ? 404 : 200]);
    }
    const before = await ask();
    const audio_base64 = Buffer.alloc(25 * 1024 * 1024).toString('base64');
    const longest = { type: 'input.transcribe', params: { audio_base64, mime_type: 'audio/webm' } };
    expect((await send(agent, port, Buffer.from(JSON.stringify(longest)))).status).toBe(200);

    const seed = Number(process.env['CHATKIT_SEED'] ?? Date.now() % 2 ** 31);
    const statuses = new Map<number, number>();
    for (let sent = 0; sent < count; sent += 500) {
      const batch = fc.sample(bodies, { numRuns: 500, seed: seed + sent });
      const next = batch.filter(({ length }) => length < 4_000_000).values();
      const worker = async (left: Iterable<Buffer>) => {
        for (const body of left) {
          const { status, body: answer } = await send(agent, port, body);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          const isGood = status < 500 && (status < 400 || Buffer.byteLength(answer) <= 10_240);
          if (!isGood)
            throw new Error(`seed ${seed}: ${status} ${answer.slice(0, 300)} for ${body.toString('latin1', 0, 500)}`);
        }
      };
      await Promise.all(Array.from({ length: 8 }, () => worker(next)));
      await worker(batch.filter(({ length }) => length >= 4_000_000)); // one at a time: each takes its size
    }
    const after = await ask();
    agent.destroy();
    server.disconnect();

    expect(after.failure).toBeUndefined();
    expect(after.peakMb - before.peakMb).toBeLessThan(200);
    expect([200, 400, 404].filter((status) => !statuses.has(status))).toEqual([]);
    if (process.env['CHATKIT_LONG'])
      console.info({
        count,
        seed,
        statuses: Object.fromEntries(statuses),
        peakMb: [before.peakMb, after.peakMb],
      });
  },
  sized(60_000, 1_200_000),
);
