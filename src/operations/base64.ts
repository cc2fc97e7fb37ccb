// Decodes base64 that arrives in pieces, so that a recording is in memory once, and never as text.
import { GrowingBytes } from './growing-bytes';

/** How many letters are decoded at once. */
const pieceLength = 64 * 1024;

/**
 * Decodes one base64 text. The padding may be missing, and nothing else: white space and the letters of base64url are
 * refused.
 */
export class Base64Decoder {
  /** Undefined once the text is not base64: the memory is free then. */
  #bytes: GrowingBytes | undefined;
  /** Letters that wait for the rest of their group of four. */
  #carried = '';
  #padding = 0;

  /**
   * @param expected How many bytes the text is expected to have, in bytes after decoding.
   * @param max The most bytes that the text may have. The caller refuses longer ones.
   */
  constructor(expected: number, max = expected) {
    this.#bytes = new GrowingBytes({ expected, max });
  }

  /** Takes the next letters. Takes none once the text is not base64. */
  write(text: string): void {
    for (let at = 0; this.#bytes && at < text.length; at += pieceLength) {
      this.#piece(this.#bytes, text.length > pieceLength ? text.slice(at, at + pieceLength) : text);
    }
  }

  #piece(bytes: GrowingBytes, piece: string): void {
    const end = piece.search(/[^A-Za-z0-9+/]/);
    const letters = end === -1 ? piece : piece.slice(0, end);
    if (this.#padding > 0 && letters !== '') return this.#refuse();
    if (end !== -1) {
      this.#padding += piece.length - end;
      if (this.#padding > 2 || /[^=]/.test(piece.slice(end))) return this.#refuse();
    }
    const text = this.#carried === '' ? letters : this.#carried + letters;
    const whole = text.length - (text.length % 4);
    this.#carried = text.slice(whole);
    bytes.appendBase64(text.slice(0, whole));
  }

  #refuse(): void {
    this.#bytes = undefined;
  }

  /** Returns the bytes, or undefined when the text was not base64 or was empty. */
  end(): Buffer | undefined {
    // One letter is six bits: no byte ends there.
    if (!this.#bytes || this.#carried.length === 1) return undefined;
    this.#bytes.appendBase64(this.#carried);
    this.#carried = '';
    const { bytes } = this.#bytes;
    return bytes.length > 0 ? bytes : undefined;
  }
}

/** Returns the bytes of a whole base64 text, or undefined when the text is not base64 or is empty. */
export function decodeBase64(text: string): Buffer | undefined {
  const decoder = new Base64Decoder(Math.ceil((text.length * 3) / 4));
  decoder.write(text);
  return decoder.end();
}
