// Streams the bytes of an upload: holds them until their type is known, counts them, and stops at the limit.
import { Readable } from 'node:stream';
import { ChatKitError } from '../errors';
import { headBytes } from './media-type';

/** The allowed size of an upload. */
export interface UploadSize {
  /** The largest size, in bytes. A larger upload fails with `too_large`. */
  max: number;
  /** The announced size, in bytes. An upload of another size fails with `invalid_request`. */
  announced?: number;
}

/**
 * Passes on the bytes of a source with back pressure. Never destroys the source, because the source is a connection
 * that still has to carry the response. Fails when the source fails or ends early, and for a wrong size.
 */
export class UploadStream extends Readable {
  readonly #source: Readable;
  readonly #size: UploadSize;
  #received = 0;
  #ended = false;
  /** The bytes that arrived before {@link release}. Null afterwards. */
  #held: Buffer[] | null = [];
  readonly #head: Promise<Buffer>;
  #headIsThere!: (head: Buffer) => void;
  #headFails!: (error: Error) => void;

  constructor(source: Readable, size: UploadSize) {
    super();
    this.#source = source;
    this.#size = size;
    this.#head = new Promise((resolve, reject) => {
      this.#headIsThere = resolve;
      this.#headFails = reject;
    });
    this.#head.catch(() => undefined); // the reader of the stream gets the error as well
    this.on('error', () => undefined); // the caller of `head` gets the error as well
    source.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose);
    if (source.destroyed && !source.readableEnded) this.#onClose(); // there is no further event
  }

  /**
   * Resolves with the first {@link headBytes} bytes, or with all of a smaller upload. Rejects when the upload fails.
   */
  head(): Promise<Buffer> {
    return this.#head;
  }

  /** Begins to pass on the bytes. */
  release(): this {
    const held = this.#held ?? [];
    this.#held = null;
    for (const chunk of held) this.push(chunk);
    if (this.#ended) this.push(null);
    else this.#source.resume();
    return this;
  }

  override _read(): void {
    if (!this.#held && !this.#ended) this.#source.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const source = this.#source;
    source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    // The listener for errors stays, because a late error of the source must not end the process.
    if (!this.#ended) source.pause();
    this.#held = null;
    this.#headFails(error ?? endedEarly());
    done(error);
  }

  readonly #onData = (chunk: Buffer) => {
    this.#received += chunk.length;
    const { max: max, announced = max } = this.#size;
    if (this.#received > max) return void this.destroy(tooLarge(max));
    if (this.#received > announced) return void this.destroy(wrongSize(announced));
    if (!this.#held) {
      if (!this.push(chunk)) this.#source.pause();
      return;
    }
    this.#held.push(chunk);
    if (this.#received < headBytes) return;
    this.#source.pause();
    this.#resolveHead();
  };

  readonly #onEnd = () => {
    this.#ended = true;
    const { announced = this.#received } = this.#size;
    if (this.#received === 0) this.destroy(new ChatKitError('invalid_request', 'file: the file is empty'));
    else if (this.#received !== announced) this.destroy(wrongSize(announced));
    else if (this.#held) this.#resolveHead();
    else this.push(null);
  };

  readonly #onError = (error: Error) => this.destroy(endedEarly(error));

  readonly #onClose = () => {
    if (!this.#ended) this.destroy(endedEarly());
  };

  #resolveHead(): void {
    this.#headIsThere(Buffer.concat(this.#held ?? []).subarray(0, headBytes));
  }
}

/** Returns the error for a client that disconnected before the end of the file. */
export function endedEarly(cause?: Error): ChatKitError {
  return new ChatKitError('invalid_request', 'file: the upload ended early', { cause });
}

export function tooLarge(max: number): ChatKitError {
  return new ChatKitError('too_large', `A file may have at most ${max} bytes`);
}

function wrongSize(announced: number): ChatKitError {
  return new ChatKitError(
    'invalid_request',
    `file: the file was announced with ${announced} bytes and has another size`,
  );
}
