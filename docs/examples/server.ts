import { setTimeout as wait } from 'node:timers/promises';
import { chatkitMiddleware, MemoryStore, messageText, streamAnswer } from 'chatkit-express';
import express from 'express';

/** A placeholder for a model: any source of text works. */
async function* askModel(question = '') {
  for (const word of `You said: ${question}`.split(/(?<= )/)) {
    await wait(50);
    yield word;
  }
}

const app = express();

app.use(express.static('public'));

app.use(
  '/chatkit',
  chatkitMiddleware({
    store: new MemoryStore(),
    async *respond(turn) {
      yield* streamAnswer(turn, askModel(messageText(turn.input)));
    },
  }),
);

app.listen(3000);
