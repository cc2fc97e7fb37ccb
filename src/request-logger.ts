// Resolves the option `logger`, which can be a function that returns the logger of a request.
import { consoleLogger, isLogger, levels, type Logger, safeLogger } from './logger';

export interface ResolvedLogger<Request> {
  /** Writes the lines that belong to no request. Never throws. */
  logger: Logger;
  /** Returns the logger of a request. Undefined when all requests have the same. */
  loggerOf: ((request: Request) => Logger) | undefined;
}

/** @param refuse Throws an error with the given message. */
export function resolveLogger<Request>(
  given: Logger | ((request: Request) => Logger) | undefined,
  refuse: (what: string) => never,
): ResolvedLogger<Request> {
  if (typeof given !== 'function' || isLogger(given)) {
    const logger = given ?? consoleLogger;
    for (const level of levels) {
      if (typeof logger[level] !== 'function') refuse(`\`logger\` has no method \`${level}\``);
    }
    return { logger: safeLogger(logger), loggerOf: undefined };
  }
  const call = given as (request?: Request) => unknown;
  const logger = safeLogger(withoutRequest(call) ?? consoleLogger);
  let isReported = false;
  const loggerOf = (request: Request): Logger => {
    let err: unknown = new TypeError('`logger` returned a value that is not a logger');
    try {
      const made = call(request);
      if (isLogger(made)) return safeLogger(made);
    } catch (error) {
      err = error;
    }
    if (!isReported) logger.warn({ err }, 'the option `logger` returned no logger for a request; another one is used');
    isReported = true;
    return logger;
  };
  return { logger, loggerOf };
}

function withoutRequest(call: () => unknown): Logger | undefined {
  try {
    const made = call();
    return isLogger(made) ? made : undefined;
  } catch {
    return undefined; // `(request) => request.log` has no logger without a request
  }
}
