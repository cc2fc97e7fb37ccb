// How much memory a large upload takes: `npm run bench:uploads`, or `npm run bench:uploads -- --megabytes 100`. Sends one
// file through the direct route to each store and compares the peak memory of the server's process before and after.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const mib = 1024 * 1024;
const mostGrowth = 64 * mib;

/** Each store, by name: the module that makes it in the server's process, from what `start` gives. */
const stores = {
  disk: {
    async start() {
      const directory = await mkdtemp(join(tmpdir(), 'chatkit-bench-'));
      return { options: { directory }, stop: () => rm(directory, { recursive: true, force: true }) };
    },
    async open({ directory }) {
      const { DiskAttachmentStore } = await import('chatkit-express/disk');
      return new DiskAttachmentStore({ directory, owner: () => 'shared' });
    },
  },
  s3: {
    /** Where there is no S3 server, nothing. */
    async start() {
      const { findS3, noS3, startS3 } = await import('../support/s3-server.ts');
      if (!findS3()) return void console.log(`s3: ${noS3}`);
      const { url: endpoint, bucket, client, stop } = await startS3();
      const credentials = await client().config.credentials();
      return {
        options: { bucket, config: { endpoint, region: 'us-east-1', forcePathStyle: true, credentials } },
        stop,
      };
    },
    async open({ bucket, config }) {
      const { S3Client } = await import('@aws-sdk/client-s3');
      const { S3AttachmentStore } = await import('chatkit-express/s3');
      return new S3AttachmentStore({ client: new S3Client(config), bucket, owner: () => 'shared' });
    },
  },
};

/** The server's process: says its port, and its peak memory in bytes when it is asked. */
async function serve(name, options) {
  const { default: express } = await import('express');
  const { chatkitMiddleware, MemoryStore } = await import('chatkit-express');
  const chatkit = chatkitMiddleware({
    store: new MemoryStore(),
    attachmentStore: await stores[name].open(options),
    uploads: { maxBytes: 8 * 1024 * mib },
    async *respond() {},
  });
  const server = express().use('/chatkit', chatkit).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', () => process.send({ peak: process.resourceUsage().maxRSS * 1024 }));
  process.send({ port: server.address().port });
}

/** Posts a form with one file of so many bytes, as fast as it is taken. */
async function upload(port, bytes) {
  const head = Buffer.from(
    '--x\r\ncontent-disposition: form-data; name="file"; filename="large.bin"\r\n' +
      'content-type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from('\r\n--x--\r\n');
  const posting = request({
    port,
    host: '127.0.0.1',
    path: '/chatkit/upload',
    method: 'POST',
    headers: {
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': head.length + bytes + tail.length,
    },
  });
  const answered = once(posting, 'response');
  posting.write(head);
  const piece = Buffer.alloc(mib, 1);
  for (let left = bytes; left > 0; left -= piece.length) {
    if (!posting.write(left < piece.length ? piece.subarray(0, left) : piece)) await once(posting, 'drain');
  }
  posting.end(tail);
  const [response] = await answered;
  response.resume();
  if (response.statusCode !== 200) throw new Error(`The upload was answered with ${response.statusCode}`);
}

async function measure(name, bytes) {
  const started = await stores[name].start();
  if (!started) return true;
  const { options, stop } = started;
  // Without what the parent reads TypeScript with.
  const args = ['--serve', name, '--options', JSON.stringify(options)];
  const child = fork(fileURLToPath(import.meta.url), args, { execArgv: [] });
  try {
    const [{ port }] = await once(child, 'message');
    const peak = async () => {
      child.send('peak');
      return (await once(child, 'message'))[0].peak;
    };
    // Once, so that all code is loaded.
    await upload(port, mib);
    const before = await peak();
    const start = performance.now();
    await upload(port, bytes);
    const seconds = (performance.now() - start) / 1000;
    const growth = (await peak()) - before;
    const rate = Math.round(bytes / mib / seconds);
    console.log(
      `${name}: ${Math.round(bytes / mib)} MiB in ${seconds.toFixed(1)} s (${rate} MiB/s); ` +
        `peak memory ${Math.round(before / mib)} MiB before, ${(growth / mib).toFixed(1)} MiB more after`,
    );
    return growth < mostGrowth;
  } finally {
    child.kill();
    await stop();
  }
}

const { values } = parseArgs({
  options: {
    serve: { type: 'string' },
    options: { type: 'string', default: '{}' },
    megabytes: { type: 'string', default: '1024' },
    store: { type: 'string', multiple: true, default: Object.keys(stores) },
  },
});

if (values.serve) await serve(values.serve, JSON.parse(values.options));
else {
  for (const name of values.store) {
    if (await measure(name, Number(values.megabytes) * mib)) continue;
    console.error(`${name}: the peak grew by more than ${mostGrowth / mib} MiB`);
    process.exitCode = 1;
  }
}
