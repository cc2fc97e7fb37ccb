// toModelMessages(): the items of a thread as messages of the AI SDK.
import { consoleLogger, type Logger } from '../../logger';
import type { ThreadItem } from '../../protocol';
import {
  asList,
  newestMessage,
  ThreadItemConverter,
  type ThreadItemConverterOptions,
} from '../openai/thread-item-converter';
import { divideHistory } from '../remembered';
import { addInput, type AiMessage } from './model-messages';
import { addRemembered } from './replay';

/** The second argument of {@link toModelMessages}: a hook's turn, the options of a converter, or a converter of your own. */
export type ToModelMessagesOptions = ThreadItemConverterOptions | ThreadItemConverter;

/**
 * Returns messages for `streamText`, in the order of the items:
 *
 * ```ts
 * const messages = await toModelMessages(await recentItems(turn), turn);
 * ```
 *
 * Each item is said as {@link ThreadItemConverter} says it: pass your own converter, or the turn, from which attachments are
 * read. The messages of an answer that was remembered come in place of its items, with the outputs of the calls that the page
 * has completed. A call without an output gets one that says so, because providers refuse a call without an output. In the
 * turn in which the user has decided on an approval, the messages end with the decision, so that the SDK runs the tool.
 *
 * @param items oldest first, hidden ones among them, as {@link recentItems} returns them.
 */
export async function toModelMessages(
  items: ThreadItem | readonly ThreadItem[],
  options: ToModelMessagesOptions = {},
): Promise<AiMessage[]> {
  const isConverter = options instanceof ThreadItemConverter;
  const logger = (isConverter ? undefined : options.logger) ?? consoleLogger;
  return messagesOf(asList(items), isConverter ? options : new ThreadItemConverter(options), { logger });
}

/**
 * Returns the messages. @param completed The ids of the items that the client has just completed. Default: those of the
 * converter.
 */
export async function messagesOf(
  list: readonly ThreadItem[],
  converter: ThreadItemConverter,
  { logger, completed = converter.completed }: { logger: Logger; completed?: ReadonlySet<string> },
): Promise<AiMessage[]> {
  const newest = newestMessage(list);
  const messages: AiMessage[] = [];
  const parts = divideHistory(list, 'ai-sdk');
  for (const [index, part] of parts.entries()) {
    if (part.items) addInput(messages, await converter.inputOf(part.items, newest), logger);
    else addRemembered(messages, part, { next: parts[index + 1], completed });
  }
  return messages;
}
