// Streams that end in an error, and where the reason is.
import type { Exchange } from '../exchange';
import { objectOf } from '../wire';
import { type Check, seenEvents } from './warning';

/** The log entry that a server adds to an error event with the option `exposeErrors`. */
export interface ShownFailure {
  /** The first line of the log: its message, and what identifies the run. */
  summary: string;
  /** The error with its stack. */
  err: string;
}

/** Returns the log entry of an error event. Undefined when the server does not show it. */
export function failureOf(event: unknown): ShownFailure | undefined {
  const { message, fields, err } = objectOf(objectOf(event)['log']);
  if (typeof message !== 'string' || typeof err !== 'string') return undefined;
  const named = Object.entries(objectOf(fields)).map(([name, value]) => `${name}: ${String(value)}`);
  return { summary: [message, ...named].join(', '), err };
}

/** Returns true for a stream with an error event. Its status is 200, because the status was sent before the error. */
export function hasFailed(exchange: Exchange): boolean {
  return exchange.kind === 'stream' && seenEvents(exchange).some(({ type }) => type === 'error');
}

export const failures: Check = (exchange) =>
  seenEvents(exchange)
    .filter(({ type }) => type === 'error')
    .map(({ data, index }) => ({
      code: 'stream_ended_in_error',
      level: 'warning',
      message: `The stream ended in an error. ${reasonOf(data)}`,
      event: index,
    }));

function reasonOf(event: Record<string, unknown>): string {
  const failure = failureOf(event);
  if (failure) return `${failure.summary}: ${failure.err.split('\n', 1)[0] ?? ''}`;
  const { code, message } = event;
  if (code === 'custom' && typeof message === 'string') return `The server's own words are the reason: "${message}"`;
  return "The reason is in the server's log, with the id of this thread. With the option exposeErrors the server shows it here.";
}
