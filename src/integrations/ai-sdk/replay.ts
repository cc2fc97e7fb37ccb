// Remembered messages of the AI SDK, with the outputs and the decisions that came after them.
import { type ApprovalDecision, decisionsOf } from '../../answers/approval';
import { isObject } from '../../protocol/json';
import type { HistoryPart, RememberedPart } from '../remembered';
import { type AiMessage, type AiToolResultPart, replayed, toolResult } from './model-messages';

/** The surroundings of an answer in the history. */
interface Surroundings {
  /** The part that follows. */
  next: HistoryPart | undefined;
  /** The ids of the items that the client has just completed. */
  completed: ReadonlySet<string>;
}

/** The part of a message by which the SDK runs an approved tool. */
interface ApprovalResponse {
  type: 'tool-approval-response';
  approvalId: string;
  approved: boolean;
  reason?: string;
  /** The provider runs the tool, and needs the decision in every later request as well. */
  providerExecuted?: boolean;
}

/** Adds the messages of an answer. Each call in them has a result, or a decision, in the message that follows. */
export function addRemembered(messages: AiMessage[], part: RememberedPart, around: Surroundings): void {
  const given = part.remembered.messages as unknown as AiMessage[];
  for (const [index, message] of given.entries()) {
    messages.push(message);
    replayed.add(message);
    const next = given[index + 1];
    const following = next?.role === 'tool' ? next : undefined;
    const missing = missingResults(part, message, { following, around });
    if (missing.length === 0) continue;
    if (following) following.content.push(...(missing as AiToolResultPart[]));
    else messages.push({ role: 'tool', content: missing as AiToolResultPart[] });
  }
}

/** Returns what the calls in a message have no result of. */
function missingResults(
  part: RememberedPart,
  { role, content }: AiMessage,
  { following, around }: { following: AiMessage | undefined; around: Surroundings },
): (AiToolResultPart | ApprovalResponse)[] {
  if (role !== 'assistant') return [];
  const parts = listOf(content);
  const answered = new Set(
    [...parts, ...listOf(following?.content), ...continuationOf(part, around)]
      .filter(isResult)
      .map(({ toolCallId }) => toolCallId),
  );
  const approvals = new Map(
    parts.flatMap(({ type, toolCallId, approvalId }) =>
      type === 'tool-approval-request' ? [[toolCallId, approvalId] as const] : [],
    ),
  );
  return parts.flatMap((call) => {
    const { type, toolCallId, toolName } = call;
    if (type !== 'tool-call' || typeof toolCallId !== 'string' || answered.has(toolCallId)) return [];
    const name = typeof toolName === 'string' ? toolName : '';
    const isOfProvider = call['providerExecuted'] === true;
    const approvalId = approvals.get(toolCallId);
    if (typeof approvalId === 'string') return [decided(part, approvalId, { toolCallId, name, isOfProvider, around })];
    return isOfProvider ? [] : [outputOf(part, toolCallId, name)];
  });
}

/** The parts of the first message of the answer that continues this one. */
function continuationOf(part: RememberedPart, { next }: Surroundings) {
  const first = continues(part, next) ? next?.remembered?.messages[0] : undefined;
  return first?.['role'] === 'tool' ? listOf(first['content']) : [];
}

function continues({ id, remembered: { approval } }: RememberedPart, next: HistoryPart | undefined): boolean {
  return approval !== undefined && next?.remembered?.continues === id;
}

/** The user's decision about a call: for the SDK, which runs the tool, or as a result, when its moment has passed. */
function decided(
  part: RememberedPart,
  approvalId: string,
  call: { toolCallId: string; name: string; isOfProvider: boolean; around: Surroundings },
): AiToolResultPart | ApprovalResponse {
  const { approval } = part.remembered;
  const { completed, next } = call.around;
  const decisions: ApprovalDecision[] = approval ? decisionsOf(approval.kept, approval.form, false) : [];
  const approved = decisions.find(({ id }) => id === approvalId)?.answer === 'approved';
  const isNow = approval?.isNewest === true && completed.has(approval.form.id);
  if (!isNow && !call.isOfProvider) {
    return errorResult(call.toolCallId, call.name, approved ? unknownResult : notApproved);
  }
  const isGiven = approved && (isNow || continues(part, next));
  return {
    ...{ type: 'tool-approval-response', approvalId, approved: isGiven },
    ...(!isGiven && { reason: notApproved }),
    ...(call.isOfProvider && { providerExecuted: true }),
  };
}

function outputOf({ remembered, calls }: RememberedPart, toolCallId: string, name: string): AiToolResultPart {
  const call = calls.find(({ call_id }) => call_id === toolCallId);
  if (call && call.status !== 'pending') return toolResult(toolCallId, name, call.output);
  return errorResult(toolCallId, name, remembered.approval ? notAsked : noOutput);
}

function errorResult(toolCallId: string, toolName: string, value: string): AiToolResultPart {
  return { type: 'tool-result', toolCallId, toolName, output: { type: 'error-text', value } };
}

const noOutput = 'The page of the user did not run this call.';
const notAsked = 'This call was not run, because another call waited for an approval. Call it again if it is needed.';
const notApproved = 'The user did not approve this call, so it was not run.';
const unknownResult = 'The user approved this call. Its result is not known.';

function listOf(content: unknown): Record<string, unknown>[] {
  return Array.isArray(content) ? content.filter(isObject) : [];
}

function isResult(part: Record<string, unknown>): boolean {
  return part['type'] === 'tool-result';
}
