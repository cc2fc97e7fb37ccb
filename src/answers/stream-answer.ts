// streamAnswer(): a text, or text as it comes, as one message of the assistant.
import { consoleLogger } from '../logger';
import type { AnnotationInput, HookEventInput } from '../protocol';
import { AnswerWriter } from './answer-writer';
import type { AnswerTurn } from './new-item';

/** Options of {@link streamAnswer}. */
export interface StreamAnswerOptions {
  /** The sources of the text, which are shown when it is whole. Default: none. */
  sources?: readonly AnnotationInput[] | undefined;
}

/**
 * Streams a text as one message of the assistant, for a hook to yield:
 *
 * ```ts
 * async *respond(turn) {
 *   yield* streamAnswer(turn, askModel(messageText(turn.input)));
 * }
 * ```
 *
 * When the source throws, the text so far is kept as a message that ends early, and the error is thrown on. When nothing is
 * said, no message is stored, and the turn's logger is told. When the consumer stops early, the source is closed.
 *
 * @param source a text, or an async iterable of its pieces: a generator, a web stream of strings, the `textStream` of
 * another package.
 * @returns as the value of `yield*`: all of the text.
 * @throws the error of the source; TypeError for a source, or a piece, that is not text.
 */
export async function* streamAnswer(
  turn: AnswerTurn,
  source: string | AsyncIterable<string>,
  { sources = [] }: StreamAnswerOptions = {},
): AsyncGenerator<HookEventInput, string, undefined> {
  const writer = new AnswerWriter(turn);
  let text = '';
  try {
    for await (const delta of piecesOf(source)) {
      if (typeof delta !== 'string') throw new TypeError(`A piece of an answer is ${nameOf(delta)}, not text`);
      text += delta;
      yield* writer.text(delta);
    }
    for (const one of sources) yield* writer.source(one);
  } catch (error) {
    yield* writer.end();
    throw error;
  }
  yield* writer.end();
  if (!writer.saidSomething) {
    const { logger = consoleLogger, thread } = turn;
    logger.warn({ thread_id: thread.id }, 'an answer has no text, so that no message is stored');
  }
  return text;
}

function piecesOf(source: string | AsyncIterable<string>): AsyncIterable<string> | string[] {
  if (typeof source === 'string') return [source];
  if (typeof (source as Partial<AsyncIterable<string>> | null)?.[Symbol.asyncIterator] === 'function') return source;
  throw new TypeError(`An answer is a text or an async iterable of text, not ${nameOf(source)}`);
}

/** Names a value for the developer who passed it: `an Error: no key`, `undefined`, `a Promise (await it first)`. */
function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Error) return `an error (${value.message})`;
  if (value instanceof Promise) return 'a promise: await it first';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { type } = value as { type?: unknown };
  if (typeof type === 'string') return `an object of the type "${type}"`;
  return `an object of the class ${value.constructor?.name ?? 'Object'}`;
}
