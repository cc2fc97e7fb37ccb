// The assistant: a model of the AI SDK answers, with the newest items of the thread as its input. For another provider,
// install its package, such as @ai-sdk/google, and replace `openai` and the name of the key.
import { openai } from '@ai-sdk/openai';
import { streamText } from 'ai';
import { type HookEvents, messageText, type RespondTurn, titleFrom } from 'chatkit-express';
import { streamTextResult } from 'chatkit-express/ai-sdk';
import { echo } from './echo';
import type { User } from './session';

const name = 'gpt-4.1-mini';
const model = process.env['OPENAI_API_KEY'] ? openai(name) : undefined;
const system = 'You are a helpful assistant.';

/** Describes the assistant in the output of the server. */
export const about = model ? `${name} answers` : 'Set OPENAI_API_KEY for a model. Until then, the message is repeated';

/** Answers the user: the `respond` option of the middleware. */
export async function* respond(turn: RespondTurn<User>): HookEvents {
  turn.thread.title ??= titleFrom(messageText(turn.input));
  if (!model) {
    yield* echo(turn, '\n\nSet `OPENAI_API_KEY` in `.env`, and start the server again, for an answer by a model.');
    return;
  }
  yield* streamTextResult(turn, (messages) => streamText({ model, system, messages, abortSignal: turn.signal }));
}
