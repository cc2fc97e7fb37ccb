import { messageText, streamAnswer, titleFrom } from 'chatkit-express';
import type { HookEventInput, RespondTurn, ThreadItem } from 'chatkit-express';

interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** Returns the input of the model: the newest 50 items of the thread, oldest first. */
async function history({ thread, store, context }: RespondTurn<unknown>): Promise<Message[]> {
  const page = await store.loadThreadItems(thread.id, { limit: 50, after: null, order: 'desc' }, context);
  return page.data.reverse().flatMap(toMessages);
}

function toMessages(item: ThreadItem): Message[] {
  switch (item.type) {
    case 'user_message':
      return [{ role: 'user', content: messageText(item) }];
    case 'assistant_message':
      return [{ role: 'assistant', content: messageText(item) }];
    case 'sdk_hidden_context':
      return [{ role: 'system', content: item.content }];
    default:
      return [];
  }
}

/** Yields the text of an answer as it arrives, from any server with the chat completions API. */
async function* askModel(messages: Message[], signal: AbortSignal): AsyncGenerator<string> {
  const { MODEL_URL = '', MODEL_NAME = '', MODEL_KEY = '' } = process.env;
  const response = await fetch(`${MODEL_URL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${MODEL_KEY}` },
    body: JSON.stringify({ model: MODEL_NAME, messages, stream: true }),
    signal,
  });
  if (!response.ok || !response.body) throw new Error(`The model answered ${response.status}`);
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const { choices } = JSON.parse(line.slice(6)) as { choices: { delta: { content?: string | null } }[] };
      yield choices[0]?.delta.content ?? '';
    }
  }
}

/** The `respond` option: streams the model's answer as one message. */
export async function* respond(turn: RespondTurn<unknown>): AsyncGenerator<HookEventInput> {
  turn.thread.title ??= titleFrom(messageText(turn.input));
  yield* streamAnswer(turn, askModel(await history(turn), turn.signal));
}
