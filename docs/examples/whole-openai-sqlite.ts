// OpenAI answers with the history of the thread, and an SQLite file keeps the threads of each user.
import { chatkitMiddleware, messageText, titleFrom } from 'chatkit-express';
import { streamResponse } from 'chatkit-express/openai';
import { SqliteStore } from 'chatkit-express/sqlite';
import express from 'express';
import Database from 'libsql';
import OpenAI from 'openai';

interface User {
  userId: string;
}

const client = new OpenAI(); // reads OPENAI_API_KEY
const database = new Database(process.env['DATABASE_FILE'] ?? 'chat.sqlite');
const store = new SqliteStore<User>({ database, owner: ({ userId }) => userId });
await store.migrate();

const chatkit = chatkitMiddleware<User>({
  store,
  context: (request) => ({ userId: request.get('x-user') ?? 'anybody' }), // put your sign-in here
  async *respond(turn) {
    turn.thread.title ??= titleFrom(messageText(turn.input));
    yield* streamResponse(turn, (input) =>
      client.responses.create({ model: 'gpt-4.1-mini', input, stream: true }, { signal: turn.signal }),
    );
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.listen(Number(process.env['PORT'] ?? 3000));
