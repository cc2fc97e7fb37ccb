// Previews on a loopback address: small images are in the answer, and nowhere else.
import { request as httpRequest } from 'node:http';
import { json } from 'node:stream/consumers';
import type { ClientThreadItem, UserMessageItem } from 'chatkit-express';
import { NotFoundError } from 'chatkit-express';
import { isLoopback } from '../../src/uploads/inline-previews';
import { MemoryAttachments } from '../support/memory-attachments';
import { createdThread, formOf, pdf, png, put, startUploads, type Uploads } from './upload-endpoint';

const image = (size: number) => Buffer.concat([png, Buffer.alloc(size - png.length, 7)]);
const dataUrl = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`;
const signed = /^http:\/\/127\.0\.0\.1:\d+\/chatkit\/attachments\/atc_\w+\?token=/;
const previewOf = ({ body }: { body: object }) => (body as { preview_url?: string }).preview_url;

async function messageIn(uploads: Uploads, thread_id: string, type: string): Promise<UserMessageItem> {
  const { body } = (await uploads.ask(type, { thread_id })) as {
    body: { items?: { data: ClientThreadItem[] }; data?: ClientThreadItem[] };
  };
  return (body.items?.data ?? body.data ?? [])[0] as UserMessageItem;
}

test('an image of 64 KB is in the answers, and one of a byte more has a signed URL', async () => {
  const uploads = await startUploads();
  const [small, large] = [image(64 * 1024), image(64 * 1024 + 1)];
  const uploaded = [await uploads.upload(small), await uploads.upload(large)];
  const expected = [dataUrl(small), expect.stringMatching(signed)];
  expect(uploaded.map(previewOf)).toEqual(expected);
  const ids = uploaded.map(({ body }) => body.id);
  const { body: stream } = await uploads.send(ids);
  const thread_id = createdThread(stream as string);
  expect(stream).toContain(`"preview_url":"${dataUrl(small)}"`);
  for (const type of ['threads.get_by_id', 'items.list']) {
    const { attachments } = await messageIn(uploads, thread_id, type);
    expect(attachments.map((attachment) => 'preview_url' in attachment && attachment.preview_url)).toEqual(expected);
  }
  const context = { user: 'ann' };
  const stored = await uploads.store.loadThreadItems(thread_id, { limit: 9, after: null, order: 'asc' }, context);
  const rows = await Promise.all(ids.map((id) => uploads.store.loadAttachment(id, context)));
  expect(JSON.stringify([stored, rows])).not.toContain('data:');
});

test('an image that was announced has its bytes in the message, and none before it was sent', async () => {
  const uploads = await startUploads();
  const announced = await uploads.announce(png);
  expect(previewOf(announced)).toMatch(signed);
  await put(announced.body.upload_descriptor.url, png);
  const { body } = await uploads.send([announced.body.id]);
  expect(body).toContain(`"preview_url":"${dataUrl(png)}"`);
});

test('a file that is not an image has no preview', async () => {
  const uploads = await startUploads();
  const { body } = await uploads.upload(formOf(pdf, { name: 'a.pdf', type: 'application/pdf' }));
  expect(body).toEqual({ id: body.id, type: 'file', name: 'a.pdf', mime_type: 'application/pdf' });
});

test('one answer has 1 MiB of images at most', async () => {
  const uploads = await startUploads();
  const bytes = image(64 * 1024);
  let thread_id = '';
  for (let message = 0; message < 2; message++) {
    const uploaded = await Promise.all(Array.from({ length: 9 }, () => uploads.upload(bytes)));
    const ids = uploaded.map(({ body }) => body.id);
    const { body } = await uploads.send(ids, { thread_id });
    thread_id ||= createdThread(body as string);
  }
  const shown = JSON.stringify((await uploads.ask('items.list', { thread_id })).body);
  expect([shown.split('"data:').length - 1, shown.split('?token=').length - 1]).toEqual([16, 2]);
});

test('an image that cannot be read keeps its signed URL, and the log says so', async () => {
  class Broken extends MemoryAttachments {
    error = new Error('the disk is gone');
    override async statBytes(...args: Parameters<MemoryAttachments['statBytes']>) {
      const info = await super.statBytes(...args);
      if (this.fails) throw this.error;
      return info;
    }
    fails = false;
  }
  const files = new Broken();
  const uploads = await startUploads({ bytes: () => files });
  const { body } = await uploads.upload(png);
  const { body: stream } = await uploads.send([body.id]);
  const thread_id = createdThread(stream as string);
  files.fails = true;
  expect(JSON.stringify(await messageIn(uploads, thread_id, 'items.list'))).toContain('?token=');
  expect(uploads.logger.takeWarnings()).toEqual([
    expect.objectContaining({ message: 'an image could not be read for its preview' }),
  ]);
  files.error = new NotFoundError('The bytes were deleted');
  expect(JSON.stringify(await messageIn(uploads, thread_id, 'items.list'))).toContain('?token=');
  expect(uploads.logger.takeWarnings()).toEqual([]);
});

/** Uploads with a `Host` of its own, which fetch does not send. */
async function uploadAs(host: string, url: string): Promise<{ preview_url: string }> {
  const form = new Response(formOf(png));
  const body = Buffer.from(await form.arrayBuffer());
  const headers = { host, 'content-type': form.headers.get('content-type')!, 'content-length': body.length };
  return new Promise((resolve, reject) => {
    httpRequest(`${url}/upload`, { method: 'POST', headers })
      .on('response', (response) => void json(response).then((value) => resolve(value as never), reject))
      .on('error', reject)
      .end(body);
  });
}

test.each([
  ['localhost:3000', true],
  ['app.localhost', true],
  ['[::1]:80', true],
  ['chat.example.com', false],
  ['localhost.example.com', false],
  ['192.168.0.2', false],
])('a request to the host %s has the image in its answer: %s', async (host, isInline) => {
  const uploads = await startUploads();
  const { preview_url } = await uploadAs(host, uploads.url);
  expect(preview_url.startsWith(isInline ? 'data:image/png' : `http://${host}/`)).toBe(true);
});

test('`publicUrl` decides before the host of the request does', async () => {
  const far = await startUploads({ uploads: { publicUrl: 'https://chat.example.com/x' } });
  expect(previewOf(await far.upload(png))).toMatch(/^https:\/\/chat\.example\.com\/x\//);
  const near = await startUploads({ uploads: { publicUrl: 'http://localhost:9/x' } });
  expect(previewOf(await near.upload(png))).toBe(dataUrl(png));
});

test.each([
  ['http://localhost/chatkit', true],
  ['https://LOCALHOST:3000', true],
  ['http://a.b.localhost', true],
  ['http://127.0.0.1:1/x', true],
  ['http://127.255.3.4', true],
  ['http://127.1', true],
  ['http://[::1]:3000', true],
  ['http://[0:0:0:0:0:0:0:1]', true],
  ['http://mylocalhost', false],
  ['http://localhost.example', false],
  ['http://127.0.0.1.example', false],
  ['http://128.0.0.1', false],
  ['http://10.0.0.1', false],
  ['http://[::2]', false],
  ['http://example.com/localhost', false],
  ['not a URL', false],
])('%s is a loopback address: %s', (url, expected) => {
  expect(isLoopback(url)).toBe(expected);
});
