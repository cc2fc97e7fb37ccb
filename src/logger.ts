// The logger of the package. Structured fields are the first argument and the message is the second, as in pino.

/** Writes one line: `fields` for machines and `message` for people. An error is passed whole, as `err`. */
export type LogMethod = (fields: Record<string, unknown>, message: string) => void;

/** A logger with the interface of pino. Winston and others need a small wrapper: see docs/logging.md. */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
}

/** The default logger. Writes warnings and errors to the console, and drops all other lines. */
export const consoleLogger: Logger = {
  debug() {},
  info() {},
  warn: (fields, message) => console.warn(`[chatkit-express] ${message}`, fields),
  error: (fields, message) => console.error(`[chatkit-express] ${message}`, fields),
};

/** A method of the application's logger, which may return anything. */
type AnyMethod = (fields: Record<string, unknown>, message: string) => unknown;

export const levels = ['debug', 'info', 'warn', 'error'] as const;

/**
 * Wraps a logger so that no line throws, rejects or ends the process. A logger may fail on its fields, such as a value
 * that is not JSON. The message then goes to the console with the reason: for `warn` and `error` each time, and for the
 * other levels the first time.
 */
export function safeLogger(logger: Logger): Logger {
  const reported = new Set<string>();
  const report = (level: keyof Logger, message: string, error: unknown) => {
    if (reported.has(level) && level !== 'warn' && level !== 'error') return;
    reported.add(level);
    try {
      console.error(`[chatkit-express] ${message} (the logger failed: ${textOf(error)})`);
    } catch {
      // There is nothing left to report to.
    }
  };
  const method =
    (level: keyof Logger): LogMethod =>
    (fields, message): void => {
      try {
        // A logger that writes asynchronously may return a promise, although its type does not allow it.
        const written = (logger as Record<keyof Logger, AnyMethod>)[level](fields, message);
        if (typeof written !== 'object' || written === null) return;
        Promise.resolve(written).catch((error: unknown) => {
          report(level, message, error);
        });
      } catch (error) {
        report(level, message, error);
      }
    };
  return Object.fromEntries(levels.map((level) => [level, method(level)])) as unknown as Logger;
}

/** The logger of the options behind the logger of a request, as the key of what is reported once for each server. */
const shared = Symbol('shared logger');

/** Adds fields to each line. Its methods are made when they are read, because most requests log nothing. */
class FieldsLogger implements Logger {
  readonly #logger: Logger;
  readonly #added: Record<string, unknown>;
  readonly [shared]: Logger;

  constructor(logger: Logger, added: Record<string, unknown>, sharedBy: Logger) {
    this.#logger = logger;
    this.#added = added;
    this[shared] = sharedLogger(sharedBy);
  }

  get debug(): LogMethod {
    return this.#method('debug');
  }

  get info(): LogMethod {
    return this.#method('info');
  }

  get warn(): LogMethod {
    return this.#method('warn');
  }

  get error(): LogMethod {
    return this.#method('error');
  }

  #method(level: keyof Logger): LogMethod {
    // Node 20 would give each object a shape of its own if it began with a spread.
    return (fields, message) => this.#logger[level](Object.assign({}, this.#added, fields), message);
  }
}

/** Returns a logger that adds fields to each line. A field of the line itself takes precedence. */
export function withFields(logger: Logger, added: Record<string, unknown>, sharedBy: Logger = logger): Logger {
  return new FieldsLogger(logger, added, sharedBy);
}

/** Returns the logger of the options, for the logger of a request, and any other logger as it is. */
export function sharedLogger(logger: Logger): Logger {
  return (logger as { [shared]?: Logger })[shared] ?? logger;
}

/** Returns true for a value with the four methods of a logger. */
export function isLogger(value: unknown): value is Logger {
  const given = Object(value) as Partial<Logger>;
  return levels.every((level) => typeof given[level] === 'function');
}

function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error that is not a text';
  }
}
