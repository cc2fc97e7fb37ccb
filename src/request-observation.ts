// One request as the log and the observer see it: its id, its logger, its type, and its end.
import { randomUUID } from 'node:crypto';
import { ChatKitError } from './errors';
import { type Logger, withFields } from './logger';
import type { ObservedRequest, RequestEnd } from './observer';
import type { SafeObserver } from './safe-observer';

/** The ids that are accepted from clients and proxies. Other characters could forge lines of a log or headers. */
const safeId = /^[\w.:=+@/-]{1,128}$/;

/** Returns the given id of a request, or a new one, such as `req_` with a UUID, when there is none or it is not safe. */
export function requestIdOf(given: unknown, logger: Logger): string {
  if (given !== undefined && given !== null && given !== '') {
    const id = typeof given === 'number' ? String(given) : given;
    if (typeof id === 'string' && safeId.test(id)) return id;
    logger.debug({}, 'the id of a request was replaced: it was longer than 128 characters, or had unsafe characters');
  }
  return `req_${randomUUID()}`;
}

/** Observes one request. */
export class RequestObservation implements ObservedRequest {
  readonly id: string;
  /** Writes lines with the field `request_id`. */
  readonly logger: Logger;
  readonly observer: SafeObserver | undefined;
  /** The type of the request, once it is known. */
  operation = 'request';
  readonly #startedAt = performance.now();
  #isEnded = false;

  /**
   * @param logger The logger of the request, which never throws.
   * @param shared The logger of the options.
   */
  constructor(id: string, observer: SafeObserver | undefined, logger: Logger, shared: Logger) {
    this.id = id;
    this.logger = withFields(logger, { request_id: id }, shared);
    this.observer = observer;
  }

  /** Reports that the type of the request is known. Only the first call has an effect. */
  start(operation: string): void {
    if (this.operation !== 'request') return;
    this.operation = operation;
    this.observer?.emit('requestStarted', this);
  }

  /** Reports that the request was answered. Only the first call of this method and {@link fail} has an effect. */
  succeed(): void {
    this.#end({ outcome: 'answered' });
  }

  /** Reports that the request was refused, or has failed. */
  fail(error: unknown): void {
    if (this.#isEnded) return;
    const isRefusal = error instanceof ChatKitError && error.code !== 'internal';
    const code = error instanceof ChatKitError ? error.code : 'internal';
    this.#end({ outcome: isRefusal ? 'refused' : 'failed', code, error });
    if (!isRefusal) this.observer?.error(error, { message: 'a request failed', request: this });
  }

  #end(end: Omit<RequestEnd, 'durationMs'>): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.observer?.emit('requestEnded', this, { ...end, durationMs: performance.now() - this.#startedAt });
  }
}
