// The bounds and the refusals of runs in a thread that is being answered.
import { ChatKitError } from '../errors';

/** The maximum number of runs of a thread that wait for earlier runs. */
export const maxQueued = 10;
/** For how long a request waits until the runs that it replaces have ended, in milliseconds. */
export const patienceMs = 10_000;

export function isBusy(): ChatKitError {
  return new ChatKitError('conflict', 'This thread is being answered');
}

export function tooManyWait(): ChatKitError {
  return new ChatKitError('conflict', `More than ${maxQueued} requests wait for the answer of this thread`);
}
