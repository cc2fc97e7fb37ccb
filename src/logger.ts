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
