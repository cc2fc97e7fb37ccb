// The memory that dictations cost a server: about the decoded audio of each that is open, and nothing for the rest.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { childProgram } from '../support/child-program';

const audioBytes = 25 * 1024 * 1024;
const base64 = Buffer.alloc(audioBytes, 'sound').toString('base64');
const type = '"type":"input.transcribe"';
const dictation = (text: string) => `{${type},"params":{"mime_type":"audio/webm","audio_base64":"${text}"}}`;

const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;

let server: ChildProcess;
let port: number;
beforeEach(async () => {
  server = fork(childProgram(path.join(__dirname, 'bodies-server.ts')));
  [{ port }] = (await once(server, 'message')) as [{ port: number }];
  // The first requests compile the code, which takes memory as well.
  for (let sent = 0; sent < 20; sent++) await send('{"type":"threads.list","params":{}}');
  expect((await send(dictation(base64.slice(0, 2_000_000)))).status).toBe(200);
});
afterEach(async () => {
  const ended = once(server, 'exit');
  server.disconnect();
  await ended;
});

async function peakMb(): Promise<number> {
  server.send('?');
  const [{ peakMb, failure }] = (await once(server, 'message')) as [{ peakMb: number; failure?: string }];
  expect(failure).toBeUndefined();
  return peakMb;
}

function send(text: string, { isChunked = false } = {}): Promise<{ status: number; body: string }> {
  const body = Buffer.from(text, 'latin1');
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(!isChunked && { 'content-length': body.length }) };
    const request = http.request({ port, host: '127.0.0.1', path: '/chatkit', method: 'POST', headers });
    let isAnswered = false;
    request.on('response', (response) => {
      isAnswered = true;
      let answer = '';
      const finish = () => resolve({ status: response.statusCode!, body: answer });
      response.setEncoding('utf8').on('data', (piece: string) => (answer += piece));
      response.on('end', finish).on('error', finish);
    });
    request.on('error', (error) => {
      if (!isAnswered) reject(error); // after a 413 the connection ends while the body is still being sent
    });
    request.end(body);
  });
}

test.each([
  ['with its length', false],
  ['in chunks', true],
])(
  'one dictation of the largest size costs its decoded size and a little, sent %s',
  async (_how, isChunked) => {
    const before = await peakMb();
    const { status, body } = await send(dictation(base64), { isChunked });
    expect([status, JSON.parse(body)]).toEqual([200, { text: `${audioBytes}` }]);
    expect((await peakMb()) - before).toBeLessThan(75);
  },
  30_000,
);

test('four at once cost four times as much', async () => {
  const before = await peakMb();
  const bodies = [
    dictation(base64),
    `{"params":{"audio_base64":"${base64}","mime_type":"audio/webm"},${type}}`,
    dictation(`${escaped(base64[0]!)}${base64.slice(1, -1)}${escaped(base64.at(-1)!)}`),
    dictation(base64),
  ];
  const answers = await Promise.all(bodies.map((body, index) => send(body, { isChunked: index % 2 === 1 })));
  expect(answers.map(({ status, body }) => [status, body])).toEqual(
    Array(4).fill([200, JSON.stringify({ text: `${audioBytes}` })]),
  );
  expect((await peakMb()) - before).toBeLessThan(200);
}, 60_000);

test('what only looks like a dictation costs less', async () => {
  const before = await peakMb();
  const bodies: [string, number][] = [
    [dictation(`!${base64}`), 400],
    [dictation(`\\x${base64}`), 400],
    [dictation(`${base64}!`), 400],
    [dictation('\\u0041'.repeat(5_000_000)), 200],
    [dictation('\\\\'.repeat(15_000_000)), 400],
    [`{${type},"type":"threads.list","params":{"audio_base64":"${base64}"}}`, 413],
    [`{"params":{"audio_base64":"${base64}"},"type":"threads.list"}`, 413],
    [`{${type},"params":{"x":"${base64}"}}`, 413],
  ];
  for (let at = 0; at < bodies.length; at += 4) {
    const some = bodies.slice(at, at + 4);
    const answers = await Promise.all(some.map(([body]) => send(body)));
    expect(answers.map(({ status }) => status)).toEqual(some.map(([, status]) => status));
  }
  expect((await peakMb()) - before).toBeLessThan(150);
}, 60_000);
