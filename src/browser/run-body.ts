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
  /** True for a run that the chat joins. A run that is unknown then ends the body instead of failing it. */
  isJoin?: boolean;
  /** Opens another connection. Rejects when it cannot be opened. Undefined for a run that cannot be continued. */
  reconnect: ((after: number, signal: AbortSignal) => Promise<Response>) | undefined;
  /** Called with each frame before the chat reads it. */
  onFrame?: (frame: Frame) => void;
  /** Called once, when the body has ended. */
  onEnd: (how: 'ended' | 'left' | 'stopped' | 'unknown') => void;
}

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
  #frames = new FrameSplitter();
  /** How many events of the run the chat has read. */
  #after = 0;
  /** True until the first number of a connection, and after events without numbers: the next number may be any. */
  #mayJump = true;
  /** The number of connections in a row that have brought no new event. */
  #attempts = 0;
  /** True when the network came back while the connection was open. */
  #isOutdated = false;
  #isBegun: boolean;

  constructor(options: RunBodyOptions) {
    this.#options = options;
    this.#reader = options.response?.body?.getReader();
    this.#isBegun = options.response !== undefined;
    this.#disconnect = options.disconnect ?? (() => undefined);
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
    if (!this.isOpen) return;
    this.#end('stopped');
    this.#controller.close();
  }

  #end(how: Parameters<RunBodyOptions['onEnd']>[0]): void {
    if (!this.isOpen) return;
    this.#closed.abort();
    this.#stopListening();
    this.#disconnect();
    this.#options.onEnd(how);
  }

  /** Passes on at least one frame, or ends the body. */
  async #pull(): Promise<void> {
    let lost: unknown;
    while (this.isOpen) {
      try {
        if (!this.#reader) await this.#connect();
        const isDone = await this.#passOn();
        if (isDone === undefined || !this.isOpen) return;
        if (isDone) {
          this.#end('ended');
          this.#controller.close();
        }
      } catch (error) {
        if (!this.isOpen) return;
        lost = error instanceof UnknownRun ? (lost ?? error) : error;
        this.#reader = undefined;
        if (this.#options.reconnect && !(error instanceof UnknownRun)) continue;
        this.#end('unknown');
        if (this.#options.isJoin) this.#controller.close();
        else this.#controller.error(lost);
      }
    }
  }

  /** Reads once. Returns true at the end, undefined when frames were passed on, and false otherwise. */
  async #passOn(): Promise<boolean | undefined> {
    const { done, value } = await this.#read();
    if (!this.isOpen) return;
    if (done) {
      if (this.#frames.isWithinFrame) throw new TypeError('lost');
      return true;
    }
    let text = '';
    for (const frame of this.#frames.push(value)) {
      if (!this.#isNext(frame)) {
        if (text !== '') this.#controller.enqueue(encoder.encode(text));
        throw new TypeError('lost');
      }
      this.#options.onFrame?.(frame);
      text += frame.text;
    }
    if (text === '') return false;
    this.#controller.enqueue(encoder.encode(text));
    return undefined;
  }

  /** Returns false for an event that comes after a lost one. */
  #isNext({ count, hasData }: Frame): boolean {
    if (!hasData) return true;
    if (count === undefined) {
      this.#mayJump = true; // an event of a snapshot, which counts as a whole
      return true;
    }
    if (!this.#mayJump && count !== this.#after + 1 && this.#options.reconnect) return false;
    this.#mayJump = false;
    if (count > this.#after) this.#attempts = 0;
    this.#after = count;
    return true;
  }

  async #read(): Promise<Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>> {
    if (this.#isOutdated || !this.#reader) throw new TypeError('lost');
    const timer = this.#options.reconnect && setTimeout(() => this.#disconnect(), this.#options.silenceMs);
    try {
      return await this.#reader.read();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Opens the next connection, for as long as the run is known. Throws `UnknownRun` when it is not known any more. */
  async #connect(): Promise<void> {
    const { reconnect, silenceMs } = this.#options;
    if (!reconnect) throw new UnknownRun();
    this.#disconnect();
    while (this.isOpen) {
      if (this.#isBegun) await pause(this.#attempts++, this.#closed.signal);
      this.#isBegun = true;
      if (!this.isOpen) return;
      const connection = new AbortController();
      this.#disconnect = () => connection.abort();
      this.#isOutdated = false;
      const timer = setTimeout(this.#disconnect, silenceMs);
      const response = await reconnect(this.#after, connection.signal).catch(() => undefined);
      clearTimeout(timer);
      if (response && this.isOpen && isEventStream(response) && response.body) {
        this.#reader = response.body.getReader();
        this.#frames = new FrameSplitter();
        this.#mayJump = true;
        return;
      }
      connection.abort();
      if (response && isFinal(response)) throw new UnknownRun();
    }
  }
}

class UnknownRun extends TypeError {
  constructor() {
    super('The answer is lost');
  }
}
