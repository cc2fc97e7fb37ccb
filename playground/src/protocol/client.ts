// The chat without its user interface: turns the actions of the user into requests, and responses into state, as in the
// official client.
import type { ClientToolCallItem, StructuredInputSubmission } from 'chatkit-express/protocol';
import { isItem, messageBefore, replaceItem, turnOf, wholeItem, withAnswers } from './items';
import { type ChatState, initialState, withEvent, withoutThread, withRun, withRunEnded, withThread } from './state';
import { RequestError, type Transport } from './transport';
import { type ItemOf, type MessageInput, objectOf, type StreamEvent, type ThreadInfo, type WireThread } from './wire';

export interface ChatClientOptions {
  transport: Transport;
  /** Runs a client tool and resolves to its result, which is sent back. */
  onClientTool(call: ClientToolCallItem): Promise<unknown>;
  /** A `client_effect`. */
  onEffect(name: string, data: Record<string, unknown>): void;
  /** A widget's action whose handler is `client`. */
  onWidgetAction(action: ClientAction, item: ItemOf<'widget'>): void;
  /** Reports problems outside of the thread: refused requests, and frames that are not JSON. */
  onProblem(problem: { message: string; status?: number; during: string }): void;
  /** Returns the time of a message that the server has not confirmed. Default: the current time. */
  now?: () => Date;
}

/** The action of a widget. */
export interface ClientAction {
  type: string;
  payload?: unknown;
  handler?: 'server' | 'client';
  streaming?: boolean;
  loadingBehavior?: string;
}

/** The page size of the official client, which asks for everything. Servers return fewer rows. */
const everything = 9999;

const genericError = 'Something went wrong.';

export class ChatClient {
  readonly #options: ChatClientOptions;
  readonly #listeners = new Set<() => void>();
  #state: ChatState = initialState;
  #controller: AbortController | undefined;
  /** Incremented when another thread is opened, so that late responses for the previous thread are dropped. */
  #visit = 0;
  #optimisticIds = 0;
  /** The message that the server never confirmed, for Retry. */
  #unconfirmed: MessageInput | undefined;

  constructor(options: ChatClientOptions) {
    this.#options = options;
  }

  snapshot = (): ChatState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Loads the list of threads. */
  async start(): Promise<void> {
    this.#set({ ...this.#state, threadsLoading: 'loading' });
    await this.#loadThreads();
  }

  /** Loads the next page of the list. */
  async loadMoreThreads(): Promise<void> {
    const last = this.#state.threads.at(-1);
    if (last) await this.#loadThreads(last.id);
  }

  async #loadThreads(after?: string): Promise<void> {
    try {
      const params = { limit: everything, order: 'desc', ...(after !== undefined && { after }) };
      const page = await this.#options.transport.json('threads.list', params);
      const { rows, hasMore } = pageOf(page);
      const known = after === undefined ? [] : this.#state.threads;
      const threads = [...known, ...rows.map((row) => infoOf(row as WireThread))];
      this.#set({ ...this.#state, threads, hasMoreThreads: hasMore, threadsLoading: 'ready' });
    } catch (error) {
      this.#set({ ...this.#state, threadsLoading: 'failed' });
      this.#tellProblem(error, 'threads.list');
    }
  }

  /** Leaves the open thread. The next message begins a new one. */
  newThread(): void {
    this.#leave();
    this.#set(withoutThread(this.#state));
  }

  /** Opens a thread: its first page, then the rest. */
  async openThread(threadId: string): Promise<void> {
    this.#leave();
    const visit = this.#visit;
    const thread = this.#state.threads.find(({ id }) => id === threadId) ?? null;
    this.#set({ ...withoutThread(this.#state), threadId, thread, itemsLoading: 'loading' });
    await this.#loadThread(threadId, visit);
  }

  /** Loads the open thread again, as `fetchUpdates` does. */
  async reload(): Promise<void> {
    if (this.#state.threadId !== null && !this.#state.run) await this.#loadThread(this.#state.threadId, this.#visit);
  }

  async #loadThread(threadId: string, visit: number): Promise<void> {
    const { transport } = this.#options;
    try {
      const thread = (await transport.json('threads.get_by_id', { thread_id: threadId })) as unknown as WireThread;
      if (visit !== this.#visit) return;
      let { rows: items, hasMore } = pageOf(thread.items);
      this.#set(withThread({ ...this.#state, items: items.filter(isItem).map(wholeItem) }, thread));
      while (hasMore) {
        const after = objectOf(items.at(-1))['id'];
        const page = await transport.json('items.list', {
          thread_id: threadId,
          limit: everything,
          order: 'asc',
          after,
        });
        if (visit !== this.#visit) return;
        const next = pageOf(page);
        items = [...items, ...next.rows];
        ({ hasMore } = next);
        if (next.rows.length === 0) break; // or a server that says so for ever is asked for ever
      }
      this.#set({ ...this.#state, items: items.filter(isItem).map(wholeItem), itemsLoading: 'ready' });
    } catch (error) {
      if (visit !== this.#visit) return;
      this.#set({ ...this.#state, itemsLoading: 'failed' });
      this.#tellProblem(error, 'threads.get_by_id');
    }
  }

  async renameThread(threadId: string, title: string): Promise<void> {
    await this.#attempt('threads.update', async (transport) => {
      const thread = await transport.json('threads.update', { thread_id: threadId, title });
      if (thread['id'] !== threadId) return;
      const isOpen = this.#state.threadId === threadId;
      const renamed = withThread(this.#state, thread as unknown as WireThread);
      this.#set(isOpen ? renamed : { ...renamed, thread: this.#state.thread, threadId: this.#state.threadId });
    });
  }

  async deleteThread(threadId: string): Promise<void> {
    await this.#attempt('threads.delete', async (transport) => {
      await transport.json('threads.delete', { thread_id: threadId });
      if (this.#state.threadId === threadId) this.newThread();
      this.#set({ ...this.#state, threads: this.#state.threads.filter(({ id }) => id !== threadId) });
    });
  }

  /** Sends a message, to the open thread or a new one. Resolves to false when the server refused it. */
  async send(input: MessageInput): Promise<boolean> {
    if (this.#state.run) return false;
    const { threadId } = this.#state;
    const optimistic: ItemOf<'user_message'> = {
      type: 'user_message',
      id: `optimistic_${++this.#optimisticIds}`,
      thread_id: threadId ?? '',
      created_at: (this.#options.now?.() ?? new Date()).toISOString(),
      content: input.content,
      attachments: [], // the server's item brings them; until then the composer's own previews are shown
      quoted_text: input.quoted_text,
      inference_options: input.inference_options,
    };
    this.#unconfirmed = input;
    this.#set({ ...this.#state, items: [...this.#state.items, optimistic] });
    return threadId === null
      ? this.#run('threads.create', { input }, optimistic.id)
      : this.#run('threads.add_user_message', { thread_id: threadId, input }, optimistic.id);
  }

  /** Retries the user's message before this item, or the last message without an item. */
  async retry(itemId?: string): Promise<void> {
    const { threadId, items, run } = this.#state;
    if (run) return;
    if (this.#unconfirmed) {
      await this.send(this.#unconfirmed);
      return;
    }
    const message = messageBefore(items, itemId);
    if (!message || threadId === null) return;
    this.#set({ ...this.#state, items: items.slice(0, items.indexOf(message) + 1) });
    await this.#run('threads.retry_after_item', { thread_id: threadId, item_id: message.id });
  }

  /** Stops the stream: aborts the fetch and nothing else. */
  stop(): void {
    this.#controller?.abort();
  }

  /** Answers, or skips, the questions of an item. */
  async answer(item: ItemOf<'structured_input'>, input: StructuredInputSubmission): Promise<void> {
    const { threadId } = this.#state;
    if (threadId === null) return;
    const params = { thread_id: threadId, item_id: item.id, input };
    // Shown as answered at once. A refused submission leaves the questions open.
    this.#set({ ...this.#state, items: replaceItem(this.#state.items, withAnswers(item, input)) });
    const taken = await this.#run('threads.add_structured_input', params);
    if (!taken) this.#set({ ...this.#state, items: replaceItem(this.#state.items, item) });
  }

  /** A widget's action. Its payload holds the values of the form it came from. */
  async act(action: ClientAction, item: ItemOf<'widget'>): Promise<void> {
    if (action.handler === 'client') {
      this.#options.onWidgetAction(action, item);
      return;
    }
    const { threadId } = this.#state;
    if (threadId === null || this.#state.run) return;
    const { handler: _handler, loadingBehavior: _loading, ...rest } = action;
    const params = { thread_id: threadId, item_id: item.id, action: rest };
    if (action.streaming !== false) {
      await this.#run('threads.custom_action', params);
      return;
    }
    await this.#attempt('threads.sync_custom_action', async (transport) => {
      const { updated_item: updated } = await transport.json('threads.sync_custom_action', params);
      if (isItem(updated)) this.#set({ ...this.#state, items: replaceItem(this.#state.items, wholeItem(updated)) });
    });
  }

  /** A thumb up or down for the turn that the item is part of. */
  async giveFeedback(itemId: string, kind: 'positive' | 'negative'): Promise<void> {
    const { threadId, items } = this.#state;
    if (threadId === null) return;
    await this.#attempt('items.feedback', async (transport) => {
      await transport.json('items.feedback', { thread_id: threadId, item_ids: turnOf(items, itemId), kind });
      this.#set({ ...this.#state, feedback: new Map(this.#state.feedback).set(itemId, kind) });
    });
  }

  /** Transcribes a recording, in base64 without the prefix of a data URL. Returns an empty text if the server fails. */
  async transcribe(audio_base64: string, mime_type: string): Promise<string> {
    const answer = await this.#attempt('input.transcribe', (transport) =>
      transport.json('input.transcribe', { audio_base64, mime_type }),
    );
    const text = answer?.['text'];
    return typeof text === 'string' ? text : '';
  }

  /** Removes an attachment that was not sent. */
  async deleteAttachment(attachment_id: string): Promise<void> {
    await this.#attempt('attachments.delete', (transport) => transport.json('attachments.delete', { attachment_id }));
  }

  /** Returns the URL of a `lazy` preview. */
  async previewOf(attachment_id: string): Promise<string | undefined> {
    const answer = await this.#attempt('attachments.get_preview', (transport) =>
      transport.json('attachments.get_preview', { attachment_id }),
    );
    const url = answer?.['url'];
    return typeof url === 'string' ? url : undefined;
  }

  dismissNotice(id: number): void {
    this.#set({ ...this.#state, notices: this.#state.notices.filter((notice) => notice.id !== id) });
  }

  #leave(): void {
    this.#visit++;
    this.#controller?.abort();
    this.#unconfirmed = undefined;
  }

  /** Reads one stream, and then runs its client tools. Resolves to false if the server refused the request. */
  async #run(type: string, params: Record<string, unknown>, optimisticId?: string): Promise<boolean> {
    if (this.#state.run) return false;
    const controller = new AbortController();
    this.#controller = controller;
    const visit = this.#visit;
    const calls: ClientToolCallItem[] = [];
    this.#set(withRun(this.#state, { type, optimisticId, started: type !== 'threads.create' }));
    try {
      await this.#options.transport.stream(type, params, {
        signal: controller.signal,
        onEvent: (event) => {
          if (visit === this.#visit) this.#takeSafely(event, calls, type);
        },
        onBadFrame: (raw) =>
          this.#options.onProblem({ message: `A frame of the stream is not JSON: ${raw.slice(0, 100)}`, during: type }),
        onPostedAgain: (attempt, reason) => {
          const { run } = this.#state;
          if (visit === this.#visit && run)
            this.#set({ ...this.#state, run: { ...run, postedAgain: { attempt, reason } } });
        },
      });
    } catch (error) {
      return visit === this.#visit ? this.#endBadly(error, type) : true;
    }
    if (visit !== this.#visit) return true;
    this.#set(withRunEnded(this.#state));
    await this.#runTools(calls, visit);
    return true;
  }

  /** Reports an event that does not fit its type. The stream continues. */
  #takeSafely(event: Record<string, unknown>, calls: ClientToolCallItem[], during: string): void {
    try {
      this.#take(event as unknown as StreamEvent, calls);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onProblem({ message: `The event ${String(event['type'])} cannot be read: ${reason}`, during });
    }
  }

  /** Applies one event to the state, and runs its effects on the page. */
  #take(event: StreamEvent, calls: ClientToolCallItem[]): void {
    const { run } = this.#state;
    const counts = run?.started !== false || event.type === 'thread.created';
    const next = withEvent(this.#state, event);
    this.#set(next.run?.postedAgain ? { ...next, run: { ...next.run, postedAgain: undefined } } : next);
    if (this.#state.run && this.#state.run.optimisticId === undefined) this.#unconfirmed = undefined;
    if (!counts) return;
    if (event.type === 'client_effect') this.#options.onEffect(event.name, objectOf(event.data));
    // Sent as added and as done it runs twice, as in the official client.
    if (event.type === 'thread.item.added' || event.type === 'thread.item.done') {
      const { item } = event;
      if (isItem(item) && item.type === 'client_tool_call' && item.status !== 'completed') calls.push(item);
    }
  }

  /** Reports the error that ended the stream. Returns false if the server refused the request. */
  #endBadly(error: unknown, type: string): boolean {
    if (!(error instanceof RequestError)) {
      this.#unconfirmed = undefined;
      this.#set(withRunEnded(this.#state)); // stopped
      return true;
    }
    const refused = error.status !== undefined && error.status >= 400 && error.status < 500;
    if (refused) {
      this.#unconfirmed = undefined;
      this.#set(withRunEnded(this.#state));
    } else {
      this.#set(withRunEnded(this.#state, { message: genericError, allowRetry: true }));
    }
    this.#tellProblem(error, type);
    return !refused;
  }

  /** Client tools run once the stream has ended; each result starts the next one. */
  async #runTools(calls: readonly ClientToolCallItem[], visit: number): Promise<void> {
    for (const call of calls) {
      const result = await this.#options.onClientTool(call);
      if (visit !== this.#visit || this.#state.threadId === null) return;
      this.#set({ ...this.#state, items: replaceItem(this.#state.items, { ...call, status: 'completed' }) });
      await this.#run('threads.add_client_tool_output', { thread_id: this.#state.threadId, result });
    }
  }

  async #attempt<Value>(during: string, work: (transport: Transport) => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work(this.#options.transport);
    } catch (error) {
      this.#tellProblem(error, during);
      return undefined;
    }
  }

  #tellProblem(error: unknown, during: string): void {
    if (!(error instanceof RequestError)) throw error;
    this.#options.onProblem({ message: error.message, status: error.status, during });
  }

  #set(state: ChatState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Reads a page from a value of any shape. */
function pageOf(page: unknown): { rows: unknown[]; hasMore: boolean } {
  const { data, has_more } = objectOf(page);
  return { rows: Array.isArray(data) ? (data as unknown[]) : [], hasMore: has_more === true };
}

function infoOf({ items: _items, metadata: _metadata, ...info }: WireThread): ThreadInfo {
  return info;
}
