// Answers through the Messages API of Anthropic, with its search of the web.
import type Anthropic from '@anthropic-ai/sdk';
import type { HookEvents } from 'chatkit-express';
import {
  type AnthropicMessage,
  inferenceOptionsOf,
  recentItems,
  streamMessage,
  titleThread,
} from 'chatkit-express/anthropic';
import type { ModelTurn } from '../demo-turn';
import { type AnthropicProvider, pickedModel } from './provider';
import { clientTools, functions, runFunction } from './tools';

const tools: Anthropic.Messages.ToolUnion[] = [
  { type: 'web_search_20250305', name: 'web_search', max_uses: 5 },
  ...functions.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
];

/** How often the model may ask for functions in one turn. */
const maxRounds = 8;

export async function* respondWithAnthropic(
  turn: ModelTurn,
  client: Anthropic,
  provider: AnthropicProvider,
): HookEvents {
  const items = await recentItems(turn);
  const model = pickedModel(provider, inferenceOptionsOf(items).model);
  const titled = titleThread(turn, async ({ instructions: system, message, signal }) => {
    const messages = [{ role: 'user' as const, content: message }];
    const { content } = await client.messages.create(
      { model: provider.models[0], max_tokens: 100, system, messages },
      { signal },
    );
    return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  });
  const made: AnthropicMessage[] = []; // in this turn
  const run = ({ name }: { name: string }) => runFunction(name);

  for (let round = 0; round < maxRounds; round++) {
    const answer = yield* streamMessage(
      turn,
      (messages) =>
        client.messages.create(
          {
            model,
            max_tokens: 8192,
            system: provider.systemPrompt,
            messages: [...messages, ...made],
            tools,
            stream: true,
          },
          { signal: turn.signal },
        ),
      { items, clientTools, tools: true, remember: { made, run } },
    );
    if (answer.clientToolCalled || (!answer.isPaused && answer.functionCalls.length === 0)) break;
    made.push(answer.message);
    const results = answer.functionCalls.map((call) => {
      return { type: 'tool_result' as const, tool_use_id: call.callId, content: run(call) };
    });
    if (results.length > 0) made.push({ role: 'user', content: results });
  }
  await titled;
}
