import { openai } from '@ai-sdk/openai';
import { stepCountIs, streamText, tool, type ToolSet } from 'ai';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { streamTextResult } from 'chatkit-express/ai-sdk';
import express from 'express';
import { z } from 'zod';

const tools: ToolSet = {
  /** Runs here. */
  weather: tool({
    description: 'Reports the weather of a city.',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => ({ city, degrees: 20 }), // ask a weather service here
  }),
  /** Has no `execute`, so that it runs in the page: its `onClientTool` answers. */
  switch_theme: {
    description: 'Switches the page between the light and the dark theme.',
    inputSchema: z.object({ theme: z.enum(['light', 'dark']) }),
  },
};

const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
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
      { tools, remember: true },
    );
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.listen(3000);
