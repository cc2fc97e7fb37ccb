// Streams text word by word, with pauses that end when the user presses Stop.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Annotation, type HookEvents, messageText, streamAnswer, type UserMessageItem } from 'chatkit-express';
import type { DemoContext, DemoTurn } from './demo-turn';

/** Waits as long as a model takes for some words. Rejects when the run is cancelled, which also ends the hook. */
export async function pause(turn: DemoTurn, words = 1): Promise<void> {
  await turn.context.pause(words, turn.signal);
}

/** Waits for 35 ms for each word. */
export const shortPause: DemoContext['pause'] = (words, signal) => sleep(words * 35, undefined, { signal });

/** Streams one message of the assistant word by word. The text is Markdown. The `sources` are added at the end. */
export async function* say(turn: DemoTurn, text: string, sources: Annotation[] = []): HookEvents {
  yield* streamAnswer(turn, words(turn, text), { sources });
}

async function* words(turn: DemoTurn, text: string): AsyncGenerator<string> {
  for (const word of text.match(/\S+\s*/g) ?? []) {
    await pause(turn);
    yield word;
  }
}

/** Returns the text of the user's message without surrounding white space. */
export function textOf(message: UserMessageItem): string {
  return messageText(message).trim();
}
