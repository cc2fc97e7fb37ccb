// Checks the owner of a request, for every store with owners.
import { ChatKitError } from '../errors';

// The server may be loaded as ESM, and the store as CJS, so the error is recognised by a symbol.
const receivedKey = Symbol.for('chatkit-express.owner');

/**
 * Returns the given owner.
 * @throws ChatKitError `unauthorized` unless the owner is a non-empty string, because a request without an owner may
 * not see any data. The server logs what it received: see {@link receivedOwner}.
 */
export function assertOwner(owner: unknown): string {
  if (typeof owner === 'string' && owner !== '') return owner;
  if (typeof (owner as { catch?: unknown } | null | undefined)?.catch === 'function') {
    (owner as Promise<unknown>).catch(() => undefined); // no caller handles the rejection
  }
  throw Object.assign(new ChatKitError('unauthorized', 'The request has no owner'), { [receivedKey]: shown(owner) });
}

/** Describes the value that {@link assertOwner} has refused. Undefined for any other error. */
export function receivedOwner(error: unknown): string | undefined {
  return (Object(error) as { [receivedKey]?: string })[receivedKey];
}

/** Describes the type of a value, because the value may be private. */
function shown(owner: unknown): string {
  if (owner === undefined || owner === null) return String(owner);
  if (owner === '') return 'an empty string';
  if (typeof (owner as { then?: unknown }).then === 'function') return 'a promise';
  if (Array.isArray(owner)) return 'an array';
  return typeof owner === 'object' ? 'an object' : `a ${typeof owner}`;
}
