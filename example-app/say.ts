// How this example says things: a pause that ends when the user presses Stop, and text that comes word by word.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Annotation, type HookEvents, messageText, streamAnswer, type UserMessageItem } from 'chatkit-express';
import type { DemoTurn } from './demo-turn';

/** Waits, as a model would make us wait. Rejects at once when the run is cancelled, which ends the hook as well. */
export async function pause(turn: DemoTurn, words = 1): Promise<void> {
  await sleep(words * turn.context.pauseMs, undefined, { signal: turn.signal });
}

/** One message of the assistant, word by word. Markdown is fine. The `sources` are added at the end. */
export async function* say(turn: DemoTurn, text: string, sources: Annotation[] = []): HookEvents {
  yield* streamAnswer(turn, words(turn, text), { sources });
}

async function* words(turn: DemoTurn, text: string): AsyncGenerator<string> {
  for (const word of text.match(/\S+\s*/g) ?? []) {
    await pause(turn);
    yield word;
  }
}

/** The text of the user's message, without the white space around it. */
export function textOf(message: UserMessageItem): string {
  return messageText(message).trim();
}
