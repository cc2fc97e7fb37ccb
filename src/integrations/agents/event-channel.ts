// The one queue of an agent's answer: what the agent says and what its tools push, in the order in which it came about.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HookEventInput } from '../../protocol';

type Make = () => HookEventInput[] | Promise<HookEventInput[]>;

/**
 * Runs what makes events one after the other, and holds the events until they are taken. Pushes of tools wait while the
 * queue is full. The agent's own events never wait: the SDK would only hold them itself, and drops them when a run fails.
 */
export class EventChannel {
  readonly #limit: number;
  readonly #signal: AbortSignal;
  #waiting: HookEventInput[] = [];
  /** The end of the chain of work. Never rejects. */
  #work: Promise<unknown> = Promise.resolve();
  #reading = false;
  #end: { error?: unknown } | null = null;
  #wakeReader: (() => void) | null = null;
  #wakeWriters: (() => void)[] = [];
  /** How many readers have left: what an agent says to one that left is not for the next. */
  #left = 0;

  constructor(limit: number, signal: AbortSignal) {
    this.#limit = limit;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /**
   * Adds what a tool pushes, after everything that the agent has said so far. Settles when there is room for more, at once
   * when the turn is cancelled.
   * @throws what `make` throws; an Error when the queue is full and nobody reads it.
   */
  push(make: Make): Promise<void> {
    const pushed = this.#push(make);
    pushed.catch(() => undefined); // a tool need not wait, and its mistake must not end the process
    return pushed;
  }

  async #push(make: Make): Promise<void> {
    await nextTurn(); // what the agent said before is read from the SDK's stream within this turn of the event loop
    if (this.#signal.aborted) return;
    if (!this.#reading && this.#waiting.length >= this.#limit) {
      throw new Error(
        `${this.#limit} events wait and nothing reads them: yield* streamAgentResponse(agentContext, result)`,
      );
    }
    await this.#run(make);
    while (this.#reading && this.#waiting.length >= this.#limit && !this.#signal.aborted) {
      await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
    }
  }

  /** Adds what the agent says. What `make` throws ends the queue. */
  add(make: Make): void {
    const reader = this.#left;
    const isThere = () => reader === this.#left;
    this.#run(() => (isThere() ? make() : [])).catch((error: unknown) => {
      if (isThere()) this.#close({ error });
    });
  }

  /** No more comes: after everything that was added or pushed until now. @param error what the reader is to be thrown. */
  async end(error?: unknown): Promise<void> {
    await nextTurn(); // pushes that no tool waits for
    await this.#work;
    this.#close(error === undefined ? {} : { error });
  }

  /**
   * What comes until the end, in batches. To be read once at a time, any number of times.
   * @throws what the queue ended with, once everything before it was taken.
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

  #run(make: Make): Promise<void> {
    const run = this.#work.then(async () => {
      if (this.#signal.aborted) return;
      this.#waiting.push(...(await make()));
      this.#wake();
    });
    this.#work = run.catch(() => undefined);
    return run;
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
