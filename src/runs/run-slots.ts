// Counts the open runs of this process, and refuses runs above the limits.
import { TooManyRunsError } from '../errors';
import type { RunLimits } from './options';

/** Counts all runs, and the runs of each owner. The runs of other processes are added as the registry knows them. */
export class RunSlots {
  readonly #maxRuns: number;
  readonly #maxRunsPerOwner: number;
  readonly #owners = new Map<string | undefined, number>();
  readonly #elsewhere: (owner?: string) => number;
  #runs = 0;

  /** @param elsewhere Returns how many runs are open in other processes: of one owner, or all. */
  constructor({ maxRuns = Infinity, maxRunsPerOwner = Infinity }: RunLimits, elsewhere: (owner?: string) => number) {
    this.#elsewhere = elsewhere;
    this.#maxRuns = maxRuns;
    this.#maxRunsPerOwner = maxRunsPerOwner;
  }

  /**
   * Counts a run before it begins. Synchronous, so that two requests cannot both take the last slot.
   * @param owner The owner of the run. All runs without an owner count as runs of one owner.
   * @returns A function that frees the slot. Later calls of the function do nothing.
   * @throws ChatKitError `too_many_requests` when a limit is reached.
   */
  take(owner: string | undefined): () => void {
    const isByOwner = this.#maxRunsPerOwner !== Infinity;
    const owned = this.#owners.get(owner) ?? 0;
    if (isByOwner && owned + this.#elsewhere(owner) >= this.#maxRunsPerOwner) {
      throw new TooManyRunsError('Too many of your answers are being written. Try again when one has ended');
    }
    if (this.#runs + this.#elsewhere() >= this.#maxRuns)
      throw new TooManyRunsError('The server is busy. Try again in a moment');
    this.#runs++;
    if (isByOwner) this.#owners.set(owner, owned + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#runs--;
      if (isByOwner) this.#giveBack(owner);
    };
  }

  #giveBack(owner: string | undefined): void {
    const left = (this.#owners.get(owner) ?? 0) - 1;
    if (left > 0) this.#owners.set(owner, left);
    else this.#owners.delete(owner);
  }
}
