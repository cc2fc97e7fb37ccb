// The server of upload. The yardstick pipes the body to a file and flushes the file, with node:http only.
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import express from 'express';
import { config, load, report } from './report.mjs';

async function chatkit() {
  const { chatkitMiddleware, MemoryStore } = await load('index.js');
  const { DiskAttachmentStore } = await load('disk.js');
  const middleware = chatkitMiddleware({
    store: new MemoryStore(),
    attachmentStore: new DiskAttachmentStore({ directory: config.directory, owner: () => 'shared' }),
    uploads: { maxBytes: 1e9 },
    async *respond() {
      // never called
    },
  });
  return express().use('/chatkit', middleware);
}

async function bare(request, response) {
  await pipeline(request, createWriteStream(join(config.directory, randomUUID()), { flags: 'wx', flush: true }));
  response.writeHead(200).end();
}

await report(config.kind === 'chatkit' ? await chatkit() : http.createServer(bare));
