// toMessageParams(): the items of a thread as messages of Anthropic's Messages API.
import type { ThreadItem } from '../../protocol';
import type { InputContent, InputItem } from '../openai/input-types';
import { outputOf } from '../openai/remember-answer';
import {
  asList,
  newestMessage,
  ThreadItemConverter,
  type ThreadItemConverterOptions,
} from '../openai/thread-item-converter';
import { divideHistory } from '../remembered';
import { blockOf } from './content-parts';
import type { AnthropicMessage } from './message-content';
import { MessageList } from './message-list';

/** The second argument of {@link toMessageParams}: a hook's turn, the options of a converter, or your own converter. */
export type ToMessageParamsOptions = ThreadItemConverterOptions | ThreadItemConverter;

/**
 * Returns messages for `client.messages.create`, in the order of the items:
 *
 * ```ts
 * const messages = await toMessageParams(await recentItems(turn), turn);
 * ```
 *
 * {@link ThreadItemConverter} decides how each item is expressed. Pass your own converter, or the turn, from which
 * attachments are read. The first message is the user's, the roles alternate, no text is empty, and each call is followed
 * by its result. The messages of an answer that was remembered replace the items of the answer. A call without an output
 * gets a result that says so.
 *
 * PDFs are documents, PNG, JPEG, GIF and WebP are images, and texts are texts. Other files are named. The messages of an
 * overridden method with the role `system` or `developer` become texts of the user.
 *
 * @param items oldest first, hidden items included, as {@link recentItems} returns them.
 */
export async function toMessageParams(
  items: ThreadItem | readonly ThreadItem[],
  options: ToMessageParamsOptions = {},
): Promise<AnthropicMessage[]> {
  const list = asList(items);
  const converter = options instanceof ThreadItemConverter ? options : new ThreadItemConverter(options);
  const newest = newestMessage(list);
  const messages = new MessageList();
  for (const part of divideHistory(list, 'anthropic')) {
    if (part.items) addInput(messages, await converter.inputOf(part.items, newest));
    else messages.replay(part.remembered.messages, (callId) => pageOutput(part, callId));
  }
  return messages.finish();
}

type RememberedPart = Parameters<typeof outputOf>[0];

/** Returns the output of a call of the page; undefined for a call that was not run. */
function pageOutput(part: RememberedPart, callId: string): string | undefined {
  const call = part.calls.find(({ call_id: id }) => id === callId);
  return call && call.status !== 'pending' ? outputOf(part, callId) : undefined;
}

/** Adds each call with its output, because the API requires the result directly after the call. */
function addInput(messages: MessageList, input: readonly InputItem[]): void {
  const outputs = new Map<string, string[]>();
  for (const item of input) {
    if (item.type !== 'function_call_output') continue;
    outputs.set(item.call_id, [...(outputs.get(item.call_id) ?? []), item.output]);
  }
  for (const item of input) {
    if (item.type === 'function_call') {
      messages.addCall(item.call_id, item.name, item.arguments, outputs.get(item.call_id)?.shift());
    } else if (item.type === 'message') {
      const { role, content } = item;
      const parts: InputContent[] = typeof content === 'string' ? [{ type: 'input_text', text: content }] : content;
      messages.add(role === 'assistant' ? 'assistant' : 'user', parts.map(blockOf));
    }
  }
}
