// attachments.create and attachments.delete: descriptions in the store, bytes in the attachment store, owners apart.
import { type AttachmentCreateParams, type AttachmentInput, ChatKitError, MemoryStore } from 'chatkit-express';
import { ada, askJson, type Context, refusal, serve } from '../support/core';
import { MemoryAttachments } from '../support/memory-attachments';

const create = (params: object = {}) => ({
  type: 'attachments.create',
  params: { name: 'a.txt', size: 3, mime_type: 'text/plain', ...params },
});
const remove = (attachment_id: string) => ({ type: 'attachments.delete', params: { attachment_id } });

const descriptor = { url: 'https://files.example/1', method: 'PUT' as const, headers: { 'x-token': 't' } };

/** Remembers what it was asked. */
class RecordingAttachments extends MemoryAttachments<Context> {
  readonly calls: unknown[] = [];
  fail: Error | undefined;

  override async createAttachment(params: AttachmentCreateParams, context: Context): Promise<AttachmentInput> {
    this.calls.push(['create', params, context]);
    if (this.fail) throw this.fail;
    const { name, mime_type } = params;
    const base = { id: `atc_${name}`, name, mime_type, upload_descriptor: descriptor, metadata: { path: '/secret' } };
    return mime_type.startsWith('image/')
      ? { ...base, type: 'image', preview_url: 'https://files.example/preview' }
      : { ...base, type: 'file' };
  }

  override async deleteAttachment(id: string, context: Context): Promise<void> {
    this.calls.push(['delete', id, context]);
    if (this.fail) throw this.fail;
  }
}

function withAttachments(store = new MemoryStore<Context>()) {
  const bytes = new RecordingAttachments();
  return { bytes, core: serve({ store, attachmentStore: bytes }) };
}

describe('create', () => {
  test.each([
    ['a file', 'text/plain', { type: 'file' }],
    ['an image', 'image/png', { type: 'image', preview_url: 'https://files.example/preview' }],
  ])('describes %s to the client and keeps the private notes', async (_what, mime_type, own) => {
    const { bytes, core } = withAttachments();
    const shown = { id: 'atc_a.txt', name: 'a.txt', mime_type, upload_descriptor: descriptor, ...own };
    expect(await askJson(core, create({ mime_type }))).toEqual(shown);
    const { upload_descriptor: _never, ...stored } = shown;
    expect(await core.store.loadAttachment('atc_a.txt', ada)).toEqual({
      ...stored,
      metadata: { path: '/secret' },
      upload: { owner: 'shared', size: 3, stage: 'announced', created_at: expect.any(String) },
    });
    expect(bytes.calls).toEqual([['create', { name: 'a.txt', size: 3, mime_type }, ada]]);
  });

  test('is refused as the attachment store says, and nothing is saved', async () => {
    const { bytes, core } = withAttachments();
    bytes.fail = new ChatKitError('too_large', 'A file can have 2 bytes');
    expect(await refusal(core, create())).toMatchObject({ code: 'too_large', message: 'A file can have 2 bytes' });
    await expect(core.store.loadAttachment('atc_a.txt', ada)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('fails where the attachment store answers with no attachment, and nothing is saved', async () => {
    const { bytes, core } = withAttachments();
    bytes.createAttachment = async () => ({ id: 'atc_1', name: 'a', mime_type: 'text/plain' }) as never;
    await expect(core.server.process(create(), ada)).rejects.toThrow('type');
    await expect(core.store.loadAttachment('atc_1', ada)).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    ['a negative size', { size: -1 }, ['params.size']],
    ['part of a byte', { size: 0.5 }, ['params.size']],
    ['no name', { name: undefined }, ['params.name']],
  ])('with %s is refused', async (_what, params, fields) => {
    const { bytes, core } = withAttachments();
    expect(await refusal(core, create(params))).toMatchObject({ code: 'invalid_request', fields });
    expect(bytes.calls).toEqual([]);
  });
});

describe('delete', () => {
  test('removes the bytes and the description, and answers {}', async () => {
    const { bytes, core } = withAttachments();
    await askJson(core, create());
    bytes.calls.length = 0;
    expect(await askJson(core, remove('atc_a.txt'))).toEqual({});
    expect(bytes.calls).toEqual([['delete', 'atc_a.txt', ada]]);
    await expect(core.store.loadAttachment('atc_a.txt', ada)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('of what is not there answers {} and touches no bytes', async () => {
    const { bytes, core } = withAttachments();
    expect(await askJson(core, remove('atc_nowhere'))).toEqual({});
    expect(bytes.calls).toEqual([]);
  });

  test("does not reach another owner's bytes", async () => {
    const { bytes, core } = withAttachments(new MemoryStore<Context>({ owner: ({ user }) => user }));
    await askJson(core, create());
    bytes.calls.length = 0;
    expect(await askJson(core, remove('atc_a.txt'), { user: 'eve' })).toEqual({});
    expect(bytes.calls).toEqual([]);
    expect(await core.store.loadAttachment('atc_a.txt', ada)).toMatchObject({ id: 'atc_a.txt' });
  });

  test('keeps the description where the bytes cannot be deleted, so that it can be asked for again', async () => {
    const { bytes, core } = withAttachments();
    await askJson(core, create());
    bytes.fail = new Error('bucket is gone');
    await expect(core.server.process(remove('atc_a.txt'), ada)).rejects.toThrow('bucket is gone');
    expect(await core.store.loadAttachment('atc_a.txt', ada)).toMatchObject({ id: 'atc_a.txt' });
    bytes.fail = undefined;
    expect(await askJson(core, remove('atc_a.txt'))).toEqual({});
  });

  test('passes on what else goes wrong in the store, before any bytes are touched', async () => {
    const { bytes, core } = withAttachments();
    core.store.loadAttachment = () => Promise.reject(new Error('connection refused'));
    await expect(core.server.process(remove('atc_1'), ada)).rejects.toThrow('connection refused');
    expect(bytes.calls).toEqual([]);
  });
});

test.each([create(), remove('atc_1')])('without an attachment store is not implemented: $type', async (request) => {
  const core = serve();
  expect(await refusal(core, request)).toMatchObject({ code: 'not_implemented' });
  expect(core.logger.take('error')).toMatchObject([{ message: expect.stringContaining('add `attachmentStore`') }]);
});

test('an attachment store makes ids of its own unless it is told how', () => {
  expect(new RecordingAttachments().generateAttachmentId('text/plain', ada)).toMatch(/^atc_[0-9a-f]{32}$/);
});
