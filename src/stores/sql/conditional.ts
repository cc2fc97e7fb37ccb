// The interface of the conditional writes, which each database does in one step.
import type { Thread, ThreadItem } from '../../protocol';
import type { ThreadChange } from '../thread-change';

/** The keys of a thread and of its owner. */
export type ThreadKey = readonly [owner: string, threadId: string];

/** A row to write: its key, and its document as a parameter of a statement. */
export interface Row {
  id: string;
  document: string;
}

/** The last item to delete: its position, or its key if the position is unknown. */
export interface End {
  position: number | null;
  id: string;
}

/** The result of {@link ConditionalWrites.completeItem}. */
export interface CompletionRow {
  /** False when the thread or the item does not exist. Nothing was written then. */
  found: boolean;
  /** True when this call wrote the item. */
  completed: boolean;
  /** True when an earlier call with the same attempt wrote the item. */
  repeated: boolean;
  pending: number;
}

/** The conditional writes. Each method is one step: other connections see all of it or nothing. */
export interface ConditionalWrites {
  /** Resolves with the row of the changed thread and its `document`, or with no row for a missing thread. */
  updateThread(thread: ThreadKey, change: ThreadChange): Promise<unknown[]>;
  /** Resolves with false, and writes nothing, when the thread exists. */
  createThread(owner: string, thread: Row, firstItem: Row): Promise<boolean>;
  completeItem(
    thread: ThreadKey,
    item: Row,
    completion: { attempt: string; turn: readonly string[] },
  ): Promise<CompletionRow>;
  /** Deletes all items after the item when `end` is null. */
  deleteItemsAfter(thread: ThreadKey, itemId: string, end: End | null): Promise<void>;
  /** Resolves with false, and writes nothing, when the thread or the item with `itemId` does not exist. */
  replaceItemsAfter(thread: ThreadKey, itemId: string, end: End | null, item: Row): Promise<boolean>;
}

/** Converts documents for a database. */
export interface Documents {
  /** Converts JSON to a parameter of a statement. */
  toDocument(json: string): string;
  /** Converts a document of a row to JSON. */
  fromDocument(text: string): string;
}

/** Parses the document of a row. */
export function parseDocument(documents: Documents, text: string): Thread | ThreadItem {
  return JSON.parse(documents.fromDocument(text)) as Thread | ThreadItem;
}
