// Answers through the AI SDK, with any model of it.
import { generateText, jsonSchema, type LanguageModel, stepCountIs, streamText, tool, type ToolSet } from 'ai';
import type { HookEvents } from 'chatkit-express';
import { recentItems, streamTextResult, titleThread, toModelMessages } from 'chatkit-express/ai-sdk';
import type { ModelTurn } from '../demo-turn';
import { clientTools, functions, runFunction } from './tools';

/** A tool without `execute` runs in the user's page. */
const tools: ToolSet = Object.fromEntries(
  functions.map(({ name, description, parameters }) => {
    const inputSchema = jsonSchema(parameters);
    return [
      name,
      clientTools.includes(name)
        ? tool({ description, inputSchema })
        : tool({ description, inputSchema, execute: () => runFunction(name) }),
    ];
  }),
);

/** How often the model may ask for tools in one turn. */
const maxSteps = 8;

export async function* respondWithAiSdk(turn: ModelTurn, model: LanguageModel, system: string): HookEvents {
  const titled = titleThread(turn, async ({ instructions, message, signal }) => {
    const { text } = await generateText({ model, system: instructions, prompt: message, abortSignal: signal });
    return text;
  });
  const result = streamText({
    model,
    system,
    messages: await toModelMessages(await recentItems(turn), turn),
    tools,
    stopWhen: stepCountIs(maxSteps),
    abortSignal: turn.signal,
    onError() {}, // the stream reports errors, and the log of the middleware has them
  });
  yield* streamTextResult(turn, result, { tools, remember: true });
  await titled;
}
