// The body that the chat reads in place of the network's: whole frames only, continued below the chat when a connection
// breaks.
import { onWindow, pause } from './back-off';
import { isEventStream, isFinal } from './endpoint';
import { FrameSplitter, type Frame } from './frames';

export interface RunBodyOptions {
  /** The first response. Undefined for a run that is joined: the body makes its first connection itself. */
  response?: Response | undefined;
  /** Ends the connection of the first response. */
  disconnect?: () => void;
  /** The time without a byte after which a connection counts as lost, in milliseconds. */
  silenceMs: number;
  /**
   * Opens another connection. Rejects when it cannot be opened. Undefined for a run that cannot be continued.
   * @param after How many events of the run the chat has read. 0 when no event had a number.
   */
  reconnect: ((after: number, signal: AbortSignal) => Promise<Response>) | undefined;
  /** Called with each frame before the chat reads it. */
  onFrame?: (frame: Frame) => void;
  /**
   * Called once, when the body has ended. `unknown`: the run is not known any more. The body of a run that is joined then
   * ends. Any other body fails.
   */
  onEnd: (how: 'ended' | 'left' | 'stopped' | 'unknown') => void;
  /** Splits the first response, if it is not a stream of Server-Sent Events. */
  frames?: Pick<FrameSplitter, 'push' | 'isWithinFrame'> | undefined;
}

/** The time that a connection may stay open after the mark of its end, in milliseconds. */
const closeMs = 1000;
const encoder = new TextEncoder();

export class RunBody {
  /** The stream that the chat reads. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #options: RunBodyOptions;
  readonly #closed = new AbortController();
  readonly #stopListening: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #disconnect: () => void;
  #frames: NonNullable<RunBodyOptions['frames']>;
  /** How many events of the run the chat has read. */
  #after = 0;
  /** True until the first number of a connection, and after events without numbers: the next number may be any. */
  #mayJump = true;
  /** False for a stream without numbers, which a server or a proxy sends that does not know `chatkit-run-control`. */
  #isMarked = true;
  /** True once the mark of the end was read. */
  #hasEnded = false;
  /** The number of connections in a row that have brought no new event. */
  #attempts = 0;
  /** True when the network came back while the connection was open. */
  #isOutdated = false;

  constructor(options: RunBodyOptions) {
    this.#options = options;
    this.#disconnect = options.disconnect ?? (() => undefined);
    this.#reader = options.response?.body?.getReader();
    this.#frames = options.frames ?? new FrameSplitter();
    // A connection that is older than the network is likely to be dead, without anything that tells so.
    this.#stopListening = onWindow('online', () => {
      if (!options.reconnect) return;
      this.#isOutdated = true;
      this.#disconnect();
    });
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: () => this.#end('left'),
      },
      { highWaterMark: 0 },
    );
  }

  get isOpen(): boolean {
    return !this.#closed.signal.aborted;
  }

  /** Ends the body as if the stream had come to its end. */
  stop(): void {
    this.#close('stopped');
  }

  #end(how: Parameters<RunBodyOptions['onEnd']>[0]): void {
    if (!this.isOpen) return;
    this.#closed.abort();
    this.#stopListening();
    this.#disconnect();
    this.#options.onEnd(how);
  }

  #close(how: Parameters<RunBodyOptions['onEnd']>[0]): void {
    if (!this.isOpen) return;
    this.#end(how);
    this.#controller.close();
  }

  /** Passes on at least one frame, or ends the body. */
  async #pull(): Promise<void> {
    let lost: unknown = new TypeError('The answer is lost');
    while (this.isOpen) {
      try {
        if (this.#reader || (await this.#connect())) {
          if (await this.#passOn()) return;
        } else if (!this.#options.response) this.#close('unknown');
        else if (this.isOpen) {
          this.#end('unknown');
          this.#controller.error(lost);
        }
      } catch (error) {
        lost = error;
        this.#reader = undefined;
      }
    }
  }

  /** Reads once. Returns true when frames were passed on. */
  async #passOn(): Promise<boolean> {
    const { done, value } = await this.#next();
    if (!this.isOpen) return false;
    if (done) {
      const isLost = this.#frames.isWithinFrame || (this.#options.reconnect && this.#isMarked);
      if (isLost && !this.#hasEnded) throw new TypeError('lost');
      this.#close('ended');
      return false;
    }
    let text = '';
    try {
      for (const frame of this.#frames.push(value)) {
        if (!this.#isNext(frame)) throw new TypeError('lost');
        this.#options.onFrame?.(frame);
        text += frame.text;
      }
    } finally {
      if (text) this.#controller.enqueue(encoder.encode(text));
    }
    return text !== '';
  }

  /** Returns false for an event that comes after a lost one. */
  #isNext({ count, data, isEnd }: Frame): boolean {
    if (isEnd) this.#hasEnded = true;
    if (data === undefined) return true;
    if (count === undefined) {
      // An event of a snapshot, which counts as a whole, or of a stream without numbers.
      if (!this.#after && this.#options.response && !this.#options.frames) this.#isMarked = false;
      return (this.#mayJump = true);
    }
    if (!this.#mayJump && count !== this.#after + 1 && this.#options.reconnect) return false;
    this.#mayJump = false;
    this.#isMarked = true;
    if (count > this.#after) this.#attempts = 0;
    this.#after = count;
    return true;
  }

  async #next(): Promise<Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>> {
    if (this.#isOutdated || !this.#reader) throw new TypeError('lost');
    const ms = this.#hasEnded ? closeMs : this.#options.silenceMs;
    const timer = this.#options.reconnect && setTimeout(() => this.#disconnect(), ms);
    try {
      return await this.#reader.read();
    } catch (error) {
      if (this.#hasEnded) return { done: true, value: undefined };
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Opens the next connection, for as long as the run is known. Returns false when it is not known any more. */
  async #connect(): Promise<boolean> {
    const { reconnect, silenceMs, response: first } = this.#options;
    this.#disconnect();
    while (reconnect && this.isOpen) {
      if (first || this.#attempts) await pause(this.#attempts, this.#closed.signal);
      this.#attempts++;
      if (!this.isOpen) break;
      const connection = new AbortController();
      this.#disconnect = () => connection.abort();
      this.#isOutdated = false;
      const timer = setTimeout(this.#disconnect, silenceMs);
      const response = await reconnect(this.#after, connection.signal).catch(() => undefined);
      clearTimeout(timer);
      if (response?.body && this.isOpen && isEventStream(response)) {
        this.#reader = response.body.getReader();
        this.#frames = new FrameSplitter();
        return (this.#mayJump = true);
      }
      connection.abort();
      if (response && isFinal(response)) break;
    }
    return false;
  }
}
