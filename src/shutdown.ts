// Closes a server: refuses new work, drains, cancels, waits, and reports the work that it abandons.
import { ChatKitError } from './errors';
import type { Logger } from './logger';
import { ShortLivedList } from './short-lived';
import { settlesWithin, WorkInProgress } from './work-in-progress';

/** The time limits of `close()`. */
export interface CloseOptions {
  /** The time for which open runs may continue before they are cancelled, in milliseconds. Default 0. */
  drainMs?: number | undefined;
  /** The time for which to wait for the remaining work after the drain, in milliseconds. Default 10,000. */
  timeoutMs?: number | undefined;
}

/** Steps that only the server can take. */
interface CloseSteps {
  logger: Logger;
  /** Asks a running sweep to stop. Settles when the sweep has stopped. */
  stopSweeps(): Promise<void>;
  cancelRuns(): void;
  /** Forgets the runs that are kept after their end. */
  forgetRuns(): Promise<void>;
}

/** The longest timer of Node, in milliseconds. Node shortens a longer timer to one millisecond. */
const longestTimerMs = 2 ** 31 - 1;

/** Keeps the phase of the shutdown and all work that it waits for. */
export class Shutdown {
  /** `draining`: open runs continue, and new runs are refused. `ended`: all new work is refused. */
  #phase: 'open' | 'draining' | 'ended' = 'open';
  /** The runs, and the requests that are about to open one. */
  readonly runs = new WorkInProgress();
  /** All requests, from the call of `context` to their answer. */
  readonly work = new WorkInProgress();
  /** The callbacks of the requests whose response has not finished. Called when the shutdown begins. */
  readonly #responses = new ShortLivedList<() => void>();
  #lastResponse: (() => void) | undefined;
  /** Rejects the requests that wait for the rest of their body. */
  readonly #waiting = new ShortLivedList<(error: Error) => void>();
  #closing: Promise<void> | undefined;

  get phase() {
    return this.#phase;
  }

  /** @throws ChatKitError `unavailable` once `close()` was called. */
  refuseWhenClosing(): void {
    if (this.#phase !== 'open') throw shuttingDown();
  }

  /** @throws ChatKitError `unavailable` once the drain has ended. */
  refuseWhenEnded(): void {
    if (this.#phase === 'ended') throw shuttingDown();
  }

  /** Settles like the value, or rejects with ChatKitError `unavailable` when the drain ends first. */
  untilEnded(value: unknown): unknown {
    if (!(value instanceof Promise)) return value;
    if (this.#phase === 'ended') {
      value.catch(() => undefined); // nobody reads it any more
      return Promise.reject(shuttingDown());
    }
    return new Promise((resolve, reject) => {
      const place = this.#waiting.add(reject);
      value.finally(() => this.#waiting.delete(place)).then(resolve, reject);
    });
  }

  begin(onClosing: () => void): () => void {
    if (this.#phase !== 'open') onClosing();
    const place = this.#responses.add(onClosing);
    return () => {
      this.#responses.delete(place);
      if (this.#responses.size === 0) this.#lastResponse?.();
    };
  }

  /** Returns the same promise for each call. Rejects for invalid time limits, without any effect. */
  close({ drainMs = 0, timeoutMs = 10_000 }: CloseOptions = {}, steps: CloseSteps): Promise<void> {
    const refusal = checkMs('drainMs', drainMs) ?? checkMs('timeoutMs', timeoutMs);
    if (refusal) return Promise.reject(refusal);
    return (this.#closing ??= this.#close(drainMs, timeoutMs, steps));
  }

  async #close(drainMs: number, timeoutMs: number, steps: CloseSteps): Promise<void> {
    this.#phase = 'draining';
    for (const tell of this.#responses.values()) tell();
    let isSweeping = true;
    const sweepsStopped = steps.stopSweeps().finally(() => (isSweeping = false));
    if (drainMs > 0) await settlesWithin(drainMs, this.runs.settled());
    this.#phase = 'ended';
    for (const reject of this.#waiting.values()) reject(shuttingDown());
    steps.cancelRuns();
    const everything = (async () => {
      await Promise.all([this.runs.settled(), this.work.settled()]);
      await steps.forgetRuns();
      await this.#responsesFinished();
      await sweepsStopped;
    })();
    if (await settlesWithin(timeoutMs, everything)) return;
    const fields = {
      timeout_ms: timeoutMs,
      runs: this.runs.size,
      work: this.work.names,
      responses: this.#responses.size,
      sweep: isSweeping,
    };
    steps.logger.warn(fields, 'close() timed out and abandoned this work');
  }

  async #responsesFinished(): Promise<void> {
    if (this.#responses.size === 0) return;
    await new Promise<void>((resolve) => (this.#lastResponse = resolve));
  }
}

function shuttingDown(): ChatKitError {
  return new ChatKitError('unavailable', 'The server is shutting down');
}

/** Returns the error for a value that is not a number of milliseconds. */
function checkMs(name: string, value: unknown): ChatKitError | undefined {
  if (typeof value === 'number' && value >= 0 && value <= longestTimerMs) return undefined;
  const range = `a number of milliseconds from 0 to ${longestTimerMs}`;
  return new ChatKitError('invalid_request', `close: \`${name}\` must be ${range}`);
}
