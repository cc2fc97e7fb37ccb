// Selects the part of a thread that a model receives.
import type { Turn } from '../../hooks';
import { isPrivateItem } from '../../answers/private-item';
import type { InferenceOptions, ThreadItem } from '../../protocol';

/**
 * Returns the newest items of the turn's thread, oldest first, hidden items included. The message that is being
 * answered is one of the last.
 *
 * A turn is a user's message and everything that follows it. A turn is never split, and the newest turn is always
 * included. Therefore the first item is a user's message, as many models require. At the beginning of a thread, hidden
 * items and widgets can precede it. An assistant's message before these, such as a greeting, is left out.
 *
 * @param limit the maximum number of items that reach the model. Thoughts, pending calls and ends of turns do not
 * count. Default 50. 0 returns none.
 */
export async function recentItems<TContext>(
  turn: Pick<Turn<TContext>, 'thread' | 'store' | 'context'>,
  { limit = 50 }: { limit?: number | undefined } = {},
): Promise<ThreadItem[]> {
  if (!(limit > 0)) return [];
  const newestFirst: ThreadItem[] = [];
  let counted = 0;
  // The number of items in the whole turns that fit.
  let length = 0;
  for await (const item of newestItems(turn, limit)) {
    newestFirst.push(item);
    if (reachesModel(item)) counted++;
    if (counted > limit && length > 0) return newestFirst.slice(0, length).reverse();
    if (item.type === 'user_message') length = newestFirst.length;
  }
  return withoutGreeting(newestFirst.reverse());
}

/** Yields the items of the thread, newest first, up to a bound, because a turn can have any number of items. */
async function* newestItems<TContext>(
  { thread, store, context }: Pick<Turn<TContext>, 'thread' | 'store' | 'context'>,
  limit: number,
): AsyncGenerator<ThreadItem, void, undefined> {
  let left = Math.min(limit, maxLimit) * 20 + 1000;
  let after: string | null = null;
  while (left > 0) {
    const page = await store.loadThreadItems(
      thread.id,
      { limit: Math.min(left, pageSize, limit * 2 + 1), after, order: 'desc' },
      context,
    );
    yield* page.data;
    left -= page.data.length;
    after = page.data.at(-1)?.id ?? null;
    if (!page.has_more || after === null) return; // a store may return less than the limit
  }
}

const maxLimit = 10_000;
const pageSize = 100;

/** Returns true for an item that reaches the model by default. */
function reachesModel(item: ThreadItem): boolean {
  switch (item.type) {
    case 'assistant_message':
      return item.content.some(({ text }) => text.trim() !== '');
    case 'client_tool_call':
      return item.status !== 'pending';
    case 'workflow':
      return item.workflow.tasks.some(({ type }) => type === 'custom');
    case 'task':
      return item.task.type === 'custom';
    case 'generated_image':
      return item.image !== null && item.image !== undefined;
    case 'end_of_turn':
      return false;
    case 'sdk_hidden_context':
      return !isPrivateItem(item);
    default:
      return true;
  }
}

/** Leaves out the assistant's items before the first item that reaches the model as the user's. */
function withoutGreeting(items: ThreadItem[]): ThreadItem[] {
  const first = items.findIndex((item) => reachesModel(item) && !isOfAssistant(item));
  return first < 0 ? [] : items.filter((item, index) => index >= first || !isOfAssistant(item));
}

function isOfAssistant(item: ThreadItem): boolean {
  return item.type === 'assistant_message' || item.type === 'client_tool_call' || isPrivateItem(item);
}

/**
 * Returns the model and the tool that the user selected with the newest message, also when the turn continues after a
 * client tool. Look them up among those that you offer, because the client sends them.
 */
export function inferenceOptionsOf(items: readonly ThreadItem[]): InferenceOptions {
  const newest = items.findLast((item) => item.type === 'user_message');
  return newest?.type === 'user_message' ? newest.inference_options : {};
}
