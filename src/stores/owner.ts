// Checks the owner of a request, for every store with owners.
import { ownerError } from '../owner-error';

/**
 * Returns the given owner.
 * @throws ChatKitError `unauthorized` unless the owner is a non-empty string, because a request without an owner may
 * not see any data. The server logs the type of the value that it received.
 */
export function assertOwner(owner: unknown): string {
  if (typeof owner === 'string' && owner !== '') return owner;
  if (typeof (owner as { catch?: unknown } | null | undefined)?.catch === 'function') {
    (owner as Promise<unknown>).catch(() => undefined); // no caller handles the rejection
  }
  throw ownerError(shown(owner));
}

/** Describes the type of a value, because the value may be private. */
function shown(owner: unknown): string {
  if (owner === undefined || owner === null) return String(owner);
  if (owner === '') return 'an empty string';
  if (typeof (owner as { then?: unknown }).then === 'function') return 'a promise';
  if (Array.isArray(owner)) return 'an array';
  return typeof owner === 'object' ? 'an object' : `a ${typeof owner}`;
}
