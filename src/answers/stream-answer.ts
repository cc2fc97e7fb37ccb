// streamAnswer(): streams text as one message of the assistant.
import { explainSilence } from '../explained-silence';
import { consoleLogger } from '../logger';
import type { AnnotationInput, HookEventInput } from '../protocol';
import { AnswerWriter } from './answer-writer';
import type { AnswerTurn } from './new-item';

/** Options of {@link streamAnswer}. */
export interface StreamAnswerOptions {
  /** The sources of the text, which are shown at its end. Default: no sources. */
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
 * If the source throws, the partial text is kept as a message and the error is rethrown. If there is no text, no message
 * is stored and a warning is logged. If the consumer stops early, the source is closed.
 *
 * @param source A text, or an async iterable of its pieces, such as a generator, a web stream of strings or the
 * `textStream` of another package.
 * @returns The whole text, as the value of `yield*`.
 * @throws The error of the source. TypeError for a source or a piece that is not text.
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
      if (typeof delta !== 'string') throw new TypeError(`A piece of an answer must be a string, not ${nameOf(delta)}`);
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
    logger.warn({ thread_id: thread.id }, 'an answer has no text; no message is stored');
    explainSilence(thread);
  }
  return text;
}

function piecesOf(source: string | AsyncIterable<string>): AsyncIterable<string> | string[] {
  if (typeof source === 'string') return [source];
  if (typeof (source as Partial<AsyncIterable<string>> | null)?.[Symbol.asyncIterator] === 'function') return source;
  throw new TypeError(`An answer must be a string or an async iterable of strings, not ${nameOf(source)}`);
}

/** Describes a value for an error message: `an Error: no key`, `undefined`, `a Promise (await it first)`. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Error) return `an error (${value.message})`;
  if (value instanceof Promise) return 'a promise: await it first';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { type } = value as { type?: unknown };
  if (typeof type === 'string') return `an object of the type "${type}"`;
  return `an object of the class ${value.constructor?.name ?? 'Object'}`;
}
