// The bytes of an upload on their way in: held until their type is known, counted, and stopped at the limit.
import { Readable } from 'node:stream';
import { ChatKitError } from '../errors';
import { headBytes } from './media-type';

/** How many bytes may come. */
export interface UploadSize {
  /** In bytes. One more is refused as `too_large`. */
  max: number;
  /** The size that was announced. Any other is refused as `invalid_request`. */
  announced?: number;
}

/**
 * Gives on what comes from a source that it never destroys: a connection that is still to carry the answer. Reads no
 * faster than it is read. Fails when the source fails or ends early, and when the size is not as it must be.
 */
export class UploadStream extends Readable {
  readonly #source: Readable;
  readonly #size: UploadSize;
  #received = 0;
  #ended = false;
  /** What came before {@link release}. */
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
    this.#head.catch(() => undefined); // whoever reads the stream is told too
    this.on('error', () => undefined); // so is whoever asks for the head
    source.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose);
    if (source.destroyed && !source.readableEnded) this.#onClose(); // no event will tell
  }

  /** The first bytes, as many as tell a file's type, or all there are. Rejects with what ends the upload. */
  head(): Promise<Buffer> {
    return this.#head;
  }

  /** Lets the bytes through. */
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
    // A late error of the source is nobody's business any more, and must not end the process.
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
    if (this.#received === 0) this.destroy(new ChatKitError('invalid_request', 'file: it is empty'));
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

/** The client left before the file was whole. */
export function endedEarly(cause?: Error): ChatKitError {
  return new ChatKitError('invalid_request', 'file: the upload ended early', { cause });
}

export function tooLarge(max: number): ChatKitError {
  return new ChatKitError('too_large', `A file can have ${max} bytes`);
}

function wrongSize(announced: number): ChatKitError {
  return new ChatKitError('invalid_request', `file: it was announced with ${announced} bytes, and has others`);
}
