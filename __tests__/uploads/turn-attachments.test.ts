// turn.attachments: what hooks read of attachments, and what they give to a model.
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Attachment, MemoryStore, type TurnAttachments } from 'chatkit-express';
import { ada, ask, askJson, type Context, type CoreOptions, serve, silently } from '../support/core';
import { MemoryAttachments } from '../support/memory-attachments';
import { createThread } from '../support/requests';

const owner = ({ user }: Context) => user;
const file: Attachment = { id: 'atc_1', type: 'file', name: 'a.txt', mime_type: 'text/plain' };
const publicUrl = 'https://chat.example/chatkit';

/** What a hook finds in its turn. */
async function inHook(options: CoreOptions, bytes = new MemoryAttachments<Context>(owner)): Promise<TurnAttachments> {
  let found: TurnAttachments | undefined;
  const respond: CoreOptions['respond'] = silently(
    (turn) => (found = (turn as { attachments: TurnAttachments }).attachments),
  );
  const core = serve({ attachmentStore: bytes, respond, ...options });
  const details = { mimeType: 'text/plain', name: 'a', signal: new AbortController().signal };
  for (const user of ['ada', 'bob'])
    await bytes.writeBytes({ owner: user, id: 'atc_1' }, Readable.from([Buffer.from(`of ${user}`)]), details);
  await ask(core, createThread('Hello'));
  return found!;
}

test('the bytes are read, as those of who is asking', async () => {
  const attachments = await inHook({});
  expect(await text(await attachments.read(file))).toBe('of ada');
  await expect(attachments.read({ ...file, id: 'atc_2' })).rejects.toMatchObject({ code: 'not_found' });
});

test('a data URL has all of it, up to the limit', async () => {
  const attachments = await inHook({ uploads: { maxDataUrlBytes: 6 } });
  expect(await attachments.toDataUrl(file)).toBe(`data:text/plain;base64,${Buffer.from('of ada').toString('base64')}`);
  const tight = await inHook({ uploads: { maxDataUrlBytes: 5 } });
  await expect(tight.toDataUrl(file)).rejects.toMatchObject({ code: 'too_large' });
});

test('a URL is signed and absolute, and of the storage service where that has its own', async () => {
  const attachments = await inHook({ uploads: { publicUrl } });
  expect(await attachments.toUrl(file)).toMatch(
    /^https:\/\/chat\.example\/chatkit\/attachments\/atc_1\?token=[\w.-]+$/,
  );
  class Bucket extends MemoryAttachments<Context> {
    override async createDownloadUrl(
      key: object,
      { expiresInMs, disposition }: { expiresInMs: number; disposition: string },
    ) {
      return JSON.stringify([key, expiresInMs, disposition]);
    }
  }
  const bucket = await inHook({}, new Bucket(owner));
  const expected = JSON.stringify([{ owner: 'ada', id: 'atc_1' }, 5000, 'attachment']);
  expect(await bucket.toUrl(file, { expiresInMs: 5000 })).toBe(expected);
});

test('without a URL of its own the server makes none, and says what to set', async () => {
  const bytes = new MemoryAttachments<Context>(owner);
  const core = serve({ attachmentStore: bytes, store: new MemoryStore({ owner }) });
  const create = { type: 'attachments.create', params: { name: 'a.png', size: 3, mime_type: 'image/png' } };
  await expect(core.server.process(create, ada)).rejects.toMatchObject({ code: 'not_implemented' });
  expect(core.logger.take('error')).toMatchObject([{ message: expect.stringContaining('uploads.publicUrl') }]);
  const answer = await core.server.process(create, ada, { baseUrl: 'http://localhost/x' });
  const { value } = answer as { value: { id: string; preview_url: string; upload_descriptor: { url: string } } };
  expect(value.upload_descriptor.url).toMatch(/^http:\/\/localhost\/x\/upload\//);
  expect(value.preview_url).toMatch(/^http:\/\/localhost\/x\/attachments\//);
  await expect(askJson(core, { type: 'attachments.get_preview', params: { attachment_id: value.id } })).rejects.toThrow(
    'URL',
  );
  core.logger.take('error');
});

test('without an attachment store every method says so', async () => {
  const attachments = await inHook({ attachmentStore: undefined });
  for (const call of [attachments.read(file), attachments.toDataUrl(file), attachments.toUrl(file)])
    await expect(call).rejects.toMatchObject({ code: 'not_implemented' });
});

test.each([
  ['`publicUrl` comes before the URL of the request', publicUrl, publicUrl],
  ['without `publicUrl` the URL of the request counts', undefined, 'https://other.example/chat'],
])('%s, for uploads and previews', async (_what, configured, expected) => {
  const core = serve({ attachmentStore: new MemoryAttachments<Context>(owner), uploads: { publicUrl: configured } });
  const params = { name: 'a.png', size: 3, mime_type: 'image/png' };
  const request = { type: 'attachments.create', params };
  const answer = await core.server.process(request, ada, { baseUrl: 'https://other.example/chat' });
  expect((answer as { value: object }).value).toMatchObject({
    upload_descriptor: { url: expect.stringContaining(`${expected}/upload/`) as string },
    preview_url: expect.stringContaining(`${expected}/attachments/`) as string,
  });
});
