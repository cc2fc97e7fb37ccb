// Lets the application refuse a request before anything is written.
import { isError } from './errors';
import type { ResolvedOptions } from './options';
import type { ChatKitRequest } from './protocol';

/**
 * Asks the option `admit` about a request.
 * @throws what `admit` throws.
 */
export async function checkAdmitted<TContext>(
  request: ChatKitRequest,
  { options: { admit }, context }: { options: ResolvedOptions<TContext>; context: TContext },
): Promise<void> {
  const returned = await (admit?.({ ...request, context }) as unknown);
  if (returned === false) throw new TypeError('`admit` returned false: throw ChatKitError to refuse a request');
  if (isError(returned))
    throw new TypeError('`admit` returned an error: throw it to refuse a request', { cause: returned });
}
