import { Agent } from '@mastra/core/agent';
import { openai } from '@ai-sdk/openai';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { streamTextResult } from 'chatkit-express/ai-sdk';

const agent = new Agent({
  id: 'assistant',
  name: 'Assistant',
  instructions: 'You answer briefly.',
  model: openai('gpt-4.1-mini'),
});

export const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
    yield* streamTextResult(turn, (messages) => agent.stream(messages, { abortSignal: turn.signal }));
  },
});
