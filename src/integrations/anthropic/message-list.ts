// Builds the messages of a request: the user first, the roles in turns, each call with its result, no empty block.
import { randomUUID } from 'node:crypto';
import { wellFormed } from '../../answers/whole-characters';
import { isObject } from '../../protocol/json';
import { inputObject } from './content-block';
import type { AnthropicBlock, AnthropicMessage } from './message-content';

/** A block of any type. */
export type AnyBlock = Readonly<Record<string, unknown>>;

/** A call, with the block of its result. */
interface PairedCall {
  call: AnyBlock;
  result: AnyBlock;
}

/** Builds messages. The API refuses messages that break one of its rules, so the list keeps them all. */
export class MessageList {
  readonly #messages: { role: 'user' | 'assistant'; content: AnyBlock[] }[] = [];
  /** The ids of calls must differ within a request. */
  readonly #ids = new Set<string>();

  /** Adds blocks to the last message, or to a new message if the last has the other role. Empty texts are left out. */
  add(role: 'user' | 'assistant', blocks: readonly AnyBlock[]): void {
    const content = withoutEmptyTexts(blocks);
    if (content.length === 0) return;
    const last = this.#messages.at(-1);
    if (last?.role === role) {
      last.content.push(...content);
      return;
    }
    // The first message must be the user's.
    if (!last && role === 'assistant') this.#messages.push({ role: 'user', content: [{ ...beginning }] });
    this.#messages.push({ role, content });
  }

  /** Adds a call and its result. */
  addCall(callId: string, name: string, args: string, output: string | undefined): void {
    const id = this.#newId(callId);
    const call = { type: 'tool_use', id, name: validName(name, 128) || 'tool', input: inputObject(args) };
    this.addPairs([], [{ call, result: resultOf(id, output) }]);
  }

  /**
   * Adds a message of the assistant with its calls. The results are the first blocks of the message that follows, where
   * the API requires them.
   */
  addPairs(blocks: readonly AnyBlock[], pairs: readonly PairedCall[]): void {
    this.add('assistant', [...blocks, ...pairs.map(({ call }) => call)]);
    this.add(
      'user',
      pairs.map(({ result }) => result),
    );
  }

  /**
   * Adds the messages of a remembered answer. Each call gets the result in the next message, or the output of
   * `outputOf`.
   */
  replay(messages: readonly AnyBlock[], outputOf: (callId: string) => string | undefined): void {
    for (const [index, message] of messages.entries()) {
      const blocks = blocksOf(message);
      if (message['role'] === 'user') {
        this.add(
          'user',
          blocks.filter((block) => block['type'] !== 'tool_result'),
        );
        continue;
      }
      const results = resultsAfter(messages, index);
      const content: AnyBlock[] = [];
      const given: AnyBlock[] = [];
      for (const block of blocks) {
        const { type, id } = block;
        if (type !== 'tool_use' || typeof id !== 'string') {
          content.push(block);
          continue;
        }
        const newId = this.#newId(id);
        content.push({ ...block, id: newId });
        const known = results.find((result) => result['tool_use_id'] === id);
        given.push(known ? { ...known, tool_use_id: newId } : resultOf(newId, outputOf(id), block));
      }
      this.add('assistant', content);
      this.add('user', given);
    }
  }

  /** Returns the messages. */
  finish(): AnthropicMessage[] {
    const last = this.#messages.at(-1);
    const text = last?.role === 'assistant' ? last.content.at(-1) : undefined;
    // The API refuses white space at the end of the last message.
    if (last && text?.['type'] === 'text')
      last.content.splice(-1, 1, { ...text, text: String(text['text']).trimEnd() });
    return this.#messages as unknown as AnthropicMessage[];
  }

  /** Returns an id that the API accepts and that no other call has. */
  #newId(given: string): string {
    const valid = validName(given, 256) || `toolu_${randomUUID().replaceAll('-', '')}`;
    let id = valid;
    for (let count = 2; this.#ids.has(id); count++) id = `${valid}_${count}`;
    this.#ids.add(id);
    return id;
  }
}

const beginning = { type: 'text', text: '(The conversation begins with a message of the assistant.)' };

/** The result of a call that was not run. */
const notRun = 'This call was not run.';

function resultOf(id: string, output: string | undefined, { toolset_name: toolset }: AnyBlock = {}): AnyBlock {
  return {
    type: 'tool_result',
    tool_use_id: id,
    ...(output === undefined ? { content: notRun, is_error: true } : output !== '' && { content: wellFormed(output) }),
    ...(typeof toolset === 'string' && { toolset_name: toolset }),
  };
}

function validName(name: string, length: number): string {
  return name.replaceAll(/[^\w-]/g, '_').slice(0, length);
}

function withoutEmptyTexts(blocks: readonly AnyBlock[]): AnyBlock[] {
  return blocks.flatMap((block): AnyBlock[] => {
    if (block['type'] !== 'text') return [block];
    const { text } = block;
    return typeof text === 'string' && text.trim() !== '' ? [{ ...block, text: wellFormed(text) }] : [];
  });
}

/** Returns the results in the user's messages that follow a message of the assistant. */
function resultsAfter(messages: readonly AnyBlock[], index: number): AnyBlock[] {
  const end = messages.findIndex((message, at) => at > index && message['role'] !== 'user');
  const following = messages.slice(index + 1, end < 0 ? undefined : end);
  return following.flatMap(blocksOf).filter(({ type }) => type === 'tool_result');
}

function blocksOf({ content }: AnyBlock): AnyBlock[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

/** Returns the blocks of a message that the API accepts in a later request. */
export function sendable(blocks: readonly AnyBlock[]): AnthropicBlock[] {
  return withoutEmptyTexts(blocks) as unknown as AnthropicBlock[];
}
