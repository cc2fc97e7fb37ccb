// Recognises the repetition of a request, so that one press of Send is one message however often the client posts it.
import { createHash } from 'node:crypto';
import type { Run } from './events/run';

/** For how long an attempt can be taken over, in milliseconds. */
const takeOverMs = 60_000;
/** How many attempts are remembered. The oldest are forgotten first. */
const maxAttempts = 10_000;

/** The ids and the time of what a request stores. A repetition stores the same, so that a lost reply does no harm. */
export interface Draft {
  threadId?: string;
  messageId?: string;
  createdAt?: string;
}

/** A request and its repetitions. */
export class Attempt<TContext> {
  readonly draft: Draft = {};
  readonly expiresAt = performance.now() + takeOverMs;
  readonly #forget: () => void;
  #opening: Promise<Run<TContext>> | undefined;
  #isDelivered = false;
  #giveUp: NodeJS.Timeout | undefined;
  /** Ends the response that reads the run. */
  #endReader: (() => void) | undefined;

  constructor(forget: () => void) {
    this.#forget = forget;
  }

  /** Takes over the run of the earlier attempt if no client has read of it; else starts one. */
  async open(start: () => Promise<Run<TContext>>): Promise<Run<TContext>> {
    while (this.#opening) {
      const earlier = this.#opening;
      const run = await earlier.catch(() => undefined); // its own response reports the failure
      if (run && !this.#isDelivered) {
        clearTimeout(this.#giveUp);
        return run;
      }
      if (this.#opening === earlier) this.#opening = undefined;
    }
    this.#isDelivered = false;
    this.#opening = start();
    return this.#opening;
  }

  /** Makes a response the only reader of the run. The one before it ends. */
  read(end: () => void): void {
    this.#endReader?.();
    this.#endReader = end;
  }

  /** Called when the head of a response was written to an open connection: the client has its answer. */
  deliver(): void {
    if (this.#isDelivered) return;
    this.#isDelivered = true;
    this.#forget();
  }

  /** Called when the client of the only reader has left. Returns false when it had read of the run: then it is over. */
  release(run: Run<TContext>): boolean {
    if (this.#isDelivered) return false;
    clearTimeout(this.#giveUp);
    const leftMs = Math.max(0, this.expiresAt - performance.now());
    this.#giveUp = setTimeout(() => {
      this.#forget();
      void run.cancel('disconnected');
    }, leftMs).unref();
    return true;
  }
}

/** The attempts of a process. */
export class Attempts<TContext> {
  readonly #attempts = new Map<string, Attempt<TContext>>();

  /**
   * The attempt that a request belongs to. Undefined for a request that cannot be recognised.
   * @param from Who sends it: nobody else's request is recognised as the same.
   */
  of(request: unknown, from: { context: unknown; frameId: string | undefined }): Attempt<TContext> | undefined {
    if (from.frameId === undefined) return undefined;
    const key = keyOf(from.frameId, from.context, request);
    if (key === undefined) return undefined;
    const known = this.#attempts.get(key);
    if (known && known.expiresAt > performance.now()) return known;
    this.#forgetOld();
    const attempt: Attempt<TContext> = new Attempt(() => {
      if (this.#attempts.get(key) === attempt) this.#attempts.delete(key);
    });
    this.#attempts.delete(key); // a new attempt comes last
    this.#attempts.set(key, attempt);
    return attempt;
  }

  #forgetOld(): void {
    for (const [key, { expiresAt }] of this.#attempts) {
      if (expiresAt > performance.now() && this.#attempts.size < maxAttempts) return;
      this.#attempts.delete(key);
    }
  }
}

/** Undefined when the context is not JSON: then nothing tells its owner from another one. */
function keyOf(...parts: unknown[]): string | undefined {
  try {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(`${JSON.stringify(part)}\n`);
    return hash.digest('base64');
  } catch {
    return undefined;
  }
}
