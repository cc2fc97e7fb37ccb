// Encodes events as the text of a stream: Server-Sent Events, or one JSON object per line.
import type { ThreadStreamEvent } from '../protocol';

/** A stream format: its content type, the text around an event's JSON, and the text that breaks a silence. */
export interface StreamFormat {
  contentType: string;
  prefix: string;
  suffix: string;
  heartbeat: string;
  /** Returns the text before a numbered event. Undefined for a format without numbers. */
  numbered?: (count: number) => string;
  /**
   * The last text of a stream whose client can continue it, so that the client tells the end of the run from a proxy
   * that closes the connection between two events. Other readers of the format skip it.
   */
  endMark: string;
}

export const serverSentEvents: StreamFormat = {
  contentType: 'text/event-stream',
  prefix: 'data: ',
  suffix: '\n\n',
  heartbeat: ':\n\n',
  numbered: (count) => `id: ${count}\n`,
  endMark: ': end\n\n',
};

/** A blank line breaks a silence, because readers of the format skip it. The blank line at the end has a space. */
export const ndjson: StreamFormat = {
  contentType: 'application/x-ndjson',
  prefix: '',
  suffix: '\n',
  heartbeat: '\n',
  endMark: ' \n',
};

/**
 * Matches the characters that JSON escapes in a string: quotes, backslashes, control characters, and surrogates, which
 * may be unpaired.
 */
const escaped = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/**
 * Encodes batches of events. A stream has hundreds of text deltas that differ only in their text, so that the text
 * around the delta is encoded once.
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
    let end = ''; // the text after the current delta
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

  /**
   * Encodes a batch. Its events are numbered when the format has numbers.
   * @param countAt Returns the number of an event. Undefined for an event without a number.
   */
  encodeNumbered(batch: readonly ThreadStreamEvent[], countAt: (index: number) => number | undefined): string {
    const { prefix, suffix, numbered } = this.#format;
    let text = '';
    for (const [index, event] of batch.entries()) {
      const count = countAt(index);
      if (count !== undefined && numbered) text += numbered(count);
      text += prefix + JSON.stringify(event) + suffix;
    }
    return text;
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
