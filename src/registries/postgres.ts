// Shares the runs of several processes through the tables of PostgresStore. Imports no driver.
import { ChatKitError } from '../errors';
import type { CancelReason } from '../hooks';
import type { RunRecord } from '../runs/registry';
import { toKey } from '../stores/keys';
import { withFence } from '../stores/sql/postgres-fence';
import type { PostgresClient, PostgresPool } from '../stores/sql/postgres-pool';
import { fencedCode, runStatements } from '../stores/sql/postgres-runs';
import type {
  Beat,
  BeatOutcome,
  BeginOutcome,
  BeginRule,
  Mail,
  OpenRow,
  ReaderRequest,
  Requests,
  RunBackend,
  RunKey,
  RunRow,
  Signal,
} from './backend';
import type { SharedRegistryOptions } from './options';
import { SharedRunRegistry } from './shared-registry';

/** Options of `PostgresStore.runRegistry`. */
export interface PostgresRunRegistryOptions extends SharedRegistryOptions {
  /**
   * True to receive signals with LISTEN, on one connection of the pool that is kept for it. False for a pooler that shares
   * connections between transactions: then Stop from another process takes up to a heartbeat. Default true.
   */
  listen?: boolean | undefined;
}

/** The registry that `PostgresStore.runRegistry` creates. Needs the tables of `PostgresStore.migrate`. */
export class PostgresRunRegistry extends SharedRunRegistry {
  /** @internal */
  constructor(database: { pool: PostgresPool; schema: string }, options: PostgresRunRegistryOptions = {}) {
    const { listen = true, ...shared } = options;
    if (typeof listen !== 'boolean') {
      throw new ChatKitError('invalid_request', 'PostgresRunRegistry: `listen` must be true or false');
    }
    super(new PostgresRunBackend(database.pool, database.schema, listen), shared);
  }
}

const channel = 'chatkit_runs';

/** The statements of the registry. @internal */
export class PostgresRunBackend implements RunBackend {
  readonly name = 'PostgresRunRegistry';
  readonly #pool: PostgresPool;
  readonly #schema: string;
  readonly #isListening: boolean;
  readonly #statements: ReturnType<typeof runStatements>;

  constructor(pool: PostgresPool, schema: string, isListening: boolean) {
    this.#pool = pool;
    this.#schema = schema;
    this.#isListening = isListening;
    this.#statements = runStatements(schema);
  }

  async begin({ threadId, answers, ...row }: RunRow, { policy, maxQueued, queuesReplaced, leaseMs }: BeginRule) {
    const run = {
      ...row,
      threadKey: toKey(threadId),
      thread: JSON.stringify(threadId),
      answers: answers === null ? null : toKey(answers),
    };
    const values = [JSON.stringify(run), policy, maxQueued, queuesReplaced, leaseMs];
    return this.#result<BeginOutcome>('begin', values);
  }

  async end({ id, token }: RunKey, keepMs: number): Promise<void> {
    await this.#pool.query(this.#statements.end, [id, token, keepMs]);
  }

  async beat({ instance, runs, leaseMs, maxTaken, needsCounts }: Beat): Promise<BeatOutcome> {
    const values = [instance, JSON.stringify(runs), leaseMs, maxTaken, needsCounts];
    type Row = BeatOutcome['taken'][number] & { thread: string };
    const outcome = await this.#result<Omit<BeatOutcome, 'taken'> & { taken: Row[] }>('beat', values);
    return {
      ...outcome,
      taken: outcome.taken.map(({ thread, ...row }) => ({ ...row, threadId: JSON.parse(thread) as string })),
    };
  }

  look({ instance, watched }: { instance: string; watched: string[] }) {
    return this.#result<{ requests: Requests; open: string[] }>('look', [instance, JSON.stringify(watched)]);
  }

  async list(threadId: string): Promise<OpenRow[]> {
    return (await this.#result<(OpenRow & { thread: string })[]>('list', [toKey(threadId)])).map(withThread);
  }

  async find(runId: string): Promise<RunRecord | undefined> {
    const { rows } = await this.#pool.query(this.#statements.find, [toKey(runId)]);
    const [row] = rows as { result: string }[];
    return row && withThread(JSON.parse(row.result) as RunRecord & { thread: string });
  }

  cancel(runIds: string[], reason: CancelReason) {
    const ids = runIds.map(toKey);
    return this.#result<{ open: string[]; marked: string[] }>('cancel', [JSON.stringify(ids), reason]);
  }

  openOf(owner: string): Promise<string[]> {
    return this.#result<string[]>('openOf', [owner]);
  }

  async forgetOwner(owner: string): Promise<void> {
    await this.#pool.query(this.#statements.forgetOwner, [owner]);
  }

  async leave(instance: string): Promise<void> {
    await this.#pool.query(this.#statements.leave, [instance]);
  }

  async openReader({ id, runId, instance, after, ttlMs }: ReaderRequest & { instance: string; ttlMs: number }) {
    const { rows } = await this.#pool.query(this.#statements.openReader, [id, toKey(runId), instance, after, ttlMs]);
    return rows.length > 0;
  }

  collect(readers: string[], ttlMs: number): Promise<Mail[]> {
    return this.#result<Mail[]>('collect', [JSON.stringify(readers), ttlMs]);
  }

  async deliver(mail: { reader: string; batch: string }[]) {
    type Sent = { reader: string; waiting: number }[];
    return (await this.#result<{ sent: Sent }>('deliver', [JSON.stringify(mail)])).sent;
  }

  async closeReaders(readers: string[]): Promise<void> {
    await this.#pool.query(this.#statements.closeReaders, [JSON.stringify(readers)]);
  }

  fence<Result>({ id, token }: RunKey, write: () => Promise<Result>): Promise<Result> {
    return withFence({ pool: this.#pool, schema: this.#schema, id, token }, write);
  }

  isFenced(error: unknown): boolean {
    return (Object(error) as { code?: unknown }).code === fencedCode;
  }

  async listen(receive: (signal: Signal) => void, lost: () => void): Promise<(() => Promise<void>) | undefined> {
    if (!this.#isListening) return undefined;
    const client = await this.#pool.connect();
    if (!client.on) {
      client.release();
      return undefined;
    }
    return listenOn(client, receive, lost);
  }

  async #result<Result>(name: keyof ReturnType<typeof runStatements>, values: unknown[]): Promise<Result> {
    const { rows } = await this.#pool.query(this.#statements[name], values);
    return JSON.parse((rows[0] as { result: string }).result) as Result;
  }
}

function withThread<Row extends { thread: string }>({
  thread,
  ...row
}: Row): Omit<Row, 'thread'> & { thread_id: string } {
  return { ...row, thread_id: JSON.parse(thread) as string };
}

async function listenOn(client: PostgresClient, receive: (signal: Signal) => void, lost: () => void) {
  let isOpen = true;
  const heard = (message: unknown) => {
    const { channel: name, payload = '' } = Object(message) as { channel?: string; payload?: string };
    const [kind, of = ''] = payload.split(' ');
    if (name !== channel) return;
    if (kind === 'end') receive({ kind, id: of });
    else if (kind === 'look' || kind === 'mail') receive({ kind, instance: of });
  };
  const close = (error?: Error | true) => {
    if (!isOpen) return;
    isOpen = false;
    client.removeListener?.('notification', heard);
    client.release(error); // a connection that listens must not return to the pool
  };
  const broken = (error: unknown) => {
    if (!isOpen) return;
    close(error as Error);
    lost();
  };
  client.on?.('error', broken);
  client.on?.('end', () => broken(new Error('The connection has ended')));
  client.on?.('notification', heard);
  try {
    await client.query(`LISTEN ${channel}`);
  } catch (error) {
    close(error as Error);
    throw error;
  }
  return async () => close(true);
}
