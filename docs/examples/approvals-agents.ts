import { Agent, run, RunContext, RunState, tool } from '@openai/agents';
import type { HookEvents, RespondTurn } from 'chatkit-express';
import { AgentContext, streamAgentResponse } from 'chatkit-express/agents';
import { z } from 'zod';

const deleteFile = tool({
  name: 'delete_file',
  description: 'Deletes a file.',
  parameters: z.object({ path: z.string() }),
  needsApproval: true,
  execute: async ({ path }) => `${path} is deleted.`, // delete the file here
});

const agent = new Agent<AgentContext>({ name: 'Assistant', instructions: 'You tidy up.', tools: [deleteFile] });

export async function* respond(turn: RespondTurn<unknown>): HookEvents {
  const chat = new AgentContext(turn);
  yield* streamAgentResponse(chat, async (input, resume) => {
    const options = { context: chat, stream: true as const, signal: turn.signal };
    if (!resume) return run(agent, input, options);
    const state = await RunState.fromStringWithContext(agent, resume.state, new RunContext<AgentContext>(chat));
    return run(agent, resume.applyTo(state), options);
  });
}
