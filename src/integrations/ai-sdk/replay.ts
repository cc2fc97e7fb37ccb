// Remembered messages of the AI SDK, with the outputs that came after them.
import type { ClientToolCallItem } from '../../protocol';
import { isObject } from '../../protocol/json';
import type { HistoryPart } from '../remembered';
import { type AiMessage, type AiToolResultPart, replayed, toolResult } from './model-messages';

type RememberedPart = Extract<HistoryPart, { items?: undefined }>;

/** Adds the messages of an answer. Each call in them has a result in the message that follows. */
export function addRemembered(messages: AiMessage[], { remembered, calls }: RememberedPart): void {
  const given = remembered.messages as unknown as AiMessage[];
  const outputs = new Map(calls.map((call) => [call.call_id, call]));
  for (const [index, message] of given.entries()) {
    messages.push(message);
    replayed.add(message);
    const next = given[index + 1];
    const following = next?.role === 'tool' ? next : undefined;
    const missing = missingResults(message, following, outputs);
    if (missing.length === 0) continue;
    if (following) following.content.push(...missing);
    else messages.push({ role: 'tool', content: missing });
  }
}

/** The results of the calls in a message that no result follows. */
function missingResults(
  { role, content }: AiMessage,
  following: AiMessage | undefined,
  outputs: ReadonlyMap<string, ClientToolCallItem>,
): AiToolResultPart[] {
  if (role !== 'assistant') return [];
  const parts = listOf(content);
  const answered = new Set(
    [...parts, ...listOf(following?.content)].filter(isResult).map(({ toolCallId }) => toolCallId),
  );
  return parts.flatMap((part) => {
    const { type, toolCallId, toolName, providerExecuted } = part;
    if (type !== 'tool-call' || providerExecuted === true || typeof toolCallId !== 'string') return [];
    if (answered.has(toolCallId)) return [];
    const name = typeof toolName === 'string' ? toolName : '';
    const call = outputs.get(toolCallId);
    if (call && call.status !== 'pending') return [toolResult(toolCallId, name, call.output)];
    return [{ type: 'tool-result', toolCallId, toolName: name, output: { type: 'error-text', value: noOutput } }];
  });
}

const noOutput = 'The page of the user did not run this call.';

function listOf(content: unknown): Record<string, unknown>[] {
  return Array.isArray(content) ? content.filter(isObject) : [];
}

function isResult(part: Record<string, unknown>): boolean {
  return part['type'] === 'tool-result';
}
