// Records the progress of a run by item, so that its state can be sent to a reader that has missed events.
import { NotFoundError } from '../errors';
import type { ThreadItem, ThreadStreamEvent } from '../protocol';
import { isHidden, type ShowAttachment, toClientItem } from '../protocol/client-view';
import type { SnapshotReader } from './reader';

/** How many items are read from the store at once. */
const loadedAtOnce = 10;

/** The last event about a finished item. */
interface ItemState {
  /** The number of events that the run had sent, including this event. */
  at: number;
  state: 'stored' | 'removed' | 'called';
}

/** The reader of a snapshot, and the sources of the snapshot. */
export interface SnapshotRequest extends SnapshotReader {
  /** How many events at least one reader has taken. The page has run the client tools that these events called. */
  taken: number;
  /** The items that are not stored yet. */
  pending: readonly ThreadItem[];
  /** Reads an item of the thread. Rejects with NotFoundError for an item that does not exist any more. */
  load(itemId: string): Promise<ThreadItem>;
  show: ShowAttachment;
}

/** Follows the events of a run, and summarises them. */
export class RunProgress {
  #created: { at: number; event: ThreadStreamEvent } | undefined;
  #options: ThreadStreamEvent | undefined;
  #thread: { at: number; event: ThreadStreamEvent } | undefined;
  #last: { at: number; event: ThreadStreamEvent } | undefined;
  readonly #items = new Map<string, ItemState>();

  /**
   * Notes an event that was sent to clients. Text deltas need not be noted.
   * @param at The number of events that the run had sent, including this event.
   */
  note(event: ThreadStreamEvent, at: number): void {
    switch (event.type) {
      case 'thread.created':
        this.#created = { at, event };
        break;
      case 'stream_options':
        this.#options = event;
        break;
      case 'thread.updated':
        this.#thread = { at, event };
        break;
      case 'error':
        this.#last = { at, event };
        break;
      case 'thread.item.done':
      case 'thread.item.replaced':
        this.#noteItem(event.item.id, { at, state: event.item.type === 'client_tool_call' ? 'called' : 'stored' });
        break;
      case 'thread.item.removed':
        this.#noteItem(event.item_id, { at, state: 'removed' });
        break;
      default:
    }
  }

  #noteItem(itemId: string, state: ItemState): void {
    this.#items.delete(itemId); // keeps the latest event last
    this.#items.set(itemId, state);
  }

  /**
   * Returns the state of the run as events: the options of the stream, the items that are stored or removed, then the
   * pending items with their content. A client tool call is left out when a page has run it.
   * @param count How many events the run has had.
   */
  async snapshot(count: number, request: SnapshotRequest): Promise<ThreadStreamEvent[]> {
    const { after = 0, isAnswer, pending, show } = request;
    const events: ThreadStreamEvent[] = [];
    if (isAnswer && this.#created && this.#created.at > after) events.push(this.#created.event);
    if (this.#options) events.push(this.#options);
    if (this.#thread && this.#thread.at > after) events.push(this.#thread.event);
    // These are read before the first await. Every later change arrives as an event of its own.
    const added = pending.flatMap((item): ThreadStreamEvent[] =>
      isHidden(item) || item.type === 'client_tool_call'
        ? []
        : [{ type: 'thread.item.added', item: toClientItem(item, show) }],
    );
    const end = this.#last?.at === count ? [this.#last.event] : [];
    const changed = [...this.#items].filter(([, state]) => isNews(state, request));
    for (let first = 0; first < changed.length; first += loadedAtOnce) {
      const some = changed.slice(first, first + loadedAtOnce);
      events.push(...(await Promise.all(some.map((change) => itemEvents(change, request)))).flat());
    }
    return [...events, ...added, ...end];
  }
}

/** Returns true when the reader has not read the latest event of the item. */
function isNews({ at, state }: ItemState, { after, taken }: SnapshotRequest): boolean {
  // A page that joins may have run the tool itself. A reader whose connection broke has not read the call.
  return state === 'called' ? at > (after ?? taken) : at > (after ?? 0);
}

async function itemEvents(
  [itemId, { state }]: [string, ItemState],
  request: SnapshotRequest,
): Promise<ThreadStreamEvent[]> {
  if (state === 'removed') return [{ type: 'thread.item.removed', item_id: itemId }];
  try {
    const item = await request.load(itemId);
    if (isHidden(item) || (item.type === 'client_tool_call' && item.status !== 'pending')) return [];
    return [{ type: 'thread.item.done', item: toClientItem(item, request.show) }];
  } catch (error) {
    if (error instanceof NotFoundError) return []; // the event that removes it follows
    throw error;
  }
}
