// Uploads through the real SDK: an attachment is sent once, and later turns have its id.
import { Readable } from 'node:stream';
import Anthropic from '@anthropic-ai/sdk';
import Anthropic60 from 'anthropic60';
import { type Attachment, MemoryStore, type ThreadItem } from 'chatkit-express';
import {
  type AnthropicFilesClient,
  ThreadItemConverter,
  toMessageParams,
  uploadAttachment,
} from 'chatkit-express/anthropic';
import { startModelServer } from '../../support/model-server';
import { slow } from '../../support/slow-store';

const attachment: Attachment = { id: 'atc_1', type: 'file', name: 'b.pdf', mime_type: 'application/pdf' };
const turnOf = (store: MemoryStore<object>) => ({
  ...{
    store,
    context: {},
    attachments: { read: () => Promise.resolve(Readable.from([Buffer.from('%PDF-'), Buffer.from('1.4')])) },
  },
});
const options = (url: string) => ({ apiKey: 'key', baseURL: url.replace(/\/v1$/, ''), maxRetries: 0 });

test.each<[string, (url: string) => AnthropicFilesClient]>([
  ['0.60', (url) => new Anthropic60(options(url))],
  ['1', (url) => new Anthropic(options(url))],
])('an attachment is uploaded once, and sent by its id (%s)', async (_version, makeClient) => {
  const server = await startModelServer();
  server.reply({ body: { id: 'file_1', type: 'file', filename: 'b.pdf' } });
  const store = slow(new MemoryStore<object>(), 7);
  await store.saveAttachment({ ...attachment, metadata: { mine: 1 } }, {});
  const client = makeClient(server.url);
  expect(await uploadAttachment(client, turnOf(store), attachment)).toBe('file_1');
  expect(await uploadAttachment(client, turnOf(store), attachment)).toBe('file_1');
  expect(server.requests).toHaveLength(1);
  const [request] = server.requests;
  expect(request!.path).toMatch(/^\/v1\/files/);
  expect(request!.body).toMatch(/filename="b\.pdf"[^]*%PDF-1\.4/);
  expect((await store.loadAttachment('atc_1', {})).metadata).toEqual({ mine: 1, anthropic_file_id: 'file_1' });
  class Converter extends ThreadItemConverter {
    override async attachmentToContent(given: Attachment) {
      return {
        type: 'input_file',
        file_id: await uploadAttachment(client, turnOf(store), given),
        filename: given.name,
      };
    }
  }
  const item = {
    ...{ type: 'user_message', id: 'msg_1', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' },
    ...{ content: [], attachments: [attachment], inference_options: {} },
  } as ThreadItem;
  expect(await toMessageParams(item, new Converter())).toEqual([
    { role: 'user', content: [{ type: 'document', title: 'b.pdf', source: { type: 'file', file_id: 'file_1' } }] },
  ]);
  await server.close();
});

test('a refused upload stores nothing, and the next attempt uploads', async () => {
  const server = await startModelServer();
  server.reply({ status: 400, body: { type: 'error', error: { message: 'no' } } }, { body: { id: 'file_2' } });
  const store = slow(new MemoryStore<object>(), 7);
  await store.saveAttachment(attachment, {});
  const client = new Anthropic(options(server.url));
  await expect(uploadAttachment(client, turnOf(store), attachment)).rejects.toMatchObject({ status: 400 });
  expect(await uploadAttachment(client, turnOf(store), attachment)).toBe('file_2');
  await server.close();
});

test('a missing attachment and a client of something else are errors', async () => {
  const store = new MemoryStore<object>();
  const client = { files: { upload: () => Promise.resolve({ id: 'x' }) } };
  await expect(uploadAttachment(client, turnOf(store), attachment)).rejects.toMatchObject({ code: 'not_found' });
  for (const wrong of [{}, { files: {} }, { beta: null }, { files: { create() {} } }, undefined, 'client']) {
    await expect(uploadAttachment(wrong as never, turnOf(store), attachment)).rejects.toThrow(/no files\.upload/);
  }
});
