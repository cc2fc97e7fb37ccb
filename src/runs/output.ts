// The client-facing side of a run: decides which events are sent, in which form, and to which readers.
import type { HookEvent, ThreadItem, ThreadStreamEvent } from '../protocol';
import { isHidden, type ShowAttachment, toClientItem } from '../protocol/client-view';
import { type FeedOptions, RunFeed } from './feed';
import { RunProgress } from './progress';
import type { FeedReader } from './reader';

/** The parts of a run that its output needs. */
export interface OutputSource {
  show: ShowAttachment;
  pendingItems(): readonly ThreadItem[];
  /** Reads a stored item of the thread. */
  loadItem(itemId: string): Promise<ThreadItem>;
  /** Called when a reader ends because its snapshot could not be made. */
  failed(error: unknown): void;
}

/** Sends the events of one run. */
export class RunOutput {
  /**
   * The reader for the answer to the request that began the run. The run waits for this reader from its first event on.
   */
  readonly first: FeedReader;
  readonly #source: OutputSource;
  /** Accepts text deltas, which need no other treatment. */
  readonly feed: RunFeed;
  readonly #progress = new RunProgress();

  constructor(source: OutputSource, options: FeedOptions & { isNumbered: boolean }) {
    this.#source = source;
    const { show } = source;
    this.feed = new RunFeed(
      options,
      (reader) => {
        const { count, taken } = this.feed;
        const load = (itemId: string) => source.loadItem(itemId);
        const pending = source.pendingItems();
        return { count, events: this.#progress.snapshot(count, { ...reader, taken, pending, load, show }) };
      },
      (error) => source.failed(error),
    );
    const { isNumbered } = options;
    this.first = this.feed.follow({ after: 0, needsSnapshot: false, isAnswer: true, isNumbered });
  }

  /** Sends an event of a hook in the form that a client may see. */
  send(event: HookEvent): void {
    if (!('item' in event)) return this.push(event);
    const { item } = event;
    if (isHidden(item)) return;
    // A client runs the tool for `added` and again for `done`.
    if (event.type === 'thread.item.added' && item.type === 'client_tool_call') return;
    this.push({ ...event, item: toClientItem(item, this.#source.show) });
  }

  /** Sends an event unchanged. */
  push(event: ThreadStreamEvent): void {
    this.feed.push(event);
    this.#progress.note(event, this.feed.count);
  }

  /** Marks the end. */
  end(): void {
    this.feed.end();
  }

  /**
   * Adds a reader for a page that follows the run. Rejects when the store fails.
   * @param after How many events the page has read. Undefined for a page that joins the run.
   */
  follow(after: number | undefined): Promise<FeedReader> {
    const needsSnapshot = after === undefined || after > this.feed.count;
    return this.#prepared({ after: needsSnapshot ? 0 : after, needsSnapshot, isAnswer: false });
  }

  /** Adds a reader for another answer to the request that began the run. Rejects when the store fails. */
  answerAgain(): Promise<FeedReader> {
    return this.#prepared({ after: 0, needsSnapshot: false, isAnswer: true });
  }

  async #prepared(start: { after: number; needsSnapshot: boolean; isAnswer: boolean }): Promise<FeedReader> {
    const reader = this.feed.follow({ ...start, isNumbered: true });
    try {
      await reader.prepare();
      return reader;
    } catch (error) {
      reader.leave();
      throw error;
    }
  }
}
