// What an AttachmentStore inherits: descriptions of files, and methods for bytes that it does not keep.
import { Readable } from 'node:stream';
import { AttachmentStore } from 'chatkit-express';

class Elsewhere extends AttachmentStore {
  override ownerOf = () => 'ann';
}

const store = new Elsewhere();
const key = { owner: 'ann', id: 'atc_1' };
const details = { mimeType: 'text/plain', name: 'a', signal: new AbortController().signal };

test.each<[string, () => Promise<unknown>]>([
  ['writeBytes', () => store.writeBytes(key, Readable.from(['x']), details)],
  ['readBytes', () => store.readBytes(key)],
  ['statBytes', () => store.statBytes(key)],
  ['deleteBytes', () => store.deleteBytes(key)],
  ['deleteBytes', () => store.deleteAttachment('atc_1', {})],
])('a store without %s names the method', async (name, call) => {
  const message = `Elsewhere keeps no bytes: it has no ${name}`;
  await expect(call()).rejects.toMatchObject({ code: 'not_implemented', message });
});

test.each([
  ['image/png', 'image'],
  ['IMAGE/PNG', 'image'],
  ['image/svg+xml', 'file'],
  ['text/plain', 'file'],
])('a file of the type %s is described as %s', async (mime_type, type) => {
  const described = await store.createAttachment({ name: 'a', size: 1, mime_type }, {});
  const id = expect.stringMatching(/^atc_/) as string;
  expect(described).toEqual({ id, name: 'a', mime_type, type, ...(type === 'image' && { preview_url: 'lazy' }) });
});
