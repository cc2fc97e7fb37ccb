// The runs and servers that the tests of registries use.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { CancelReason } from '../hooks';
import type { Logger } from '../logger';
import type { ThreadItem, ThreadStreamEvent } from '../protocol';
import { RunFeed } from '../runs/feed';
import type { RunReader } from '../runs/reader';
import type { LostRun, NewRun, RunHost, RunLease, RunRegistry, RunSnapshot } from '../runs/registry';

const silent = () => undefined;
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };

/** A registry as one process has it, with the runs that it has taken over. */
export interface Instance {
  registry: RunRegistry;
  /** The runs that were taken over. A test decides about them in `recover`. */
  lost: LostRun[];
  /** Called for each run that is taken over. Default: ends its lease. */
  recover: (run: LostRun) => Promise<void>;
}

/** Opens a registry as a server does. */
export function openInstance(registry: RunRegistry): Instance {
  const instance: Instance = { registry, lost: [], recover: (run) => run.lease.end(0) };
  registry.open({
    logger,
    needsCounts: true,
    canRecover: () => true,
    async recover(run) {
      instance.lost.push(run);
      await instance.recover(run);
    },
  });
  return instance;
}

/** A run whose events and whose end a test decides about. */
export class FakeHost implements RunHost {
  readonly cancels: CancelReason[] = [];
  version = 0;
  pending: ThreadItem[] = [];
  checkpoint: unknown;
  isForgotten = false;
  isLost = false;
  /** Settles with the reason of the first `cancel`. */
  readonly cancelled: Promise<CancelReason>;
  #markCancelled!: (reason: CancelReason) => void;
  readonly #lease: RunLease;
  readonly #keepMs: number;
  readonly #feed: RunFeed;
  #ended: Promise<void> | undefined;

  constructor(lease: RunLease, keepMs = 0) {
    this.#lease = lease;
    this.#keepMs = keepMs;
    this.cancelled = new Promise((resolve) => (this.#markCancelled = resolve));
    const snapshot = () => ({ count: this.#feed.count, events: Promise.resolve([progress('snapshot')]) });
    this.#feed = new RunFeed({ maxQueuedEvents: 100, maxQueuedBytes: 1e6, maxReplayEvents: 100 }, snapshot, silent);
    lease.attach(this);
  }

  /** Sends events. */
  say(...texts: string[]): void {
    for (const text of texts) this.#feed.push(progress(text));
  }

  /** Begins an item, whose text is a part of the snapshot. */
  write(text: string): void {
    this.pending = [messageOf(text)];
    this.version++;
  }

  /** True while somebody reads the run. */
  get isRead(): boolean {
    return this.#feed.hasReaders;
  }

  end(): Promise<void> {
    this.#feed.end();
    return (this.#ended ??= this.#lease.end(this.#keepMs));
  }

  async cancel(reason: CancelReason): Promise<boolean> {
    const isFirst = this.cancels.length === 0 && this.#ended === undefined;
    if (isFirst) this.cancels.push(reason); // a request of another process can arrive more than once
    this.#markCancelled(reason);
    await this.end();
    return isFirst;
  }

  pendingItems(): ThreadItem[] {
    return this.pending;
  }

  async follow(after: number | undefined): Promise<RunReader> {
    const needsSnapshot = after === undefined;
    const reader = this.#feed.follow({ after: after ?? 0, needsSnapshot, isAnswer: after === 0, isNumbered: true });
    await reader.prepare();
    return reader;
  }

  forget(): void {
    this.isForgotten = true;
  }

  snapshot(): RunSnapshot {
    return { pending: this.pending, ...(this.checkpoint !== undefined && { checkpoint: this.checkpoint }) };
  }

  lose(): void {
    this.isLost = true;
    void this.end();
  }
}

/** Returns an event that a test can recognise. */
function progress(text: string): ThreadStreamEvent {
  return { type: 'progress_update', text };
}

function messageOf(text: string): ThreadItem {
  const content = [{ type: 'output_text' as const, text, annotations: [] }];
  const base = { id: 'msg_1', thread_id: 'thr_1', created_at: '2026-01-02T03:04:05.678Z' };
  return { ...base, type: 'assistant_message', content };
}

/** Returns a new run of a thread. Default: a thread of its own. */
export function newRun(run: Partial<NewRun> = {}): NewRun {
  return { id: `run_${randomUUID()}`, thread_id: `thr_${randomUUID()}`, policy: 'allow', ...run };
}

/** Begins a run that nothing else answers. */
export async function lease(registry: RunRegistry, run: NewRun): Promise<RunLease> {
  const begun = await registry.begin(run);
  if ('joins' in begun) throw new Error(`The run joins ${begun.joins}`);
  return begun;
}

/** Begins a run, and attaches a host that keeps it for `keepMs`. */
export async function start(registry: RunRegistry, run: NewRun, keepMs = 0): Promise<FakeHost> {
  return new FakeHost(await lease(registry, run), keepMs);
}

/** Reads the texts of a reader until `count` have come, or until its end. */
export async function read(reader: RunReader | undefined, count = Infinity): Promise<string[]> {
  assert.ok(reader, 'The run cannot be followed');
  const texts: string[] = [];
  while (texts.length < count && !reader.done) {
    for (const event of reader.take() ?? []) texts.push(event.type === 'progress_update' ? event.text : event.type);
    if (texts.length < count && !reader.done) await new Promise<void>((resolve) => reader.whenReady(resolve));
  }
  return texts;
}

/** Waits until something is true, for at most ten seconds. */
export async function until(says: string, happened: () => unknown): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!(await happened())) {
    if (performance.now() > giveUpAt) throw new Error(`It does not come true: ${says}`);
    await setTimeout(5);
  }
}

/** Checks that a call is refused with a code. */
export async function refusedWith(code: string, call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    (value) => ({ resolved: value }),
    (thrown: unknown) => thrown,
  );
  assert.equal((error as { code?: unknown }).code, code, `It was not refused with ${code}: ${JSON.stringify(error)}`);
}
