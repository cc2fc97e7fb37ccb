import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  AttachmentStore,
  type ByteRange,
  type BytesDetails,
  type BytesInfo,
  type BytesKey,
  NotFoundError,
} from 'chatkit-express';

/** Keeps all files in memory. Start your own store from it, but do not use it in production. */
export class MapAttachmentStore extends AttachmentStore<{ userId: string }> {
  readonly #files = new Map<string, Buffer>();

  override ownerOf({ userId }: { userId: string }): string {
    return userId;
  }

  override async writeBytes(key: BytesKey, source: Readable, { signal }: BytesDetails): Promise<BytesInfo> {
    const abort = () => source.destroy(new Error('the upload was aborted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const bytes = await buffer(source); // rejects if the source fails, and nothing is stored
    this.#files.set(nameOf(key), bytes);
    return { size: bytes.length };
  }

  override async readBytes(key: BytesKey, range?: ByteRange): Promise<Readable> {
    const bytes = this.#find(key);
    return Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]);
  }

  override async statBytes(key: BytesKey): Promise<BytesInfo> {
    return { size: this.#find(key).length };
  }

  override async deleteBytes(key: BytesKey): Promise<void> {
    this.#files.delete(nameOf(key));
  }

  #find(key: BytesKey): Buffer {
    const bytes = this.#files.get(nameOf(key));
    if (!bytes) throw new NotFoundError(`There are no bytes of ${key.id}`);
    return bytes;
  }
}

/** Returns a different name for each key. */
const nameOf = ({ owner, id }: BytesKey) => JSON.stringify([owner, id]);
