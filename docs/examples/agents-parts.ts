import {
  Agent,
  type AgentInputItem,
  OpenAIChatCompletionsModel,
  OutputGuardrailTripwireTriggered,
  run,
  tool,
} from '@openai/agents';
import type { RespondTurn } from 'chatkit-express';
import {
  accumulateText,
  AgentContext,
  recentItems,
  ResponseStreamConverter,
  sinceLastResponse,
  streamAgentResponse,
  toolErrorFunction,
} from 'chatkit-express/agents';
import OpenAI from 'openai';
import { z } from 'zod';

declare const agent: Agent<AgentContext>;
declare const input: AgentInputItem[];
declare function upload(name: string, bytes: Buffer): Promise<string>;
declare function readPage(page: string, signal: AbortSignal): Promise<string>;

// #region workflow
export const research = tool({
  name: 'research',
  description: 'Reads pages of the handbook.',
  parameters: z.object({ pages: z.array(z.string()) }),
  async execute({ pages }, runContext) {
    const chat = AgentContext.of(runContext);
    const texts: string[] = [];
    for (const page of pages) {
      const index = await chat.addWorkflowTask({ type: 'custom', title: page, status_indicator: 'loading' });
      texts.push(await readPage(page, chat.signal));
      await chat.updateWorkflowTask({ type: 'custom', title: page, status_indicator: 'complete' }, index);
    }
    await chat.endWorkflow({ title: `Read ${pages.length} pages` });
    return texts.join('\n\n');
  },
});
// #endregion

// #region tool-error
export const openArchive = tool({
  name: 'open_archive',
  description: 'Opens the archive.',
  parameters: z.object({}),
  errorFunction: toolErrorFunction,
  execute() {
    throw new Error('The archive is closed on Sundays'); // the model reads this
  },
});
// #endregion

// #region draft
const writer = new Agent({ name: 'Writer', instructions: 'You write letters.' });

export const writeLetter = tool({
  name: 'write_letter',
  description: 'Writes a letter and shows it to the user.',
  parameters: z.object({ about: z.string() }),
  async execute({ about }, runContext) {
    const chat = AgentContext.of(runContext);
    const result = await run(writer, about, { stream: true, signal: chat.signal });
    const draft = { type: 'Markdown', id: 'letter', value: '', streaming: true };
    async function* states() {
      for await (const text of accumulateText(result, draft)) yield { type: 'Card', children: [text] };
    }
    await chat.streamWidget(states());
    return 'The user sees the letter.';
  },
});
// #endregion

export async function* guarded(turn: RespondTurn<unknown>) {
  const chat = new AgentContext(turn);
  const result = await run(agent, input, { context: chat, stream: true, signal: turn.signal });
  // #region guardrail
  try {
    yield* streamAgentResponse(chat, result);
  } catch (error) {
    if (!(error instanceof OutputGuardrailTripwireTriggered)) throw error;
    yield { type: 'notice' as const, level: 'warning' as const, message: 'I cannot talk about that.' };
  }
  // #endregion
}

// #region kept
export async function* respond(turn: RespondTurn<unknown>) {
  const chat = new AgentContext(turn);
  const { items, previousResponseId } = sinceLastResponse(turn.thread, await recentItems(turn));
  const options = {
    context: chat,
    signal: turn.signal,
    ...(previousResponseId !== undefined && { previousResponseId }),
  };
  yield* streamAgentResponse(chat, (input) => run(agent, input, { ...options, stream: true }), {
    items,
    keepResponseId: true,
  });
}
// #endregion

// #region images
class Images extends ResponseStreamConverter {
  override base64ImageToUrl({ imageId, base64 }: { imageId: string; base64: string }) {
    return upload(`${imageId}.png`, Buffer.from(base64, 'base64'));
  }
}
export const converter = new Images({ partialImages: 3 });
// #endregion

// #region provider
const client = new OpenAI({ baseURL: 'http://localhost:11434/v1', apiKey: 'ollama' });

export const local = new Agent<AgentContext>({
  name: 'Assistant',
  instructions: 'You are brief.',
  model: new OpenAIChatCompletionsModel(client, 'llama3.2'),
});
// #endregion
