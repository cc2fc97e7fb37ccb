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

/** What JSON has to escape, or what is not ASCII. */
const notPlain = /[^ !#-[\]-~]/;
const notAscii = /[^ -~]/;

/**
 * Encodes batches of events. A stream is hundreds of text deltas that differ in nothing but the delta: what surrounds
 * it is made once, and a batch of plain ones is known to be ASCII, which is written in a third of the time.
 */
export class FrameEncoder {
  readonly #format: StreamFormat;
  #ascii = true;
  #itemId = '';
  #itemIsPlain = true;
  #contentIndex = -1;
  #deltaStart = '';
  readonly #deltaEnd: string;

  constructor(format: StreamFormat) {
    this.#format = format;
    this.#deltaEnd = `"}}${format.suffix}`;
  }

  /** How the text of the last batch is to be written. `latin1` says that it is plain ASCII. */
  get encoding(): 'latin1' | 'utf8' {
    return this.#ascii ? 'latin1' : 'utf8';
  }

  encode(batch: readonly ThreadStreamEvent[]): string {
    this.#ascii = true;
    let text = '';
    for (const event of batch) {
      if (event.type === 'thread.item.updated' && event.update.type === 'assistant_message.content_part.text_delta') {
        const { content_index, delta } = event.update;
        if (event.item_id !== this.#itemId || content_index !== this.#contentIndex) {
          this.#startPart(event.item_id, content_index);
        }
        if (this.#itemIsPlain && !notPlain.test(delta)) {
          text += this.#deltaStart + delta + this.#deltaEnd;
          continue;
        }
      }
      const json = JSON.stringify(event);
      this.#ascii &&= !notAscii.test(json);
      text += this.#format.prefix + json + this.#format.suffix;
    }
    return text;
  }

  #startPart(itemId: string, contentIndex: number): void {
    this.#itemId = itemId;
    this.#itemIsPlain = !notPlain.test(itemId);
    this.#contentIndex = contentIndex;
    this.#deltaStart =
      `${this.#format.prefix}{"type":"thread.item.updated","item_id":"${itemId}",` +
      `"update":{"type":"assistant_message.content_part.text_delta","content_index":${contentIndex},"delta":"`;
  }
}
