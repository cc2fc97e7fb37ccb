// The assistant, without a model.
import { type HookEvents, messageText, type RespondTurn, titleFrom } from 'chatkit-express';
import { echo } from './echo';
import type { User } from './session';

/** Describes the assistant in the output of the server. */
export const about = 'The assistant has no model, and repeats the message';

/** Answers the user: the `respond` option of the middleware. */
export async function* respond(turn: RespondTurn<User>): HookEvents {
  turn.thread.title ??= titleFrom(messageText(turn.input));
  yield* answer(turn);
}

/** Replace this with your model: node_modules/chatkit-express/docs/models.md. */
function answer(turn: RespondTurn<User>): HookEvents {
  return echo(turn);
}
