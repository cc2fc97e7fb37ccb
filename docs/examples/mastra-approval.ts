import type { Agent } from '@mastra/core/agent';
import { approvalOf, type HookEvents, type RespondTurn } from 'chatkit-express';
import { type MastraApprovalState, streamTextResult } from 'chatkit-express/ai-sdk';

declare const agent: Agent;

export async function* respond(turn: RespondTurn<unknown>): HookEvents {
  const approval = await approvalOf<MastraApprovalState>(turn);
  if (!approval || approval.outdated) {
    yield* streamTextResult(turn, (messages) => agent.stream(messages, { abortSignal: turn.signal }));
    return;
  }
  const { runId, toolCallIds } = approval.state;
  const call = { runId, toolCallId: toolCallIds[0] };
  yield* streamTextResult(turn, await (approval.approved ? agent.approveToolCall(call) : agent.declineToolCall(call)));
}
