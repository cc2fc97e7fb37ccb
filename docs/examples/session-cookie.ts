import { randomUUID } from 'node:crypto';
import { ChatKitError, chatkitMiddleware, MemoryStore, streamAnswer } from 'chatkit-express';
import express from 'express';

interface User {
  userId: string;
}

const passwords = new Map([['ada', 'correct horse']]); // your user database, with hashed passwords
const sessions = new Map<string, string>(); // from session id to user id; your session store

const app = express();

app.post('/login', express.json(), (request, response) => {
  const { userId, password } = request.body as { userId?: unknown; password?: unknown };
  if (typeof userId !== 'string' || typeof password !== 'string' || passwords.get(userId) !== password) {
    return void response.sendStatus(401);
  }
  const sessionId = randomUUID();
  sessions.set(sessionId, userId);
  const secure = process.env['NODE_ENV'] === 'production';
  response.cookie('session', sessionId, { httpOnly: true, sameSite: 'lax', secure }).sendStatus(204);
});

app.use(
  '/chatkit',
  chatkitMiddleware<User>({
    cors: false, // the page and the endpoint have the same origin
    store: new MemoryStore({ owner: ({ userId }) => userId }),

    context(request) {
      const sessionId = /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
      const userId = sessionId && sessions.get(sessionId);
      if (!userId) throw new ChatKitError('unauthorized', 'Please sign in');
      return { userId };
    },

    respond: (turn) => streamAnswer(turn, `Hello, ${turn.context.userId}.`),
  }),
);

app.listen(3000);
