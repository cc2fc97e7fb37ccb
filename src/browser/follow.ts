// Connects the chat's element and its fetch: Stop, and the run of the thread that is shown.
import type { ChatRuns } from './chat-runs';
import { joinAction } from './chat-runs';
import type { ListedRun } from './endpoint';

/** The part of `<openai-chatkit>` that is used here. */
export interface ChatKitElement {
  addEventListener(type: string, listener: (event: Event) => void): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
  sendCustomAction(action: { type: string; payload?: Record<string, unknown> }): Promise<void>;
  fetchUpdates(): Promise<void>;
}

/** The time after a load in which `fetchUpdates` puts the old data back on the page (observed: 5 s), in milliseconds. */
const settledAfterMs = 5100;
/** The time in which an element must fire an event after it has loaded a thread, in milliseconds. */
const eventMs = 10_000;

/** Connects an element, until it is disconnected. */
export class Follower {
  readonly #element: ChatKitElement;
  readonly #runs: ChatRuns;
  /** When each thread was last loaded. */
  readonly #loadedAt = new Map<string, number>();
  /** The runs that were open while a thread was loaded. They may have ended since, so that the page lacks their end. */
  readonly #atLoad = new Map<string, Promise<ListedRun[] | undefined>>();
  readonly #listeners: [string, (event: object) => void][];
  /** Grows when another thread is shown. */
  #visit = 0;
  #hasFired = false;
  /** The thread whose load has begun and not ended. Its run is joined after the load. */
  #loading: string | null | undefined;
  #isConnected = true;

  constructor(element: ChatKitElement, runs: ChatRuns) {
    this.#element = element;
    this.#runs = runs;
    this.#listeners = [
      ['chatkit.response.stop', () => runs.hearStop()],
      ['chatkit.thread.load.start', (event) => this.#show(event, 'start')],
      ['chatkit.thread.load.end', (event) => this.#show(event, 'end')],
      ['chatkit.thread.change', (event) => this.#show(event)],
    ];
    for (const [type, listener] of this.#listeners) element.addEventListener(type, listener);
    runs.onLoad = (threadId) => this.#load(threadId);
  }

  disconnect(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#visit++;
    for (const [type, listener] of this.#listeners) this.#element.removeEventListener(type, listener);
    this.#runs.onLoad = undefined;
  }

  #load(threadId: string): (response: Response) => void {
    this.#atLoad.set(threadId, this.#runs.list(threadId));
    this.#loadedAt.set(threadId, performance.now());
    return ({ ok }) => {
      this.#loadedAt.set(threadId, performance.now());
      if (!ok || this.#hasFired) return;
      setTimeout(() => {
        if (this.#hasFired || !this.#isConnected) return;
        this.#runs.bePlain('fires no chatkit.thread.load.end');
      }, eventMs);
    };
  }

  /** Handles an event that names the thread which the element shows. */
  #show({ detail }: { detail?: unknown }, load?: 'start' | 'end'): void {
    const { threadId } = Object(detail) as { threadId?: string | null };
    if (load !== 'start') this.#hasFired = true;
    if (threadId === undefined) return;
    if (load || threadId !== this.#runs.shown) this.#loading = load === 'start' ? threadId : undefined;
    this.#runs.shown = threadId;
    const visit = ++this.#visit;
    if (threadId === null || this.#loading === threadId) return;
    if (load) this.#loadedAt.set(threadId, performance.now());
    void this.#joinAll(threadId, visit);
  }

  /** Joins the open runs of a thread, one after the other, for as long as the thread is shown. */
  async #joinAll(threadId: string, visit: number): Promise<void> {
    const isCurrent = () => visit === this.#visit && !this.#runs.isPlain;
    let atLoad = (await this.#atLoad.get(threadId)) ?? [];
    this.#atLoad.delete(threadId);
    while (isCurrent()) {
      const now = await this.#runs.list(threadId);
      const run = await this.#runs.firstUnknown([...atLoad, ...(now ?? [])]);
      atLoad = atLoad.filter(({ id }) => id !== run?.id);
      if (!run || !isCurrent()) return;
      const action = { type: joinAction, payload: { run_id: run.id } };
      const isJoined = await this.#runs.join(run, threadId, async () => this.#element.sendCustomAction(action));
      if (!isJoined) this.#update(threadId);
    }
  }

  /** Lets the element read the thread again, because the end of a run could not be joined. Never soon after a load. */
  #update(threadId: string): void {
    const loadedAt = this.#loadedAt.get(threadId) ?? performance.now();
    const ms = Math.max(0, loadedAt + settledAfterMs - performance.now());
    setTimeout(() => {
      if (!this.#isConnected || this.#runs.shown !== threadId || this.#runs.isCarrying(threadId)) return;
      const lastLoad = this.#loadedAt.get(threadId) ?? loadedAt;
      if (lastLoad > loadedAt) this.#update(threadId);
      else this.#element.fetchUpdates().catch(() => undefined);
    }, ms);
  }
}
