// The assistant: Anthropic answers, with the newest items of the thread as its input.
import Anthropic from '@anthropic-ai/sdk';
import { type HookEvents, messageText, type RespondTurn, titleFrom } from 'chatkit-express';
import { streamMessage } from 'chatkit-express/anthropic';
import { echo } from './echo';
import type { User } from './session';

const model = 'claude-haiku-5-5';
const system = 'You are a helpful assistant.';
const client = process.env['ANTHROPIC_API_KEY'] ? new Anthropic() : undefined;

/** Describes the assistant in the output of the server. */
export const about = client
  ? `${model} answers`
  : 'Set ANTHROPIC_API_KEY for a model. Until then, the message is repeated';

/** Answers the user: the `respond` option of the middleware. */
export async function* respond(turn: RespondTurn<User>): HookEvents {
  turn.thread.title ??= titleFrom(messageText(turn.input));
  if (!client) {
    yield* echo(turn, '\n\nSet `ANTHROPIC_API_KEY` in `.env`, and start the server again, for an answer by a model.');
    return;
  }
  yield* streamMessage(turn, (messages) =>
    client.messages.create({ model, system, messages, max_tokens: 8192, stream: true }, { signal: turn.signal }),
  );
}
