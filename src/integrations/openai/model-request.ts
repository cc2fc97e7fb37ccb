// Calls the function that requests an answer, with the history of the turn, and again without a refused file.
import type { Turn } from '../../hooks';
import type { HookEventInput, ThreadItem } from '../../protocol';
import { recentItems } from './history';
import { streamRetriedByName } from './retry-by-name';
import { ThreadItemConverter } from './thread-item-converter';

/** Options of a helper that is given a function. */
export interface ModelRequestOptions {
  /** The items for the model, oldest first. Default: those of {@link recentItems}. Only with a function. */
  items?: readonly ThreadItem[] | undefined;
  /** Converts the items into input. Default: a plain {@link ThreadItemConverter} for the turn. Only with a function. */
  itemConverter?: ThreadItemConverter | undefined;
}

/** The part of a hook's turn that is needed. */
export type ModelRequestTurn<TContext> = Pick<Turn<TContext>, 'thread' | 'store' | 'context'> &
  Partial<Pick<Turn<TContext>, 'logger' | 'attachments'>> & { signal?: AbortSignal };

/**
 * Reads an answer, and repeats the request once when the provider refuses a file.
 * @param answer makes the request with the input of the converter. Returns the reader of the answer.
 */
export function streamRequested<TContext, TResult>(
  turn: ModelRequestTurn<TContext>,
  options: ModelRequestOptions,
  answer: (
    items: readonly ThreadItem[],
    converter: ThreadItemConverter,
  ) => Promise<AsyncGenerator<HookEventInput, TResult, undefined>>,
  isRepeatable?: () => boolean,
): AsyncGenerator<HookEventInput, TResult, undefined> {
  const converter = options.itemConverter ?? new ThreadItemConverter(turn);
  let loading: Promise<readonly ThreadItem[]> | undefined;
  const items = () => (loading ??= options.items ? Promise.resolve(options.items) : recentItems(turn));
  return streamRetriedByName(turn, converter, async () => answer(await items(), converter), isRepeatable);
}
