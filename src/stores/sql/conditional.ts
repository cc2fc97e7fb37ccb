// The writes that depend on what is stored. Each database does them in one step, in its own way.
import type { Thread, ThreadItem } from '../../protocol';
import type { ThreadChange } from '../thread-change';

/** The keys of a thread: its owner's and its own. */
export type ThreadKey = readonly [owner: string, threadId: string];

/** A row to write: its key, and its document as the statements take it. */
export interface Row {
  id: string;
  document: string;
}

/** Where to stop deleting: the position of an item, or its key for when the position is not known. */
export interface End {
  position: number | null;
  id: string;
}

/** The result of {@link ConditionalWrites.completeItem}. */
export interface CompletionRow {
  /** False when the thread or the item does not exist: then nothing was written. */
  found: boolean;
  /** True when this call wrote the item. */
  completed: boolean;
  /** True when an earlier call with the same attempt wrote it. */
  repeated: boolean;
  pending: number;
}

/** Each method is one step: other connections see all of it or nothing. */
export interface ConditionalWrites {
  /** The row of the changed thread, with its `document`. None when it does not exist. */
  updateThread(thread: ThreadKey, change: ThreadChange): Promise<unknown[]>;
  /** False when the thread exists: then nothing was written. */
  createThread(owner: string, thread: Row, firstItem: Row): Promise<boolean>;
  completeItem(
    thread: ThreadKey,
    item: Row,
    completion: { attempt: string; turn: readonly string[] },
  ): Promise<CompletionRow>;
  /** `end` of null deletes everything after the item. */
  deleteItemsAfter(thread: ThreadKey, itemId: string, end: End | null): Promise<void>;
  /** False when the thread or the item with `itemId` does not exist: then nothing was written. */
  replaceItemsAfter(thread: ThreadKey, itemId: string, end: End | null, item: Row): Promise<boolean>;
}

/** How a database takes and gives documents. */
export interface Documents {
  /** JSON, as the statements take documents. */
  toDocument(json: string): string;
  /** JSON, from the documents that the statements give. */
  fromDocument(text: string): string;
}

/** A document that a statement gave. */
export function parseDocument(documents: Documents, text: string): Thread | ThreadItem {
  return JSON.parse(documents.fromDocument(text)) as Thread | ThreadItem;
}
