// Locked and closed threads: how they are recognised, and how a write to one is refused.
import { ChatKitError } from './errors';
import type { Thread } from './protocol';

/** Returns true for a thread whose status keeps the user from writing. A status that this version does not know does not. */
export function isLocked({ status }: Pick<Thread, 'status'>): boolean {
  const type = (status as Thread['status'] | null | undefined)?.type;
  return type === 'locked' || type === 'closed';
}

/** Returns the refusal of a write to a locked or closed thread. The user reads its message, with the reason of the status. */
export function threadLocked({ status }: Pick<Thread, 'status'>): ChatKitError {
  const { type, reason } = status as { type: string; reason?: string | null };
  const message = `This conversation is ${type}`;
  return new ChatKitError('forbidden', reason ? `${message}: ${reason}` : message);
}
