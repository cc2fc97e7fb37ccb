// The state of the chat as one value, and the functions from one state to the next. No browser, no network.
import type { ClientThread } from '../protocol';
import { putItem, removeItem, replaceItem, updateItem, isItem, wholeItem } from './items';
import type { Item, StreamEvent, StreamRequestType, ThreadInfo } from './wire';

/** A notice of the server, until it is dismissed. */
export interface ChatNotice {
  id: number;
  level: 'info' | 'warning' | 'danger';
  message: string;
  title?: string;
}

/** The error that ended the last answer. */
export interface ChatError {
  /** The text for the user: the server's own for the code `custom`, or else a neutral one. */
  message: string;
  /** True if `retry()` is offered. */
  allowRetry: boolean;
  /** The event of the stream. Undefined for an error of the connection. */
  event?: Extract<StreamEvent, { type: 'error' }>;
}

/** The answer that is being received. */
export interface ChatRun {
  /** The type of its request. `join` for an answer that began before, for example before a reload. */
  type: StreamRequestType | 'join';
  /** True if Stop is shown. */
  allowCancel: boolean;
  /** True while more items are expected. False after an `end_of_turn`, even before the stream ends. */
  waiting: boolean;
  /** True once events are applied. For a new thread, events before `thread.created` are dropped. */
  started: boolean;
  /** The id of the user's message as it is shown until the server sends it. */
  optimisticId?: string;
  /** Set while the client waits to post the request again. */
  postedAgain?: { attempt: number; reason: string };
}

/** How far a list is. */
export type Loading = 'loading' | 'ready' | 'failed';

/** All that a page shows. A new object for each change, which shares the parts that stay the same. */
export interface ChatState {
  /** The threads of the user, the newest first. */
  threads: readonly ThreadInfo[];
  threadsLoading: Loading;
  hasMoreThreads: boolean;
  /** The open thread; null in a new one. */
  thread: ThreadInfo | null;
  /** The id of the open thread, also while it is being loaded. */
  threadId: string | null;
  /** The items of the open thread, the oldest first. */
  items: readonly Item[];
  itemsLoading: Loading;
  /** The items that were added and are not done. */
  openItems: ReadonlySet<string>;
  /** How far the images are, from 0 to 1, by item. */
  imageProgress: ReadonlyMap<string, number>;
  run: ChatRun | null;
  progress: { text: string; icon?: string } | null;
  notices: readonly ChatNotice[];
  error: ChatError | null;
  feedback: ReadonlyMap<string, 'positive' | 'negative'>;
}

export const initialState: ChatState = {
  threads: [],
  threadsLoading: 'loading',
  hasMoreThreads: false,
  thread: null,
  threadId: null,
  items: [],
  itemsLoading: 'ready',
  openItems: new Set(),
  imageProgress: new Map(),
  run: null,
  progress: null,
  notices: [],
  error: null,
  feedback: new Map(),
};

/** The state with no thread open, as before the first message. */
export function withoutThread(state: ChatState): ChatState {
  const { threads, threadsLoading, hasMoreThreads, feedback } = state;
  return { ...initialState, threads, threadsLoading, hasMoreThreads, feedback };
}

/** Updates the thread in the list. A new thread is added at the top. */
export function withThread(state: ChatState, { items: _items, metadata: _metadata, ...info }: ClientThread): ChatState {
  const listed = state.threads.some(({ id }) => id === info.id);
  const threads = listed
    ? state.threads.map((thread) => (thread.id === info.id ? info : thread))
    : [info, ...state.threads];
  const isOpen = state.threadId === null || state.threadId === info.id;
  return { ...state, threads, ...(isOpen && { thread: info, threadId: info.id }) };
}

/** Begins a stream. */
export function withRun(state: ChatState, run: Omit<ChatRun, 'allowCancel' | 'waiting'>): ChatState {
  return {
    ...state,
    run: { ...run, allowCancel: true, waiting: true },
    progress: null,
    error: null,
    notices: [],
  };
}

/** Ends the stream. The user's message goes away if the server never sent it. */
export function withRunEnded(state: ChatState, error: ChatError | null = state.error): ChatState {
  const optimisticId = state.run?.optimisticId;
  return {
    ...state,
    items: optimisticId ? removeItem(state.items, optimisticId) : state.items,
    run: null,
    progress: null,
    openItems: new Set(),
    error,
  };
}

/** Applies one event of a stream. */
export function withEvent(state: ChatState, event: StreamEvent): ChatState {
  const { run } = state;
  if (run && !run.started && event.type !== 'thread.created') return state;
  switch (event.type) {
    case 'thread.created':
      return withThread({ ...state, run: run && { ...run, started: true } }, event.thread);
    case 'thread.updated':
      return withThread(state, event.thread);
    case 'thread.item.added':
    case 'thread.item.done':
    case 'thread.item.replaced':
    case 'thread.item.removed':
    case 'thread.item.updated':
      return withItemEvent(state, event);
    case 'stream_options':
      return { ...state, run: run && { ...run, allowCancel: event.stream_options.allow_cancel } };
    case 'progress_update':
      return { ...state, progress: { text: event.text, icon: event.icon } };
    case 'notice': {
      const { level, message, title } = event;
      const id = (state.notices.at(-1)?.id ?? 0) + 1;
      return { ...state, notices: [...state.notices, { id, level, message, title }] };
    }
    case 'error':
      return { ...state, progress: null, error: errorOf(event), run: run && { ...run, waiting: false } };
    default:
      return state; // client effects are not state, and unknown events are ignored
  }
}

/** The message for an error without words of its own. Only the server's log has the reason. */
export const neutralMessage = 'Something went wrong.';

/** Returns the text of an error for the user: its own message only for the code `custom`. */
function errorOf(event: Extract<StreamEvent, { type: 'error' }>): ChatError {
  const { code, message, allow_retry } = event;
  return { message: code === 'custom' && message ? message : neutralMessage, allowRetry: allow_retry ?? false, event };
}

type ItemEvent = Extract<StreamEvent, { type: `thread.item.${string}` }>;

function withItemEvent(state: ChatState, event: ItemEvent): ChatState {
  switch (event.type) {
    case 'thread.item.added':
    case 'thread.item.done':
      return isItem(event.item) ? withItem(state, wholeItem(event.item), event.type === 'thread.item.added') : state;
    case 'thread.item.replaced':
      return isItem(event.item) ? { ...state, items: replaceItem(state.items, wholeItem(event.item)) } : state;
    case 'thread.item.removed':
      return { ...state, items: removeItem(state.items, event.item_id) };
    case 'thread.item.updated': {
      const { item_id, update } = event;
      const next = { ...state, items: updateItem(state.items, item_id, update) };
      if (update.type !== 'generated_image.updated' || update.progress === undefined) return next;
      return { ...next, imageProgress: new Map(state.imageProgress).set(item_id, update.progress) };
    }
  }
}

function withItem(state: ChatState, item: Item, open: boolean): ChatState {
  const { run } = state;
  const openItems = new Set(state.openItems);
  if (open) openItems.add(item.id);
  else openItems.delete(item.id);
  if (item.type === 'user_message' && run?.optimisticId) {
    const at = state.items.findIndex(({ id }) => id === run.optimisticId);
    const items = at < 0 ? putItem(state.items, item) : state.items.with(at, item);
    return { ...state, items, openItems, run: { ...run, optimisticId: undefined } };
  }
  const ended = item.type === 'end_of_turn';
  return {
    ...state,
    items: putItem(state.items, item),
    openItems,
    // The progress line stands until the next item.
    progress: null,
    run: run && ended ? { ...run, waiting: false } : run,
  };
}

/** Returns the row of a list of threads without what the state does not keep. */
export function infoOf({ items: _items, metadata: _metadata, ...info }: Record<string, unknown>): ThreadInfo {
  return info as unknown as ThreadInfo;
}
