// The type of a warning, and helpers for the checks.
import type { Exchange, ExchangeEvent } from '../exchange';
import { objectOf } from '../wire';

type WarningLevel =
  /** The official client loses or repeats something. */
  | 'error'
  /** It shows something unintended. */
  | 'warning'
  /** It works now, but may fail in a later version. */
  | 'note';

export interface Warning {
  /** A stable name of the mistake, for filters and tests. */
  code: string;
  level: WarningLevel;
  /** One or two sentences: what the server did, and what the official client makes of it. */
  message: string;
  /** The index of the event that it is about. */
  event?: number;
}

/** Looks for one group of mistakes in an exchange. */
export type Check = (exchange: Exchange) => Warning[];

export interface Seen {
  index: number;
  event: ExchangeEvent;
  data: Record<string, unknown>;
  type: string;
}

/** The events that are JSON objects with a type. */
export function seenEvents({ events }: Exchange): Seen[] {
  return events.flatMap((event, index) => {
    const data = objectOf(event.data);
    return typeof data['type'] === 'string' ? [{ index, event, data, type: data['type'] }] : [];
  });
}

/** A value's own text, for a message. */
export const nameOf = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value));

/** The entries of a list, or none. */
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
