// The server that uploads.mjs measures, in a process of its own: the built package behind Express, with the attachment
// store that it is told. The parent asks for its highest memory so far.
import { S3Client } from '@aws-sdk/client-s3';
import express from 'express';
import { chatkitMiddleware, MemoryStore } from '../../dist/index.js';
import { DiskAttachmentStore } from '../../dist/disk.js';
import { S3AttachmentStore } from '../../dist/s3.js';

const stores = {
  disk: ({ directory }) => new DiskAttachmentStore({ directory, owner: () => 'shared' }),
  s3: ({ config, bucket }) => new S3AttachmentStore({ client: new S3Client(config), bucket, owner: () => 'shared' }),
};
const [kind, options] = process.argv.slice(2);
const attachmentStore = stores[kind](JSON.parse(options));

async function* respond() {
  // says nothing
}

const app = express();
const uploads = { maxBytes: 2 ** 40 };
app.use('/chatkit', chatkitMiddleware({ store: new MemoryStore(), respond, attachmentStore, uploads }));
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.send({ peak: process.resourceUsage().maxRSS * 1024 }));
