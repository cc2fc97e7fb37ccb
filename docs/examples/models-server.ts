import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { streamResponse } from 'chatkit-express/openai';
import express from 'express';
import OpenAI from 'openai';

const client = new OpenAI(); // reads OPENAI_API_KEY

const app = express();

app.use(
  '/chatkit',
  chatkitMiddleware({
    store: new MemoryStore(),

    async *respond(turn) {
      yield* streamResponse(turn, (input) =>
        client.responses.create({ model: 'gpt-4.1-mini', input, stream: true }, { signal: turn.signal }),
      );
    },
  }),
);

app.listen(3000);
