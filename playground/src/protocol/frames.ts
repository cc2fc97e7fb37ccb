// Parses server-sent events.
import { createParser } from 'eventsource-parser';
import { parseJson } from '../../../src/client/wire';

export { parseJson };

/** One frame of a stream. */
interface Frame {
  raw: string;
  /** Bytes of the frame's data. */
  bytes: number;
  /** The data as JSON; `undefined` when it is not JSON. */
  data?: unknown;
}

export interface EventReader {
  /** Reads a piece of a stream. Returns the frames that are whole now, and the bytes read so far. */
  read(bytes: Uint8Array): { frames: Frame[]; bytesSoFar: number };
  /** True once the comment was read that ends a stream which can be continued. */
  readonly hasEnded: boolean;
}

/** Returns a reader of one stream. */
export function eventReader(): EventReader {
  const arrived: string[] = [];
  let hasEnded = false;
  const parser = createParser({
    onEvent: ({ data }) => arrived.push(data),
    onComment: (comment) => void (hasEnded ||= comment.trim() === 'end'),
  });
  const decoder = new TextDecoder();
  let bytesSoFar = 0;
  return {
    read(bytes) {
      bytesSoFar += bytes.byteLength;
      parser.feed(decoder.decode(bytes, { stream: true }));
      const frames = arrived.splice(0).map((raw) => ({ raw, bytes: bytesOf(raw), data: parseJson(raw) }));
      return { frames, bytesSoFar };
    },
    get hasEnded() {
      return hasEnded;
    },
  };
}

const encoder = new TextEncoder();

/** The length of a text in UTF-8. */
export const bytesOf = (text: string): number => encoder.encode(text).byteLength;
