// GET /attachments/:id: headers that make any bytes harmless, ranges, validators, redirects, URLs behind a proxy.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Attachment } from 'chatkit-express';
import { Gate } from '../support/gate';
import { MemoryAttachments } from '../support/memory-attachments';
import { expressVersions } from './endpoint';
import { heldUp, turnOfTheLoop, until, watched } from './server-side';
import { formOf, pdf, png, startUploads, type Uploads, type User } from './upload-endpoint';

async function previewOf(uploads: Uploads, file: Buffer, as: { name?: string; type?: string }) {
  const { body } = await uploads.upload(formOf(file, as));
  return (await uploads.ask('attachments.get_preview', { attachment_id: body.id })).body.url as string;
}

describe.each(expressVersions)('with Express %i', (version) => {
  test('a picture is shown in any page, and nothing in it runs', async () => {
    const uploads = await startUploads({ version });
    const url = await previewOf(uploads, png, { name: 'Ω "b".png' });
    const response = await fetch(url, { headers: { origin: 'https://page.example' } });
    expect([response.status, Buffer.from(await response.arrayBuffer())]).toEqual([200, png]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(png.length),
      'content-disposition': `inline; filename="? \\"b\\".png"; filename*=UTF-8''%CE%A9%20%22b%22.png`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'cross-origin',
      'referrer-policy': 'no-referrer',
      'access-control-allow-origin': '*',
      'accept-ranges': 'bytes',
      'cache-control': expect.stringMatching(/^private, max-age=\d+$/),
      etag: expect.stringMatching(/^"[\w-]+"$/),
      'last-modified': expect.any(String),
    });
  });

  test('parts are read, and what has not changed is not sent again', async () => {
    const uploads = await startUploads({ version });
    const url = await previewOf(uploads, png, {});
    const read = async (headers: Record<string, string>, method = 'GET') => {
      const response = await fetch(url, { headers, method });
      const { status, headers: got } = response;
      return {
        status,
        range: got.get('content-range'),
        body: Buffer.from(await response.arrayBuffer()).toString('latin1'),
        got,
      };
    };
    const { got } = await read({});
    const etag = got.get('etag')!;
    const whole = { status: 200, range: null, body: png.toString('latin1') };
    const part = { status: 206, range: `bytes 2-5/${png.length}`, body: png.toString('latin1', 2, 6) };
    expect(await read({ range: 'bytes=2-5' })).toMatchObject(part);
    expect(await read({ range: 'bytes=-3' })).toMatchObject({
      status: 206,
      body: png.toString('latin1', png.length - 3),
    });
    // RFC 9110, 14.1.2: a suffix that is longer than the file is the whole file.
    const all = { status: 206, range: `bytes 0-${png.length - 1}/${png.length}`, body: png.toString('latin1') };
    for (const suffix of [png.length, png.length + 1, 99_999_999, '9'.repeat(400)]) {
      expect(await read({ range: `bytes=-${suffix}` })).toMatchObject(all);
    }
    expect(await read({ range: `bytes= -${png.length + 1}` })).toMatchObject(all);
    expect(await read({ range: `bytes=-${png.length - 1}` })).toMatchObject({
      status: 206,
      range: `bytes 1-${png.length - 1}/${png.length}`,
    });
    expect(await read({ range: `bytes=0-1,-${png.length + 1}` })).toMatchObject(all); // both together
    expect(await read({ range: 'bytes=-0' })).toMatchObject({ status: 416, range: `bytes */${png.length}` });
    expect(await read({ range: `bytes=${png.length}-` })).toMatchObject({
      status: 416,
      range: `bytes */${png.length}`,
    });
    for (const range of ['lines=1-2', 'bytes=0-1,5-6']) expect(await read({ range })).toMatchObject(whole);
    expect(await read({ range: 'bytes=2-5', 'if-range': etag })).toMatchObject(part);
    expect(await read({ range: 'bytes=2-5', 'if-range': '"another"' })).toMatchObject(whole);
    // fetch would ask for a fresh one by itself.
    const cached = { 'cache-control': 'max-age=0' };
    expect(await read({ ...cached, 'if-none-match': etag })).toMatchObject({ status: 304, body: '' });
    expect(await read({ ...cached, 'if-none-match': '"another"' })).toMatchObject(whole);
    const head = await read({}, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.got.get('content-length')).toBe(String(png.length));
  });

  test.each([
    ['HTML', '<script>alert(1)</script>', 'text/html', 'text/html; charset=utf-8'],
    [
      'SVG',
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
      'image/svg+xml',
      'image/svg+xml',
    ],
    ['PDF', pdf.toString(), 'application/pdf', 'application/pdf'],
    ['JavaScript', 'alert(1)', 'text/javascript', 'text/javascript; charset=utf-8'],
  ])('%s is downloaded, never shown', async (_what, file, type, served) => {
    const uploads = await startUploads({ version });
    const response = await fetch(await previewOf(uploads, Buffer.from(file), { name: 'a.x', type }));
    expect(await response.text()).toBe(file);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': served,
      'content-disposition': 'attachment; filename="a.x"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    });
  });

  test.each([
    ['trusted', 1, 'https://chat.example.com/chatkit'],
    ['not trusted', false, null],
  ] as const)('behind a proxy that is %s', async (_what, trust, base) => {
    const uploads = await startUploads({ version, path: '/chatkit' });
    uploads.app.set('trust proxy', trust);
    const response = await fetch(uploads.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'chat.example.com',
        'x-forwarded-for': '203.0.113.1',
      },
      body: JSON.stringify({
        type: 'attachments.create',
        params: { name: 'a.png', size: 5, mime_type: 'image/png' },
      }),
    });
    const { id, upload_descriptor, preview_url } = (await response.json()) as Record<string, never> & {
      upload_descriptor: { url: string };
      preview_url: string;
    };
    expect(upload_descriptor.url).toContain(`${base ?? uploads.url}/upload/${String(id)}?token=`);
    expect(preview_url).toContain(`${base ?? uploads.url}/attachments/${String(id)}?token=`);
    expect(uploads.logger.take('warn')).toHaveLength(trust ? 0 : 2);
  });

  test('the mount path is in the URLs, and `publicUrl` comes before all that', async () => {
    const deep = await startUploads({ version, path: '/api/chat' });
    expect((await deep.announce(png)).body.upload_descriptor.url).toContain(`${deep.url}/upload/`);
    const behind = await startUploads({ version, uploads: { publicUrl: 'https://chat.example.com/x/' } });
    expect((await behind.announce(png)).body.upload_descriptor.url).toMatch(
      /^https:\/\/chat\.example\.com\/x\/upload\//,
    );
  });
});

test('with both, `publicUrl` comes before the host of the request in previews', async () => {
  const uploads = await startUploads({ uploads: { publicUrl: 'https://chat.example.com/x' } });
  const { body } = await uploads.upload(png);
  const { preview_url } = body as Attachment & { preview_url: string };
  expect(preview_url).toMatch(/^https:\/\/chat\.example\.com\/x\/attachments\//);
  const { body: preview } = await uploads.ask('attachments.get_preview', { attachment_id: body.id });
  expect(preview.url).toMatch(/^https:\/\/chat\.example\.com\/x\/attachments\//);
  const own = await startUploads();
  expect(await previewOf(own, png, {})).toContain(own.url);
});

describe('a download that breaks off', () => {
  test('when the client leaves after the last byte was written is not an error', async () => {
    const { responses, before } = watched();
    const uploads = await startUploads({ before });
    const url = new URL(await previewOf(uploads, png, {}));
    const request = httpRequest(url, { agent: false }).on('error', () => undefined);
    request.on('socket', (socket) => socket.once('connect', () => request.end()));
    uploads.server.once('connection', (socket: Socket) => heldUp(socket));
    await until(() => responses.at(-1)?.writableEnded === true && responses.at(-1)?.req.method === 'GET');
    expect(responses.at(-1)!.writableFinished).toBe(false);
    const closed = once(responses.at(-1)!, 'close');
    request.socket!.resetAndDestroy();
    await closed;
    for (let turn = 0; turn < 50; turn++) await turnOfTheLoop();
    expect(uploads.logger.take('error')).toEqual([]);
  });

  test('when the client leaves while the store opens the bytes is not an error, and the bytes are closed', async () => {
    const { responses, before } = watched();
    const uploads = await startUploads({ before });
    const url = new URL(await previewOf(uploads, png, {}));
    const [opening, opened] = [new Gate(), new Gate()];
    const source = new PassThrough();
    uploads.files.readBytes = async () => {
      opening.open();
      await opened.passed;
      return source;
    };
    const request = httpRequest(url, { agent: false }).on('error', () => undefined);
    request.end();
    await opening.passed;
    const closed = once(responses.at(-1)!, 'close');
    request.destroy();
    await closed;
    opened.open();
    await once(source, 'close');
    for (let turn = 0; turn < 50; turn++) await turnOfTheLoop();
    expect(uploads.logger.take('error')).toEqual([]);
  });

  test('when the store ends early is an error in the log, and is cut off', async () => {
    const uploads = await startUploads();
    const url = await previewOf(uploads, png, {});
    uploads.files.readBytes = async () => {
      const source = new PassThrough();
      source.write(png.subarray(0, 100), () => source.destroy());
      return source;
    };
    await expect(fetch(url).then((response) => response.arrayBuffer())).rejects.toThrow();
    await uploads.logger.next('a request failed');
  });
});

test('a store with URLs of its own is redirected to, after the token was looked at', async () => {
  class Bucket extends MemoryAttachments<User> {
    readonly asked: unknown[] = [];
    override async createDownloadUrl(...asked: unknown[]): Promise<string> {
      this.asked.push(asked);
      return 'https://bucket.example/signed';
    }
  }
  const bucket = new Bucket(({ user }) => user);
  const uploads = await startUploads({ bytes: () => bucket });
  const url = await previewOf(uploads, png, { name: 'a.png' });
  const response = await fetch(url, { redirect: 'manual' });
  expect([response.status, response.headers.get('location'), response.headers.get('cache-control')]).toEqual([
    302,
    'https://bucket.example/signed',
    'no-store',
  ]);
  expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  expect(bucket.asked).toEqual([
    [
      { owner: 'ann', id: expect.any(String) },
      { mimeType: 'image/png', name: 'a.png', disposition: 'inline', expiresInMs: expect.any(Number) },
    ],
  ]);
  expect((await fetch(`${url}x`, { redirect: 'manual' })).status).toBe(403);
  expect(bucket.asked).toHaveLength(1);
});

test('a preflight lets a page of another site send a file and its headers', async () => {
  const uploads = await startUploads();
  const { body } = await uploads.announce(png);
  const response = await fetch(body.upload_descriptor.url, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://page.example',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type,chatkit-frame-instance-id',
    },
  });
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
  expect(response.headers.get('access-control-allow-headers')).toContain('chatkit-frame-instance-id');
});

test('the same preview is at the same URL for a while, so that browsers keep it', async () => {
  const uploads = await startUploads();
  const { body } = await uploads.upload(png);
  const first = (body as Attachment & { preview_url: string }).preview_url;
  const stream = (await uploads.send([body.id])).body as string;
  expect(stream).toContain(JSON.stringify(first).slice(1, -1));
});
