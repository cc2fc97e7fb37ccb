import * as Sentry from '@sentry/node';
import type { Observer } from 'chatkit-express';

/** Reports each failure once. Errors that the application has thrown for its users are not failures. */
export const sentryObserver: Observer = {
  error(error, { message, request, run }) {
    Sentry.captureException(error, {
      tags: { operation: request?.operation, hook: run?.hook },
      extra: { message, request_id: request?.id, run_id: run?.id, thread_id: run?.threadId },
    });
  },
};
