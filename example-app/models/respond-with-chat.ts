// Answers through Chat Completions, which every provider speaks.
import type { HookEvents } from 'chatkit-express';
import {
  type ChatMessage,
  inferenceOptionsOf,
  recentItems,
  streamChatCompletion,
  ThreadItemConverter,
  titleThread,
} from 'chatkit-express/openai';
import type OpenAI from 'openai';
import type { ModelTurn } from '../demo-turn';
import { type OpenAIProvider, pickedModel } from './provider';
import { clientTools, functions, runFunction } from './tools';

const tools = functions.map((called) => ({ type: 'function' as const, function: called }));

/** How often the model may ask for functions in one turn. */
const maxRounds = 8;

export async function* respondWithChat(turn: ModelTurn, client: OpenAI, provider: OpenAIProvider): HookEvents {
  const items = await recentItems(turn);
  const model = pickedModel(provider, inferenceOptionsOf(items).model);
  const titled = titleThread(turn, client, { model: provider.models[0] });
  const messages: ChatMessage[] = [
    { role: 'system', content: provider.systemPrompt },
    ...(await new ThreadItemConverter(turn).toChatMessages(items)),
  ];

  for (let round = 0; round < maxRounds; round++) {
    const stream = await client.chat.completions.create(
      { model, messages, tools, stream: true },
      { signal: turn.signal },
    );
    const answer = yield* streamChatCompletion(turn, stream, { clientTools });
    if (answer.clientToolCalled || answer.functionCalls.length === 0) break;
    messages.push(answer.message);
    for (const { callId, name } of answer.functionCalls) {
      messages.push({ role: 'tool', tool_call_id: callId, content: runFunction(name) });
    }
  }
  await titled;
}
