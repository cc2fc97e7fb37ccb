// Recognises a repeated request, so that one press of Send stores one message however often the client posts it.
import { createHash } from 'node:crypto';
import { ChatKitError } from './errors';
import type { Run } from './runs/run';
import { ShortLivedMap } from './short-lived';

/** The time for which a repetition can take over an attempt, in milliseconds. */
const takeOverMs = 60_000;
/** The number of attempts that are remembered. The oldest is forgotten first. */
const maxAttempts = 10_000;

/** The ids and the time of the rows that a request stores. A repetition uses them again, so that it adds no rows. */
export interface Draft {
  threadId?: string;
  messageId?: string;
  createdAt?: string;
  /** True when the ids are derived from an Idempotency-Key, so that another process may have stored the message. */
  isDerived?: boolean;
  /** True once the answer has been delivered and has ended. A repetition receives the stored answer. */
  isAnswered?: boolean;
}

/** The properties by which a request is recognised. */
export interface Sender {
  /** The owner of the request. A request of another owner is never a repetition of this one. */
  owner: string;
  frameId: string | undefined;
  idempotencyKey: string | undefined;
}

/** The run that answers a request. */
export interface Opened<TContext> {
  run: Run<TContext>;
  /** True for the run of an earlier attempt that a client has read of. */
  isJoined: boolean;
}

/** A request and its repetitions. */
export class Attempt<TContext> {
  readonly draft: Draft;
  /** The hash of the body, for requests with an Idempotency-Key. */
  readonly bodyHash: string | undefined;
  readonly expiresAt = performance.now() + takeOverMs;
  readonly #forget: () => void;
  #opening: Promise<Run<TContext>> | undefined;
  #isDelivered = false;
  /** True while the run is making its answer, and while the run is kept after its end. */
  #isOpen = false;
  #giveUp: NodeJS.Timeout | undefined;
  /** Ends the response that reads the run. */
  #endReader: (() => void) | undefined;

  constructor(forget: () => void, { draft = {}, bodyHash }: { draft?: Draft; bodyHash?: string } = {}) {
    this.#forget = forget;
    this.draft = draft;
    this.bodyHash = bodyHash;
  }

  /** True while the attempt is remembered: for a minute, and longer while its run is open or kept. */
  get isKnown(): boolean {
    return this.#isOpen || performance.now() < this.expiresAt;
  }

  /**
   * Takes over the run of the earlier attempt if no client has read of it. Joins a run that can go on without a connection,
   * when the request has an Idempotency-Key. Else starts a run.
   */
  async open(start: () => Promise<Run<TContext>>): Promise<Opened<TContext>> {
    while (this.#opening) {
      const earlier = this.#opening;
      const run = await earlier.catch(() => undefined); // its own response reports the failure
      if (run && !this.#isDelivered) {
        clearTimeout(this.#giveUp);
        return { run, isJoined: false };
      }
      if (run?.isDetachable && this.draft.isDerived && this.#opening === earlier) return { run, isJoined: true };
      if (run && this.draft.isDerived) {
        await run.ended;
        this.draft.isAnswered = true;
      }
      if (this.#opening === earlier) this.#opening = undefined;
    }
    this.#isDelivered = false;
    const opening = start();
    this.#opening = opening;
    const run = await opening;
    this.#isOpen = true;
    void run.forgotten.then(() => {
      this.#isOpen = false;
      this.#forgetRun(opening);
    });
    return { run, isJoined: false };
  }

  /** Lets go of a run that can no longer be joined. A run that nobody has read of waits for its repetition. */
  #forgetRun(opening: Promise<Run<TContext>>): void {
    if (this.#opening !== opening || !this.#isDelivered) return;
    this.#opening = undefined;
    this.#endReader = undefined; // the attempt is remembered longer than the run
    if (this.draft.isDerived) this.draft.isAnswered = true;
  }

  /** Makes a response the only reader of the run. Ends the response that was the reader before. */
  read(end: () => void): void {
    this.#endReader?.();
    this.#endReader = end;
  }

  /** Called when the head of a response was written to an open connection, so that the client has its answer. */
  deliver(): void {
    if (this.#isDelivered) return;
    this.#isDelivered = true;
    if (!this.draft.isDerived) this.#forget(); // the same text in a later request is a new message
  }

  /**
   * Called when the client of the only reader has left. Returns false when the client had read of the run. Else the run waits
   * for the repetition: without one in time it is forgotten, and cancelled unless it can go on without a connection.
   */
  release(run: Run<TContext>): boolean {
    if (this.#isDelivered) return false;
    clearTimeout(this.#giveUp);
    const leftMs = Math.max(0, this.expiresAt - performance.now());
    this.#giveUp = setTimeout(() => {
      this.#forget();
      this.#opening = undefined;
      // A repetition that another process has received may read the run.
      if (!run.isDetachable && !run.hasReaders) void run.cancel('disconnected');
    }, leftMs).unref();
    return true;
  }
}

/** The attempts of a process. */
export class Attempts<TContext> {
  readonly #attempts = new ShortLivedMap<string, Attempt<TContext>>();

  /**
   * Returns the attempt that a request belongs to. Undefined for a request that cannot be recognised.
   * @throws ChatKitError `conflict` for an Idempotency-Key that was used with another body.
   */
  of(request: unknown, { owner, frameId, idempotencyKey }: Sender): Attempt<TContext> | undefined {
    if (idempotencyKey === undefined && frameId === undefined) return undefined;
    const bodyHash = hashOf(request);
    if (idempotencyKey === undefined) return this.#attempt(hashOf('frame', owner, frameId, bodyHash), {});
    const key = hashOf('key', owner, idempotencyKey);
    const [threadId, messageId] = [`thr_${key.slice(0, 32)}`, `msg_${key.slice(32)}`];
    const attempt = this.#attempt(key, { bodyHash, draft: { threadId, messageId, isDerived: true } });
    if (attempt.bodyHash === bodyHash) return attempt;
    throw new ChatKitError('conflict', 'The Idempotency-Key was used for another request');
  }

  #attempt(key: string, given: { draft?: Draft; bodyHash?: string }): Attempt<TContext> {
    const known = this.#attempts.get(key);
    if (known?.isKnown) return known;
    this.#forgetOld();
    const forget = () => {
      if (this.#attempts.get(key) === attempt) this.#attempts.delete(key);
    };
    const attempt: Attempt<TContext> = new Attempt(forget, given);
    this.#attempts.delete(key); // moves the key to the end, because the oldest attempt is forgotten first
    this.#attempts.set(key, attempt);
    return attempt;
  }

  #forgetOld(): void {
    for (const [key, attempt] of this.#attempts) {
      if (attempt.isKnown && this.#attempts.size < maxAttempts) return;
      this.#attempts.delete(key);
    }
  }
}

/** Returns 64 hexadecimal digits. */
function hashOf(...parts: unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${JSON.stringify(part)}\n`);
  return hash.digest('hex');
}
