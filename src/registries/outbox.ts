// Sends the events of the runs of this process to readers in other processes. Nothing is written while nobody reads.
import type { Logger } from '../logger';
import type { RunReader } from '../runs/reader';
import type { ReaderRequest, RunBackend } from './backend';
import type { LocalRun } from './local-run';
import type { Batch } from './remote-reader';

/** How many batches may wait for a reader before its run is no longer read for it. */
const maxWaiting = 16;
/** The pause after which a full reader is looked at again, and the shortest time between two deliveries. */
const fullMs = 200;
const pauseMs = 25;

/** Reads a run for one reader in another process. */
interface Pump {
  id: string;
  runId: string;
  reader: RunReader | undefined;
  /** The batch that ends the mail of the reader. */
  last: Batch['end'];
  isReady: boolean;
  /** True once something was sent. */
  isTold: boolean;
  isFull: boolean;
}

/** The readers in other processes. One statement delivers the mail of all of them. */
export class Outbox {
  readonly #backend: RunBackend;
  readonly #loggerOf: () => Logger | undefined;
  readonly #pumps = new Map<string, Pump>();
  #isDelivering = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(backend: RunBackend, logger: () => Logger | undefined) {
    this.#backend = backend;
    this.#loggerOf = logger;
  }

  get #logger(): Logger | undefined {
    return this.#loggerOf();
  }

  /** Begins to read a run for a reader. Does nothing for a reader that is known. */
  open({ id, runId, after }: ReaderRequest, run: LocalRun | undefined): void {
    if (this.#pumps.has(id)) return;
    const pump: Pump = { id, runId, reader: undefined, last: undefined, isReady: false, isTold: false, isFull: false };
    this.#pumps.set(id, pump);
    void this.#read(pump, run, after ?? undefined);
  }

  async #read(pump: Pump, run: LocalRun | undefined, after: number | undefined): Promise<void> {
    try {
      await run?.attached; // its request may still be writing
      pump.reader = await run?.host?.follow(after);
      if (!this.#pumps.has(pump.id)) {
        pump.reader?.leave();
        return;
      }
    } catch (error) {
      this.#logger?.error({ err: error, run_id: run?.record.id }, 'a reader in another process could not be served');
    }
    if (!pump.reader) pump.last = 'gone';
    pump.isReady = true; // the reader is told that it reads, also before the first event
    this.#schedule(0);
  }

  /** Waits for the next events of a run. */
  #await(pump: Pump): void {
    const ready = () => {
      pump.isReady = true;
      this.#schedule(pauseMs);
    };
    pump.reader?.whenReady(ready);
  }

  /** True while a run has readers in other processes. */
  hasReaders(runId: string): boolean {
    return [...this.#pumps.values()].some((pump) => pump.runId === runId);
  }

  /** Settles when the events that are ready were sent, or after `maxMs`. Never rejects. */
  async flush(maxMs: number): Promise<void> {
    const giveUpAt = performance.now() + maxMs;
    const isReady = () => this.#isDelivering || [...this.#pumps.values()].some((pump) => pump.isReady && !pump.isFull);
    while (isReady() && performance.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }

  /** Leaves all runs. */
  close(): void {
    clearTimeout(this.#timer);
    for (const pump of [...this.#pumps.values()]) this.#leave(pump);
  }

  #leave(pump: Pump): void {
    this.#pumps.delete(pump.id);
    pump.reader?.leave();
  }

  #schedule(ms: number): void {
    if (this.#isDelivering) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#deliver();
    }, ms);
  }

  async #deliver(): Promise<void> {
    const sent = [...this.#pumps.values()].filter(({ isReady, isFull }) => isReady || isFull);
    if (sent.length === 0) return;
    this.#isDelivering = true;
    const batches = sent.map((pump) => ({ reader: pump.id, batch: this.#batchOf(pump) }));
    try {
      const found = new Map((await this.#backend.deliver(batches)).map((row) => [row.reader, row.waiting]));
      for (const pump of sent) this.#delivered(pump, found.get(pump.id));
    } catch (error) {
      // The events of the batches are lost, so that the readers end and follow the runs again.
      for (const pump of sent) this.#leave(pump);
      this.#logger?.warn({ err: error }, 'the events of runs could not be sent to their readers in other processes');
      this.#backend.closeReaders(sent.map(({ id }) => id)).catch(() => undefined); // they expire by themselves
    }
    this.#isDelivering = false;
    if ([...this.#pumps.values()].some(({ isReady }) => isReady)) this.#schedule(pauseMs);
    else if ([...this.#pumps.values()].some(({ isFull }) => isFull)) this.#schedule(fullMs);
  }

  /** Takes the events that are ready, as JSON. Empty for a reader that is full. */
  #batchOf(pump: Pump): string {
    const { reader, isFull } = pump;
    if (isFull || (reader === undefined && pump.last === undefined)) return '';
    pump.isReady = false;
    const events = reader?.take() ?? [];
    const counts = events.map((_, index) => reader?.countAt(index) ?? null);
    if (reader?.done) pump.last = 'done';
    if (events.length === 0 && pump.last === undefined && pump.isTold) return '';
    pump.isTold = true;
    return JSON.stringify({ events, counts, ...(pump.last && { end: pump.last }) } satisfies Batch);
  }

  #delivered(pump: Pump, waiting: number | undefined): void {
    if (waiting === undefined || pump.last) {
      this.#leave(pump);
      return;
    }
    pump.isFull = waiting >= maxWaiting;
    if (!pump.isFull && !pump.isReady) this.#await(pump);
  }
}
