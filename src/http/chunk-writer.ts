// Writes text to a response whose headers are made: each piece at once, as a chunk of its own.
import { OutgoingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Response } from 'express';

/** From how many bytes on putting a chunk together, which copies its text, costs more than four pieces. */
const longText = 8192;

/**
 * Puts chunks together itself and writes them to the socket.
 *
 * Node writes a chunk in four pieces, and gathering them costs a short event more than anything else on its way. What
 * comes after that on Node 20 and 22 is the response itself: since Express changes its prototype, each response has a
 * shape of its own there, so that with many streams open each property that is touched is searched for.
 *
 * Where another middleware has its hands in the response, such as `compression()`, that gets the text as it is.
 */
export class ChunkWriter {
  readonly #response: Response & { flush?: () => void };
  readonly #isOurs: boolean;
  /** False for HTTP/1.0, whose bodies end with the connection. */
  readonly #chunked: boolean;
  /** Known once the headers are written. Until then, and while an earlier response has the connection, Node keeps what we write. */
  #socket: Socket | null = null;
  #ended = false;

  constructor(response: Response) {
    this.#response = response;
    this.#isOurs = response.write === OutgoingMessage.prototype.write;
    this.#chunked = response.chunkedEncoding;
    if (this.#isOurs) response.once('prefinish', () => (this.#ended = true));
  }

  /** Whether nothing more may be written: the response was ended or destroyed, by us or by another middleware. */
  get over(): boolean {
    if (this.#socket) return this.#ended || this.#socket.destroyed;
    return this.#response.destroyed || this.#response.writableEnded;
  }

  /** Whether the reader is behind, and {@link drained} will tell when it has caught up. */
  get full(): boolean {
    return (this.#socket ?? this.#response).writableNeedDrain;
  }

  /** Writes at once. Tells whether there is room for more. */
  write(text: string): boolean {
    const response = this.#response;
    if (!this.#isOurs) {
      const room = response.write(text);
      response.flush?.(); // `compression()` holds bytes back until it is told to let them go
      return room;
    }
    const bytes = Buffer.byteLength(text);
    const encoding = bytes === text.length ? 'latin1' : 'utf8'; // ASCII is in both, and the first is quicker
    if (bytes > longText) return response.write(text, encoding);
    const chunk = this.#chunked ? `${bytes.toString(16)}\r\n${text}\r\n` : text;
    if (this.#socket) return this.#socket.write(chunk, encoding);
    // Only while this one is written: all else, the end among it, Node frames by itself.
    response.chunkedEncoding = false;
    const room = response.write(chunk, encoding);
    response.chunkedEncoding = this.#chunked;
    this.#socket = response.socket;
    return room;
  }

  /** Calls back once there is room again, unless it is told to {@link forget} that. */
  drained(callback: () => void): void {
    (this.#socket ?? this.#response).once('drain', callback);
  }

  forget(callback: () => void): void {
    this.#response.off('drain', callback);
    this.#socket?.off('drain', callback);
  }
}
