// Reads the replies of the scripts, which clients return as text, as numbers or as bytes, depending on their options.
import type { CancelReason } from '../../hooks';
import type { RunRecord } from '../../runs/registry';
import type { BeatOutcome, Mail, OpenRow, ReaderRequest, Requests, TakenRow } from '../backend';

type Reply = unknown[];

/** Returns a text. Null for a field that does not exist. */
function optional(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : Buffer.from(value as Uint8Array).toString();
}

export function text(value: unknown): string {
  return optional(value) ?? '';
}

export function texts(reply: unknown): string[] {
  return (reply as Reply).map(text);
}

export function rows(reply: unknown): Reply[] {
  return reply as Reply[];
}

/** Returns the time of a position, which is a number of microseconds, in ISO 8601. */
export function timeOf(position: unknown): string {
  return new Date(Math.floor(Number(text(position)) / 1000)).toISOString();
}

const threadOf = (json: unknown) => JSON.parse(text(json)) as string;

export function requestsOf(cancels: unknown, readers: unknown): Requests {
  return {
    cancels: rows(cancels).map(([id, reason]) => ({ id: text(id), reason: text(reason) as CancelReason })),
    readers: rows(readers).map(([id, runId, after]): ReaderRequest => {
      const count = text(after);
      return { id: text(id), runId: text(runId), after: count === '' ? null : Number(count) };
    }),
  };
}

export function countsOf(reply: unknown): BeatOutcome['counts'] {
  return rows(reply).map(([owner, runs]) => ({ owner: text(owner) || null, runs: Number(text(runs)) }));
}

/** Reads an open run: its id, thread, position, status, instance and snapshot. */
export function openRow([id, thread, position, status, instance, snapshot]: Reply): OpenRow {
  return {
    id: text(id),
    thread_id: threadOf(thread),
    created_at: timeOf(position),
    status: text(status) as RunRecord['status'],
    instance: text(instance),
    snapshot: optional(snapshot),
  };
}

/** Reads a run: its thread, position and status. Returns undefined for a run that does not exist. */
export function record(id: string, [thread, position, status]: Reply): RunRecord | undefined {
  if (optional(status) === null) return undefined;
  return { id, thread_id: threadOf(thread), created_at: timeOf(position), status: text(status) as RunRecord['status'] };
}

/** The data from which a run is inserted again when the server has lost it. */
export interface KnownRun {
  threadKey: string;
  thread: string;
  owner: string;
  request: string;
  answers: string;
  recovery: string;
  token: number;
  position: string;
  snapshot: string;
  /** The server that had the run last. */
  server: string;
}

/** Reads a run that was taken over. */
export function takenRow(reply: Reply, server: string): { row: TakenRow; known: KnownRun } {
  const [thread, position, status, recovery, snapshot, cancelled, token, threadKey, owner, request, answers, id] =
    reply;
  return {
    row: {
      id: text(id),
      token: Number(text(token)),
      threadId: threadOf(thread),
      createdAt: timeOf(position),
      status: text(status) as 'queued' | 'running',
      recovery: optional(recovery),
      snapshot: optional(snapshot),
      cancelled: optional(cancelled) as CancelReason | null,
    },
    known: {
      threadKey: text(threadKey),
      thread: text(thread),
      owner: text(owner),
      request: text(request),
      answers: text(answers),
      recovery: text(recovery),
      token: Number(text(token)),
      position: text(position),
      snapshot: text(snapshot),
      server,
    },
  };
}

export function mailOf(reply: unknown): (Mail & { sent: number })[] {
  return rows(reply).map(([reader, sent, batches]) => ({
    reader: text(reader),
    sent: Number(text(sent)),
    batches: texts(batches),
  }));
}
