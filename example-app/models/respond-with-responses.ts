// Answers through the Responses API, with OpenAI's own tools.
import type { HookEvents } from 'chatkit-express';
import {
  inferenceOptionsOf,
  recentItems,
  ResponseStreamConverter,
  streamResponse,
  ThreadItemConverter,
  titleThread,
} from 'chatkit-express/openai';
import type OpenAI from 'openai';
import type { ModelTurn } from '../demo-turn';
import { type OpenAIProvider, pickedModel } from './provider';
import { clientTools, functions, runFunction } from './tools';

const tools: OpenAI.Responses.Tool[] = [
  { type: 'web_search_preview' },
  { type: 'image_generation', partial_images: 2 },
  ...functions.map((called) => ({ type: 'function' as const, strict: true, ...called })),
];
/** What the tools of the composer stand for: see page/chatkit-options.js. */
const toolChoices: Record<string, OpenAI.Responses.ToolChoiceTypes | undefined> = {
  sources: { type: 'web_search_preview' },
  image: { type: 'image_generation' },
};
const converter = new ResponseStreamConverter({ partialImages: 2 });

/** How often the model may ask for functions in one turn. */
const maxRounds = 8;

export async function* respondWithResponses(turn: ModelTurn, client: OpenAI, provider: OpenAIProvider): HookEvents {
  const items = await recentItems(turn);
  const picked = inferenceOptionsOf(items);
  const model = pickedModel(provider, picked.model);
  const titled = titleThread(turn, client, { model: provider.models[0] });
  const input = (await new ThreadItemConverter(turn).toResponseInput(items)) as OpenAI.Responses.ResponseInput;
  let tool_choice: OpenAI.Responses.ResponseCreateParams['tool_choice'] =
    (turn.input && toolChoices[picked.tool_choice?.id ?? '']) || 'auto';

  for (let round = 0; round < maxRounds; round++) {
    const stream = await client.responses.create(
      {
        model,
        instructions: provider.systemPrompt,
        input,
        tools,
        tool_choice,
        parallel_tool_calls: false,
        stream: true,
      },
      { signal: turn.signal },
    );
    const answer = yield* streamResponse(turn, stream, { converter, clientTools, tools: true });
    if (answer.clientToolCalled || answer.functionCalls.length === 0) break;
    input.push(...(answer.output as OpenAI.Responses.ResponseInput));
    for (const { callId, name } of answer.functionCalls) {
      input.push({ type: 'function_call_output', call_id: callId, output: runFunction(name) });
    }
    tool_choice = 'auto'; // what the user picked was used in the first round
  }
  await titled;
}
