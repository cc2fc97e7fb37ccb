// Follows the calls of tools that Anthropic and MCP servers run.
import { isObject } from '../../protocol/json';
import { type ContentBlock, inputObject, type RawBlock, stringOf } from './content-block';
import type { AnthropicServerCall } from './message-stream-converter';

/** Follows the calls of one message. */
export class ServerCalls {
  readonly #calls = new Map<string, AnthropicServerCall>();

  /** Returns the call of a block at its beginning, or with its whole input; undefined for one call too many. */
  called(block: ContentBlock, given: RawBlock): AnthropicServerCall | undefined {
    const id = block.id ?? '';
    const known = this.#calls.get(id);
    const input = inputObject(block.input);
    if (known) {
      known.input = input;
      return { ...known };
    }
    if (this.#calls.size >= maxCalls) return undefined;
    const serverName = block.type === 'mcp_tool_use' ? (stringOf(given['server_name']) ?? '') : undefined;
    const call = { id, name: block.name, serverName, input, state: 'running' as const, result: undefined };
    this.#calls.set(id, call);
    return { ...call };
  }

  /** Returns the call that a result ends. A message that was paused ends calls of the message before. */
  ended(given: RawBlock): AnthropicServerCall | undefined {
    const { type, tool_use_id: of, content } = given;
    const id = stringOf(of) ?? '';
    const known = this.#calls.get(id);
    if (!known && this.#calls.size >= maxCalls) return undefined;
    const call: AnthropicServerCall = {
      ...(known ?? { id, ...toolOf(String(type)), input: {} }),
      state: hasFailed(given) ? 'failed' : 'done',
      result: content,
    };
    this.#calls.set(id, call);
    return { ...call };
  }
}

/** More than these are a fault of the stream. */
const maxCalls = 1000;

function toolOf(type: string): Pick<AnthropicServerCall, 'name' | 'serverName'> {
  const name = type.replace(/_tool_result$/, '');
  return name === 'mcp' ? { name: '', serverName: '' } : { name, serverName: undefined };
}

function hasFailed({ is_error: isError, content }: RawBlock): boolean {
  if (isError === true) return true;
  if (!isObject(content)) return false;
  const { type, return_code: code } = content;
  return (typeof type === 'string' && type.endsWith('_error')) || (typeof code === 'number' && code !== 0);
}

/** Returns the ids of the files that a result names. */
export function filesOf({ content }: RawBlock): string[] {
  const made: unknown = isObject(content) ? content['content'] : undefined;
  const outputs: unknown[] = Array.isArray(made) ? made.slice(0, maxFiles) : [];
  return outputs.flatMap((output) =>
    isObject(output) && typeof output['file_id'] === 'string' ? [output['file_id']] : [],
  );
}

const maxFiles = 100;
