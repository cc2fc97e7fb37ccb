// The pace of the example's assistant. A test can hold an answer half way, because a busy machine may be slower than it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Gate } from '../support/gate';

export class Pace {
  #left = Infinity;
  #gate = new Gate();

  /** @param pauseMs The pause between two words, in milliseconds. */
  constructor(readonly pauseMs: number) {}

  /** Lets the answers wait after this number of pauses, until `goOn` is called or they are stopped. */
  hold(pauses: number): void {
    this.#left = pauses;
    this.#gate = new Gate();
  }

  goOn(): void {
    this.#left = Infinity;
    this.#gate.open();
  }

  /** The option of the example. */
  readonly pause = async (words: number, signal: AbortSignal): Promise<void> => {
    if (--this.#left >= 0) return sleep(words * this.pauseMs, undefined, { signal });
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      void this.#gate.passed.then(resolve);
    });
  };
}
