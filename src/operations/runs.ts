// Runs apart from the requests that began them: which are open in a thread, their events, and Stop.
import { ChatKitError, type ErrorIssue, NotFoundError } from '../errors';
import { isId } from '../protocol/schema';
import type { RunReader } from '../runs/reader';
import type { RunRecord } from '../runs/registry';
import { loadThread } from './lookup';
import type { OperationScope } from './operation';

/** The longest number of events that is read, in digits. */
const maxDigits = 15;

/** Asks for the open runs of a thread. Values as they came: they are checked here. */
export interface RunListQuery {
  thread_id: unknown;
}

/** Asks for the events of a run. */
export interface RunFollowQuery {
  id: unknown;
  /** How many events were read before, as text or number. Absent or 0: none, which begins with a snapshot. */
  after?: unknown;
}

/** The runs of a page. */
export interface RunPage {
  data: RunRecord[];
  has_more: false;
}

/** Returns the open runs of a thread, the oldest first. @throws ChatKitError `invalid_request`, `not_found` */
export async function listRuns<TContext>(
  { thread_id }: RunListQuery,
  scope: OperationScope<TContext>,
): Promise<RunPage> {
  const threadId = checkId('thread_id', thread_id);
  await loadThread(threadId, scope);
  return { data: await scope.options.runs.registry.list(threadId), has_more: false };
}

/**
 * Adds a reader to a run that is open, or ended a moment ago.
 * @throws ChatKitError `invalid_request`, `not_found`
 */
export async function followRun<TContext>(
  query: RunFollowQuery,
  scope: OperationScope<TContext>,
): Promise<{ runId: string; reader: RunReader }> {
  const runId = checkId('id', query.id);
  const after = checkCount(query.after);
  await findRun(runId, scope);
  const reader = await scope.options.runs.registry.follow(runId, after === 0 ? undefined : after);
  if (!reader) throw noSuchRun();
  return { runId, reader };
}

/**
 * Ends the open runs of a thread, or one run. Resolves with how many, once what they had said is stored.
 * @param read Resolves with the body, `{ thread_id }` or `{ run_id }`, not checked yet.
 * @throws ChatKitError `invalid_request`, `not_found`
 */
export async function stopRuns<TContext>(
  read: () => unknown,
  scope: OperationScope<TContext>,
): Promise<{ stopped: number }> {
  const { thread_id, run_id } = Object(await read()) as { thread_id?: unknown; run_id?: unknown };
  if ((thread_id === undefined) === (run_id === undefined)) {
    throw invalid('thread_id', 'send either `thread_id` or `run_id`');
  }
  const { registry } = scope.options.runs;
  let ids: string[];
  if (thread_id === undefined) {
    ids = [(await findRun(checkId('run_id', run_id), scope)).id];
  } else {
    const threadId = checkId('thread_id', thread_id);
    await loadThread(threadId, scope);
    ids = (await registry.list(threadId)).map(({ id }) => id);
  }
  return { stopped: await registry.cancel(ids, 'stopped') };
}

/** Returns a run of a thread that the request may see. An id alone gives no access. */
async function findRun<TContext>(runId: string, scope: OperationScope<TContext>): Promise<RunRecord> {
  const run = await scope.options.runs.registry.find(runId);
  if (!run) throw noSuchRun();
  await loadThread(run.thread_id, scope).catch((error: unknown) => {
    throw error instanceof NotFoundError ? noSuchRun(error) : error;
  });
  return run;
}

function noSuchRun(cause?: unknown): NotFoundError {
  return new NotFoundError('There is no such run', { cause });
}

function checkId(field: string, value: unknown): string {
  if (isId(value)) return value;
  throw invalid(field, value === undefined ? 'is missing' : 'must be an id');
}

function checkCount(value: unknown): number {
  if (value === undefined) return 0;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && /^\d+$/.test(text) && text.length <= maxDigits) return Number(text);
  throw invalid('after', 'must be the number of events that were read');
}

function invalid(field: string, message: string): ChatKitError {
  const issue: ErrorIssue = { path: [field], message };
  return new ChatKitError('invalid_request', `${field}: ${message}`, { issues: [issue] });
}
