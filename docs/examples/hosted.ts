import type { IncomingMessage } from 'node:http';
import { ChatKitError } from 'chatkit-express';
import { chatkitSessions } from 'chatkit-express/openai';
import express, { type RequestHandler } from 'express';
import OpenAI from 'openai';

export function hosted(userOf: (request: IncomingMessage) => Promise<{ id: string } | null>, limit: RequestHandler) {
  const app = express();
  // #region sessions
  app.use(
    '/hosted',
    limit, // such as express-rate-limit
    chatkitSessions({
      client: new OpenAI(),
      workflow: 'wf_123',
      async context(request) {
        const user = await userOf(request); // your own sign-in
        if (!user) throw new ChatKitError('unauthorized', 'Sign in first');
        return { userId: user.id };
      },
      user: ({ userId }) => userId,
    }),
  );
  // #endregion
  return app;
}
