// npm run bench:uploads, or npm run bench:uploads -- --megabytes 100: measures the memory that a large upload needs.
// Sends one file through the direct route to each store, and compares the peak memory of the server's process before
// and after.
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

/** The stores by name. `start` prepares a store, and the module makes it in the server's process from the result. */
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
    /** Returns nothing when no S3 server is available. */
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

/** Runs the server in the child process, which reports its port, and its peak memory in bytes on request. */
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

/** Posts a form with one file of the given number of bytes, as fast as the server reads it. */
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
  // The child does not inherit the parent's options, which load TypeScript.
  const args = ['--serve', name, '--options', JSON.stringify(options)];
  const child = fork(fileURLToPath(import.meta.url), args, { execArgv: [] });
  try {
    const [{ port }] = await once(child, 'message');
    const peak = async () => {
      child.send('peak');
      return (await once(child, 'message'))[0].peak;
    };
    // The first upload is not measured, because it loads the code.
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
