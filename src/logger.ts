// What the package tells its operator: structured fields first, then a sentence, in pino's order.

/** One line: `fields` are for machines, `message` is for people. An error is under `err`, whole. */
export type LogMethod = (fields: Record<string, unknown>, message: string) => void;

/** A logger of the shape of pino's. Winston and others take a small wrapper: see docs/logging.md. */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
}

/** The logger without the option: warnings and errors on the console, nothing else. */
export const consoleLogger: Logger = {
  debug() {},
  info() {},
  warn: (fields, message) => console.warn(`[chatkit-express] ${message}`, fields),
  error: (fields, message) => console.error(`[chatkit-express] ${message}`, fields),
};

/** A method as an application may have written it. */
type AnyMethod = (fields: Record<string, unknown>, message: string) => unknown;

const levels = ['debug', 'info', 'warn', 'error'] as const;

/**
 * Wraps a logger so that no line throws, rejects or ends the process. A logger may fail on the fields, such as a value that
 * JSON cannot hold. The message of a warning or an error then goes to the console with the reason, and of each other level
 * only the first one.
 */
export function safeLogger(logger: Logger): Logger {
  const reported = new Set<string>();
  const report = (level: keyof Logger, message: string, error: unknown) => {
    if (reported.has(level) && level !== 'warn' && level !== 'error') return;
    reported.add(level);
    try {
      console.error(`[chatkit-express] ${message} (the logger failed: ${textOf(error)})`);
    } catch {
      // There is nowhere left to report to.
    }
  };
  const method =
    (level: keyof Logger): LogMethod =>
    (fields, message): void => {
      try {
        // A logger that writes asynchronously may return a promise, although its type says nothing of it.
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

function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error that is not a text';
  }
}
