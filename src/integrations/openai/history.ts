// The part of a thread that a model is given.
import type { Turn } from '../../hooks';
import type { InferenceOptions, ThreadItem } from '../../protocol';

/**
 * The newest items of the turn's thread, oldest first, hidden ones among them: what the model is to know. The message
 * that is being answered is the last of them, or one of the last.
 *
 * @param limit how many at most. Default 50: enough for a conversation, and a bound for what a long one costs.
 */
export async function recentItems<TContext>(
  { thread, store, context }: Pick<Turn<TContext>, 'thread' | 'store' | 'context'>,
  { limit = 50 }: { limit?: number } = {},
): Promise<ThreadItem[]> {
  const newestFirst: ThreadItem[] = [];
  let after: string | null = null;
  while (newestFirst.length < limit) {
    const page = await store.loadThreadItems(
      thread.id,
      { limit: limit - newestFirst.length, after, order: 'desc' },
      context,
    );
    newestFirst.push(...page.data);
    after = page.data.at(-1)?.id ?? null;
    if (!page.has_more || after === null) break; // a store may give less than it is asked for
  }
  return newestFirst.reverse();
}

/**
 * The model and the tool that the user picked with their newest message; also when the turn goes on after a client tool,
 * where there is no new message. They come from the client: look them up among those that you offer.
 */
export function inferenceOptionsOf(items: readonly ThreadItem[]): InferenceOptions {
  const newest = items.findLast((item) => item.type === 'user_message');
  return newest?.type === 'user_message' ? newest.inference_options : {};
}
