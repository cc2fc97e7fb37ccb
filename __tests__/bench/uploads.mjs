// npm run bench:uploads: how much memory the server takes at most for one large file, sent as a form to `POST /upload`.
// The server, the client and the S3 server are processes of their own. Fails when the server's peak grows by 64 MiB or more.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { findS3, noS3, startS3 } from '../support/s3-server.ts';

const mib = 1024 * 1024;
const size = Number(process.env.BENCH_MIB ?? 1024) * mib;
const runs = Number(process.env.BENCH_RUNS ?? 3);
const maxGrowth = 64 * mib;
const piece = Buffer.alloc(64 * 1024, 'All work and no play. ');

/** Sends a file of so many bytes; resolves with the answer. */
async function upload(port, bytes) {
  const head = Buffer.from(
    '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n',
  );
  const tail = Buffer.from('\r\n--b--\r\n');
  const headers = {
    'content-type': 'multipart/form-data; boundary=b',
    'content-length': head.length + bytes + tail.length,
  };
  const sending = request({ port, host: '127.0.0.1', method: 'POST', path: '/chatkit/upload', headers });
  const answered = once(sending, 'response');
  const form = Readable.from(
    (function* () {
      yield head;
      for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(left, piece.length));
      yield tail;
    })(),
  );
  const [[response]] = await Promise.all([answered, pipeline(form, sending)]);
  const body = Buffer.concat(await response.toArray()).toString();
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${body}`);
}

/** One server, one file. */
async function measure(kind, options) {
  const server = fork(join(import.meta.dirname, 'upload-server.mjs'), [kind, JSON.stringify(options)], {
    execArgv: [],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const [{ port }] = await once(server, 'message');
  const peak = async () => {
    server.send('peak');
    return (await once(server, 'message'))[0].peak;
  };
  // What a first file loads and compiles is no part of what a large one takes.
  for (let count = 0; count < 5; count++) await upload(port, mib);
  const before = await peak();
  const start = performance.now();
  await upload(port, size);
  const seconds = (performance.now() - start) / 1000;
  const after = await peak();
  server.kill();
  await once(server, 'exit');
  return { before, after, growth: after - before, seconds };
}

let isOver = false;
async function bench(kind, options) {
  for (let run = 1; run <= runs; run++) {
    const { before, after, growth, seconds } = await measure(kind, options);
    const inMib = (bytes) => `${(bytes / mib).toFixed(1)} MiB`;
    const speed = `${(size / mib / seconds).toFixed(0)} MiB/s`;
    console.log(
      `${kind}, run ${run}: ${inMib(size)} at ${speed}, peak ${inMib(before)} + ${inMib(growth)} = ${inMib(after)}`,
    );
    isOver ||= growth >= maxGrowth;
  }
}

const directory = mkdtempSync(join(tmpdir(), 'chatkit-express-uploads-'));
await bench('disk', { directory });
rmSync(directory, { recursive: true });

if (findS3()) {
  const s3 = await startS3();
  const credentials = await s3.client().config.credentials();
  const config = { endpoint: s3.url, region: 'us-east-1', forcePathStyle: true, credentials };
  await bench('s3', { config, bucket: s3.bucket });
  await s3.stop();
} else {
  console.log(`s3: ${noS3}`);
}
if (isOver) {
  console.error(`The peak grew by more than ${maxGrowth / mib} MiB`);
  process.exitCode = 1;
}
