// Text word by word, with pauses that end when the user presses Stop.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Annotation, type HookEvents, messageText, streamAnswer, type UserMessageItem } from 'chatkit-express';
import type { DemoTurn } from './demo-turn';

/** Waits like a model. Rejects when the run is cancelled, which also ends the hook. */
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
