import { openai } from '@ai-sdk/openai';
import { stepCountIs, streamText, tool } from 'ai';
import type { HookEvents, RespondTurn } from 'chatkit-express';
import { streamTextResult } from 'chatkit-express/ai-sdk';
import { z } from 'zod';

const tools = {
  delete_file: tool({
    description: 'Deletes a file.',
    inputSchema: z.object({ path: z.string() }),
    needsApproval: true,
    execute: async ({ path }) => `${path} is deleted.`, // delete the file here
  }),
};

export async function* respond(turn: RespondTurn<unknown>): HookEvents {
  yield* streamTextResult(
    turn,
    (messages) =>
      streamText({
        model: openai('gpt-4.1-mini'),
        messages,
        tools,
        stopWhen: stepCountIs(8),
        abortSignal: turn.signal,
      }),
    { tools },
  );
}
