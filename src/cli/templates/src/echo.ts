// An assistant without a model: repeats the message word by word.
import { setTimeout as wait } from 'node:timers/promises';
import { type HookEvents, messageText, type RespondTurn, streamAnswer } from 'chatkit-express';
import type { User } from './session';

/** @param hint is added to the answer. */
export function echo(turn: RespondTurn<User>, hint = ''): HookEvents {
  return streamAnswer(turn, words(`You said: ${messageText(turn.input)}${hint}`, turn.signal));
}

async function* words(text: string, signal: AbortSignal) {
  for (const word of text.split(/(?<= )/)) {
    yield word;
    await wait(40, undefined, { signal });
  }
}
