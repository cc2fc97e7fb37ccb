// The time in which a hook can still refuse its request: before its first event, and before the response has begun.

/** Lets the server wait for the first event of a hook, or for a refusal instead. */
export class HookBeginning {
  #isDecided = false;
  #refusal: { error: unknown } | undefined;
  /**
   * Ends the wait. Undefined while nothing waits, because few requests wait and a promise would cost each of the
   * others.
   */
  #wake: (() => void) | undefined;

  /** Reports that the hook has yielded an event, or has ended. Called for each event. */
  decide(): void {
    if (!this.#isDecided) this.#settle(undefined);
  }

  /**
   * Refuses the request with an error. Undefined refuses nothing.
   * @returns false when it is too late, so that the stream has to report the error.
   */
  refuse(error: unknown): boolean {
    if (error === undefined || this.#isDecided) return false;
    this.#settle({ error });
    return true;
  }

  /** Waits until the hook has begun, for `timeoutMs` at most. Rejects with the error that refuses the request. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#isDecided) {
      const timer = setTimeout(() => this.decide(), timeoutMs);
      await new Promise<void>((resolve) => (this.#wake = resolve));
      clearTimeout(timer);
    }
    if (this.#refusal) throw this.#refusal.error;
  }

  #settle(refusal: { error: unknown } | undefined): void {
    this.#isDecided = true;
    this.#refusal = refusal;
    this.#wake?.();
  }
}
