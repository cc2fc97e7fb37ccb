// Checks what streamMessage() is given, because mistakes would otherwise show as an answer that ends early.
import { nameOf } from '../../answers/stream-answer';
import { isObject } from '../../protocol/json';

/** An event of a stream, of any version of the SDK. */
export interface MessageEventLike {
  readonly type: string;
}

/** A stream of the SDK: of `messages.create` with `stream: true`, or of `messages.stream`, also of `beta.messages`. */
export type MessageStreamLike = AsyncIterable<MessageEventLike>;

/**
 * Begins to read a stream. The stream of `messages.stream` loses the events that it emits before that.
 * @throws TypeError for another value.
 */
export function openStream(stream: unknown): AsyncIterable<Readonly<Record<string, unknown>>> {
  if (!isIterable(stream)) throw new TypeError(`${wanted}, not ${described(stream)}`);
  const { ended, receivedMessages } = stream as { ended?: unknown; receivedMessages?: unknown };
  // The iterator of a stream that has ended would wait forever.
  if (ended === true && Array.isArray(receivedMessages)) throw new TypeError(tooLate);
  const iterator = stream[Symbol.asyncIterator]();
  return { [Symbol.asyncIterator]: () => iterator } as AsyncIterable<Readonly<Record<string, unknown>>>;
}

/** @throws TypeError for a value that is not an event, and for a stream that has begun without this reader. */
export function checkFirst(event: unknown): void {
  if (!isObject(event) || typeof event['type'] !== 'string') {
    const given = isIterable(event) ? 'a stream: pass each stream by itself' : described(event);
    throw new TypeError(`The stream must yield events of the Messages API, not ${given}`);
  }
  if (/^content_block_|^message_(?:delta|stop)$/.test(event['type'])) throw new TypeError(tooLate);
}

const wanted =
  'streamMessage() needs the stream of `client.messages.create({ …, stream: true })` or `client.messages.stream()`';
const tooLate = 'The stream of the model began before it was read: pass it to streamMessage() without waiting before';

function described(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes: pass the stream itself, and not its toReadableStream()';
  if (!isObject(value)) return nameOf(value);
  if (value['type'] === 'message') return 'a whole message: add `stream: true` to the request';
  return isIterable(value['data']) ? 'the result of withResponse(): pass its `data`' : nameOf(value);
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === 'function';
}
