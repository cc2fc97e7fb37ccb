// Answers through Chat Completions, which every provider speaks.
import type { HookEvents } from 'chatkit-express';
import {
  type ChatMessage,
  inferenceOptionsOf,
  recentItems,
  streamChatCompletion,
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
  const system: ChatMessage = { role: 'system', content: provider.systemPrompt };
  const made: ChatMessage[] = []; // in this turn

  for (let round = 0; round < maxRounds; round++) {
    const answer = yield* streamChatCompletion(
      turn,
      (messages) =>
        client.chat.completions.create(
          { model, messages: [system, ...messages, ...made], tools, stream: true },
          { signal: turn.signal },
        ),
      { items, clientTools },
    );
    if (answer.clientToolCalled || answer.functionCalls.length === 0) break;
    made.push(answer.message);
    for (const { callId, name } of answer.functionCalls) {
      made.push({ role: 'tool', tool_call_id: callId, content: runFunction(name) });
    }
  }
  await titled;
}
