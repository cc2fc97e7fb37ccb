// An attachment store whose bytes are elsewhere: it describes and deletes, and has its own URLs.
import {
  type AttachmentCreateParams,
  type AttachmentInput,
  AttachmentStore,
  chatkitMiddleware,
  MemoryAttachmentStore,
  MemoryStore,
} from 'chatkit-express';
import express from 'express';
import request from 'supertest';
import { ada, ask, askJson, type Context, refusal, serve } from '../support/core';
import { RecordingLogger } from '../support/recording-logger';
import { createThread } from '../support/requests';

const previewUrl = 'https://files.example/preview/1';
const descriptor = { url: 'https://files.example/upload/1', method: 'PUT' as const, headers: { 'x-token': 't' } };

/** Has the two methods that it needs, and compiles with them. */
class Elsewhere extends AttachmentStore<Context> {
  readonly deleted: string[] = [];

  override async createAttachment({ name, mime_type }: AttachmentCreateParams): Promise<AttachmentInput> {
    const base = { id: 'atc_1', name, mime_type, upload_descriptor: descriptor };
    return mime_type.startsWith('image/')
      ? { ...base, type: 'image', preview_url: previewUrl }
      : { ...base, type: 'file' };
  }

  override async deleteAttachment(id: string): Promise<void> {
    this.deleted.push(id);
  }
}

const create = (mime_type = 'image/png') => ({
  type: 'attachments.create',
  params: { name: 'a.png', size: 3, mime_type },
});
const image = { id: 'atc_1', type: 'image', name: 'a.png', mime_type: 'image/png', preview_url: previewUrl };

describe('an attachment store that keeps no bytes', () => {
  test('describes a file with its own URLs', async () => {
    const core = serve({ attachmentStore: new Elsewhere() });
    expect(await askJson(core, create())).toEqual({ ...image, upload_descriptor: descriptor });
    const preview = { type: 'attachments.get_preview', params: { attachment_id: 'atc_1' } };
    expect(await askJson(core, preview)).toEqual({ url: previewUrl });
  });

  test('has its files in messages, in hooks and in loaded threads, with the same preview', async () => {
    const seen: unknown[] = [];
    const core = serve({
      attachmentStore: new Elsewhere(),
      async *respond({ input, attachments }) {
        const [attachment] = input?.attachments ?? [];
        seen.push(await attachments.toUrl(attachment!));
        await expect(attachments.read(attachment!)).rejects.toMatchObject({
          code: 'not_implemented',
          message: 'Elsewhere keeps no bytes: it has no readBytes',
        });
        yield { type: 'progress_update', text: 'read' };
      },
    });
    await askJson(core, create());
    const events = await ask(core, createThread('Look', { attachments: ['atc_1'] }));
    const [created] = events;
    const threadId = created?.type === 'thread.created' ? created.thread.id : '';
    expect(seen).toEqual([previewUrl]);
    const opened = await askJson(core, { type: 'threads.get_by_id', params: { thread_id: threadId } });
    expect(opened.items.data[0].attachments).toEqual([
      expect.objectContaining({ id: 'atc_1', preview_url: previewUrl }),
    ]);
  });

  test('deletes its files', async () => {
    const store = new Elsewhere();
    const core = serve({ attachmentStore: store });
    await askJson(core, create());
    await askJson(core, { type: 'attachments.delete', params: { attachment_id: 'atc_1' } });
    expect(store.deleted).toEqual(['atc_1']);
  });

  test('has no preview for a file that is not an image', async () => {
    const core = serve({ attachmentStore: new Elsewhere() });
    await askJson(core, create('text/plain'));
    const preview = { type: 'attachments.get_preview', params: { attachment_id: 'atc_1' } };
    expect(await refusal(core, preview)).toMatchObject({ code: 'not_found' });
  });

  test('refuses a direct upload, and the log says what to do; a store that keeps bytes takes it', async () => {
    const logger = new RecordingLogger();
    const app = (attachmentStore: AttachmentStore<Context>) => {
      const options = { store: new MemoryStore<Context>(), attachmentStore, logger, context: () => ada };
      return express().use('/chatkit', chatkitMiddleware<Context>({ ...options, async *respond() {} }));
    };
    const upload = (store: AttachmentStore<Context>) =>
      request(app(store)).post('/chatkit/upload').attach('file', Buffer.from('abc'), 'a.txt');
    const refused = await upload(new Elsewhere());
    expect(refused.status).toBe(501);
    expect(logger.take('error').map(({ message }) => message)).toEqual([
      expect.stringContaining('keeps no bytes: let the page announce files'),
    ]);
    const taken = await upload(new MemoryAttachmentStore<Context>({ owner: ({ user }) => user }));
    expect(taken.status).toBe(200);
    expect(taken.body).toMatchObject({ type: 'file', name: 'a.txt' });
  });

  test('is looked at when the middleware is made', () => {
    class Nothing extends AttachmentStore<Context> {}
    class Half extends Elsewhere {
      override async statBytes() {
        return { size: 1 };
      }
    }
    const make = (attachmentStore: AttachmentStore<Context>) => () => serve({ attachmentStore });
    expect(make(new Nothing())).toThrow('`attachmentStore` must have deleteAttachment, since it has no deleteBytes');
    expect(make(new Half())).toThrow('`attachmentStore` has statBytes and lacks writeBytes');
    expect(make({} as never)).toThrow('`attachmentStore` must be an AttachmentStore');
    expect(make(new Elsewhere())).not.toThrow();
    expect(make(new MemoryAttachmentStore())).not.toThrow();
    expect(() => new MemoryAttachmentStore({ owner: 'ada' as never })).toThrow('`owner` must be a function');
  });
});
