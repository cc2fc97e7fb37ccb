// Whose a row is: what every store with owners asks of its `owner` option.
import { ChatKitError } from '../errors';

/**
 * The owner as it was given, once it is known to be one.
 * @throws ChatKitError `unauthorized` for anything but a string that is not empty: without a name there is nothing to see.
 */
export function assertOwner(owner: unknown): string {
  if (typeof owner !== 'string' || owner === '') throw new ChatKitError('unauthorized', 'The request has no owner');
  return owner;
}
