// Parses server-sent events.
import { createParser } from 'eventsource-parser';

/** One frame of a stream. */
export interface Frame {
  raw: string;
  /** Bytes of the frame's data. */
  bytes: number;
  /** The data as JSON; `undefined` when it is not JSON. */
  data?: unknown;
}

/** Reads a stream to its end. `take` is given the frames of one piece as it arrives, and the bytes read so far. */
export async function readEvents(
  { body }: Response,
  take: (frames: Frame[], bytesSoFar: number) => void,
): Promise<void> {
  if (!body) return;
  const arrived: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => arrived.push(data) });
  const decoder = new TextDecoder();
  let bytesSoFar = 0;
  // A reader, not `for await`: not every browser iterates a stream.
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytesSoFar += part.value.byteLength;
    parser.feed(decoder.decode(part.value, { stream: true }));
    const frames = arrived.splice(0).map((raw) => ({ raw, bytes: bytesOf(raw), data: parseJson(raw) }));
    take(frames, bytesSoFar);
  }
}

const encoder = new TextEncoder();

/** The length of a text in UTF-8. */
export const bytesOf = (text: string): number => encoder.encode(text).byteLength;

/** Parses JSON. Returns undefined for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
