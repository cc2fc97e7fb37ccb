// Repeats a request without the files that the provider has refused.
import { NotFoundError } from '../../errors';
import type { Turn } from '../../hooks';
import { consoleLogger } from '../../logger';
import type { Attachment, HookEventInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import { sentAsKey } from './file-decisions';
import { ModelError } from './model-error';
import { ThreadItemConverter } from './thread-item-converter';

/** The part of a hook's turn that is needed. */
export type RetryTurn<TContext> = Pick<Turn<TContext>, 'store' | 'context' | 'attachments'> &
  Partial<Pick<Turn<TContext>, 'logger'>>;

type FileTurn<TContext> = Pick<Turn<TContext>, 'store' | 'context'> & Partial<Pick<Turn<TContext>, 'logger'>>;

/**
 * Calls a model, and repeats the request once when the provider refuses it because of a file. Use the function for
 * requests without a stream. {@link streamResponse} and {@link streamChatCompletion} do the same when they are given a
 * function.
 *
 * ```ts
 * const response = await retryByName(turn, async (converter) => {
 *   const input = await converter.toResponseInput(items);
 *   return client.responses.create({ model, input }, { signal: turn.signal });
 * });
 * ```
 *
 * A refusal is an error with the status 400, 404, 413, 415 or 422 whose text mentions a file or an image. The second
 * request contains only the name of the file that the error names, or of all images and files if the error names none.
 * When the second request succeeds, the private `metadata` of the attachment gets `sent_to_model_as: 'name'`, so that
 * later turns do not send the file either.
 *
 * @param ask makes the input with the converter, and the request. Called once or twice.
 * @param converter default: a plain converter for the turn. Pass the turn's `store` and `context` to a converter of
 * your own as well.
 * @throws any other error of `ask` at once, and the error of the second request.
 */
export async function retryByName<TContext, TResult>(
  turn: RetryTurn<TContext>,
  ask: (converter: ThreadItemConverter) => PromiseLike<TResult>,
  converter: ThreadItemConverter = new ThreadItemConverter(turn),
): Promise<TResult> {
  try {
    return await ask(converter);
  } catch (error) {
    const refused = refuse(turn, error, converter);
    if (refused.length === 0) throw error;
    const result = await ask(converter);
    await remember(turn, refused);
    return result;
  }
}

/**
 * Does the same for a streamed answer, if the first request was refused before any event.
 *
 * @param answer makes the request. Returns the reader of the answer. Called once or twice.
 * @param isRepeatable returns false when a repetition would repeat more than the request.
 */
export async function* streamRetriedByName<TContext, TResult>(
  turn: FileTurn<TContext> & { signal?: AbortSignal },
  converter: ThreadItemConverter,
  answer: () => Promise<AsyncGenerator<HookEventInput, TResult, undefined>>,
  isRepeatable: () => boolean = () => true,
): AsyncGenerator<HookEventInput, TResult, undefined> {
  let refused: Attachment[] = [];
  for (let attempt = 0; ; attempt++) {
    let isFirst = true;
    let reading: AsyncGenerator<HookEventInput, TResult, undefined> | undefined;
    try {
      reading = await answer();
      for (;;) {
        const { done, value } = await reading.next();
        if (isFirst) await remember(turn, refused);
        isFirst = false;
        if (done) return value;
        yield value;
      }
    } catch (error) {
      const canRepeat = isFirst && attempt === 0 && !turn.signal?.aborted && isRepeatable();
      refused = canRepeat ? refuse(turn, error, converter) : [];
      if (refused.length === 0) throw error;
    } finally {
      await reading?.return(undefined as TResult); // the consumer may stop early
    }
  }
}

/** Makes the converter send the files of an error by name. Returns these files. */
function refuse<TContext>(turn: FileTurn<TContext>, error: unknown, { decisions }: ThreadItemConverter): Attachment[] {
  const { logger = consoleLogger } = turn;
  const refused = refusedBy(error, [...decisions.sent.values()]);
  for (const { id } of refused) {
    logger.warn({ err: error, attachment_id: id }, 'a provider refused a file, so it is sent by its name only');
    decisions.refused.add(id);
  }
  return refused;
}

async function remember<TContext>(turn: FileTurn<TContext>, refused: readonly Attachment[]): Promise<void> {
  const { store, context, logger = consoleLogger } = turn;
  for (const { id } of refused) {
    try {
      const stored = await store.loadAttachment(id, context);
      await store.saveAttachment({ ...stored, metadata: { ...stored.metadata, [sentAsKey]: 'name' } }, context);
    } catch (error) {
      if (error instanceof NotFoundError) continue; // the attachment was deleted in the meantime
      // The answer continues, because it is more important. The next turn makes two requests again.
      logger.warn({ err: error, attachment_id: id }, 'the refusal of a file could not be recorded');
    }
  }
}

/** Returns the files that an error is about; none for any other error. */
function refusedBy(error: unknown, sent: readonly Attachment[]): Attachment[] {
  if (!isObject(error) || !isBadRequest(error)) return [];
  const text = [error['message'], error['code'], error['param'], inJson(error['error']), error['responseBody']]
    .join(' ')
    .slice(0, 100_000);
  const named = sent.filter(({ id, name, metadata }) =>
    [id, name, metadata?.['openai_file_id'], metadata?.['anthropic_file_id']].some(
      (mark) => typeof mark === 'string' && mark !== '' && text.includes(mark),
    ),
  );
  if (named.length > 0) return named;
  return aboutFiles.test(text) ? [...sent] : [];
}

/**
 * Returns true for an error that can be the refusal of a file. A ModelError can be one, because some providers refuse a
 * file after the stream has begun. OpenRouter sends 404 when no model accepts images.
 */
function isBadRequest(error: Record<string, unknown>): boolean {
  const { code } = error;
  const status = error['status'] ?? error['statusCode']; // the latter in the AI SDK
  if (error instanceof ModelError) return code === '400' || aboutFiles.test(error.code);
  return status === 400 || status === 404 || status === 413 || status === 415 || status === 422;
}

const aboutFiles =
  /(?<![a-z])(?:files?|filenames?|images?|attachments?|documents?|pdfs?|media|multimodal|vision|mime|base64|input_(?:file|image)|image_urls?|file_(?:data|id|url))(?![a-z])/i;

function inJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}
