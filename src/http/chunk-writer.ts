// Writes text to a response whose headers are made: each piece at once, as a chunk of its own.
import { OutgoingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Response } from 'express';

/** Where the text of a stream goes. */
export interface ChunkWriter {
  /** Whether nothing more may be written: the response was ended or destroyed, by us or by another middleware. */
  readonly over: boolean;
  /** Whether the reader is behind, and `drained` will tell when it has caught up. */
  readonly full: boolean;
  /** Writes at once. Tells whether there is room for more. */
  write(text: string): boolean;
  /** Calls back once there is room again, until the writer is let go. */
  drained(callback: () => void): void;
  /** Takes back what `drained` was given. */
  letGo(callback: () => void): void;
}

/** The writer for a response. */
export function chunkWriter(response: Response): ChunkWriter {
  return response.write === OutgoingMessage.prototype.write ? new OwnChunks(response) : new ChunksOfOthers(response);
}

/**
 * Chunks that are put together here and go to the socket.
 *
 * Node writes a chunk in four pieces, and gathering them costs a short event more than anything else on its way. What
 * comes after that on Node 20 and 22 is the response itself: since Express changes its prototype, each response has a
 * shape of its own there, so that with many streams open each property that is touched is searched for.
 */
class OwnChunks implements ChunkWriter {
  readonly #response: Response;
  /** False for HTTP/1.0, whose bodies end with the connection. */
  readonly #chunked: boolean;
  /** Once the headers are written. Until then, and while an earlier response has the connection, Node keeps what we write. */
  #socket: Socket | null = null;
  #ended = false;

  constructor(response: Response) {
    this.#response = response;
    this.#chunked = response.chunkedEncoding;
    response.once('prefinish', () => (this.#ended = true));
  }

  get over(): boolean {
    if (this.#socket) return this.#ended || this.#socket.destroyed;
    return this.#response.destroyed || this.#response.writableEnded;
  }

  get full(): boolean {
    return (this.#socket ?? this.#response).writableNeedDrain;
  }

  write(text: string): boolean {
    const bytes = Buffer.byteLength(text);
    const encoding = bytes === text.length ? 'latin1' : 'utf8'; // ASCII is in both, and the first is quicker
    const chunk = this.#chunked ? `${bytes.toString(16)}\r\n${text}\r\n` : text;
    if (this.#socket) return this.#socket.write(chunk, encoding);
    const response = this.#response;
    // Only while this one is written: all else, the end among it, Node frames by itself.
    response.chunkedEncoding = false;
    const room = response.write(chunk, encoding);
    response.chunkedEncoding = this.#chunked;
    this.#socket = response.socket;
    return room;
  }

  drained(callback: () => void): void {
    (this.#socket ?? this.#response).once('drain', callback);
  }

  letGo(callback: () => void): void {
    this.#response.off('drain', callback);
    this.#socket?.off('drain', callback);
  }
}

/** Another middleware has its hands in the response, such as `compression()`: it gets the text as it is. */
class ChunksOfOthers implements ChunkWriter {
  readonly #response: Response & { flush?: () => void };

  constructor(response: Response) {
    this.#response = response;
  }

  get over(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  get full(): boolean {
    return this.#response.writableNeedDrain;
  }

  write(text: string): boolean {
    const room = this.#response.write(text);
    this.#response.flush?.(); // `compression()` holds bytes back until it is told to let them go
    return room;
  }

  drained(callback: () => void): void {
    this.#response.once('drain', callback);
  }

  letGo(callback: () => void): void {
    this.#response.off('drain', callback);
  }
}
