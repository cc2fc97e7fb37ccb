import {
  chatkitMiddleware,
  type Attachment,
  type HookEvents,
  messageText,
  type RespondTurn,
  type Store,
  streamAnswer,
} from 'chatkit-express';
import {
  type ChatMessage,
  type FunctionCall,
  inferenceOptionsOf,
  recentItems,
  ResponseStreamConverter,
  retryByName,
  streamChatCompletion,
  streamResponse,
  ThreadItemConverter,
  titleThread,
  transcribeWith,
  uploadAttachment,
} from 'chatkit-express/openai';
import type { Request } from 'express';
import OpenAI, { AzureOpenAI } from 'openai';

interface User {
  userId: string;
}
type Turn = RespondTurn<User>;

export function clients() {
  // #region gemini
  const gemini = new OpenAI({
    apiKey: process.env['GEMINI_API_KEY'],
    baseURL: 'https://generativelanguage.googleapis.com/v1beta/openai/',
  });
  // #endregion
  // #region openrouter
  const openRouter = new OpenAI({
    apiKey: process.env['OPENROUTER_API_KEY'],
    baseURL: 'https://openrouter.ai/api/v1',
  });
  // #endregion
  // #region ollama
  const ollama = new OpenAI({ apiKey: 'any', baseURL: 'http://localhost:11434/v1' });
  // #endregion
  // #region vllm
  const vllm = new OpenAI({ apiKey: 'any', baseURL: 'http://localhost:8000/v1' });
  // #endregion
  // #region azure
  const azure = new AzureOpenAI({
    apiKey: process.env['AZURE_OPENAI_API_KEY'],
    endpoint: 'https://my-resource.openai.azure.com',
    apiVersion: '2025-04-01-preview',
    deployment: 'my-deployment',
  });
  // #endregion
  return { gemini, openRouter, ollama, vllm, azure };
}

export function chat(client: OpenAI, model: string) {
  // #region chat
  async function* respond(turn: Turn): HookEvents {
    const system = { role: 'system' as const, content: 'You are a helpful assistant.' };
    yield* streamChatCompletion(turn, (messages) =>
      client.chat.completions.create({ model, messages: [system, ...messages], stream: true }, { signal: turn.signal }),
    );
  }
  // #endregion
  return respond;
}

export function responsesTools(client: OpenAI, runFunction: (name: string, args: string) => Promise<string>) {
  const model = 'gpt-4.1-mini';
  const tools: OpenAI.Responses.Tool[] = [];
  // #region functions
  async function* respond(turn: Turn): HookEvents {
    const items = await recentItems(turn);
    const made: OpenAI.Responses.ResponseInput = []; // in this turn
    for (let round = 0; round < 8; round++) {
      const answer = yield* streamResponse(
        turn,
        (input) =>
          client.responses.create(
            { model, input: [...input, ...made], tools, parallel_tool_calls: false, stream: true },
            { signal: turn.signal },
          ),
        { items, clientTools: ['get_page_title'] },
      );
      if (answer.clientToolCalled || answer.functionCalls.length === 0) return;
      made.push(...(answer.output as OpenAI.Responses.ResponseInput));
      for (const { callId, name, arguments: args } of answer.functionCalls) {
        made.push({ type: 'function_call_output', call_id: callId, output: await runFunction(name, args) });
      }
    }
  }
  // #endregion
  return respond;
}

export function remembered(client: OpenAI, runFunction: (name: string, args: string) => Promise<string>) {
  const model = 'm';
  const tools: OpenAI.Responses.Tool[] = [];
  // #region remember
  async function* respond(turn: Turn): HookEvents {
    const items = await recentItems(turn);
    const made: OpenAI.Responses.ResponseInput = []; // in this turn
    const run = (call: FunctionCall) => runFunction(call.name, call.arguments);
    for (let round = 0; round < 8; round++) {
      const answer = yield* streamResponse(
        turn,
        (input) =>
          client.responses.create(
            {
              model,
              input: [...input, ...made],
              tools,
              include: ['reasoning.encrypted_content'],
              store: false,
              stream: true,
            },
            { signal: turn.signal },
          ),
        { items, clientTools: ['get_page_title'], remember: { made, run } },
      );
      if (answer.clientToolCalled || answer.functionCalls.length === 0) return;
      made.push(...(answer.output as OpenAI.Responses.ResponseInput));
      for (const call of answer.functionCalls) {
        made.push({ type: 'function_call_output', call_id: call.callId, output: await run(call) });
      }
    }
  }
  // #endregion
  return respond;
}

export function chatTools(client: OpenAI, runFunction: (name: string, args: string) => Promise<string>) {
  const model = 'm';
  const tools: OpenAI.Chat.ChatCompletionTool[] = [];
  // #region chat-functions
  async function* respond(turn: Turn): HookEvents {
    const items = await recentItems(turn);
    const made: ChatMessage[] = []; // in this turn
    for (let round = 0; round < 8; round++) {
      const answer = yield* streamChatCompletion(
        turn,
        (messages) =>
          client.chat.completions.create(
            { model, messages: [...messages, ...made], tools, stream: true },
            { signal: turn.signal },
          ),
        { items, clientTools: ['get_page_title'] },
      );
      if (answer.clientToolCalled || answer.functionCalls.length === 0) return;
      made.push(answer.message);
      for (const { callId, name, arguments: args } of answer.functionCalls) {
        made.push({ role: 'tool', tool_call_id: callId, content: await runFunction(name, args) });
      }
    }
  }
  // #endregion
  return respond;
}

export function shown(client: OpenAI, saveFile: (name: string, bytes: Buffer) => Promise<string>) {
  // #region converter
  class Converter extends ResponseStreamConverter {
    override async base64ImageToUrl({ imageId, base64 }: { imageId: string; base64: string }) {
      return saveFile(`${imageId}.png`, Buffer.from(base64, 'base64')); // a URL of your own
    }
  }
  const converter = new Converter({ partialImages: 2 });

  async function* respond(turn: Turn): HookEvents {
    const tools: OpenAI.Responses.Tool[] = [
      { type: 'web_search_preview' },
      { type: 'image_generation', partial_images: 2 },
    ];
    yield* streamResponse(
      turn,
      (input) => client.responses.create({ model: 'gpt-4.1', input, tools, stream: true }, { signal: turn.signal }),
      { converter, tools: true },
    );
  }
  // #endregion
  return respond;
}

export function items(client: OpenAI) {
  // #region items
  class Converter extends ThreadItemConverter {
    override widgetToInput() {
      return null; // the model need not know what was shown
    }
  }
  // #endregion
  // #region uploads
  class WithFiles extends ThreadItemConverter {
    readonly #turn: Turn;

    constructor(turn: Turn) {
      super(turn);
      this.#turn = turn;
    }

    override async attachmentToContent(attachment: Attachment) {
      if (attachment.mime_type !== 'application/pdf') return super.attachmentToContent(attachment);
      return { type: 'input_file', file_id: await uploadAttachment(client, this.#turn, attachment) };
    }
  }
  // #endregion
  return { Converter, WithFiles };
}

export function refusals(client: OpenAI, model: string) {
  // #region retry
  async function* respond(turn: Turn): HookEvents {
    const items = await recentItems(turn);
    const response = await retryByName(turn, async (converter) => {
      const input = await converter.toResponseInput(items);
      return client.responses.create({ model, input }, { signal: turn.signal });
    });
    yield* streamAnswer(turn, response.output_text);
  }
  // #endregion
  return respond;
}

export async function picks(turn: Turn) {
  // #region picks
  const models = ['gpt-4.1-mini', 'gpt-4.1']; // those that the page offers
  const items = await recentItems(turn);
  const picked = inferenceOptionsOf(items);
  const model = models.find((name) => name === picked.model) ?? 'gpt-4.1-mini';
  const tool_choice = picked.tool_choice?.id === 'search' ? { type: 'web_search_preview' as const } : 'auto';
  // #endregion
  return { model, tool_choice };
}

export function titles(client: OpenAI, ask: () => Promise<AsyncIterable<{ type: string }>>) {
  // #region titles
  async function* respond(turn: Turn): HookEvents {
    const titled = titleThread(turn, client, { model: 'gpt-4.1-nano' });
    yield* streamResponse(turn, ask); // as above
    await titled;
  }
  // #endregion
  return respond;
}

export function dictation(
  store: Store<User>,
  client: OpenAI,
  respond: (turn: Turn) => HookEvents,
  userOf: (request: Request) => User,
) {
  // #region dictation
  const chatkit = chatkitMiddleware<User>({
    store,
    context: userOf,
    respond,
    transcribe: transcribeWith(client, { model: 'gpt-4o-mini-transcribe' }),
  });
  // #endregion
  return chatkit;
}

// #region voice
/** In the page: `recording` is what a MediaRecorder gave. */
export async function textOf(recording: Blob): Promise<string> {
  const form = new FormData();
  form.append('file', recording);
  const response = await fetch('/chatkit/transcribe', { method: 'POST', body: form });
  const { text } = (await response.json()) as { text: string };
  return text;
}
// #endregion

export function plain(ask: (question: string, signal: AbortSignal) => AsyncIterable<string>) {
  // #region plain
  async function* respond(turn: Turn): HookEvents {
    yield* streamAnswer(turn, ask(messageText(turn.input), turn.signal));
  }
  // #endregion
  return respond;
}
