// The pending items of a run, and their state at the last checkpoint, from which another process can continue.
import type { ThreadItem, ThreadItemUpdate } from '../protocol';
import { copyJson } from '../protocol/json';
import type { TextDeltaEvent } from './check';
import { PendingItems } from './pending';
import type { RunSnapshot } from './registry';

/** The largest value of a checkpoint, in bytes of JSON. */
const maxCheckpointBytes = 64 * 1024;

/** Keeps the pending items of a run that other processes may take over. */
export class CheckpointedItems extends PendingItems {
  #version = 0;
  /** The items at the last checkpoint. Undefined before the first: then the snapshot has the items as they are. */
  #saved: PendingItems | undefined;
  #checkpoint: unknown;
  /** The changes since the last checkpoint. */
  #changes: ((items: PendingItems) => void)[] = [];

  /** Changes whenever the result of `snapshot` changes. */
  get version(): number {
    return this.#version;
  }

  /** Takes over the items and the checkpoint of another process. */
  restore({ pending, checkpoint }: RunSnapshot): void {
    for (const item of pending) super.add(item);
    if (checkpoint !== undefined) this.checkpoint(checkpoint);
  }

  /**
   * Records a value for the state of this moment.
   * @throws TypeError for a value that is not JSON. RangeError for more than 64 KiB.
   */
  checkpoint(value: unknown): void {
    const { copied } = copyJson({ copied: value });
    if (copied === undefined) throw new TypeError('turn.checkpoint: the value must be JSON');
    const bytes = Buffer.byteLength(JSON.stringify(copied));
    if (bytes > maxCheckpointBytes) {
      throw new RangeError(`turn.checkpoint: the value has ${bytes} bytes, and ${maxCheckpointBytes} are allowed`);
    }
    this.#checkpoint = copied;
    if (this.#saved) for (const change of this.#changes) change(this.#saved);
    else {
      this.#saved = new PendingItems();
      for (const item of this.list()) this.#saved.add(item);
    }
    this.#changes = [];
    this.#version++;
  }

  snapshot(): RunSnapshot {
    if (!this.#saved) return { pending: this.list() };
    return { pending: this.#saved.list(), checkpoint: this.#checkpoint };
  }

  override add(item: ThreadItem): void {
    super.add(item);
    this.#note((items) => items.add(item));
  }

  override remove(itemId: string): void {
    super.remove(itemId);
    this.#note((items) => items.remove(itemId));
  }

  override appendText(delta: TextDeltaEvent): void {
    super.appendText(delta);
    this.#note((items) => items.appendText(delta));
  }

  override update(itemId: string, update: ThreadItemUpdate): void {
    super.update(itemId, update);
    this.#note((items) => items.update(itemId, update));
  }

  #note(change: (items: PendingItems) => void): void {
    if (this.#saved) this.#changes.push(change);
    else this.#version++;
  }
}
