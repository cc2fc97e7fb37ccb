// The setup of a run, and the parts that a run makes of its plan.
import type { Logger } from '../logger';
import type { BaseOptions } from '../options';
import type { RequestScope } from '../request-scope';
import type { RunTimes } from './deadlines';
import type { RunPlan } from './plan';
import type { RunLease, RunSnapshot } from './registry';

/** The options that a run reads. */
export type RunOptions<TContext> = Pick<
  BaseOptions<TContext>,
  'getStreamOptions' | 'handleStreamCancelled' | 'exposeErrors'
> & {
  logger: Logger;
  maxQueuedEvents: number;
  maxQueuedBytes: number;
};

/** The setup of a run: its lease, its limits, and how long it is kept. */
export interface RunSetup {
  /** The right to make the answer. The run ends the lease. */
  lease: RunLease;
  /** True for a run that continues without readers. Its events are kept for readers whose connection broke. */
  isDetachable: boolean;
  /** True when the client that began the run counts its events. */
  isNumbered: boolean;
  /** How many events a detachable run keeps. */
  maxReplayEvents: number;
  /** For how long a detachable run can be followed after its end, in milliseconds. */
  keepEndedMs: number;
  /** The limits on the time of the hook. */
  times: RunTimes;
  /** The state in which the run's process has died. Undefined for a new run. */
  restored?: RunSnapshot | undefined;
}

/** The parts of the request's scope that a run reads. */
export type RunScope<TContext> = Pick<RequestScope<TContext>, 'context' | 'show' | 'prepare' | 'attachments'>;

/** Makes the function that loads an item for a reader that has missed events. */
export function itemLoader<TContext>(
  { thread, store }: RunPlan<TContext>,
  { context, prepare }: Pick<RunScope<TContext>, 'context' | 'prepare'>,
) {
  return async (itemId: string) => {
    const item = await store.loadItem(thread.id, itemId, context);
    if (item.type === 'user_message') await prepare(item.attachments);
    return item;
  };
}
