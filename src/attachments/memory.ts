// An AttachmentStore in this process's memory, for tests and demos. Other processes do not see its bytes.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ChatKitError, NotFoundError } from '../errors';
import { checkOptionNames } from '../known-options';
import { assertOwner } from '../stores/owner';
import { AttachmentStore, type ByteRange, type BytesDetails, type BytesInfo, type BytesKey } from './attachment-store';

interface Entry {
  bytes: Buffer;
  info: BytesInfo;
  /** In milliseconds since 1970. */
  writtenAt: number;
}

/**
 * Keeps the bytes of attachments in memory, until they are deleted or the process ends. Use it with `MemoryStore`.
 *
 * Without `owner`, all requests share one space. With `owner`, each owner has a separate space.
 */
export class MemoryAttachmentStore<TContext = unknown> extends AttachmentStore<TContext> {
  readonly #owner: ((context: TContext) => string) | undefined;
  readonly #kept = new Map<string, Entry>();
  readonly #waiting = new Map<string, Entry>();
  #writes = 0;

  /**
   * @param options.owner Returns the owner of a request, such as `(context) => context.userId`. Use the same function
   * as in your Store. Called once for each call. Not async. Default: one space for all requests.
   * @throws ChatKitError `invalid_request` for an `owner` that is not a function.
   */
  constructor(options: { owner?: ((context: TContext) => string) | undefined } = {}) {
    super();
    checkOptionNames('MemoryAttachmentStore', options, ['owner']);
    const { owner } = options ?? {};
    if (owner !== undefined && typeof owner !== 'function') {
      throw new ChatKitError('invalid_request', 'MemoryAttachmentStore: `owner` must be a function');
    }
    this.#owner = owner;
  }

  /** @throws ChatKitError `unauthorized` when the request has no owner. */
  override ownerOf(context: TContext): string {
    return this.#owner ? assertOwner(this.#owner(context)) : super.ownerOf(context);
  }

  override async writeBytes(key: BytesKey, source: Readable, details: BytesDetails): Promise<BytesInfo> {
    const { signal, mimeType, untilKept = false } = details;
    const stop = (): void => void source.destroy(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const bytes = await buffer(source);
      signal.throwIfAborted();
      const info = { size: bytes.length, etag: String(++this.#writes), lastModified: new Date(), mimeType };
      (untilKept ? this.#waiting : this.#kept).set(nameOf(key), { bytes, info, writtenAt: Date.now() });
      return { ...info };
    } finally {
      signal.removeEventListener('abort', stop);
      source.destroy();
    }
  }

  override async readBytes(key: BytesKey, range?: ByteRange, etag?: string): Promise<Readable> {
    const { bytes, info } = this.#find(key);
    if (etag !== undefined && etag !== info.etag) throw haveChanged(key);
    return Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]);
  }

  override async statBytes(key: BytesKey): Promise<BytesInfo> {
    return { ...this.#find(key).info };
  }

  override async deleteBytes(key: BytesKey): Promise<void> {
    this.#waiting.delete(nameOf(key));
    this.#kept.delete(nameOf(key));
  }

  override async keepBytes(key: BytesKey, etag?: string): Promise<void> {
    const name = nameOf(key);
    if (this.#kept.has(name)) return;
    const entry = this.#find(key);
    if (etag !== undefined && etag !== entry.info.etag) throw haveChanged(key);
    this.#kept.set(name, entry);
    this.#waiting.delete(name);
  }

  override async removeUnfinished(before: Date): Promise<void> {
    for (const [name, { writtenAt }] of this.#waiting) if (writtenAt < before.getTime()) this.#waiting.delete(name);
  }

  #find(key: BytesKey): Entry {
    const entry = this.#kept.get(nameOf(key)) ?? this.#waiting.get(nameOf(key));
    if (!entry) throw new NotFoundError(`There are no bytes of ${key.id}`);
    return entry;
  }
}

function haveChanged({ id }: BytesKey): ChatKitError {
  return new ChatKitError('conflict', `The bytes of ${id} have changed since they were checked`);
}

/** Returns the name of a key. No two keys have the same name. */
function nameOf({ owner, id }: BytesKey): string {
  return JSON.stringify([owner, id]);
}
