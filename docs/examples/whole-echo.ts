// The smallest server: it repeats each message word by word, and keeps the threads in memory.
import { setTimeout as wait } from 'node:timers/promises';
import { chatkitMiddleware, MemoryStore, messageText, streamAnswer, titleFrom } from 'chatkit-express';
import express from 'express';

/** Stands for a model: any source of text works. */
async function* words(text: string, signal: AbortSignal) {
  for (const word of text.split(/(?<= )/)) {
    await wait(50, undefined, { signal }); // ends when the user presses Stop
    yield word;
  }
}

const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
    const text = messageText(turn.input);
    turn.thread.title ??= titleFrom(text);
    yield* streamAnswer(turn, words(`You said: ${text}`, turn.signal));
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.listen(Number(process.env['PORT'] ?? 3000));
