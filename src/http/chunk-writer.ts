// Writes text to a response whose headers are prepared. Each piece is sent at once, as a chunk of its own.
import { Socket } from 'node:net';
import type { Response } from 'express';
import { OutgoingMessage } from './node-http';

/**
 * The size, in bytes, from which it costs more to copy a text into a chunk than to let Node write the chunk in four
 * pieces.
 */
const longText = 8192;

/** The functions as Node defines them. A tool that observes requests may replace them later. */
const nodeWrite: unknown = Reflect.get(OutgoingMessage.prototype, 'write');
const nodeFlush: unknown = Reflect.get(OutgoingMessage.prototype, 'flush');

/**
 * Frames chunks itself and writes them to the socket, when the socket is Node's own and the response is unmodified.
 *
 * Node writes a chunk in four pieces. Gathering the pieces costs more than all other work for a short event. On Node 20
 * and 22 the response itself causes most of the remaining cost: Express changes its prototype, so that each response
 * has a shape of its own and each access to a property is a search when many streams are open.
 *
 * In all other cases the text is passed to the response's own `write`. A middleware such as `compression()` replaces
 * that function, and hosts without a server, such as AWS Lambda, replace the socket with an object of their own.
 */
export class ChunkWriter {
  readonly #response: Response & { flush?: () => void };
  readonly #isUnmodified: boolean;
  /** False for HTTP/1.0, whose bodies end with the connection. */
  readonly #chunked: boolean;
  /**
   * Set once the headers are written. Node keeps the text before that, and while an earlier response uses the
   * connection.
   */
  #socket: Socket | null = null;
  #ended = false;
  /** Set when `write` of the response returned `false`, until the response emits `drain`. */
  #needsDrain = false;

  constructor(response: Response) {
    this.#response = response;
    this.#isUnmodified = isUnmodified(response);
    this.#chunked = response.chunkedEncoding;
    if (this.#isUnmodified) response.once('prefinish', () => (this.#ended = true));
  }

  /**
   * True when nothing more may be written, because this server or another middleware has ended or destroyed the
   * response.
   */
  get finished(): boolean {
    if (this.#socket) return this.#ended || this.#socket.destroyed;
    return this.#response.destroyed || this.#response.writableEnded;
  }

  /**
   * True while the client reads more slowly than the stream is written. {@link onDrain} reports when it has caught up.
   */
  get needsDrain(): boolean {
    return this.#socket ? this.#socket.writableNeedDrain : this.#needsDrain;
  }

  /** Writes at once. Returns false when the caller should wait for {@link onDrain} before it writes more. */
  write(text: string): boolean {
    const response = this.#response;
    if (!this.#isUnmodified) {
      const hasRoom = this.#noteRoom(response.write(text));
      // `compression()` holds bytes back until it is flushed. Node's own `flush` is deprecated and does nothing here.
      if (response.flush !== nodeFlush) response.flush?.();
      return hasRoom;
    }
    if (this.#socket) return this.#writeChunk(this.#socket, text);
    const bytes = Buffer.byteLength(text);
    // Only this call is changed: Node frames everything else, such as the end of the body.
    response.chunkedEncoding = false;
    const hasRoom = this.#noteRoom(response.write(this.#frame(text, bytes), encodingOf(text, bytes)));
    response.chunkedEncoding = this.#chunked;
    this.#socket = response.socket;
    return hasRoom;
  }

  #writeChunk(socket: Socket, text: string): boolean {
    const bytes = Buffer.byteLength(text);
    const encoding = encodingOf(text, bytes);
    return bytes > longText ? this.#response.write(text, encoding) : socket.write(this.#frame(text, bytes), encoding);
  }

  #frame(text: string, bytes: number): string {
    return this.#chunked ? `${bytes.toString(16)}\r\n${text}\r\n` : text;
  }

  /** Some responses return nothing from `write`. Only `false` means that the caller should wait. */
  #noteRoom(returned: boolean | undefined): boolean {
    if (returned !== false) return true;
    this.#needsDrain = true;
    this.#response.once('drain', () => (this.#needsDrain = false));
    return false;
  }

  /** Calls back once when there is room again, unless {@link offDrain} is called first. */
  onDrain(callback: () => void): void {
    (this.#socket ?? this.#response).once('drain', callback);
  }

  offDrain(callback: () => void): void {
    this.#response.off('drain', callback);
    this.#socket?.off('drain', callback);
  }
}

/** ASCII text is the same in both encodings, and Node writes Latin-1 faster. */
function encodingOf(text: string, bytes: number): 'latin1' | 'utf8' {
  return bytes === text.length ? 'latin1' : 'utf8';
}

/**
 * Returns true for an unmodified response of Node's own HTTP server. A response that waits does not have a socket yet.
 */
function isUnmodified(response: Response): boolean {
  const socket: unknown = response.socket ?? response.req?.socket;
  return socket instanceof Socket && response.write === nodeWrite;
}
