// Answers through the Responses API, with OpenAI's own tools.
import type { HookEvents } from 'chatkit-express';
import {
  inferenceOptionsOf,
  recentItems,
  ResponseStreamConverter,
  streamResponse,
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
/** The tools of the composer by their ids: see page/chatkit-options.js. */
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
  const made: OpenAI.Responses.ResponseInput = []; // in this turn
  let tool_choice: OpenAI.Responses.ResponseCreateParams['tool_choice'] =
    (turn.input && toolChoices[picked.tool_choice?.id ?? '']) || 'auto';

  for (let round = 0; round < maxRounds; round++) {
    const answer = yield* streamResponse(
      turn,
      (input) =>
        client.responses.create(
          {
            model,
            instructions: provider.systemPrompt,
            input: [...input, ...made],
            tools,
            tool_choice,
            parallel_tool_calls: false,
            stream: true,
          },
          { signal: turn.signal },
        ),
      { items, converter, clientTools, tools: true },
    );
    if (answer.clientToolCalled || answer.functionCalls.length === 0) break;
    made.push(...(answer.output as OpenAI.Responses.ResponseInput));
    for (const { callId, name } of answer.functionCalls) {
      made.push({ type: 'function_call_output', call_id: callId, output: runFunction(name) });
    }
    tool_choice = 'auto'; // what the user picked was used in the first round
  }
  await titled;
}
