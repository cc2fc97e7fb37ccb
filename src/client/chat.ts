// A chat as a page shows it: turns the actions of the user into requests, and answers into state. It applies events as
// the official client does.
import { pause } from '../browser/back-off';
import type { RequestParams, StructuredInputSubmission, UserMessageInput } from '../protocol';
import type { AnswerStream } from './answer-stream';
import { type ChatOptions, type ChatProblem, type ClientAction, type ClientToolCall, warnOf } from './chat-options';
import type { ChatKitClient, OpenRun } from './client';
import { isItem, messageBefore, replaceItem, turnOf, wholeItem, withAnswers } from './items';
import { RequestError } from './request-error';
import {
  type ChatState,
  infoOf,
  initialState,
  neutralMessage,
  withEvent,
  withoutThread,
  withRun,
  withRunEnded,
  withThread,
} from './state';
import { type ItemOf, type MessageInput, objectOf, pageOf, type StreamEvent, type StreamRequestType } from './wire';

const joinAttempts = 4;

/** The state of a chat, and the actions of its user. One thread is open at a time, and one answer is received at a time. */
export class Chat {
  readonly #client: ChatKitClient;
  readonly #options: ChatOptions;
  readonly #listeners = new Set<() => void>();
  #state: ChatState = initialState;
  #stream: AnswerStream | undefined;
  /** Incremented when another thread is opened, so that late responses for the previous thread are dropped. */
  #visit = 0;
  #optimisticIds = 0;
  /** The message that the server never confirmed, for Retry. */
  #unconfirmed: MessageInput | undefined;
  /** The runs whose events were read to the end. */
  readonly #finished = new Set<string>();

  constructor(client: ChatKitClient, options: ChatOptions = {}) {
    this.#client = client;
    this.#options = options;
  }

  /** Returns the state. The object is the same until the state changes. */
  snapshot = (): ChatState => this.#state;

  /** Calls the listener after each change of the state. Returns a function that ends this. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Loads the list of threads. */
  async loadThreads(): Promise<void> {
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
      const params = { limit: this.#pageSize, order: 'desc' as const, after };
      const { rows, hasMore } = pageOf(await this.#client.request('threads.list', params));
      const known = after === undefined ? [] : this.#state.threads;
      const threads = [...known, ...rows.map((row) => infoOf(objectOf(row)))];
      this.#set({ ...this.#state, threads, hasMoreThreads: hasMore, threadsLoading: 'ready' });
    } catch (error) {
      this.#set({ ...this.#state, threadsLoading: 'failed' });
      this.#reportError(error, 'threads.list');
    }
  }

  /** Leaves the open thread. The next message begins a new one. */
  newThread(): void {
    this.#leave();
    this.#set(withoutThread(this.#state));
  }

  /**
   * Opens a thread, and joins its open answers, for example after a reload. Resolves when the items are loaded. Later
   * events arrive as changes of the state.
   */
  async openThread(threadId: string): Promise<void> {
    this.#leave();
    const visit = this.#visit;
    const thread = this.#state.threads.find(({ id }) => id === threadId) ?? null;
    this.#set({ ...withoutThread(this.#state), threadId, thread, itemsLoading: 'loading' });
    await this.#loadThread(threadId, visit);
  }

  /** Loads the open thread again, for example after another page has changed it. Does nothing during an answer. */
  async reload(): Promise<void> {
    if (this.#state.threadId !== null && !this.#state.run) await this.#loadThread(this.#state.threadId, this.#visit);
  }

  async #loadThread(threadId: string, visit: number): Promise<void> {
    try {
      // A run that ends while the items are read is joined as well, because the items may lack its end.
      const before = await this.#client.openRuns(threadId).catch(() => []);
      if (visit !== this.#visit) return;
      const thread = await this.#client.request('threads.get_by_id', { thread_id: threadId });
      if (visit !== this.#visit) return;
      const items = [...pageOf(objectOf(thread)['items']).rows];
      this.#set(withThread({ ...this.#state, items: items.filter(isItem).map(wholeItem) }, thread));
      if (pageOf(objectOf(thread)['items']).hasMore) {
        const rest = { after: objectOf(items.at(-1))['id'] as string, pageSize: this.#pageSize };
        for await (const item of this.#client.items(threadId, rest)) {
          if (visit !== this.#visit) return;
          items.push(item);
        }
      }
      if (visit !== this.#visit) return;
      this.#set({ ...this.#state, items: items.filter(isItem).map(wholeItem), itemsLoading: 'ready' });
      void this.#joinAll(threadId, visit, before);
    } catch (error) {
      if (visit !== this.#visit) return;
      this.#set({ ...this.#state, itemsLoading: 'failed' });
      this.#reportError(error, 'threads.get_by_id');
    }
  }

  /** Joins the open runs of a thread one after the other, for as long as the thread is open and the user sends nothing. */
  async #joinAll(threadId: string, visit: number, before: readonly OpenRun[]): Promise<void> {
    for (let known = before; ; known = []) {
      const runs = [...known, ...(await this.#openRuns(threadId, visit))];
      const run = runs.find(({ id }) => !this.#finished.has(id));
      if (!run || visit !== this.#visit || this.#state.run) return;
      await this.#follow('join', this.#client.join(run, { onBadFrame: this.#badFrame('join') }), visit);
      this.#finished.add(run.id);
    }
  }

  async #openRuns(threadId: string, visit: number): Promise<OpenRun[]> {
    for (let attempt = 0; attempt < joinAttempts && visit === this.#visit; attempt++) {
      if (attempt > 0) await pause(attempt);
      const runs = await this.#client.openRuns(threadId).catch(() => undefined);
      if (runs) return runs;
    }
    return [];
  }

  async renameThread(threadId: string, title: string): Promise<void> {
    await this.#attempt('threads.update', async () => {
      const thread = await this.#client.request('threads.update', { thread_id: threadId, title });
      if (thread.id !== threadId) return;
      const isOpen = this.#state.threadId === threadId;
      const renamed = withThread(this.#state, thread);
      this.#set(isOpen ? renamed : { ...renamed, thread: this.#state.thread, threadId: this.#state.threadId });
    });
  }

  async deleteThread(threadId: string): Promise<void> {
    await this.#attempt('threads.delete', async () => {
      await this.#client.request('threads.delete', { thread_id: threadId });
      if (this.#state.threadId === threadId) this.newThread();
      this.#set({ ...this.#state, threads: this.#state.threads.filter(({ id }) => id !== threadId) });
    });
  }

  /**
   * Sends a message, to the open thread or a new one. The message is shown at once. Resolves when the answer has ended:
   * to false when the server refused the message, or when another answer is being received.
   */
  async send(message: MessageInput | string): Promise<boolean> {
    if (this.#state.run) return false;
    const draft: MessageInput =
      typeof message === 'string' ? { content: [{ type: 'input_text', text: message }] } : message;
    const input = { attachments: [], quoted_text: '', inference_options: {}, ...draft } as UserMessageInput;
    const { threadId } = this.#state;
    const optimistic: ItemOf<'user_message'> = {
      type: 'user_message',
      id: `optimistic_${++this.#optimisticIds}`,
      thread_id: threadId ?? '',
      created_at: (this.#options.now?.() ?? new Date()).toISOString(),
      ...input,
      attachments: [], // the server's item has them
    };
    this.#unconfirmed = input;
    this.#set({ ...this.#state, items: [...this.#state.items, optimistic] });
    return threadId === null
      ? this.#run('threads.create', { input }, optimistic.id)
      : this.#run('threads.add_user_message', { thread_id: threadId, input }, optimistic.id);
  }

  /** Answers the user's message before this item again. Default: the last message. */
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

  /** Ends the answer, on the server and in the state. Resolves when the server has confirmed it. */
  async stop(): Promise<void> {
    const stream = this.#stream;
    if (!stream) return;
    this.#unconfirmed = undefined;
    const [isStopped, runId] = await Promise.all([stream.stop(), stream.runId]);
    if (!isStopped && runId !== undefined) this.#report({ message: 'Stop could not be sent', during: 'stop' });
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
      this.#options.onWidgetAction?.(action, item);
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
    await this.#attempt('threads.sync_custom_action', async () => {
      const { updated_item: updated } = await this.#client.request('threads.sync_custom_action', params);
      if (isItem(updated)) this.#set({ ...this.#state, items: replaceItem(this.#state.items, wholeItem(updated)) });
    });
  }

  /** A thumb up or down for the turn that the item is part of. */
  async giveFeedback(itemId: string, kind: 'positive' | 'negative'): Promise<void> {
    const { threadId, items } = this.#state;
    if (threadId === null) return;
    await this.#attempt('items.feedback', async () => {
      await this.#client.request('items.feedback', { thread_id: threadId, item_ids: turnOf(items, itemId), kind });
      this.#set({ ...this.#state, feedback: new Map(this.#state.feedback).set(itemId, kind) });
    });
  }

  /** Transcribes a recording, in base64 without the prefix of a data URL. Returns an empty text if the server fails. */
  async transcribe(audio_base64: string, mime_type: string): Promise<string> {
    const answer = await this.#attempt('input.transcribe', () =>
      this.#client.request('input.transcribe', { audio_base64, mime_type }),
    );
    const text: unknown = answer?.text;
    return typeof text === 'string' ? text : '';
  }

  /** Removes an attachment that was not sent. */
  async deleteAttachment(attachment_id: string): Promise<void> {
    await this.#attempt('attachments.delete', () => this.#client.request('attachments.delete', { attachment_id }));
  }

  /** Returns the URL of a `lazy` preview. */
  async previewOf(attachment_id: string): Promise<string | undefined> {
    const answer = await this.#attempt('attachments.get_preview', () =>
      this.#client.request('attachments.get_preview', { attachment_id }),
    );
    const url: unknown = answer?.url;
    return typeof url === 'string' ? url : undefined;
  }

  dismissNotice(id: number): void {
    this.#set({ ...this.#state, notices: this.#state.notices.filter((notice) => notice.id !== id) });
  }

  get #pageSize(): number {
    return this.#options.pageSize ?? 9999;
  }

  /** Leaves the open thread. Its answer continues on a server with runs. */
  #leave(): void {
    this.#visit++;
    this.#stream?.leave();
    this.#stream = undefined;
    this.#unconfirmed = undefined;
  }

  /** Begins an answer. Resolves to false if the server refused the request. */
  async #run<Type extends StreamRequestType>(
    type: Type,
    params: RequestParams<Type>,
    optimisticId?: string,
  ): Promise<boolean> {
    if (this.#state.run) return false;
    const visit = this.#visit;
    const stream = this.#client.stream(type, params, {
      onBadFrame: this.#badFrame(type),
      onRetry: (attempt, { status, message }) => {
        const { run } = this.#state;
        const reason = status === undefined ? message : `The server answered ${status}`;
        if (visit === this.#visit && run)
          this.#set({ ...this.#state, run: { ...run, postedAgain: { attempt, reason } } });
      },
    });
    return this.#follow(type, stream, visit, optimisticId);
  }

  /** Reads one stream, and then runs its client tools. Resolves to false if the server refused the request. */
  async #follow(
    type: StreamRequestType | 'join',
    stream: AnswerStream,
    visit: number,
    optimisticId?: string,
  ): Promise<boolean> {
    this.#stream = stream;
    const calls: ClientToolCall[] = [];
    let isEmpty = true;
    this.#set(withRun(this.#state, { type, optimisticId, started: type !== 'threads.create' }));
    try {
      for await (const event of stream) {
        if (visit !== this.#visit) return true;
        isEmpty = false;
        this.#takeSafely(event, calls, type);
      }
    } catch (error) {
      return visit === this.#visit ? this.#endBadly(error, type) : true;
    }
    if (visit !== this.#visit) return true;
    this.#stream = undefined;
    const runId = await stream.runId;
    if (runId !== undefined) this.#finished.add(runId);
    this.#set(withRunEnded(this.#state));
    if (type === 'join' && isEmpty) await this.reload(); // the run is over and forgotten: its end is in the store
    await this.#runTools(calls, visit);
    return true;
  }

  /** Reports an event that does not fit its type. The stream continues. */
  #takeSafely(event: StreamEvent, calls: ClientToolCall[], during: string): void {
    try {
      this.#take(event, calls);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#report({ message: `The event ${String(objectOf(event)['type'])} cannot be read: ${reason}`, during });
    }
  }

  /** Applies one event to the state, and runs its effects on the page. */
  #take(event: StreamEvent, calls: ClientToolCall[]): void {
    const { run } = this.#state;
    const counts = run?.started !== false || event.type === 'thread.created';
    const next = withEvent(this.#state, event);
    this.#set(next.run?.postedAgain ? { ...next, run: { ...next.run, postedAgain: undefined } } : next);
    if (this.#state.run && this.#state.run.optimisticId === undefined) this.#unconfirmed = undefined;
    if (!counts) return;
    if (event.type === 'client_effect') this.#options.onEffect?.(event.name, objectOf(event.data));
    if (event.type === 'thread.item.added' || event.type === 'thread.item.done') {
      const { item } = event;
      if (!isItem(item) || item.type !== 'client_tool_call' || item.status === 'completed') return;
      if (!calls.some(({ id }) => id === item.id)) calls.push(item);
    }
  }

  /** Reports the error that ended the stream. Returns false if the server refused the request. */
  #endBadly(error: unknown, type: string): boolean {
    this.#stream = undefined;
    if (!(error instanceof RequestError)) throw error;
    const refused = error.status !== undefined && error.status >= 400 && error.status < 500;
    if (refused) this.#unconfirmed = undefined;
    this.#set(
      refused ? withRunEnded(this.#state) : withRunEnded(this.#state, { message: neutralMessage, allowRetry: true }),
    );
    this.#reportError(error, type);
    return !refused;
  }

  /** Client tools run once the stream has ended; each result starts the next one. */
  async #runTools(calls: readonly ClientToolCall[], visit: number): Promise<void> {
    const { onClientTool } = this.#options;
    for (const call of calls) {
      if (!onClientTool) {
        this.#report({ message: `Nothing runs the client tool ${call.name}`, during: 'client_tool_call' });
        continue;
      }
      const result = await onClientTool(call);
      if (visit !== this.#visit || this.#state.threadId === null) return;
      this.#set({ ...this.#state, items: replaceItem(this.#state.items, { ...call, status: 'completed' }) });
      await this.#run('threads.add_client_tool_output', { thread_id: this.#state.threadId, result });
    }
  }

  async #attempt<Value>(during: string, work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#reportError(error, during);
      return undefined;
    }
  }

  #reportError(error: unknown, during: string): void {
    if (!(error instanceof RequestError)) throw error;
    this.#report({ message: error.message, status: error.status, during, error });
  }

  #report(problem: ChatProblem): void {
    const { onProblem = warnOf } = this.#options;
    onProblem(problem);
  }

  #badFrame(during: string): (raw: string) => void {
    return (raw) => this.#report({ message: `A frame of the stream is not JSON: ${raw.slice(0, 100)}`, during });
  }

  #set(state: ChatState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
