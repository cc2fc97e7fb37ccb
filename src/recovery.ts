// Takes over a run whose process has died: continues it where the application can, and otherwise stores what was said.
import { isDeepStrictEqual } from 'node:util';
import { NotFoundError } from './errors';
import type { LazyRequestScope } from './lazy-request-scope';
import type { OperationScope } from './operations/operation';
import type { ResolvedOptions } from './options';
import type { Thread, UserMessageItem } from './protocol';
import type { ReplacedItems } from './runs/item-writer';
import type { RunPlan } from './runs/plan';
import type { LostRun } from './runs/registry';
import type { RequestedRun } from './runs/request-lease';
import { Run } from './runs/run';

/** The data with which a run is taken over. JSON. */
interface Recovery {
  context: unknown;
  /** The id of the message that the run answers. */
  answers?: string | undefined;
  replaces?: ReplacedItems | undefined;
}

/** Makes the scope of a run that has no request. */
export interface RecoveryScope<TContext> {
  options: ResolvedOptions<TContext>;
  scopeOf: (context: TContext) => LazyRequestScope<TContext>;
}

/** The options `runs` of the servers whose contexts were reported. */
const reported = new WeakSet();

/**
 * Returns the data with which another process takes a run over. Undefined for a context that is not plain JSON, which is
 * logged once.
 */
export function recoveryOf<TContext>(
  { answers, replaces }: RequestedRun,
  { context, options }: OperationScope<TContext>,
): string | undefined {
  const recovery: Recovery = { context, answers, replaces };
  try {
    const text = JSON.stringify(recovery);
    if (isDeepStrictEqual((JSON.parse(text) as Recovery).context, withoutUndefined(context))) return text;
  } catch {
    // A context that refers to itself. It is reported below.
  }
  if (!reported.has(options.runs)) {
    reported.add(options.runs); // the options of a request are an object of their own
    options.logger.warn(
      {},
      'the context is not plain JSON, so that no other process can take over the runs of this one; see docs/runs.md',
    );
  }
  return undefined;
}

function withoutUndefined(context: unknown): unknown {
  if (typeof context !== 'object' || context === null || Array.isArray(context)) return context;
  const isPlain = [Object.prototype, null].includes(Reflect.getPrototypeOf(context));
  return isPlain ? Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined)) : context;
}

/**
 * Makes the run that continues a lost run, with the items that were begun and not stored. Ends the lease and resolves
 * with undefined where nothing is left to do: the thread was deleted, or the message was never stored.
 */
export async function recoverRun<TContext>(
  { lease, record, recovery, snapshot = { pending: [] } }: LostRun,
  { options, scopeOf }: RecoveryScope<TContext>,
): Promise<Run<TContext> | undefined> {
  const known = recovery === undefined ? undefined : (JSON.parse(recovery) as Recovery);
  if (!known) {
    options.logger.error({ run_id: record.id, thread_id: record.thread_id }, 'a run without its context is given up');
    await lease.end(0);
    return undefined;
  }
  const scope = scopeOf(known.context as TContext);
  const { store } = options;
  const thread = await existing(store.loadThread(record.thread_id, scope.context));
  const message =
    known.answers && thread ? await existing(store.loadItem(thread.id, known.answers, scope.context)) : null;
  if (!thread || message === undefined) {
    await lease.end(0);
    return undefined;
  }
  const isStored = await Promise.all(
    snapshot.pending.map(
      async ({ id }) => (await existing(store.loadItem(thread.id, id, scope.context))) !== undefined,
    ),
  );
  const pending = snapshot.pending.filter((_, index) => !isStored[index]);
  const input = message?.type === 'user_message' ? message : null;
  const knowsNothing = pending.length === 0 && snapshot.checkpoint === undefined && !known.replaces;
  if (input && knowsNothing && (await isAnswered(input, scope))) {
    await lease.end(0);
    return undefined;
  }
  const { keepEndedMs, maxReplayEvents, limits } = options.runs;
  return new Run(
    resumePlan(thread, known, { input, restored: { ...snapshot, pending } }, scope),
    scope,
    scope.options,
    {
      lease,
      isDetachable: true,
      isNumbered: true,
      keepEndedMs,
      maxReplayEvents,
      times: { ...limits, maxRunMs: limits.maxRunMs ?? 600_000 },
      restored: { ...snapshot, pending },
    },
  );
}

function resumePlan<TContext>(
  thread: Thread,
  { replaces }: Recovery,
  { input, restored }: { input: UserMessageItem | null; restored: NonNullable<LostRun['snapshot']> },
  { options, hookStore }: OperationScope<TContext>,
): RunPlan<TContext> {
  return {
    thread,
    store: options.store,
    hookStore,
    ...(replaces && { replaces }),
    hookName: 'resume',
    hook(turn) {
      const { pending, checkpoint } = restored;
      const events = options.resume?.({ ...turn, input, pending, checkpointed: checkpoint });
      if (!events) throw new Error('`resume` returned no events');
      return events;
    },
  };
}

/**
 * Returns true when a finished message is the newest item after the message of the user: the process has died between
 * its last write and the record of the end.
 */
async function isAnswered<TContext>(
  { thread_id, id }: UserMessageItem,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<boolean> {
  const { data } = await store.loadThreadItems(thread_id, { limit: 1, after: null, order: 'desc' }, context);
  const [newest] = data;
  return newest?.type === 'assistant_message' && newest.id !== id;
}

/** Resolves with undefined for a row that does not exist. */
async function existing<Row>(load: Promise<Row>): Promise<Row | undefined> {
  try {
    return await load;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
