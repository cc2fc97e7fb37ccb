// Joins the text deltas of a burst. A page types text at its own pace, so that nobody sees in how many pieces the text
// arrived.
import type { ThreadStreamEvent } from '../protocol';
import type { TextDeltaEvent } from './check';

/**
 * Returns the batch with adjacent text deltas of the same content part joined into one event. The order is kept. A
 * joined event is a copy, because other readers may hold the first of its deltas.
 */
export function joinDeltas(batch: readonly ThreadStreamEvent[]): ThreadStreamEvent[] {
  const joined: ThreadStreamEvent[] = [];
  let first: TextDeltaEvent | undefined;
  let text = '';
  const finish = () => {
    if (first) joined.push({ ...first, update: { ...first.update, delta: text } });
  };
  for (const event of batch) {
    const delta = asDelta(event);
    if (delta && first && isSamePart(delta, first)) {
      text += delta.update.delta;
      continue;
    }
    finish();
    first = delta;
    if (delta) text = delta.update.delta;
    else joined.push(event);
  }
  finish();
  return joined;
}

/** Returns the event when it is a text delta, else undefined. The type is enough, because the event was checked. */
export function asDelta(event: ThreadStreamEvent): TextDeltaEvent | undefined {
  if (event.type !== 'thread.item.updated') return undefined;
  return event.update.type === 'assistant_message.content_part.text_delta' ? (event as TextDeltaEvent) : undefined;
}

function isSamePart(one: TextDeltaEvent, other: TextDeltaEvent): boolean {
  return one.item_id === other.item_id && one.update.content_index === other.update.content_index;
}
