// Checks the owner of a request, for every store with owners.
import { ChatKitError } from '../errors';

/**
 * Returns the given owner.
 * @throws ChatKitError `unauthorized` unless the owner is a non-empty string, because a request without an owner may
 * not see any data.
 */
export function assertOwner(owner: unknown): string {
  if (typeof owner !== 'string' || owner === '') throw new ChatKitError('unauthorized', 'The request has no owner');
  return owner;
}
