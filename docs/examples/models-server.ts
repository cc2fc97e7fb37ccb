import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { recentItems, streamResponse, ThreadItemConverter } from 'chatkit-express/openai';
import express from 'express';
import OpenAI from 'openai';

const client = new OpenAI(); // reads OPENAI_API_KEY

const app = express();

app.use(
  '/chatkit',
  chatkitMiddleware({
    store: new MemoryStore(),

    async *respond(turn) {
      const input = await new ThreadItemConverter(turn).toResponseInput(await recentItems(turn));
      const stream = await client.responses.create(
        { model: 'gpt-4.1-mini', input, stream: true },
        { signal: turn.signal },
      );
      yield* streamResponse(turn, stream);
    },
  }),
);

app.listen(3000);
