// Gathers bytes that arrive in pieces in one place, so that each is in memory once.

/** The smallest room that is made, in bytes. */
const smallestRoom = 1024 * 1024;

/** Bytes that grow at their end. */
export class GrowingBytes {
  #bytes: Buffer;
  #length = 0;

  /** @param expected How many bytes are expected. Room for them is reserved; memory is used as they arrive. */
  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(expected, smallestRoom));
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  /**
   * Replaces the bytes piece by piece, in their place.
   * @param step The length of a piece. `replace` may be offered more, when it has refused a piece.
   * @param replace Returns what a piece becomes, which must not be longer, or undefined when the piece must end later.
   */
  replace(step: number, replace: (piece: string, isLast: boolean) => string | undefined): void {
    let written = 0;
    for (let start = 0; start < this.#length;) {
      let end = Math.min(start + step, this.#length);
      let replaced: string | undefined;
      for (; replaced === undefined; end++) {
        replaced = replace(this.#bytes.toString('latin1', start, end), end >= this.#length);
      }
      written += this.#bytes.write(replaced, written, 'latin1');
      start = end - 1;
    }
    this.#length = written;
  }

  includes(byte: number): boolean {
    return this.#bytes.subarray(0, this.#length).includes(byte);
  }

  /** The bytes as text in Latin-1: a byte is a character. Leaves none. */
  takeText(): string {
    const text = this.#bytes.toString('latin1', 0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return text;
  }
}
