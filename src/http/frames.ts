// Turns events into the text of a stream: Server-Sent Events, or one JSON object a line.
import type { ThreadStreamEvent } from '../protocol';

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

/** What JSON escapes in a string: quotes, backslashes, control characters, and surrogates, which may stand alone. */
const escaped = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/**
 * Encodes batches of events. A stream is hundreds of text deltas that differ in nothing but the delta: what stands
 * between two of them is made once.
 */
export class FrameEncoder {
  readonly #format: StreamFormat;
  #itemId: string | undefined;
  #contentIndex = -1;
  #deltaStart = '';
  #deltaBetween = '';
  readonly #deltaEnd: string;

  constructor(format: StreamFormat) {
    this.#format = format;
    this.#deltaEnd = `"}}${format.suffix}`;
  }

  encode(batch: readonly ThreadStreamEvent[]): string {
    let text = '';
    let end = ''; // of the delta that was begun
    for (const event of batch) {
      if (event.type === 'thread.item.updated' && event.update.type === 'assistant_message.content_part.text_delta') {
        const { content_index, delta } = event.update;
        const isSamePart = event.item_id === this.#itemId && content_index === this.#contentIndex;
        if (!isSamePart) this.#startPart(event.item_id, content_index);
        if (!escaped.test(delta)) {
          text += isSamePart && end ? this.#deltaBetween : end + this.#deltaStart;
          text += delta;
          end = this.#deltaEnd;
          continue;
        }
      }
      text += end + this.#format.prefix + JSON.stringify(event) + this.#format.suffix;
      end = '';
    }
    return text + end;
  }

  #startPart(itemId: string, contentIndex: number): void {
    this.#itemId = itemId;
    this.#contentIndex = contentIndex;
    this.#deltaStart =
      `${this.#format.prefix}{"type":"thread.item.updated","item_id":${JSON.stringify(itemId)},` +
      `"update":{"type":"assistant_message.content_part.text_delta","content_index":${contentIndex},"delta":"`;
    this.#deltaBetween = this.#deltaEnd + this.#deltaStart;
  }
}
