// A stream of a run's events as a transport reads it.
import type { Attempt } from './attempts';
import type { ThreadStreamEvent } from './protocol';
import { ItemPacer } from './runs/item-pacer';
import type { RunReader } from './runs/reader';
import type { Place, ShortLivedList } from './short-lived';

/**
 * An open stream of events, for one reader. Leaving the iteration before its end is the same as {@link EventStream.cancel}.
 */
export interface EventStream extends AsyncIterable<ThreadStreamEvent> {
  /** The id of the run behind the stream, for the header `chatkit-run-id`. */
  readonly runId: string;
  /** Returns all events that wait, or null. Costs less than a promise for each event. Take or iterate, not both. */
  take(): ThreadStreamEvent[] | null;
  /**
   * Returns how many events of the run the reader has read with an event of the batch that `take` returned last: the number
   * from which a broken stream continues. Undefined for an event that a stream cannot continue from, and for a stream whose
   * events are not counted: a client without `runControl` gets the text deltas of a burst joined.
   * @param index The place of the event in the batch.
   */
  countAt(index: number): number | undefined;
  /** True when everything was taken and nothing more comes. */
  readonly done: boolean;
  /** Calls back once, when there are events to take or the stream is done. */
  whenReady(callback: () => void): void;
  /** Spaces out finished items as the official page needs it: see {@link ItemPacer}. Call it before the first `take`. */
  pace(): void;
  /** Reports that the head of the response was written to an open connection. Called by `take` as well. */
  deliver(): void;
  /**
   * Reports that the client has left. Ends the run, unless the run can go on without a connection. Settles when what was
   * said so far is stored. A run of which nothing was delivered goes on for a minute, so that the client's repetition
   * takes it over. A stream that follows a run of another request never ends the run.
   */
  cancel(): Promise<void>;
}

/** How a stream is connected to its run. */
export interface StreamSource<TContext> {
  runId: string;
  reader: RunReader;
  /** The readers that wait for the pace of their events, also after the run has ended. */
  paced: ShortLivedList<RunReader>;
  /** The request that the stream answers. Undefined for a request that is not recognised when it is repeated. */
  attempt?: Attempt<TContext> | undefined;
  /** Called when the client leaves. */
  leave(): Promise<void>;
}

/** Reads a run for one response. */
export class RunStream<TContext> implements EventStream {
  readonly runId: string;
  readonly #reader: RunReader;
  readonly #source: StreamSource<TContext>;
  /** True once the repetition of the request reads the run. */
  #isReplaced = false;
  #callback: (() => void) | undefined;
  #pacedAt: Place<RunReader> | undefined;

  constructor(source: StreamSource<TContext>) {
    this.runId = source.runId;
    this.#reader = source.reader;
    this.#source = source;
    source.attempt?.read(() => {
      this.#isReplaced = true;
      this.#callback?.();
    });
  }

  deliver(): void {
    if (!this.#isReplaced) this.#source.attempt?.deliver();
  }

  pace(): void {
    this.#reader.pace(new ItemPacer());
    this.#pacedAt = this.#source.paced.add(this.#reader);
  }

  take(): ThreadStreamEvent[] | null {
    if (this.#isReplaced) return null;
    const events = this.#reader.take();
    if (events) this.deliver();
    return events;
  }

  countAt(index: number): number | undefined {
    return this.#reader.countAt(index);
  }

  get done(): boolean {
    return this.#isReplaced || this.#reader.done;
  }

  whenReady(callback: () => void): void {
    if (this.#isReplaced) {
      process.nextTick(callback);
      return;
    }
    this.#callback = callback;
    this.#reader.whenReady(callback);
  }

  async cancel(): Promise<void> {
    if (this.#isReplaced) return;
    await this.#source.leave();
    if (this.#pacedAt) this.#source.paced.delete(this.#pacedAt);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ThreadStreamEvent, void, undefined> {
    try {
      while (!this.done) {
        yield* this.take() ?? [];
        if (!this.done) await new Promise<void>((resolve) => this.whenReady(resolve));
      }
    } finally {
      await this.cancel(); // does nothing when the run has ended by itself
    }
  }
}
