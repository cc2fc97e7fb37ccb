// Decodes the audio of a dictation while its JSON arrives. The text and the base64 are never in memory as a whole.
import { Base64Decoder } from '../server';

/** The longest escape sequence of a JSON string, in characters. */
const escapeLength = 6;
/** The maximum number of bytes that are decoded to text at once. */
const longestPiece = 64 * 1024;

/** Collects the bytes of one JSON string that should be base64. */
export class DictatedAudio {
  readonly #decoder: Base64Decoder;
  readonly #pieceBytes: number;
  /** The beginning of an escape sequence whose end has not arrived. */
  #cut = '';
  #isJson = true;

  /**
   * @param options.expected How many bytes the base64 text is expected to have.
   * @param options.max The maximum size of the base64 text, in bytes.
   * @param options.maxParsed The longest text that may be passed to JSON.parse, in characters.
   */
  constructor({ expected, max, maxParsed }: { expected: number; max: number; maxParsed: number }) {
    this.#decoder = new Base64Decoder(decodedLength(Math.min(expected, max)), decodedLength(max));
    this.#pieceBytes = Math.max(1, Math.min(maxParsed, longestPiece) - escapeLength - 2); // with the quotes
  }

  /** Adds the next bytes of the string, as they are between its quotes. */
  write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.#isJson; at += this.#pieceBytes) {
      // Base64 is ASCII. Other bytes become letters that base64 does not contain.
      this.#piece(bytes.toString('latin1', at, at + this.#pieceBytes));
    }
  }

  #piece(piece: string): void {
    if (this.#cut === '' && !piece.includes('\\')) {
      this.#decoder.write(piece);
      return;
    }
    const text = this.#cut + piece;
    const end = endOfEscapes(text);
    this.#cut = text.slice(end);
    try {
      this.#decoder.write(JSON.parse(`"${text.slice(0, end)}"`) as string);
    } catch {
      this.#isJson = false;
    }
  }

  /** Returns the audio. Undefined when the string was not base64, `malformed` when it was not a JSON string. */
  end(): Buffer | undefined | 'malformed' {
    return this.#isJson && this.#cut === '' ? this.#decoder.end() : 'malformed';
  }
}

function decodedLength(letters: number): number {
  return Math.ceil((letters * 3) / 4);
}

/** Returns the length of the text without an escape sequence that is cut off at its end. */
function endOfEscapes(text: string): number {
  const at = text.lastIndexOf('\\');
  if (at === -1 || at < text.length - escapeLength) return text.length;
  let first = at;
  while (text[first - 1] === '\\') first--;
  if ((at - first) % 2 === 1) return text.length; // the backslash is itself escaped
  return text.length - at < (text[at + 1] === 'u' ? escapeLength : 2) ? at : text.length;
}
