// Files in a bucket, end to end: the middleware, a real S3 server that checks signatures, and requests as browsers send them.
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Attachment, ChatKitError, MemoryStore, type RespondTurn, type ThreadStreamEvent } from 'chatkit-express';
import { S3AttachmentStore } from 'chatkit-express/s3';
import { Gate } from '../support/gate';
import { addMessage, createThread } from '../support/requests';
import { describeWithS3, type S3Server, startS3 } from '../support/s3-server';
import { type Endpoint, type Setup, start } from './endpoint';

type User = { userId: string };

const mib = 1024 * 1024;
/** Larger than the images that get a `data:` preview on a loopback address. */
const png = Buffer.concat([
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
  Buffer.alloc(64 * 1024, 7),
]);
const picture = { name: 'é.png', size: png.length, mime_type: 'image/png' };

describeWithS3('uploads to a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  }, 120_000);
  afterAll(() => server?.stop());

  let count = 0;
  let prefix = '';
  beforeEach(() => void (prefix = `chat_${++count}/`));

  const startChat = async (more: Setup = {}) => {
    const owner = (context: unknown) => (context as User).userId;
    const client = server.client();
    return start({
      store: new MemoryStore({ owner }),
      attachmentStore: new S3AttachmentStore({ client, bucket: server.bucket, prefix, owner }),
      context({ headers }) {
        const userId = headers['x-user'];
        if (typeof userId !== 'string') throw new ChatKitError('unauthorized', 'Log in first');
        return { userId };
      },
      ...more,
    });
  };
  const post = async ({ url }: Endpoint, userId: string, body: unknown) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user': userId },
      body: JSON.stringify(body),
    });
  const call = async (endpoint: Endpoint, userId: string, type: string, params: object) => {
    const answer = await post(endpoint, userId, { type, params });
    return { status: answer.status, body: await answer.json() };
  };
  const announce = async (endpoint: Endpoint, userId: string, file: object = picture): Promise<Attachment> => {
    const { status, body } = await call(endpoint, userId, 'attachments.create', file);
    expect(status).toBe(200);
    return body as Attachment;
  };
  /** As the client of ChatKit sends it. */
  const put = async ({ upload_descriptor }: Attachment, body: Buffer) => {
    const { url, method, headers } = upload_descriptor!;
    return fetch(url, { method, headers: { ...headers, 'chatkit-frame-instance-id': 'f' }, body });
  };
  const say = async (endpoint: Endpoint, userId: string, attachments: string[], threadId?: string) => {
    const more = { attachments };
    const answer = await post(
      endpoint,
      userId,
      threadId ? addMessage(threadId, 'See', more) : createThread('See', more),
    );
    if (answer.status !== 200) return { status: answer.status, events: [] };
    const frames = (await answer.text()).split('\n\n').filter((frame) => frame !== '');
    return { status: 200, events: frames.map((frame) => JSON.parse(frame.slice(6)) as ThreadStreamEvent) };
  };
  const sentAttachments = (events: ThreadStreamEvent[]) =>
    events.flatMap((event) =>
      event.type === 'thread.item.done' && event.item.type === 'user_message' ? event.item.attachments : [],
    );
  const upload = async ({ url }: Endpoint, userId: string, bytes: Buffer, name: string, type: string) => {
    const form = new FormData();
    form.append('file', new Blob([bytes], { type }), name);
    return fetch(`${url}/upload`, { method: 'POST', headers: { 'x-user': userId }, body: form });
  };

  test('a picture: announced, put, sent, seen, read by the hook, and deleted with its thread', async () => {
    const seen: unknown[] = [];
    const endpoint = await startChat({
      async *respond({ input, attachments }: RespondTurn<unknown>) {
        for (const attachment of input?.attachments ?? []) {
          const bytes = await fetch(await attachments.toUrl(attachment));
          seen.push(
            await attachments.toDataUrl(attachment),
            bytes.headers.get('content-type'),
            Buffer.from(await bytes.arrayBuffer()).equals(png),
          );
        }
        yield* [];
      },
    });
    const attachment = await announce(endpoint, 'ann');
    expect(attachment).toMatchObject({ type: 'image', name: 'é.png', mime_type: 'image/png' });
    expect(new URL(attachment.upload_descriptor!.url).origin).toBe(server.url);
    expect((await put(attachment, png)).status).toBe(200);
    expect(await server.objects(prefix)).toEqual([`${prefix}.waiting/ann/${attachment.id}`]);

    const { status, events } = await say(endpoint, 'ann', [attachment.id]);
    expect(status).toBe(200);
    expect(await server.objects(prefix)).toEqual([`${prefix}ann/${attachment.id}`]);
    const [sent] = sentAttachments(events);
    expect(sent).not.toHaveProperty('upload_descriptor');
    expect(seen).toEqual([`data:image/png;base64,${png.toString('base64')}`, 'image/png', true]);

    const preview = (sent as { preview_url: string }).preview_url;
    const redirect = await fetch(preview, { redirect: 'manual' });
    expect(redirect.status).toBe(302);
    expect(new URL(redirect.headers.get('location')!).origin).toBe(server.url);
    const shown = await fetch(preview);
    expect(shown.status).toBe(200);
    expect(shown.headers.get('content-type')).toBe('image/png');
    expect(shown.headers.get('content-disposition')).toBe(`inline; filename="?.png"; filename*=UTF-8''%C3%A9.png`);
    expect(Buffer.from(await shown.arrayBuffer()).equals(png)).toBe(true);

    const thread = events.find((event) => event.type === 'thread.created')!.thread.id;
    await call(endpoint, 'bob', 'threads.delete', { thread_id: thread });
    expect(await server.objects(prefix)).toHaveLength(1);
    expect((await call(endpoint, 'ann', 'threads.delete', { thread_id: thread })).status).toBe(200);
    expect(await server.objects(prefix)).toEqual([]);
    expect([403, 404]).toContain((await fetch(preview)).status); // moto says 403 of any object that is missing
  });

  test('what the bucket gives is never shown as a page', async () => {
    const endpoint = await startChat();
    const html = Buffer.from('<script>alert(1)</script>');
    const attachment = await announce(endpoint, 'ann', { name: 'a.html', size: html.length, mime_type: 'text/html' });
    expect((await put(attachment, html)).status).toBe(200);
    expect((await say(endpoint, 'ann', [attachment.id])).status).toBe(200);
    const { body } = await call(endpoint, 'ann', 'attachments.get_preview', { attachment_id: attachment.id });
    const answer = await fetch((body as { url: string }).url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="a.html"');
  });

  test('the bucket refuses another size and another type, and a message without the bytes is refused', async () => {
    const endpoint = await startChat();
    const attachment = await announce(endpoint, 'ann');
    expect((await put(attachment, png.subarray(1))).status).toBe(403);
    expect((await put(attachment, Buffer.concat([png, png]))).status).toBe(403);
    const { url } = attachment.upload_descriptor!;
    expect((await fetch(url, { method: 'PUT', body: png, headers: { 'content-type': 'text/html' } })).status).toBe(403);
    expect(await server.objects(prefix)).toEqual([]);
    expect((await say(endpoint, 'ann', [attachment.id])).status).toBe(409);
    // And can still be sent.
    expect((await put(attachment, png)).status).toBe(200);
    expect((await say(endpoint, 'ann', [attachment.id])).status).toBe(200);
  });

  test('bytes that are no picture are refused, though the bucket took them', async () => {
    const endpoint = await startChat();
    const attachment = await announce(endpoint, 'ann');
    expect((await put(attachment, Buffer.alloc(png.length, 'a'))).status).toBe(200);
    expect((await say(endpoint, 'ann', [attachment.id])).status).toBe(415);
  });

  test('another size is refused where the service lets it through', async () => {
    const endpoint = await startChat();
    const attachment = await announce(endpoint, 'ann');
    const Key = `${prefix}.waiting/ann/${attachment.id}`;
    const Body = Buffer.concat([png, png]);
    await server.client().send(new PutObjectCommand({ Bucket: server.bucket, Key, Body }));
    expect((await say(endpoint, 'ann', [attachment.id])).status).toBe(409);
  });

  test('a presigned PUT that is used again does not change what was sent, and what it leaves is swept', async () => {
    const endpoint = await startChat({ uploads: { unsentAfterMs: 1 } });
    const attachment = await announce(endpoint, 'ann');
    expect((await put(attachment, png)).status).toBe(200);
    const { events } = await say(endpoint, 'ann', [attachment.id]);
    const preview = (sentAttachments(events)[0] as { preview_url: string }).preview_url;

    const other = Buffer.alloc(png.length, '<script>');
    expect((await put(attachment, other)).status).toBe(200);

    const thread = events.find((event) => event.type === 'thread.created')!.thread.id;
    for (const sentAgain of [false, true]) {
      if (sentAgain) expect((await say(endpoint, 'ann', [attachment.id], thread)).status).toBe(200);
      const shown = Buffer.from(await (await fetch(preview)).arrayBuffer());
      expect(shown.equals(png)).toBe(true);
    }
    while ((await server.objects(prefix)).length > 1) await endpoint.chatkit.sweep();
    expect(await server.objects(prefix)).toEqual([`${prefix}ann/${attachment.id}`]);
  });

  /** A chat whose client sends other bytes right after the server has looked at the size, or at the bytes. */
  const startChatThatChanges = async (method: 'statBytes' | 'readBytes') => {
    const client = server.client();
    const owner = (context: unknown) => (context as User).userId;
    const attachmentStore = new S3AttachmentStore({ client, bucket: server.bucket, prefix, owner });
    let change: () => Promise<unknown> = async () => undefined;
    const look = attachmentStore[method].bind(attachmentStore) as (...args: unknown[]) => Promise<unknown>;
    attachmentStore[method] = (async (...args: unknown[]) => {
      const found = await look(...args);
      await change();
      return found;
    }) as never;
    const endpoint = await startChat({ attachmentStore });
    return { endpoint, changeBy: (how: () => Promise<unknown>) => (change = how) };
  };

  test.each(['statBytes', 'readBytes'] as const)(
    'bytes that are sent again after the server called %s are not sent unchecked, and can be sent then',
    async (method) => {
      const { endpoint, changeBy } = await startChatThatChanges(method);
      const attachment = await announce(endpoint, 'ann');
      await put(attachment, png);
      changeBy(() => put(attachment, Buffer.alloc(png.length, 'a')));
      expect((await say(endpoint, 'ann', [attachment.id])).status).toBe(409);
      changeBy(async () => undefined);
      expect((await say(endpoint, 'ann', [attachment.id])).status).toBe(415);
      await put(attachment, png);
      expect((await say(endpoint, 'ann', [attachment.id])).status).toBe(200);
    },
  );

  test("another user's attachment is not there: not to send, to see or to delete", async () => {
    const endpoint = await startChat();
    const attachment = await announce(endpoint, 'ann');
    await put(attachment, png);
    expect((await say(endpoint, 'bob', [attachment.id])).status).toBe(404);
    const attachment_id = attachment.id;
    expect((await call(endpoint, 'bob', 'attachments.get_preview', { attachment_id })).status).toBe(404);
    await call(endpoint, 'bob', 'attachments.delete', { attachment_id });
    expect(await server.objects(prefix)).toHaveLength(1);
    expect((await call(endpoint, 'ann', 'attachments.delete', { attachment_id })).status).toBe(200);
    expect(await server.objects(prefix)).toEqual([]);
  });

  test('a preview leads to the bucket only with its own token', async () => {
    const endpoint = await startChat();
    const [one, other] = [await announce(endpoint, 'ann'), await announce(endpoint, 'ann')];
    await put(one, png);
    const { body } = await call(endpoint, 'ann', 'attachments.get_preview', { attachment_id: one.id });
    const { url } = body as { url: string };
    const at = url.indexOf('token=') + 10;
    const changed = `${url.slice(0, at)}${url[at] === 'A' ? 'B' : 'A'}${url.slice(at + 1)}`;
    for (const wrong of [changed, url.replace(one.id, other.id), url.replace(/\?.*/, '')]) {
      const answer = await fetch(wrong, { redirect: 'manual' });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('location')).toBeNull();
    }
    expect((await fetch(url)).status).toBe(200);
  });

  test('a form goes to the bucket in parts, and is sent like any other file', async () => {
    const endpoint = await startChat();
    const bytes = Buffer.alloc(11 * mib, 'a line of text\n');
    const answer = await upload(endpoint, 'ann', bytes, '../notes.txt', 'text/plain');
    expect(answer.status).toBe(200);
    const attachment = (await answer.json()) as Attachment;
    expect(attachment).toMatchObject({ type: 'file', name: 'notes.txt', mime_type: 'text/plain' });
    const Key = `${prefix}ann/${attachment.id}`;
    expect(await server.objects(prefix)).toEqual([Key]);
    expect(await server.unfinished()).toEqual([]);
    expect((await say(endpoint, 'ann', [attachment.id])).status).toBe(200);
    const { body } = await call(endpoint, 'ann', 'attachments.get_preview', { attachment_id: attachment.id });
    const read = Buffer.from(await (await fetch((body as { url: string }).url)).arrayBuffer());
    expect(read.equals(bytes)).toBe(true);
  });

  test('a form that is too large leaves no part of it', async () => {
    const endpoint = await startChat({ uploads: { maxBytes: 8 * mib } });
    const answer = await upload(endpoint, 'ann', Buffer.alloc(8 * mib + 1, 'a'), 'a.txt', 'text/plain');
    expect(answer.status).toBe(413);
    expect(await server.objects(prefix)).toEqual([]);
    expect(await server.unfinished()).toEqual([]);
  });

  test('fifty forms that are cut off leave no object, no parts and no description', async () => {
    const store = new MemoryStore({ owner: (context) => (context as User).userId });
    const saved = jest.spyOn(store, 'saveAttachment');
    const allRemoved = new Gate();
    let removed = 0;
    const remove = store.deleteAttachment.bind(store);
    jest.spyOn(store, 'deleteAttachment').mockImplementation(async (...args) => {
      await remove(...args);
      if (++removed === 50) allRemoved.open();
    });
    const bytes = new S3AttachmentStore({
      client: server.client(),
      bucket: server.bucket,
      prefix,
      owner: (context) => (context as User).userId,
    });
    const ended: Promise<unknown>[] = [];
    const write = bytes.writeBytes.bind(bytes);
    jest.spyOn(bytes, 'writeBytes').mockImplementation((...args) => {
      const writing = write(...args);
      ended.push(
        writing.then(
          () => 'whole',
          () => 'cut off',
        ),
      );
      return writing;
    });
    const endpoint = await startChat({ store, attachmentStore: bytes });
    await Promise.all(
      Array.from({ length: 50 }, (_row, index) => cutOff(endpoint, 64 * 1024 + Math.floor((index / 50) * 7 * mib))),
    );
    await allRemoved.passed;
    expect(await Promise.all(ended)).toEqual(Array.from({ length: 50 }, () => 'cut off'));
    expect(await server.objects(prefix)).toEqual([]);
    expect(await server.unfinished()).toEqual([]);
    const ids = new Set(saved.mock.calls.map(([{ id }]) => id));
    expect(ids.size).toBe(50);
    for (const id of ids) await expect(store.loadAttachment(id, { userId: 'ann' })).rejects.toThrow();
  }, 60_000);

  test('what was never sent is swept from the bucket, and parts with it', async () => {
    const endpoint = await startChat({ uploads: { unsentAfterMs: 1 } });
    const [unsent, sent] = [await announce(endpoint, 'ann'), await announce(endpoint, 'ann')];
    await put(unsent, png);
    await put(sent, png);
    expect((await say(endpoint, 'ann', [sent.id])).status).toBe(200);
    const Key = `${prefix}ann/atc_crashed`;
    await server.client().send(new CreateMultipartUploadCommand({ Bucket: server.bucket, Key }));
    // Until all of it is older than a millisecond, by the clock of either.
    while ((await endpoint.chatkit.sweep()) === 0 || (await server.unfinished()).length > 0);
    expect(await server.objects(prefix)).toEqual([`${prefix}ann/${sent.id}`]);
    expect((await say(endpoint, 'ann', [unsent.id])).status).toBe(404);
  });

  test('a bucket that cannot be reached is a fault of the server, told in neutral words', async () => {
    const client = server.client({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
    const attachmentStore = new S3AttachmentStore({ client, bucket: server.bucket, owner: () => 'shared' });
    const endpoint = await startChat({ attachmentStore });
    const answer = await upload(endpoint, 'ann', png, 'a.png', 'image/png');
    expect(answer.status).toBe(500);
    expect(await text(answer.body as never)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
    expect(endpoint.logger.take('error').length).toBeGreaterThan(0);
  });
});

/** Sends the start of a form, so many bytes of its file, and breaks the connection. */
async function cutOff({ url }: Endpoint, size: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const sending = httpRequest(`${url}/upload`, {
      method: 'POST',
      headers: { 'x-user': 'ann', 'content-type': 'multipart/form-data; boundary=b', 'content-length': 20 * mib },
    });
    sending.on('error', () => undefined).on('close', resolve);
    sending.write(
      '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n',
    );
    sending.write(Buffer.alloc(size, 'a'), () => sending.destroy());
  });
}
