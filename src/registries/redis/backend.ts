// The records of runs in Redis. Every method is one script, so one round trip.
import { randomUUID } from 'node:crypto';
import type { CancelReason } from '../../hooks';
import type { RunRecord } from '../../runs/registry';
import { toKey } from '../../stores/keys';
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
} from '../backend';
import type { RedisCalls } from './client';
import {
  countsOf,
  type KnownRun,
  mailOf,
  openRow,
  record,
  requestsOf,
  rows,
  takenRow,
  text,
  texts,
  timeOf,
} from './rows';
import { scripts } from './scripts';

interface RedisBackendOptions {
  name: string;
  calls: RedisCalls;
  prefix: string;
  isListening: boolean;
  /** For how long the keys of an open run live without a heartbeat, in milliseconds. */
  lifetimeMs: number;
}

const flag = (value: boolean) => (value ? '1' : '0');

export class RedisRunBackend implements RunBackend {
  readonly name: string;
  readonly #calls: RedisCalls;
  readonly #key: string;
  readonly #channel: string;
  readonly #isListening: boolean;
  readonly #lifetimeMs: number;
  /** The runs that this process holds, by id. */
  readonly #known = new Map<string, KnownRun>();
  /** The number of batches that have arrived, for each reader. */
  readonly #arrived = new Map<string, number>();
  /** The time until which this process was surely not paused, by `performance.now()`. */
  #awakeUntil: number | undefined;

  constructor({ name, calls, prefix, isListening, lifetimeMs }: RedisBackendOptions) {
    this.name = name;
    this.#calls = calls;
    this.#key = `{${prefix}}:runs`; // one hash tag, so that a cluster keeps all keys in one slot
    this.#channel = `${this.#key}:signals`;
    this.#isListening = isListening;
    this.#lifetimeMs = lifetimeMs;
  }

  async begin(run: RunRow, { policy, maxQueued, queuesReplaced, leaseMs }: BeginRule): Promise<BeginOutcome> {
    const row = {
      threadKey: toKey(run.threadId),
      thread: JSON.stringify(run.threadId),
      owner: run.owner ?? '',
      request: run.key ?? '',
      answers: run.answers === null ? '' : toKey(run.answers),
      recovery: run.recovery ?? '',
    };
    const { threadKey, thread, owner, request, answers, recovery } = row;
    const values = [run.id, threadKey, thread, run.instance, owner, request, answers, recovery];
    values.push(policy, maxQueued === null ? '' : String(maxQueued), flag(queuesReplaced), String(leaseMs));
    const reply = rows(
      await this.#run('begin', values, (late) => {
        // Nobody makes the answer of this run.
        if (text((late as unknown[])[0]) === 'begun') this.end({ id: run.id, token: 1 }, 0).catch(() => undefined);
      }),
    );
    const kind = text(reply[0]);
    if (kind === 'joined') return { kind, id: text(reply[1]) };
    if (kind !== 'begun') return { kind: kind as 'busy' | 'full' };
    const [, status, position, server, replaced, awaited] = reply;
    this.#known.set(run.id, { ...row, token: 1, position: text(position), snapshot: '', server: text(server) });
    return {
      kind,
      token: 1,
      createdAt: timeOf(position),
      status: text(status) as 'queued' | 'running',
      replaced: texts(replaced),
      awaited: texts(awaited),
    };
  }

  async end({ id, token }: RunKey, keepMs: number): Promise<void> {
    await this.#run('end', [id, String(token), String(keepMs)]);
    if (this.#known.get(id)?.token === token) this.#known.delete(id);
  }

  async beat({ instance, leaseMs, runs, maxTaken, needsCounts }: Beat): Promise<BeatOutcome> {
    const startedAt = performance.now();
    const wasPaused = this.#awakeUntil !== undefined && startedAt - this.#awakeUntil >= leaseMs;
    this.#awakeUntil = startedAt;
    const values = [instance, String(leaseMs), String(maxTaken), flag(needsCounts)];
    for (const { id, token, status, snapshot } of runs) values.push(id, String(token), status, snapshot ?? '');
    const reply = rows(
      await this.#run('beat', values).finally(() => {
        // A call ends in time, also while there is no server. A call that takes longer shows that the process was paused.
        const endedAt = performance.now();
        if (endedAt - startedAt < this.#calls.timeoutMs + leaseMs / 2) this.#awakeUntil = endedAt;
      }),
    );
    const [serverId, heldIds, missing, taken, cancels, readers, counts] = reply;
    const server = text(serverId);
    const held = new Set(texts(heldIds));
    const restored = wasPaused ? [] : await this.#restore(instance, leaseMs, server, runs, new Set(texts(missing)));
    for (const id of restored) held.add(id);
    for (const run of runs) this.#note(run, held.has(run.id), server);
    return {
      held: [...held],
      taken: rows(taken)
        .map((row) => {
          const found = takenRow(row, server);
          this.#known.set(found.row.id, found.known);
          return found;
        })
        .sort((one, other) => Number(one.known.position) - Number(other.known.position))
        .map(({ row }) => row),
      requests: requestsOf(cancels, readers),
      counts: countsOf(counts),
    };
  }

  /**
   * Inserts the runs again that the server has lost, because it has started again without them, or because another
   * server has taken its place. A run that is missing on the same server was taken over and has ended.
   * @returns The ids of the inserted runs.
   */
  async #restore(instance: string, leaseMs: number, server: string, runs: Beat['runs'], missing: Set<string>) {
    const values: string[] = [];
    for (const { id, token, status, snapshot } of runs) {
      const known = missing.has(id) ? this.#known.get(id) : undefined;
      if (!known || known.token !== token || known.server === server) continue;
      const { threadKey, thread, owner, request, answers, recovery, position } = known;
      values.push(id, threadKey, thread, owner, request, answers, recovery, String(token), status, position);
      values.push(snapshot ?? known.snapshot);
    }
    return values.length > 0 ? texts(await this.#run('restore', [instance, String(leaseMs), ...values])) : [];
  }

  #note({ id, token, snapshot }: Beat['runs'][number], isHeld: boolean, server: string): void {
    const known = this.#known.get(id);
    if (known?.token !== token) return;
    if (!isHeld) this.#known.delete(id);
    known.server = server;
    known.snapshot = snapshot ?? known.snapshot;
  }

  async look({ instance, watched }: { instance: string; watched: string[] }) {
    const reply = rows(await this.#run('look', [instance, ...watched.map(toKey)]));
    const requests: Requests = requestsOf(reply[0], reply[1]);
    return { requests, open: texts(reply[2]) };
  }

  async list(threadId: string): Promise<OpenRow[]> {
    return rows(await this.#run('list', [toKey(threadId)])).map(openRow);
  }

  async find(runId: string): Promise<RunRecord | undefined> {
    return record(runId, (await this.#run('find', [toKey(runId)])) as unknown[]);
  }

  async cancel(runIds: string[], reason: CancelReason) {
    const [open, marked] = rows(await this.#run('cancel', [reason, randomUUID(), ...runIds.map(toKey)]));
    return { open: texts(open), marked: texts(marked) };
  }

  async openOf(owner: string): Promise<string[]> {
    return texts(await this.#run('openOf', [owner]));
  }

  async forgetOwner(owner: string): Promise<void> {
    await this.#run('forgetOwner', [owner]);
  }

  async leave(instance: string): Promise<void> {
    await this.#run('leave', [instance]);
  }

  async openReader({ id, runId, instance, after, ttlMs }: ReaderRequest & { instance: string; ttlMs: number }) {
    const count = after === null ? '' : String(after);
    const reply = await this.#run('openReader', [id, toKey(runId), instance, count, String(ttlMs)]);
    return text(reply) === '1';
  }

  async collect(readers: string[], ttlMs: number): Promise<Mail[]> {
    const values = readers.flatMap((id) => [id, String(this.#arrived.get(id) ?? 0)]);
    const mail = mailOf(await this.#run('collect', [String(ttlMs), ...values]));
    for (const id of readers) this.#arrived.delete(id);
    for (const { reader, sent } of mail) this.#arrived.set(reader, sent);
    return mail.map(({ reader, batches }) => ({ reader, batches }));
  }

  async deliver(mail: { reader: string; batch: string }[]) {
    const values = mail.flatMap(({ reader, batch }) => [reader, batch]);
    const sent = rows(await this.#run('deliver', [randomUUID(), ...values]));
    return sent.map(([reader, waiting]) => ({ reader: text(reader), waiting: Number(text(waiting)) }));
  }

  async closeReaders(readers: string[]): Promise<void> {
    for (const id of readers) this.#arrived.delete(id);
    await this.#run('closeReaders', readers);
  }

  /** Redis cannot make a write in another database conditional. */
  fence<Result>(_key: RunKey, write: () => Promise<Result>): Promise<Result> {
    return write();
  }

  isFenced(): boolean {
    return false;
  }

  async listen(receive: (signal: Signal) => void, lost: () => void): Promise<(() => Promise<void>) | undefined> {
    if (!this.#isListening) return undefined;
    const received = (message: string) => {
      const [kind, of = ''] = message.split(' ');
      if (kind === 'end') receive({ kind, id: of });
      else if (kind === 'look' || kind === 'mail') receive({ kind, instance: of });
    };
    return this.#calls.listen(this.#channel, received, lost);
  }

  #run(name: keyof typeof scripts, values: string[], late?: (reply: unknown) => void): Promise<unknown> {
    return this.#calls.run(scripts[name], this.#key, [this.#channel, String(this.#lifetimeMs), ...values], late);
  }
}
