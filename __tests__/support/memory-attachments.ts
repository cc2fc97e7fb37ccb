// An attachment store in memory, for tests that need no disk. It keeps the contract of AttachmentStore.
import { Readable } from 'node:stream';
import {
  AttachmentStore,
  type ByteRange,
  type BytesDetails,
  type BytesInfo,
  type BytesKey,
  NotFoundError,
} from 'chatkit-express';

interface Stored {
  bytes: Buffer;
  info: BytesInfo;
}

export class MemoryAttachments<TContext = unknown> extends AttachmentStore<TContext> {
  readonly #stored = new Map<string, Stored>();
  #writes = 0;

  constructor(readonly owner: (context: TContext) => string = () => 'shared') {
    super();
  }

  /** The keys that have bytes, as JSON. */
  get keys(): string[] {
    return [...this.#stored.keys()];
  }

  override ownerOf(context: TContext): string {
    return this.owner(context);
  }

  override async writeBytes(key: BytesKey, source: Readable, { signal, mimeType }: BytesDetails): Promise<BytesInfo> {
    const stop = () => source.destroy(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    const chunks: Buffer[] = [];
    for await (const chunk of source) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const info = { size: bytes.length, etag: `e${++this.#writes}`, lastModified: new Date(), mimeType };
    this.#stored.set(keyOf(key), { bytes, info });
    return info;
  }

  override async readBytes(key: BytesKey, range?: ByteRange): Promise<Readable> {
    const { bytes } = this.#find(key);
    return Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]);
  }

  override async statBytes(key: BytesKey): Promise<BytesInfo> {
    return this.#find(key).info;
  }

  override async deleteBytes(key: BytesKey): Promise<void> {
    this.#stored.delete(keyOf(key));
  }

  #find(key: BytesKey): Stored {
    const found = this.#stored.get(keyOf(key));
    if (!found) throw new NotFoundError('There are no such bytes');
    return found;
  }
}

const keyOf = ({ owner, id }: BytesKey) => JSON.stringify([owner, id]);
