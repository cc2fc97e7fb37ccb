// Gathers bytes that arrive in pieces in one place, so that each byte is in memory once.

/** The smallest room that is made, in bytes. */
const smallestRoom = 64 * 1024;

/** Bytes that grow at their end. */
export class GrowingBytes {
  #bytes: Buffer;
  #length = 0;
  readonly #max: number;

  /**
   * @param options.expected How many bytes are expected. Room for them is reserved; memory is used as they arrive.
   * @param options.max The most bytes that are expected. More are taken, and cost a copy each time.
   */
  constructor({ expected, max }: { expected: number; max: number }) {
    this.#max = max;
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(Math.min(expected, max), smallestRoom));
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends what the text is in base64. The text must have letters of base64 only. */
  appendBase64(text: string): void {
    this.#reserve(Math.ceil((text.length * 3) / 4));
    this.#length += this.#bytes.write(text, this.#length, 'base64');
  }

  /** The bytes so far. Not a copy. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(this.#bytes.length * 2, this.#max)));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}
