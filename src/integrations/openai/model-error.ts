// The error of a model that failed during an answer.

/**
 * Thrown when a provider ends a stream with a failure, or too early. The text so far is kept. A hook that does not
 * catch the error ends with `stream.error` and a Retry button, and the error is logged. The message is the provider's.
 */
export class ModelError extends Error {
  /**
   * The provider's code, such as `rate_limit_exceeded`. `stream_ended_early`: the stream stopped without its end event.
   * `invalid_arguments`: a client tool was called with arguments that are not a JSON object.
   */
  readonly code: string;

  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ModelError';
    this.code = code;
  }
}

/** Makes the error of a stream that stopped without its end event. */
export function endedEarly(): ModelError {
  return new ModelError('stream_ended_early', 'The model’s stream ended before the answer was complete');
}

/** Makes the error of a failure that the provider reports. */
export function failed(given: { code?: string | null; message?: string | null } | null | undefined): ModelError {
  return new ModelError(given?.code ?? 'unknown', given?.message ?? 'The model failed without a reason');
}
