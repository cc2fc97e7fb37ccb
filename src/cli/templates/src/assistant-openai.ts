// The assistant: OpenAI answers, with the newest items of the thread as its input.
import { type HookEvents, messageText, type RespondTurn, titleFrom } from 'chatkit-express';
import { streamResponse } from 'chatkit-express/openai';
import OpenAI from 'openai';
import { echo } from './echo';
import type { User } from './session';

const model = 'gpt-4.1-mini';
const instructions = 'You are a helpful assistant.';
const client = process.env['OPENAI_API_KEY'] ? new OpenAI() : undefined;

/** Describes the assistant in the output of the server. */
export const about = client
  ? `${model} answers`
  : 'Set OPENAI_API_KEY for a model. Until then, the message is repeated';

/** Answers the user: the `respond` option of the middleware. */
export async function* respond(turn: RespondTurn<User>): HookEvents {
  turn.thread.title ??= titleFrom(messageText(turn.input));
  if (!client) {
    yield* echo(turn, '\n\nSet `OPENAI_API_KEY` in `.env`, and start the server again, for an answer by a model.');
    return;
  }
  yield* streamResponse(turn, (input) =>
    client.responses.create({ model, instructions, input, stream: true }, { signal: turn.signal }),
  );
}
