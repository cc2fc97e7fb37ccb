// Collects the mail of the readers of this process whose runs are in other processes.
import { randomUUID } from 'node:crypto';
import type { Logger } from '../logger';
import type { RunBackend } from './backend';
import { type Batch, RemoteReader } from './remote-reader';

interface InboxOptions {
  backend: RunBackend;
  instance: string;
  /** For how long a reader is kept without a collection, in milliseconds. */
  ttlMs: number;
  /** How often to collect without a signal, in milliseconds. */
  pollMs: () => number;
  logger: () => Logger | undefined;
}

/** The readers of this process. One statement collects the mail of all of them. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #readers = new Map<string, RemoteReader>();
  #timer: NodeJS.Timeout | undefined;
  #isCollecting = false;
  /** True when mail has arrived during a collection. */
  #isAgain = false;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  get #logger(): Logger | undefined {
    return this.#options.logger();
  }

  /** Resolves with a reader that has its first events, and with undefined for a run that cannot be followed. */
  async follow(runId: string, after: number | undefined): Promise<RemoteReader | undefined> {
    const { backend, instance, ttlMs } = this.#options;
    const id = `reader_${randomUUID()}`;
    const reader = new RemoteReader(id, () => this.#close([id]));
    if (!(await backend.openReader({ id, runId, after: after ?? null, instance, ttlMs }))) return undefined;
    this.#readers.set(id, reader); // not before, because mail of a reader that does not exist ends the reader
    this.collect();
    if (await reader.opened) return reader;
    this.#close([id]);
    return undefined;
  }

  /** Called when there may be mail. Never rejects. */
  collect(): void {
    if (this.#isCollecting) {
      this.#isAgain = true;
      return;
    }
    clearTimeout(this.#timer);
    if (this.#readers.size > 0) void this.#collect();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const reader of [...this.#readers.values()]) reader.breakOff();
    this.#readers.clear();
  }

  async #collect(): Promise<void> {
    const { backend, ttlMs, pollMs } = this.#options;
    this.#isCollecting = true;
    const now = performance.now();
    // The mail of a slow reader waits in the database, but is collected before the reader expires.
    const asked = [...this.#readers.values()].filter(
      (reader) => !reader.needsDrain || now - reader.collectedAt > ttlMs / 2,
    );
    for (const reader of asked) reader.collectedAt = now;
    const ids = asked.map(({ id }) => id);
    try {
      const collected = await backend.collect(ids, ttlMs);
      const mail = new Map(collected.map(({ reader, batches }) => [reader, batches]));
      for (const reader of asked) this.#pass(reader, mail.get(reader.id));
    } catch (error) {
      this.#logger?.debug({ err: error }, 'the events of runs in other processes could not be read');
    }
    this.#isCollecting = false;
    if (this.#readers.size === 0) return;
    if (this.#isAgain) {
      this.#isAgain = false;
      void this.#collect();
    } else this.#timer = setTimeout(() => this.collect(), pollMs());
  }

  #pass(reader: RemoteReader, batches: string[] | undefined): void {
    if (!this.#readers.has(reader.id)) return; // it has left meanwhile
    if (!batches) {
      // The mail was deleted with the run, or because the database was away for long.
      this.#readers.delete(reader.id);
      reader.breakOff();
      return;
    }
    for (const text of batches) {
      const batch = JSON.parse(text) as Batch;
      reader.receive(batch);
      if (batch.end) this.#close([reader.id]);
    }
  }

  #close(ids: string[]): void {
    const known = ids.filter((id) => this.#readers.delete(id));
    if (known.length === 0) return;
    this.#options.backend.closeReaders(known).catch((error: unknown) => {
      // The reader expires by itself.
      this.#logger?.debug({ err: error }, 'a reader of a run in another process could not be closed');
    });
  }
}
