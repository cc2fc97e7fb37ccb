// Joins the text deltas of a burst. A page types text at its own pace, so that nobody sees in how many pieces it came.
import type { ThreadStreamEvent } from '../protocol';
import type { TextDeltaEvent } from './check';

/** The batch with adjacent text deltas of the same content part as one event. The order is kept. */
export function joinDeltas(batch: readonly ThreadStreamEvent[]): ThreadStreamEvent[] {
  const joined: ThreadStreamEvent[] = [];
  let growing: TextDeltaEvent | undefined;
  for (const event of batch) {
    const delta = asDelta(event);
    if (delta && growing && isSamePart(delta, growing)) {
      growing.update.delta += delta.update.delta;
      continue;
    }
    // A copy: the first event of a joined one may be in other hands.
    growing = delta && { ...delta, update: { ...delta.update } };
    joined.push(growing ?? event);
  }
  return joined;
}

/** A checked event, so that its type says what it is. */
export function asDelta(event: ThreadStreamEvent): TextDeltaEvent | undefined {
  if (event.type !== 'thread.item.updated') return undefined;
  return event.update.type === 'assistant_message.content_part.text_delta' ? (event as TextDeltaEvent) : undefined;
}

function isSamePart(one: TextDeltaEvent, other: TextDeltaEvent): boolean {
  return one.item_id === other.item_id && one.update.content_index === other.update.content_index;
}
