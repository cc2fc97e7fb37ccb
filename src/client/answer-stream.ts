// The stream of an answer: its events, for as long as the server knows the run, and Stop.
import type { Frame } from '../browser/frames';
import type { RunBody } from '../browser/run-body';
import { RequestError } from './request-error';
import { parseJson, type StreamEvent } from './wire';

/** An open connection to a run. */
export interface Opened {
  body: RunBody;
  /** Undefined for a server without runs. */
  runId: string | undefined;
  /** Ends the run on the server. Resolves to false when the server could not be told. Undefined without runs. */
  stop: (() => Promise<boolean>) | undefined;
}

export interface AnswerSource {
  /**
   * Opens the stream. Rejects with the error of the request.
   * @param onFrame Is called with each frame.
   * @param ending Is aborted when the caller no longer waits for the answer, so that the request is not posted again.
   */
  open(onFrame: (frame: Frame) => void, ending: AbortSignal): Promise<Opened>;
  /** Ends the request that opens the stream. */
  abort(): void;
  onBadFrame(raw: string): void;
}

/**
 * The answer to a request, as events. Iterate it once. A connection that breaks is continued below the iteration, for as
 * long as the server knows the run.
 *
 * The iteration rejects with `RequestError` when the request is refused, or when a connection is lost that cannot be
 * continued. Leaving the iteration, for example by `break`, is the same as {@link AnswerStream.leave}.
 */
export class AnswerStream implements AsyncIterable<StreamEvent> {
  /** Resolves to the id of the run once the answer has begun. Undefined for a server without runs. Never rejects. */
  readonly runId: Promise<string | undefined>;
  readonly #source: AnswerSource;
  readonly #opened: Promise<Opened>;
  #events: StreamEvent[] = [];
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal | undefined;

  /** @param signal Is the same as {@link AnswerStream.leave} when it is aborted. The iteration rejects with its reason. */
  constructor(source: AnswerSource, signal?: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
    this.#opened = source.open(({ data }) => {
      if (data === undefined) return;
      const event = parseJson(data);
      if (event === undefined) source.onBadFrame(data);
      else this.#events.push(event as StreamEvent);
    }, this.#ending.signal);
    signal?.addEventListener('abort', () => this.leave());
    if (signal?.aborted) this.leave();
    this.runId = this.#opened.then(
      ({ runId }) => runId,
      () => undefined,
    );
  }

  /**
   * Ends the answer on the server, and the iteration at once. Without runs the connection is closed, which ends the
   * answer on a server that notices it.
   * @returns true once the server has confirmed it, and false when the server has no runs or could not be reached.
   */
  async stop(): Promise<boolean> {
    if (this.#isLeft) return false;
    this.#ending.abort();
    // The server begins the run before it names it. A request that is aborted before would leave the run behind.
    const opened = await this.#opened.catch(() => undefined);
    const stopped = opened?.stop?.();
    this.#close(opened);
    return (await stopped) ?? false;
  }

  /** Ends the iteration. The run continues where the server has runs. */
  leave(): void {
    if (this.#isLeft) return;
    this.#ending.abort();
    this.#source.abort();
    this.#opened.then(
      (opened) => this.#close(opened),
      () => undefined,
    );
  }

  get #isLeft(): boolean {
    return this.#ending.signal.aborted;
  }

  #close(opened: Opened | undefined): void {
    opened?.body.stop();
    this.#source.abort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    try {
      const left = new Promise<undefined>((resolve) => {
        this.#ending.signal.addEventListener('abort', () => resolve(undefined));
      });
      const opened = this.#isLeft ? undefined : await Promise.race([this.#opened, left]);
      const reader = opened?.body.stream.getReader();
      while (reader && !this.#isLeft) {
        const { done } = await reader.read();
        for (const event of this.#events.splice(0)) {
          if (this.#isLeft) break;
          yield event;
        }
        if (done) break;
      }
      this.#signal?.throwIfAborted();
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (this.#isLeft) return;
      if (error instanceof RequestError) throw error;
      throw new RequestError('The connection broke off', { cause: error });
    } finally {
      this.leave();
    }
  }
}
