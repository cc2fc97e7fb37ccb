// Refusals that name the field at fault.
import { ChatKitError, NotFoundError } from '../errors';

/** An `invalid_request` about one field of the parameters. */
export function invalidField(path: (string | number)[], message: string): ChatKitError {
  const issue = { path: ['params', ...path], message };
  return new ChatKitError('invalid_request', `${issue.path.join('.')}: ${message}`, { issues: [issue] });
}

/** Says in the client's words what a store did not find; other errors pass. */
export async function orNotFound<T>(load: Promise<T>, message: string): Promise<T> {
  try {
    return await load;
  } catch (error) {
    if (error instanceof NotFoundError) throw new NotFoundError(message, { cause: error });
    throw error;
  }
}
