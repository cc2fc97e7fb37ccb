// Estimates how much memory an event takes while it waits.
import type { ThreadStreamEvent } from '../protocol';
import { asDelta } from './join-deltas';

/** The memory that an event, a key or an entry takes in addition to its text, in bytes. */
const eventBytes = 100;
const entryBytes = 16;

/** Returns the size of a text delta's event, in bytes. */
export const deltaSize = (delta: string): number => eventBytes + delta.length;

/** Returns the size of an event, in bytes, estimated from its texts. Walks the event without recursion. */
export function eventSize(event: ThreadStreamEvent): number {
  const delta = asDelta(event);
  if (delta) return deltaSize(delta.update.delta);
  let bytes = eventBytes;
  const open: object[] = [event];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const key in next) {
      const value = (next as Record<string, unknown>)[key];
      bytes += entryBytes + key.length;
      if (typeof value === 'string') bytes += value.length;
      else if (typeof value === 'object' && value !== null) open.push(value);
    }
  }
  return bytes;
}
