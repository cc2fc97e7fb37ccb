// The moment in which a hook can still refuse its request: before its first event, and before the response has begun.

/** Lets the server wait for the first event of a hook, or for a refusal in place of it. */
export class HookBeginning {
  #state: 'waiting' | 'decided' = 'waiting';
  #settle!: (refusal: { error: unknown } | null) => void;
  readonly #settled = new Promise<{ error: unknown } | null>((resolve) => (this.#settle = resolve));

  /** The hook has yielded an event, or has ended. Called for each event. */
  decide(): void {
    if (this.#state === 'decided') return;
    this.#state = 'decided';
    this.#settle(null);
  }

  /**
   * Refuses the request with an error; undefined refuses nothing.
   * @returns false when it is too late, so that the stream has to report the error.
   */
  refuse(error: unknown): boolean {
    if (error === undefined || this.#state === 'decided') return false;
    this.#state = 'decided';
    this.#settle({ error });
    return true;
  }

  /** Waits until the hook has begun, for `timeoutMs` at most. @throws the error that it refuses the request with. */
  async wait(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.decide(), timeoutMs);
    const refusal = await this.#settled;
    clearTimeout(timer);
    if (refusal) throw refusal.error;
  }
}
