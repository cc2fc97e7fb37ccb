import { Agent } from '@mastra/core/agent';
import { openai } from '@ai-sdk/openai';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { recentItems, streamTextResult, toModelMessages } from 'chatkit-express/ai-sdk';

const agent = new Agent({
  id: 'assistant',
  name: 'Assistant',
  instructions: 'You answer briefly.',
  model: openai('gpt-4.1-mini'),
});

export const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
    const messages = await toModelMessages(await recentItems(turn), turn);
    const stream = await agent.stream(messages, { abortSignal: turn.signal });
    yield* streamTextResult(turn, stream);
  },
});
