// Files on their way in, over real connections: both ways to upload, their limits, and uploads that are cut off.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import { expressVersions, start } from './endpoint';
import { RawClient } from './raw-client';
import { createdThread, formOf, pdf, png, put, startUploads, text, type Uploads } from './upload-endpoint';

const upload = { owner: 'ann', stage: 'checked', created_at: expect.any(String) };

async function nothingLeft(uploads: Uploads): Promise<void> {
  // Who was cut off is not told when the server has cleared up.
  for (
    let waited = 0;
    waited < 5000 && (uploads.onDisk().length > 0 || (await uploads.rows()).length > 0);
    waited += 20
  )
    await sleep(20);
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
        preview_url: expect.stringContaining(`${uploads.url}/attachments/${body.id}?token=`),
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
      expect(stream).toContain(`"preview_url":"${uploads.url}/attachments/${body.id}?token=`);
      expect(stream).not.toContain('upload');
      const thread_id = createdThread(stream);
      for (const [type, params] of [
        ['threads.get_by_id', { thread_id }],
        ['items.list', { thread_id }],
      ] as const) {
        const shown = JSON.stringify((await uploads.ask(type, params)).body);
        expect(shown).toContain(`"preview_url":"${uploads.url}/attachments/`);
        expect(shown).not.toMatch(/upload|lazy|owner/);
      }
      const [item] = (
        await uploads.store.loadThreadItems(thread_id, { limit: 1, after: null, order: 'asc' }, { user: 'ann' })
      ).data;
      expect(JSON.stringify(item)).not.toMatch(/token|upload_descriptor/);
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
  ['an empty file', () => formOf(Buffer.alloc(0)), 400, 'file: it is empty'],
  ['a file that is too large', () => formOf(Buffer.alloc(100_001, 'a'), { type: 'text/plain' }), 413, '100000 bytes'],
  ['a far too large one', () => formOf(Buffer.alloc(900_000, 'a'), { type: 'text/plain' }), 413, '100000 bytes'],
  ['a picture that is a text', () => formOf(text), 415, 'image/png, and its bytes are something else'],
  ['a picture that is another', () => formOf(png, { type: 'image/jpeg' }), 415, 'its bytes are image/png'],
  ['a text that is a picture', () => formOf(png, { type: 'text/plain' }), 415, 'its bytes are image/png'],
  ['a type that is not taken', () => formOf(pdf, { name: 'a.pdf', type: 'application/pdf' }), 415, 'not taken, only'],
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
    } as RequestInit);
    return { status: response.status, body: (await response.json()) as { id: string; message?: string } };
  }

  test.each([5, 1000])('is stored up to the limit: a file of %d bytes', async (size) => {
    const uploads = await startUploads({ uploads: { maxBytes: 1000 } });
    const { status, body } = await chunked(uploads, Buffer.alloc(size, 'a'));
    expect([status, body]).toMatchObject([200, { name: 'a.txt' }]);
    const key = { owner: 'ann', id: body.id };
    expect(await uploads.files.statBytes(key)).toMatchObject({ size });
  });

  test('is refused above the limit: one byte more', async () => {
    const uploads = await startUploads({ uploads: { maxBytes: 1000 } });
    expect(await chunked(uploads, Buffer.alloc(1001, 'a'))).toMatchObject({
      status: 413,
      body: { message: 'A file can have 1000 bytes' },
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

/** A form whose file says it is 10 GB long, without its end. */
function endlessForm(uploads: Uploads, length: number | null): string {
  const head = `--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n`;
  return (
    `POST ${uploads.path}/upload HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=x\r\n` +
    `${length === null ? 'transfer-encoding: chunked' : `content-length: ${length}`}\r\n\r\n` +
    (length === null ? `${head.length.toString(16)}\r\n${head}\r\n` : head)
  );
}

test.each([
  ['is known from the length', 10_000_000_000],
  ['comes to light on the way', null],
])('a size that %s is refused at the limit, not after', async (_what, length) => {
  const uploads = await startUploads({ uploads: { maxBytes: 100_000 } });
  const client = await RawClient.open(uploads);
  client.write(endlessForm(uploads, length));
  const piece = Buffer.alloc(50_000, 'a');
  // Never ends the body: the answer has to come before.
  for (let sent = 0; length === null && sent < 4; sent++) client.write('c350\r\n').write(piece).write('\r\n');
  const answer = await client.response();
  expect([answer.status, answer.headers['connection']]).toEqual([413, 'close']);
  client.socket.destroy();
  await nothingLeft(uploads);
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
  for (
    let waited = 0;
    waited < 10_000 && (uploads.onDisk().length > 100 || (await uploads.rows()).length > 100);
    waited += 20
  )
    await sleep(20);
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
  for (let waited = 0; waited < 5000 && uploads.onDisk().length > 0; waited += 20) await sleep(20);
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
  await sleep(5);
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
  await sleep(5);
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
  await sleep(5);
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
