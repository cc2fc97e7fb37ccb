// The error of a model that failed in the middle of an answer.

/**
 * A model's provider ended a stream with a failure, or broke it off. What was said before is kept. A hook that does not
 * catch it ends with `stream.error` and a Retry button, and the log has the error whole: its message is the provider's.
 */
export class ModelError extends Error {
  /**
   * The provider's code, such as `rate_limit_exceeded`; `stream_ended_early` where the stream just stopped, and
   * `invalid_arguments` where a client tool was called with something that is no JSON object.
   */
  readonly code: string;

  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ModelError';
    this.code = code;
  }
}

/** What is told of a stream that stopped without saying that it is complete. */
export function endedEarly(): ModelError {
  return new ModelError('stream_ended_early', 'The model’s stream ended before the answer was complete');
}

/** What is told of a failure that the provider tells of, as far as it does. */
export function failed(given: { code?: string | null; message?: string | null } | null | undefined): ModelError {
  return new ModelError(given?.code ?? 'unknown', given?.message ?? 'The model failed without saying why');
}
