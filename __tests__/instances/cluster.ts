// Starts servers in processes of their own, and speaks to them as a page does.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { RunRecord, ThreadItem, ThreadStreamEvent } from 'chatkit-express';
import { createParser } from 'eventsource-parser';
import { applyItemEvent } from '../../src/protocol/reducer';
import { childProgram } from '../support/child-program';
import { createThread } from '../support/requests';
import type { Report, Settings } from './instance';

const times = { leaseMs: 600, heartbeatMs: 200 };

/** A server in a process of its own. */
export class ServerProcess {
  readonly reports: Report[] = [];
  readonly child: ChildProcess;
  url = '';

  constructor(database: string, settings: Partial<Settings> = {}) {
    const all: Settings = { ...times, keepEndedMs: 1000, listen: true, resumes: false, schema: 'public', ...settings };
    const args = [childProgram(join(__dirname, 'instance.ts')), database, JSON.stringify(all)];
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    this.child = spawn(process.execPath, args, { cwd: join(__dirname, '..', '..'), stdio: [...stdio] });
    this.child.on('message', (message: Report) => this.reports.push(message));
  }

  async ready(): Promise<this> {
    await until('the server listens', () => this.reports.some((report) => 'port' in report), 120_000);
    const { port } = this.reports.find((report) => 'port' in report) as { port: number };
    this.url = `http://127.0.0.1:${port}/chatkit`;
    return this;
  }

  called(name: 'respond' | 'resume'): number {
    return this.reports.filter((report) => 'called' in report && report.called === name).length;
  }

  get aborted(): { at: number } | undefined {
    return this.reports.find((report) => 'aborted' in report);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGCONT');
    this.child.kill(signal);
    await exited;
  }
}

/** Starts servers on one database. */
export async function startServers(database: string, count: number, settings?: Partial<Settings>) {
  const servers = Array.from({ length: count }, () => new ServerProcess(database, settings));
  await Promise.all(servers.map((server) => server.ready()));
  return servers;
}

/** Waits until something is true. */
export async function until(says: string, happened: () => unknown, patienceMs = 60_000): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!(await happened())) {
    if (performance.now() > giveUpAt) throw new Error(`It does not come true: ${says}`);
    await setTimeout(10);
  }
}

/** A stream as a page reads it. */
export interface Stream {
  status: number;
  runId: string;
  events: ThreadStreamEvent[];
  /** The number of the last event, from which the stream continues. */
  lastId: number;
  /** Settles when the stream has ended or broken. */
  ended: Promise<'ended' | 'broken'>;
  leave(): void;
}

export const headersOf = (user: string, more: Record<string, string> = {}) => ({
  'content-type': 'application/json',
  'chatkit-run-control': '1',
  'x-user': user,
  ...more,
});

/** Opens a stream, and reads it in the background. */
async function openStream(url: string, init: RequestInit): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(url, { ...init, signal: abort.signal });
  const stream: Stream = {
    status: response.status,
    runId: response.headers.get('chatkit-run-id') ?? '',
    events: [],
    lastId: 0,
    ended: Promise.resolve('ended'),
    leave: () => abort.abort(),
  };
  const parser = createParser({
    onEvent({ id, data }) {
      stream.events.push(JSON.parse(data) as ThreadStreamEvent);
      if (id !== undefined) stream.lastId = Number(id);
    },
  });
  stream.ended = (async () => {
    try {
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) parser.feed(text);
      return 'ended';
    } catch {
      return 'broken';
    }
  })();
  return stream;
}

/** Sends a message that begins a thread. */
export function ask(url: string, text: string, user: string, more: Record<string, string> = {}): Promise<Stream> {
  const body = JSON.stringify(createThread(text));
  return openStream(url, { method: 'POST', headers: headersOf(user, more), body });
}

/** Follows a run. */
export function follow(url: string, runId: string, user: string, after?: number): Promise<Stream> {
  const query = after === undefined ? '' : `?after=${after}`;
  return openStream(`${url}/runs/${runId}/events${query}`, { headers: headersOf(user) });
}

export async function stopThread(url: string, threadId: string, user: string): Promise<{ stopped: number }> {
  const body = JSON.stringify({ thread_id: threadId });
  const response = await fetch(`${url}/runs/stop`, { method: 'POST', headers: headersOf(user), body });
  return (await response.json()) as { stopped: number };
}

/** Returns the open runs of a thread. Undefined while the database does not answer. */
export async function openRuns(url: string, threadId: string, user: string): Promise<RunRecord[] | undefined> {
  const response = await fetch(`${url}/runs?thread_id=${threadId}`, { headers: headersOf(user) });
  return ((await response.json()) as { data?: RunRecord[] }).data;
}

export async function post(url: string, request: unknown, user: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers: headersOf(user), body: JSON.stringify(request) });
  return response.json();
}

/** Returns the items that a page shows after the events. */
export function pageAfter(events: readonly ThreadStreamEvent[], items: readonly ThreadItem[] = []) {
  return events.reduce(applyItemEvent, items);
}

/** Returns the text of the answers among the items. */
export function answersIn(items: readonly ThreadItem[]): string[] {
  return items.flatMap((item) =>
    item.type === 'assistant_message' ? item.content.map((part) => part.text).join('') : [],
  );
}

export const threadOf = ({ events }: Stream): string => {
  const [created] = events;
  if (created?.type !== 'thread.created') throw new Error(`the stream begins with ${created?.type}`);
  return created.thread.id;
};

/** Waits until a stream shows so many words of its answer. */
export async function words(stream: Stream, count: number): Promise<void> {
  await until(
    `${count} words are shown`,
    () => (answersIn(pageAfter(stream.events))[0] ?? '').split(' ').length > count,
  );
}

export const whole = (count: number) => Array.from({ length: count }, (_, index) => `w${index} `).join('');

export const newUser = () => `user_${randomUUID()}`;
