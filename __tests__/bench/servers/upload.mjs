// The server of upload. The yardstick pipes the body to a file and flushes the file, with node:http only.
import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
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
  const file = await open(join(config.directory, randomUUID()), 'wx');
  try {
    await pipeline(request, file.createWriteStream({ autoClose: false }));
    await file.sync();
  } finally {
    await file.close();
  }
  response.writeHead(200).end();
}

await report(config.kind === 'chatkit' ? await chatkit() : http.createServer(bare));
