// Keeps the log entry of a failure with its error event, so that the server can show the entry to the developer.
import { inspect } from 'node:util';

/** An entry of the log as JSON. */
export interface LogEntry {
  level: 'error';
  message: string;
  fields: Record<string, string>;
  /** The error with its stack and its causes. */
  err: string;
}

/** The longest text of an entry, in characters. */
const maxTextLength = 8000;
/** The maximum number of causes in an entry. */
const maxCauses = 5;

// The entry is not part of the event, because any number of clients read an event and most of them must not see the
// entry.
const entries = new WeakMap<object, LogEntry>();

/** Keeps the entry of a failure with the event that reports the failure. */
export function keepLogEntry(event: object, error: unknown, message: string, fields: Record<string, string>): void {
  entries.set(event, logEntry(error, message, fields));
}

export function logEntry(error: unknown, message: string, fields: Record<string, string>): LogEntry {
  return { level: 'error', message, fields, err: errorText(error) };
}

/** Returns the event with its log entry as `log`. Returns an event without an entry as it is. */
export function withLogEntry<Event extends object>(event: Event): Event {
  const log = entries.get(event);
  return log ? { ...event, log } : event;
}

/** Returns the stack of an error and of its causes. Its other properties are left out, because they may be secret. */
function errorText(error: unknown): string {
  const texts: string[] = [];
  try {
    for (let at = error; at !== undefined && texts.length <= maxCauses; at = (at as Error | null)?.cause) {
      const { stack, returned } = Object(at) as { stack?: unknown; returned?: unknown };
      texts.push(typeof stack === 'string' ? stack : inspect(at, { depth: 1 }));
      if (typeof returned === 'string') texts.push(`returned: ${returned}`);
    }
  } catch {
    texts.push('(an error that cannot be read)');
  }
  const text = texts.join('\ncaused by: ');
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}
