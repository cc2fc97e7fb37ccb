// Splits the bytes of a stream into whole frames of Server-Sent Events.

/** A frame, with the empty line that ends it. */
export interface Frame {
  text: string;
  /** The data of the event. Undefined for a comment, such as a heartbeat. */
  data?: string;
  /** How many events of the run the page has read with this frame. Undefined for a frame without a number. */
  count?: number;
  /** True for the comment at the end of a run. */
  isEnd?: boolean;
}

export class FrameSplitter {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** Adds bytes. Returns the frames that are whole now. */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    const known = this.#rest.length;
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    // The end of a frame may have been cut in two, so the search begins before the new text.
    const ends = /\r?\n\r?\n/g;
    ends.lastIndex = Math.max(0, known - 3);
    let start = 0;
    while (ends.exec(this.#rest)) {
      frames.push(frameOf(this.#rest.slice(start, ends.lastIndex)));
      start = ends.lastIndex;
    }
    this.#rest = this.#rest.slice(start);
    return frames;
  }

  /** True when the bytes so far end within a frame. */
  get isWithinFrame(): boolean {
    return this.#rest !== '';
  }
}

function frameOf(text: string): Frame {
  const frame: Frame = { text };
  // Only these characters end a line. A text may contain others, such as U+2028, at which `^` and `$` match, too.
  for (const line of text.split(/\r?\n/)) {
    const [, field, value = ''] = /^(\w*): ?([^]*)/.exec(line) ?? [];
    if (field === 'data') frame.data = frame.data === undefined ? value : `${frame.data}\n${value}`;
    if (field === 'id') frame.count = Number(value);
    if (field === '') frame.isEnd = value === 'end';
  }
  return frame;
}
