// Files on their way in, over real connections: both ways to upload, their limits, and uploads that are cut off.
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { PassThrough } from 'node:stream';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import type { RequestHandler } from 'express';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import { clockPassed, Gate } from '../support/gate';
import { expressVersions, start } from './endpoint';
import { RawClient, requestBytes } from './raw-client';
import { createdThread, formOf, pdf, png, put, startUploads, text, type Uploads } from './upload-endpoint';

const upload = { owner: 'ann', stage: 'checked', created_at: expect.any(String) };

/** Waits until the server has cleared up, which it does not tell the client that was cut off. */
async function clearedUp(isClear: () => boolean | Promise<boolean>, patienceMs = 20_000): Promise<void> {
  for (let waited = 0; waited < patienceMs && !(await isClear()); waited += 20) await sleep(20);
}

async function nothingLeft(uploads: Uploads): Promise<void> {
  await clearedUp(async () => uploads.onDisk().length === 0 && (await uploads.rows()).length === 0);
  expect(uploads.onDisk()).toEqual([]);
  expect(await uploads.rows()).toEqual([]);
}

describe.each(expressVersions)('with Express %i', (version) => {
  test('a file that is posted is stored, described, and read again', async () => {
    const uploads = await startUploads({ version });
    const { status, body } = await uploads.upload(formOf(png, { name: 'Ä picture.png' }));
    expect([status, body]).toEqual([
      200,
      {
        id: expect.stringMatching(/^atc_[0-9a-f]{32}$/),
        type: 'image',
        name: 'Ä picture.png',
        mime_type: 'image/png',
        preview_url: `data:image/png;base64,${png.toString('base64')}`,
      },
    ]);
    const stored = await uploads.store.loadAttachment(body.id, { user: 'ann' });
    expect(stored).toEqual({ ...body, preview_url: 'lazy', upload: { ...upload, size: png.length } });
    const key = { owner: 'ann', id: body.id };
    expect(await buffer(await uploads.files.readBytes(key))).toEqual(png);
    const preview = await fetch((body as { preview_url: string }).preview_url);
    expect(Buffer.from(await preview.arrayBuffer())).toEqual(png);
  });

  test.each(['PUT', 'POST'])(
    'a file that was announced is taken with %s, and becomes part of a message',
    async (method) => {
      const uploads = await startUploads({ version });
      const { body } = await uploads.announce(png);
      const { upload_descriptor: descriptor } = body;
      expect(descriptor).toEqual({
        url: expect.stringContaining(`${uploads.url}/upload/${body.id}?token=`),
        method: 'PUT',
        headers: {},
      });
      expect(await put(descriptor.url, png, { method })).toEqual({ status: 200, body: {} });
      const { status, body: stream } = await uploads.send([body.id]);
      expect(status).toBe(200);
      // A fresh preview, and never again where to upload.
      expect(stream).toContain(`"preview_url":"data:image/png;base64,${png.toString('base64')}"`);
      expect(stream).not.toContain('upload');
      const thread_id = createdThread(stream);
      for (const [type, params] of [
        ['threads.get_by_id', { thread_id }],
        ['items.list', { thread_id }],
      ] as const) {
        const shown = JSON.stringify((await uploads.ask(type, params)).body);
        expect(shown).toContain('"preview_url":"data:image/png;base64,');
        expect(shown).not.toMatch(/upload|lazy|owner/);
      }
      const [item] = (
        await uploads.store.loadThreadItems(thread_id, { limit: 1, after: null, order: 'asc' }, { user: 'ann' })
      ).data;
      expect(JSON.stringify(item)).not.toMatch(/token|upload_descriptor|data:/);
      const { body: preview } = await uploads.ask('attachments.get_preview', { attachment_id: body.id });
      expect(Buffer.from(await (await fetch(preview.url)).arrayBuffer())).toEqual(png);
      await uploads.ask('threads.delete', { thread_id });
      await nothingLeft(uploads);
      expect((await fetch(preview.url)).status).toBe(404);
    },
  );
});

test.each([
  ['no file', () => new FormData(), 400, 'file: send a file'],
  ['the wrong field', () => formOf(png, { field: 'attachment' }), 400, 'attachment: send the file in the field file'],
  [
    'two files',
    () => {
      const form = formOf(png);
      form.append('file', new Blob(['more']), 'b.txt');
      return form;
    },
    400,
    'file: send one file',
  ],
  ['an empty file', () => formOf(Buffer.alloc(0)), 400, 'file: the file is empty'],
  ['a file that is too large', () => formOf(Buffer.alloc(100_001, 'a'), { type: 'text/plain' }), 413, '100000 bytes'],
  ['a far too large one', () => formOf(Buffer.alloc(900_000, 'a'), { type: 'text/plain' }), 413, '100000 bytes'],
  ['a picture that is a text', () => formOf(text), 415, 'image/png, but its bytes have another type'],
  ['a picture that is another', () => formOf(png, { type: 'image/jpeg' }), 415, 'its bytes have the type image/png'],
  ['a text that is a picture', () => formOf(png, { type: 'text/plain' }), 415, 'its bytes have the type image/png'],
  [
    'a type that is not taken',
    () => formOf(pdf, { name: 'a.pdf', type: 'application/pdf' }),
    415,
    'not accepted, only',
  ],
])('%s is refused, and nothing is left', async (_what, form, status, message) => {
  const uploads = await startUploads({ uploads: { maxBytes: 100_000, accept: 'image/*, text/*, .md' } });
  const answer = await uploads.upload(form());
  expect([answer.status, answer.body.message]).toEqual([status, expect.stringContaining(message)]);
  await nothingLeft(uploads);
});

describe('a form without `content-length`', () => {
  /** Sends a form in chunks, as a client does that makes it while it sends. */
  async function chunked(uploads: Uploads, file: Buffer) {
    const form = formOf(file, { name: 'a.txt', type: 'text/plain' });
    const { body, headers } = new Request(uploads.url, { method: 'POST', body: form });
    const response = await fetch(`${uploads.url}/upload`, {
      method: 'POST',
      headers: { 'content-type': headers.get('content-type')! },
      body,
      duplex: 'half',
    });
    return { status: response.status, body: (await response.json()) as { id: string; message?: string } };
  }

  test.each([5, 1000])('is stored up to the limit: a file of %d bytes', async (size) => {
    const uploads = await startUploads({ uploads: { maxBytes: 1000 } });
    const { status, body } = await chunked(uploads, Buffer.alloc(size, 'a'));
    expect([status, body]).toMatchObject([200, { name: 'a.txt' }]);
    const key = { owner: 'ann', id: body.id };
    expect(await uploads.files.statBytes(key)).toMatchObject({ size });
  });

  /** A form whose text before the first boundary, which readers skip, has so many bytes. */
  async function withPreamble(uploads: Uploads, bytes: number, path = '/upload') {
    const file = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nHello\r\n--b--\r\n';
    async function* parts() {
      for (let sent = 0; sent < bytes; sent += 10_000) yield Buffer.alloc(Math.min(10_000, bytes - sent), 'x');
      yield Buffer.from(`\r\n${file}`);
    }
    const response = await fetch(`${uploads.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: parts(),
      duplex: 'half',
    } as unknown as RequestInit);
    return { status: response.status, body: (await response.json()) as object };
  }

  test('is refused when what surrounds the file has more than 64 KiB', async () => {
    const uploads = await startUploads({
      uploads: { maxBytes: 1000 },
      maxAudioBytes: 1000,
      transcribe: () => ({ text: 'Hello' }),
    });
    for (const path of ['/upload', '/transcribe']) {
      expect((await withPreamble(uploads, 65_000, path)).status).toBe(200);
      expect(await withPreamble(uploads, 67_000, path)).toMatchObject({
        status: 413,
        body: { message: 'The form can have 66536 bytes' },
      });
    }
    expect(uploads.onDisk()).toHaveLength(1);
  });

  test('is refused above the limit: one byte more', async () => {
    const uploads = await startUploads({ uploads: { maxBytes: 1000 } });
    expect(await chunked(uploads, Buffer.alloc(1001, 'a'))).toMatchObject({
      status: 413,
      body: { message: 'A file may have at most 1000 bytes' },
    });
    await nothingLeft(uploads);
  });
});

test('a body that is no form is refused', async () => {
  const uploads = await startUploads();
  for (const [type, status] of [
    ['application/json', 415],
    ['multipart/form-data', 400],
    ['multipart/form-data; boundary=x', 400],
  ] as const) {
    const response = await fetch(`${uploads.url}/upload`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'x',
    });
    expect([type, response.status]).toEqual([type, status]);
  }
  const refused = uploads.logger.take('debug').filter(({ message }) => message === 'a request was refused');
  const causes = refused.map(({ fields }) => (fields['err'] as Error).cause);
  expect(causes).toEqual([undefined, expect.any(Error), expect.any(Error)]);
  await nothingLeft(uploads);
});

test('a name is made fit before it is stored, and a type without one is told by the bytes', async () => {
  const uploads = await startUploads();
  const { body } = await uploads.upload(formOf(png, { name: '../../etc/\u202Egnp.exe', type: '' }));
  expect(body).toMatchObject({ name: 'gnp.exe', mime_type: 'image/png', type: 'image' });
});

test('what is announced too large, empty or of a type that is not taken is refused at once', async () => {
  const uploads = await startUploads({ uploads: { maxBytes: 1000, accept: ['image/*', '.md'] } });
  expect(await uploads.announce(png, { size: 1001 })).toMatchObject({ status: 413 });
  expect(await uploads.announce(png, { size: 0 })).toMatchObject({ status: 400, body: { message: /empty/ } });
  expect(await uploads.announce(png, { mime_type: 'text/plain' })).toMatchObject({ status: 415 });
  expect(await uploads.announce(png, { name: 'notes.MD', mime_type: 'text/markdown' })).toMatchObject({ status: 200 });
  expect(uploads.onDisk()).toEqual([]);
});

test.each([
  ['more bytes', Buffer.concat([png, png]), {}, 400, 'announced with'],
  ['fewer bytes', png.subarray(0, 100), {}, 400, 'announced with'],
  ['other bytes', Buffer.alloc(png.length, 'a'), {}, 415, 'image/png'],
  ['another type', png, { type: 'image/jpeg' }, 415, 'announced as image/png'],
])(
  'an announced file with %s is refused in both ways, and can be sent rightly after',
  async (_what, file, as, status, says) => {
    const uploads = await startUploads();
    const { body } = await uploads.announce(png);
    for (const method of ['PUT', 'POST']) {
      const answer = await put(body.upload_descriptor.url, file, { ...as, method });
      expect([answer.status, answer.body.message]).toEqual([status, expect.stringContaining(says)]);
      expect(uploads.onDisk()).toEqual([]);
      expect(await uploads.send([body.id])).toMatchObject({ status: 409 });
    }
    expect(await put(body.upload_descriptor.url, png)).toMatchObject({ status: 200 });
    // What is there does not change any more.
    expect(await put(body.upload_descriptor.url, png)).toMatchObject({ status: 409 });
    expect(await uploads.send([body.id])).toMatchObject({ status: 200 });
  },
);

const formHead =
  '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n';
const formHeaders = { 'content-type': 'multipart/form-data; boundary=x' };
const chunk = (bytes: string | Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);

test('a size that is known from the length is refused before a byte of the file has come', async () => {
  const uploads = await startUploads({ uploads: { maxBytes: 100_000 } });
  const client = await RawClient.open(uploads);
  const headers = { ...formHeaders, 'content-length': '10000000000' };
  client.write(requestBytes({ path: `${uploads.path}/upload` }, { headers })).write(formHead);
  const answer = await client.response();
  expect([answer.status, answer.headers['connection']]).toEqual([413, 'close']);
  await nothingLeft(uploads);
});

/** Begins a form without a length, and sends the largest file that is accepted. Settles when the server has read it. */
async function sendChunked(uploads: Uploads): Promise<RawClient> {
  const read = new Gate();
  const write = uploads.files.writeBytes.bind(uploads.files);
  uploads.files.writeBytes = (key, source, details) => {
    uploads.files.writeBytes = write;
    let size = 0;
    const counted = source.pipe(
      new PassThrough({
        transform(bytes: Buffer, _encoding, done) {
          size += bytes.length;
          if (size === 100_000) read.open();
          done(null, bytes);
        },
      }),
    );
    source.on('error', (error) => counted.destroy(error));
    return write(key, counted, details);
  };
  const client = await RawClient.open(uploads);
  const headers = { ...formHeaders, 'transfer-encoding': 'chunked' };
  client.write(requestBytes({ path: `${uploads.path}/upload` }, { headers })).write(chunk(formHead));
  for (let sent = 0; sent < 2; sent++) client.write(chunk(Buffer.alloc(50_000, 'a')));
  // An answer that comes now would be one to a file that is not too large.
  await Promise.race([read.passed, client.headers().then(({ status }) => expect(status).toBe('no answer yet'))]);
  return client;
}

test('a size that comes to light on the way is refused with the first byte above the limit', async () => {
  const uploads = await startUploads({ uploads: { maxBytes: 100_000 } });
  const client = await sendChunked(uploads);
  // More than the reader of the form holds back in case the boundary begins there.
  client.write(chunk('a'.repeat(10))); // and never the end of the body: the answer has to come before
  const answer = await client.response();
  expect([answer.status, answer.headers['connection']]).toEqual([413, 'close']);
  client.socket.destroy();
  await nothingLeft(uploads);
});

test('a file of exactly the limit is taken, with and without a length', async () => {
  const uploads = await startUploads({ uploads: { maxBytes: 100_000 } });
  const client = await sendChunked(uploads);
  client.write(chunk('\r\n--x--\r\n')).write(chunk(''));
  expect((await client.response()).status).toBe(200);
  const form = (size: number) => formOf(Buffer.alloc(size, 'a'), { type: 'text/plain' });
  expect((await uploads.upload(form(100_000))).status).toBe(200);
  expect((await uploads.upload(form(100_001))).status).toBe(413);
  expect(uploads.onDisk()).toHaveLength(2);
});

test.each(['PUT', 'POST'])(
  'a body that another middleware has read is an error for %s, and not a hang',
  async (method) => {
    const read: RequestHandler = (request, _response, next) => void request.resume().once('end', () => next());
    const isUpload = (url: string) => url.includes('/upload');
    const uploads = await startUploads({
      before: () => [(request, ...rest) => (isUpload(request.url) ? void read(request, ...rest) : rest[1]())],
    });
    const { body } = await uploads.announce(png);
    const { url } = body.upload_descriptor;
    expect((await put(url, png, { method })).status).toBe(500);
    expect((await uploads.upload(png)).status).toBe(500);
    const message = 'The body of an upload was read before the middleware';
    expect(uploads.logger.take('error')).toMatchObject([
      { fields: { err: { message } } },
      { fields: { err: { message } } },
    ]);
    await uploads.ask('attachments.delete', { attachment_id: body.id });
    await nothingLeft(uploads);
  },
);

describe('an announced file that is refused', () => {
  async function putBytes(
    status: number,
    { length = png.length, sent = png, type = 'image/gif' }: { length?: number; sent?: Buffer; type?: string },
  ) {
    const uploads = await startUploads();
    const { body } = await uploads.announce(png, { size: length });
    const url = new URL(body.upload_descriptor.url);
    const search = status === 403 ? '?token=x' : url.search;
    const headers = { 'content-type': type, 'content-length': String(length) };
    const client = await RawClient.open(uploads);
    client.write(requestBytes({ path: `${url.pathname}${search}` }, { method: 'PUT', headers })).write(sent);
    return client;
  }

  test.each([403, 415])('is answered with %i before its body has ended, and the connection closes', async (status) => {
    const client = await putBytes(status, { length: 90_000_000 });
    expect(await client.response()).toMatchObject({ status, headers: { connection: 'close' } });
    await client.end();
    expect(client.error).toBeUndefined();
  });

  test.each([403, 415])(
    'is answered with %i when its body is still on the way, and all of it is read',
    async (status) => {
      const sent = Buffer.alloc(5_000_000, 1);
      const client = await putBytes(status, { length: sent.length, sent });
      const [answer] = await client.end();
      expect(answer).toMatchObject({ status, complete: true, headers: { connection: 'close' } });
      expect([client.error, client.socket.writableLength]).toEqual([undefined, 0]); // it was not reset
    },
  );

  test('keeps its connection when it is not refused', async () => {
    const client = await putBytes(200, { type: 'image/png' });
    expect(await client.response()).toMatchObject({ status: 200, headers: { connection: 'keep-alive' } });
  });
});

test('a client that leaves after its last byte leaves nothing', async () => {
  const uploads = await startUploads();
  const [saving, save] = [new Gate(), new Gate()];
  const [write, saveAttachment] = [uploads.files.writeBytes.bind(uploads.files), uploads.store.saveAttachment];
  let left: Promise<unknown> | undefined;
  uploads.files.writeBytes = (key, source, details) => {
    left = once(details.signal, 'abort');
    return write(key, source, details);
  };
  uploads.store.saveAttachment = async (attachment, context) => {
    if ((attachment as { upload?: { stage: string } }).upload?.stage === 'checked') {
      saving.open(); // all bytes are there
      await save.passed;
    }
    await saveAttachment(attachment, context);
  };
  const client = await RawClient.open(uploads);
  const form = Buffer.concat([
    Buffer.from(formHead.replace('text/plain', 'image/png')),
    png,
    Buffer.from('\r\n--x--\r\n'),
  ]);
  const headers = { ...formHeaders, 'content-length': String(form.length) };
  client.write(requestBytes({ path: `${uploads.path}/upload` }, { headers })).write(form);
  await saving.passed;
  client.socket.destroy();
  await left;
  save.open();
  await uploads.logger.next('a request was refused');
  expect(uploads.onDisk()).toEqual([]);
  expect(await uploads.rows()).toEqual([]);
});

test('the bytes are on the disk before the description says that they are there', async () => {
  const uploads = await startUploads();
  const probe = await open(__filename);
  const handle = Object.getPrototypeOf(probe) as typeof probe;
  await probe.close();
  const order: string[] = [];
  const { sync } = handle;
  const saveAttachment = uploads.store.saveAttachment;
  const synced = jest.spyOn(handle, 'sync').mockImplementation(async function (this: typeof probe) {
    await sync.call(this);
    order.push(uploads.temporary().length > 0 ? 'file' : 'folder'); // the file has its name only after that
  });
  uploads.store.saveAttachment = async (attachment, context) => {
    order.push((attachment as unknown as { upload: { stage: string } }).upload.stage);
    await saveAttachment(attachment, context);
  };
  expect((await uploads.upload(png)).status).toBe(200);
  synced.mockRestore();
  expect(order).toEqual(['arriving', 'file', 'folder', 'checked']);
});

test('a file is described before its bytes are written, so that a sweep finds them', async () => {
  const uploads = await startUploads();
  const order: string[] = [];
  const { saveAttachment } = uploads.store;
  uploads.store.saveAttachment = async (attachment, context) => {
    await saveAttachment.call(uploads.store, attachment, context);
    await setImmediate();
    order.push((attachment as unknown as { upload: { stage: string } }).upload.stage);
  };
  const writeBytes = DiskAttachmentStore.prototype.writeBytes;
  const writing = jest.spyOn(DiskAttachmentStore.prototype, 'writeBytes').mockImplementation(function (
    this: DiskAttachmentStore,
    ...given
  ) {
    order.push('bytes');
    return writeBytes.apply(this, given);
  });
  expect((await uploads.upload(png)).status).toBe(200);
  writing.mockRestore();
  expect(order).toEqual(['arriving', 'bytes', 'checked']);
});

test.each([
  ['fields that are too many', 25],
  ['a field that is too long', 0],
])('a form with %s is refused, and the file in it is taken back', async (_what, count) => {
  const uploads = await startUploads();
  const form = formOf(png);
  for (let index = 0; index < count; index++) form.append(`field${index}`, 'x');
  if (count === 0) form.append('field', 'x'.repeat(70_000));
  expect(await uploads.upload(form)).toMatchObject({ status: 400 });
  await nothingLeft(uploads);
});

test('200 uploads at once, half of them cut off: what is whole is there, and nothing else', async () => {
  const uploads = await startUploads();
  const file = Buffer.concat([png, Buffer.alloc(300_000, 5)]);
  const bodyOf = async (index: number) => {
    const request = new Request('http://x', { method: 'POST', body: formOf(file, { name: `${index}.png` }) });
    return { type: request.headers.get('content-type')!, bytes: Buffer.from(await request.arrayBuffer()) };
  };
  const post = async (index: number) => {
    const { type, bytes } = await bodyOf(index);
    const headers = { 'content-type': type, 'content-length': bytes.length };
    const request = httpRequest(`${uploads.url}/upload`, { method: 'POST', headers, agent: false });
    request.on('error', () => undefined);
    if (index % 2 === 0) {
      request.end(bytes);
      const [response] = await once(request, 'response');
      response.resume();
      return response.statusCode as number;
    }
    // Cut in the head of the form, in the head of the file, in its middle, and one byte before the end.
    const cut = [50, 400, 150_000, bytes.length - 1][((index - 1) / 2) % 4]!;
    await new Promise((resolve) => request.write(bytes.subarray(0, cut), resolve));
    request.destroy();
    return 0;
  };
  const statuses = await Promise.all(Array.from({ length: 200 }, (_row, index) => post(index)));
  expect(statuses.filter((status) => status === 200)).toHaveLength(100);
  await clearedUp(async () => uploads.onDisk().length <= 100 && (await uploads.rows()).length <= 100, 30_000);
  expect(uploads.temporary()).toEqual([]);
  expect(uploads.onDisk()).toHaveLength(100);
  const rows = await uploads.rows();
  expect(rows.sort()).toEqual(uploads.onDisk().sort());
  for (const id of rows) {
    expect(await uploads.store.loadAttachment(id, { user: 'ann' })).toMatchObject({ upload: { size: file.length } });
    expect((await uploads.files.statBytes({ owner: 'ann', id })).size).toBe(file.length);
  }
}, 60_000);

test('an announced file that is cut off is not there, and can be sent again', async () => {
  const uploads = await startUploads();
  const file = Buffer.concat([png, Buffer.alloc(300_000, 5)]);
  const { body } = await uploads.announce(file);
  const { url } = body.upload_descriptor;
  for (const cut of [0, 10, 100_000, file.length - 1]) {
    const headers = { 'content-type': 'image/png', 'content-length': file.length };
    const request = httpRequest(url, { method: 'PUT', headers, agent: false });
    request.on('error', () => undefined);
    await new Promise((resolve) => request.write(file.subarray(0, cut), resolve));
    request.destroy();
  }
  await clearedUp(() => uploads.onDisk().length === 0);
  expect(uploads.onDisk()).toEqual([]);
  expect(await put(url, file)).toMatchObject({ status: 200 });
});

/** Begins to send an announced file, and gives a function that sends the rest. */
async function beginPut(url: string, file: Buffer): Promise<() => Promise<number>> {
  const headers = { 'content-type': 'image/png', 'content-length': file.length };
  const request = httpRequest(url, { method: 'PUT', headers, agent: false });
  const begun = Math.floor(file.length / 2);
  await new Promise((resolve) => request.write(file.subarray(0, begun), resolve));
  return async () => {
    request.end(file.subarray(begun));
    const [response] = await once(request, 'response');
    response.resume();
    return response.statusCode as number;
  };
}

test('bytes that come after their file was deleted are swept', async () => {
  const uploads = await startUploads({ uploads: { unsentAfterMs: 1 } });
  const { body } = await uploads.announce(png);
  const { url } = body.upload_descriptor;
  const remove = () => uploads.ask('attachments.delete', { attachment_id: body.id });
  const finish = await beginPut(url, png);
  await remove();
  expect(await finish()).toBe(200);
  expect(await uploads.rows()).toEqual([]);
  expect(uploads.onDisk()).toHaveLength(1); // no description leads to it
  await clockPassed(1);
  await uploads.chatkit.sweep();
  await nothingLeft(uploads);
});

test('bytes that come again with the URL of a message that was deleted are swept', async () => {
  const uploads = await startUploads({ uploads: { unsentAfterMs: 1 } });
  const { body } = await uploads.announce(png);
  const { url } = body.upload_descriptor;
  expect(await put(url, png)).toMatchObject({ status: 200 });
  const thread_id = createdThread((await uploads.send([body.id])).body);
  await uploads.ask('threads.delete', { thread_id });
  expect(await put(url, png)).toMatchObject({ status: 200 });
  await clockPassed(1);
  await uploads.chatkit.sweep();
  await nothingLeft(uploads);
});

test('the file of a message is neither swept nor replaced by an upload that began before', async () => {
  const uploads = await startUploads({ uploads: { unsentAfterMs: 1 } });
  const large = Buffer.concat([png, Buffer.alloc(100_000, 1)]);
  const other = Buffer.concat([png, Buffer.alloc(100_000, 2)]);
  const { body } = await uploads.announce(large);
  const finish = await beginPut(body.upload_descriptor.url, other);
  while (uploads.temporary().length === 0) await sleep(5); // it is being written
  expect(await put(body.upload_descriptor.url, large)).toMatchObject({ status: 200 });
  expect(await uploads.send([body.id])).toMatchObject({ status: 200 });
  expect(await finish()).toBe(200);
  await clockPassed(1);
  expect(await uploads.chatkit.sweep()).toBe(0);
  expect(uploads.onDisk()).toEqual([body.id]);
  expect(await buffer(await uploads.files.readBytes({ owner: 'ann', id: body.id }))).toEqual(large);
});

test('without an attachment store there are no uploads, and the log says what to add', async () => {
  const { url, logger } = await start();
  const response = await fetch(`${url}/upload`, { method: 'POST', body: formOf(png) });
  expect(response.status).toBe(501);
  expect(logger.take('error')).toMatchObject([{ message: expect.stringContaining('add `attachmentStore`') }]);
});

test('after close() files are refused like everything else', async () => {
  const uploads = await startUploads();
  await uploads.chatkit.close();
  expect(await uploads.upload(png)).toMatchObject({ status: 503 });
  await nothingLeft(uploads);
});

test.each(['bytes', 'description'])('%s of a broken upload that cannot be removed are in the log', async (part) => {
  const uploads = await startUploads();
  uploads.files.writeBytes = async (_key, source) => {
    await once(source, 'data');
    throw new Error('no space left');
  };
  const away = () => Promise.reject(new Error('it is away'));
  if (part === 'bytes') uploads.files.deleteBytes = away;
  else uploads.store.deleteAttachment = away;
  expect(await uploads.upload(png)).toMatchObject({ status: 500 });
  expect(uploads.logger.take('error')).toMatchObject([
    {
      message: 'the bytes of a broken upload could not be removed',
      fields: { err: { message: 'it is away' }, attachment_id: expect.any(String) },
    },
    { message: 'a request failed', fields: { err: { message: 'no space left' } } },
  ]);
});

test('a fault of the disk is told to the log and not to the client, and nothing is left', async () => {
  const uploads = await startUploads();
  uploads.files.writeBytes = async (_key, source) => {
    await once(source, 'data');
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  const { status, body } = await uploads.upload(png);
  expect([status, body.message]).toEqual([500, 'Something went wrong on the server']);
  expect(uploads.logger.take('error')).toMatchObject([
    { message: 'a request failed', fields: { err: { code: 'ENOSPC' } } },
  ]);
  await nothingLeft(uploads);
});
