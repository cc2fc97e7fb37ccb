// Reports an `owner` option that does not return the id of a user. Without the report every user would get a silent 401.
import type { Logger } from '../logger';
import { receivedOwner } from '../owner-error';

/** Reports wrong owners of one server, each kind once. */
export class OwnerMistakes {
  readonly #logger: Logger;
  readonly #hasContext: boolean;
  readonly #reported = new Set<string>();

  /** @param options.context The option that makes the context, which the mistake is often to forget. */
  constructor({ logger, context }: { logger: Logger; context?: unknown }) {
    this.#logger = logger;
    this.#hasContext = context !== undefined;
  }

  /** Reports an error that a wrong owner has caused. Ignores any other error. */
  check(error: unknown): void {
    const received = receivedOwner(error);
    if (received === undefined || this.#reported.has(received)) return;
    this.#reported.add(received);
    const isForgotten = !this.#hasContext && received === 'undefined';
    if (isForgotten) {
      this.#logger.error(
        { received },
        'the option `owner` returned undefined, because the option `context` is missing: add `context: (request) => ({ userId })`, or the users get 401',
      );
    } else {
      this.#logger.error(
        { received },
        'the option `owner` must return a string that is not empty, or the users get 401: return the id of the user, `String(id)` for a number',
      );
    }
  }
}
