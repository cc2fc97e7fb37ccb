// retryByName(): asks a provider again without the file that it refused.
import { NotFoundError } from '../../errors';
import type { Turn } from '../../hooks';
import { consoleLogger } from '../../logger';
import type { Attachment } from '../../protocol';
import { isObject } from '../../protocol/json';
import { sentAsKey } from './file-decisions';
import { ThreadItemConverter } from './thread-item-converter';

/** The part of a hook's turn that is needed. */
export type RetryTurn<TContext> = Pick<Turn<TContext>, 'store' | 'context' | 'attachments'> &
  Partial<Pick<Turn<TContext>, 'logger'>>;

/**
 * Asks a model, and asks once more where the provider refuses the request because of a file:
 *
 * ```ts
 * const stream = await retryByName(turn, async (converter) => {
 *   const input = await converter.toResponseInput(items);
 *   return client.responses.create({ model, input, stream: true }, { signal: turn.signal });
 * });
 * ```
 *
 * A refusal is an error with the status 400 whose text is about a file or an image. The second request has the file that the
 * error names by its name only; where it names none, all images and files. The decision is kept in the private `metadata`
 * of the attachment as `sent_to_model_as: 'name'`, so that later turns do not send the file either, and is logged.
 *
 * @param ask makes the input with the converter, and the request. Called once or twice.
 * @param converter default: a plain one for the turn. Give it `store` and `context` of the turn, too, if it is your own.
 * @throws what `ask` throws: any other error at once, and the error of the second request.
 */
export async function retryByName<TContext, TResult>(
  turn: RetryTurn<TContext>,
  ask: (converter: ThreadItemConverter) => PromiseLike<TResult>,
  converter: ThreadItemConverter = new ThreadItemConverter(turn),
): Promise<TResult> {
  try {
    return await ask(converter);
  } catch (error) {
    const refused = refusedBy(error, [...converter.decisions.sent.values()]);
    if (refused.length === 0) throw error;
    const { logger = consoleLogger } = turn;
    for (const attachment of refused) {
      logger.warn(
        { err: error, attachment_id: attachment.id },
        'a provider refuses a file: it is sent by its name only',
      );
      converter.decisions.refused.add(attachment.id);
      await remember(turn, attachment);
    }
    return ask(converter);
  }
}

async function remember<TContext>({ store, context }: RetryTurn<TContext>, { id }: Attachment): Promise<void> {
  try {
    const stored = await store.loadAttachment(id, context);
    await store.saveAttachment({ ...stored, metadata: { ...stored.metadata, [sentAsKey]: 'name' } }, context);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error; // it was deleted meanwhile
  }
}

/** Returns the files that an error is about; none for an error that is about something else. */
function refusedBy(error: unknown, sent: readonly Attachment[]): Attachment[] {
  if (!isObject(error) || error['status'] !== 400) return [];
  const text = [error['message'], error['code'], error['param'], inJson(error['error'])].join(' ').slice(0, 100_000);
  const named = sent.filter(({ id, name, metadata }) =>
    [id, name, metadata?.['openai_file_id']].some(
      (mark) => typeof mark === 'string' && mark !== '' && text.includes(mark),
    ),
  );
  if (named.length > 0) return named;
  return aboutFiles.test(text) ? [...sent] : [];
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
