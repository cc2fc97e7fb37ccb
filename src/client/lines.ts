// Splits the bytes of a stream into lines of JSON.
import type { Frame } from '../browser/frames';

/** Splits a stream of the format `ndjson`. Its events have no numbers. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** Adds bytes. Returns the lines that are whole now. A blank line is a heartbeat, or the end when it has a space. */
  push(bytes: Uint8Array): Frame[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map((text) =>
      text.trim() === '' ? { text: `${text}\n`, isEnd: text === ' ' } : { text, data: text },
    );
  }

  /** True when the bytes so far end within a line. */
  get isWithinFrame(): boolean {
    return this.#rest !== '';
  }
}
