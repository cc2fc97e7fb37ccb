// The queue of an agent's answer: the events of the agent and of its tools, in the order of their causes.
import { setImmediate as nextTick } from 'node:timers/promises';
import type { HookEventInput } from '../../protocol';

type Make = () => HookEventInput[] | Promise<HookEventInput[]>;

/**
 * Runs the functions that make events one after the other, and holds the events until the reader takes them. Pushes of
 * tools wait while the queue is full. The agent's own events never wait, because the SDK would hold them instead, and
 * drops them when a run fails.
 */
export class EventChannel {
  readonly #limit: number;
  readonly #signal: AbortSignal;
  #waiting: HookEventInput[] = [];
  /** Settles when every function that was added so far has run. Never rejects. */
  #work: Promise<unknown> = Promise.resolve();
  /** Pushes that consist of several steps and are not finished, such as the states of a widget. */
  readonly #unfinished = new Set<Promise<unknown>>();
  #reading = false;
  #end: { error?: unknown } | null = null;
  #wakeReader: (() => void) | null = null;
  #wakeWriters: (() => void)[] = [];
  /** The number of readers that have left. Events for an earlier reader are not for the next reader. */
  #left = 0;

  /** Settles when the turn is cancelled. */
  readonly #cancelled: Promise<void>;

  constructor(limit: number, signal: AbortSignal) {
    this.#limit = limit;
    this.#signal = signal;
    this.#cancelled = new Promise((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
          this.#wake();
        },
        { once: true },
      );
    });
  }

  /** Returns the number of the current or the next reader, for the option `reader` of {@link push}. */
  get reader(): number {
    return this.#left;
  }

  /**
   * Adds the events of a tool after everything that the agent has said so far. Settles when the queue has room, and at
   * once when the turn is cancelled.
   *
   * @param reader drops the events once this reader has left. Default: the events are for any reader.
   * @throws what `make` throws; an Error when the queue is full and nobody reads it.
   */
  push(make: Make, reader?: number): Promise<void> {
    const pushed = this.#push(make, () => reader === undefined || reader === this.#left);
    pushed.catch(() => undefined); // a tool need not await the push, and an unhandled rejection would end the process
    return pushed;
  }

  async #push(make: Make, isWanted: () => boolean): Promise<void> {
    await nextTick(); // what the agent said before is read from the SDK's stream within this tick
    if (this.#signal.aborted || !isWanted()) return;
    if (!this.#reading && this.#waiting.length >= this.#limit) {
      throw new Error(
        `${this.#limit} events wait and nothing reads them: yield* streamAgentResponse(agentContext, result)`,
      );
    }
    await this.#enqueue(make, isWanted);
    while (this.#reading && this.#waiting.length >= this.#limit && !this.#signal.aborted) {
      await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
    }
  }

  /**
   * Runs several pushes that belong together. {@link end} waits for them, so that an item which was added is also
   * finished when the tool does not wait for it.
   */
  async together<T>(act: () => Promise<T>): Promise<T> {
    const acting = act();
    this.#unfinished.add(acting);
    try {
      return await acting;
    } finally {
      this.#unfinished.delete(acting);
    }
  }

  /**
   * Adds events of the agent. An error of `make` ends the queue, and functions that were added later are not called.
   */
  add(make: Make): void {
    const reader = this.#left;
    const isWanted = () => reader === this.#left && !(this.#end !== null && 'error' in this.#end);
    this.#enqueue(make, isWanted).catch((error: unknown) => {
      if (isWanted()) this.#close({ error });
    });
  }

  /** Ends the queue after everything that was added or pushed until now. @param error is thrown to the reader. */
  async end(error?: unknown): Promise<void> {
    const reader = this.#left;
    await nextTick(); // pushes that no tool awaits are added first
    // After a failure, tools that still run are not awaited.
    while (error === undefined && this.#unfinished.size > 0 && !this.#signal.aborted && reader === this.#left) {
      await Promise.race([Promise.allSettled(this.#unfinished), this.#cancelled]);
    }
    await this.#work;
    if (reader === this.#left) this.#close(error === undefined ? {} : { error });
  }

  /**
   * Yields the events in batches until the end. One reader at a time. Another reader can follow.
   * @throws the error of the queue, after all events before it.
   */
  async *read(): AsyncGenerator<HookEventInput[], void, undefined> {
    if (this.#reading) throw new Error('This AgentContext is streaming an answer already: make one for each run');
    this.#reading = true;
    try {
      for (;;) {
        if (this.#signal.aborted) return;
        const end = this.#end;
        if (this.#waiting.length > 0) yield this.#take();
        else if (end === null) await new Promise<void>((resolve) => (this.#wakeReader = resolve));
        else if ('error' in end) throw end.error;
        else return;
      }
    } finally {
      this.#reading = false;
      this.#left++;
      this.#end = null;
      this.#waiting = [];
      this.#letWriters();
    }
  }

  /** Appends the events after they were made, because the reader may have emptied the queue or left in the meantime. */
  #enqueue(make: Make, isWanted: () => boolean): Promise<void> {
    const work = this.#work.then(async () => {
      if (this.#signal.aborted || !isWanted()) return;
      const events = await make();
      if (!isWanted()) return;
      this.#waiting.push(...events);
      this.#wake();
    });
    this.#work = work.catch(() => undefined);
    return work;
  }

  #take(): HookEventInput[] {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#letWriters();
    return batch;
  }

  #close(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#wake();
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = null;
    if (this.#signal.aborted) this.#letWriters();
  }

  #letWriters(): void {
    for (const wake of this.#wakeWriters.splice(0)) wake();
  }
}
