// Approvals of tools: asks the user whether the calls at the end of an answer may run.
import {
  type Approval,
  type ApprovalFormOptions,
  approvalOf,
  type ApprovalTurn,
  askApproval,
} from '../../answers/approval';
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';
import type { HookEventInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import type { ApprovalMessages } from '../remembered';
import type { PartConversion } from './part-conversion';
import type { TextStreamConverter } from './text-stream-converter';

/** The state of an approval of Mastra, for `agent.approveToolCall` and `agent.declineToolCall`. */
export interface MastraApprovalState {
  format: 'mastra';
  runId: string;
  /** The ids of the calls, in the order of the decisions. */
  toolCallIds: string[];
}

/** How the questions are made. */
interface Asking {
  converter: TextStreamConverter;
  form: ApprovalFormOptions | undefined;
  /** The id of the approval that this answer continues. */
  continues: string | undefined;
}

/** Returns the approvals of an answer that a yes or no can settle. */
export function answerable({ calls }: PartConversion) {
  return calls.approvals.some(({ isSuspended }) => isSuspended) ? [] : calls.approvals;
}

/** Reports that the stream ended because Mastra keeps the run until the user has decided. */
export function isKeptByMastra(conversion: PartConversion): boolean {
  return answerable(conversion).some(({ runId }) => runId !== undefined);
}

/**
 * Returns the events of the question. Only the calls of the question are kept: the calls for the page that were made at
 * the same time are not, because the model has to know the result of every call at once.
 * @param messages The messages of the answer. Not read for Mastra.
 */
export async function approvalEvents(
  turn: AnswerTurn,
  conversion: PartConversion,
  messages: () => Promise<readonly unknown[]>,
  { converter, form, continues }: Asking,
): Promise<HookEventInput[]> {
  const approvals = answerable(conversion);
  const notAsked = conversion.calls.unanswered.map(({ name }) => name);
  if (notAsked.length > 0) {
    const { logger = consoleLogger, thread } = turn;
    const fields = { thread_id: thread.id, tools: notAsked };
    logger.warn(fields, 'calls for the page are not made, because another call waits for an approval');
  }
  const requests = approvals.map(({ approvalId: id, call, reason }) => ({
    id,
    question: converter.toolCallToQuestion({ ...call }, reason),
  }));
  return askApproval(turn, requests, { ...form, state: await stateOf(conversion, messages, continues) });
}

/** @throws TypeError for a result without the messages of its answer. */
async function stateOf(
  conversion: PartConversion,
  messages: () => Promise<readonly unknown[]>,
  continues: string | undefined,
): Promise<MastraApprovalState | ApprovalMessages> {
  const approvals = answerable(conversion);
  const runId = approvals.find((approval) => approval.runId !== undefined)?.runId;
  if (runId !== undefined)
    return { format: 'mastra', runId, toolCallIds: approvals.map(({ call }) => call.toolCallId) };
  const made = [...(await messages())];
  if (made.length === 0)
    throw new TypeError('An approval needs the messages of the answer: pass what streamText() returned');
  return { format: 'ai-sdk', items: [...conversion.items], messages: made, continues };
}

/**
 * Returns the approval that this turn answers, when it is one of this adapter, or its state is lost.
 * @param isMastra True for an approval of Mastra, whose run continues by another call. Default false.
 */
export async function answeredApproval<TContext>(
  turn: Partial<ApprovalTurn<TContext>>,
  isMastra = false,
): Promise<Approval | null> {
  const { completed, store, thread } = turn;
  if (!completed?.length || !store || !thread) return null;
  const approval = await approvalOf(turn as ApprovalTurn<TContext>);
  if (!approval || approval.isLost) return approval;
  const format = isObject(approval.state) ? approval.state['format'] : undefined;
  return format === (isMastra ? 'mastra' : 'ai-sdk') ? approval : null;
}
