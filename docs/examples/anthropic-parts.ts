import Anthropic from '@anthropic-ai/sdk';
import type { Attachment, HookEventInput, HookEvents, RespondTurn } from 'chatkit-express';
import {
  type AnthropicFile,
  type AnthropicMessage,
  type AnthropicServerCall,
  type FunctionCall,
  MessageStreamConverter,
  streamMessage,
  ThreadItemConverter,
  titleThread,
  uploadAttachment,
} from 'chatkit-express/anthropic';

type Turn = RespondTurn<unknown>;
declare const client: Anthropic;
declare function runFunction(name: string, args: string): Promise<string>;
declare function save(turn: Turn, fileId: string): Promise<string>;
declare function bill(turn: Turn, usage: unknown): void;
const model = 'm';

export function loop(tools: Anthropic.Messages.ToolUnion[]) {
  // #region loop
  async function* respond(turn: Turn): HookEvents {
    const made: AnthropicMessage[] = []; // in this turn
    const run = ({ name, arguments: args }: FunctionCall) => runFunction(name, args);
    for (let round = 0; round < 8; round++) {
      const answer = yield* streamMessage(
        turn,
        (messages) =>
          client.messages.create(
            { model, max_tokens: 8192, messages: [...messages, ...made], tools, stream: true },
            { signal: turn.signal },
          ),
        { clientTools: ['get_page_title'], tools: true, remember: { made, run } },
      );
      if (answer.clientToolCalled) return; // the page runs the tool, and `respond` is called again
      if (!answer.isPaused && answer.functionCalls.length === 0) return;
      made.push(answer.message);
      const results = answer.functionCalls.map(async (call) => {
        return { type: 'tool_result' as const, tool_use_id: call.callId, content: await run(call) };
      });
      if (results.length > 0) made.push({ role: 'user', content: await Promise.all(results) });
    }
  }
  // #endregion
  return respond;
}

export function converted(ask: Parameters<typeof streamMessage>[1]) {
  // #region converter
  class Converter extends MessageStreamConverter {
    readonly #turn: Turn;

    constructor(turn: Turn) {
      super();
      this.#turn = turn;
    }

    override toolCallToTask(call: AnthropicServerCall) {
      if (call.name.startsWith('tool_search')) return null; // the user need not know
      return super.toolCallToTask(call);
    }

    override async fileToEvents({ fileId }: AnthropicFile): Promise<HookEventInput[]> {
      const url = await save(this.#turn, fileId); // where your files are
      return [{ type: 'notice', level: 'info', message: `[The file is ready](${url})` }];
    }
  }

  async function* respond(turn: Turn): HookEvents {
    yield* streamMessage(turn, ask, { tools: true, converter: new Converter(turn) });
  }
  // #endregion
  return respond;
}

export function uploading(ask: Parameters<typeof streamMessage>[1]) {
  // #region upload
  class Converter extends ThreadItemConverter {
    readonly #turn: Turn;

    constructor(turn: Turn) {
      super(turn);
      this.#turn = turn;
    }

    override async attachmentToContent(attachment: Attachment) {
      if (attachment.mime_type !== 'application/pdf') return super.attachmentToContent(attachment);
      const file_id = await uploadAttachment(client, this.#turn, attachment);
      return { type: 'input_file', file_id, filename: attachment.name };
    }
  }

  async function* respond(turn: Turn): HookEvents {
    yield* streamMessage(turn, ask, { itemConverter: new Converter(turn) }); // as above
  }
  // #endregion
  return respond;
}

export function titled(ask: Parameters<typeof streamMessage>[1]) {
  // #region title
  async function* respond(turn: Turn): HookEvents {
    const titled = titleThread(turn, async ({ instructions, message, signal }) => {
      const { content } = await client.messages.create(
        { model, max_tokens: 100, system: instructions, messages: [{ role: 'user', content: message }] },
        { signal },
      );
      return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    });
    yield* streamMessage(turn, ask, { onUsage: (usage) => bill(turn, usage) });
    await titled;
  }
  // #endregion
  return respond;
}
