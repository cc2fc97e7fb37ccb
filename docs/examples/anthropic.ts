import Anthropic from '@anthropic-ai/sdk';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { streamMessage } from 'chatkit-express/anthropic';
import express from 'express';

const client = new Anthropic(); // reads ANTHROPIC_API_KEY

const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
    yield* streamMessage(turn, (messages) =>
      client.messages.create(
        { model: 'claude-sonnet-5-5', max_tokens: 8192, messages, stream: true },
        { signal: turn.signal },
      ),
    );
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.listen(3000);
