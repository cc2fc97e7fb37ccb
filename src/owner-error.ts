// The error for a request without an owner. It remembers what the option `owner` returned, so that the log can say so.
import { ChatKitError } from './errors';

// The server may be loaded as ESM, and the store as CJS, so the error is recognised by a symbol.
const receivedKey = Symbol.for('chatkit-express.owner');

/** @param received Describes the value in place of the owner. It is not sent to the client. */
export function ownerError(received: string): ChatKitError {
  return Object.assign(new ChatKitError('unauthorized', 'The request has no owner'), { [receivedKey]: received });
}

/** Describes the value in place of the owner. Undefined for any other error. */
export function receivedOwner(error: unknown): string | undefined {
  return (Object(error) as { [receivedKey]?: string })[receivedKey];
}
