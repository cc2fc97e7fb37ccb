// Turns events into the bytes of a stream: Server-Sent Events, or one JSON object a line.
import { type ThreadStreamEvent } from '../protocol';

/** A stream format: its content type, what surrounds an event's JSON, and what is written to break a silence. */
export interface StreamFormat {
  contentType: string;
  prefix: string;
  suffix: string;
  heartbeat: string;
}

export const serverSentEvents: StreamFormat = {
  contentType: 'text/event-stream',
  prefix: 'data: ',
  suffix: '\n\n',
  heartbeat: ':\n\n',
};

/** An empty line breaks a silence: readers of the format skip it. */
export const ndjson: StreamFormat = {
  contentType: 'application/x-ndjson',
  prefix: '',
  suffix: '\n',
  heartbeat: '\n',
};

/**
 * A function from a batch of events to text. Text deltas of one part differ in nothing but the delta, so what surrounds
 * it is made once.
 */
export function frameEncoder({ prefix, suffix }: StreamFormat): (batch: readonly ThreadStreamEvent[]) => string {
  const deltaEnd = `}}${suffix}`;
  let itemId: string | undefined;
  let contentIndex = -1;
  let deltaStart = '';
  return (batch) => {
    let text = '';
    for (const event of batch) {
      if (
        event.type === 'thread.item.updated' &&
        event.update.type === 'assistant_message.content_part.text_delta'
      ) {
        const { content_index, delta } = event.update;
        if (event.item_id !== itemId || content_index !== contentIndex) {
          itemId = event.item_id;
          contentIndex = content_index;
          deltaStart =
            `${prefix}{"type":"thread.item.updated","item_id":${JSON.stringify(itemId)},` +
            `"update":{"type":"assistant_message.content_part.text_delta","content_index":${contentIndex},"delta":`;
        }
        text += deltaStart + JSON.stringify(delta) + deltaEnd;
      } else text += prefix + JSON.stringify(event) + suffix;
    }
    return text;
  };
}
