import { ChatKitError, chatkitMiddleware, MemoryStore } from 'chatkit-express';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';

interface User {
  userId: string;
  maySeeChat: boolean;
}

const issuer = 'https://login.example.com/';
const keys = createRemoteJWKSet(new URL('.well-known/jwks.json', issuer)); // fetched once, and again for a new key

async function verify(token: string): Promise<User> {
  const { payload } = await jwtVerify(token, keys, { issuer, audience: 'chat', requiredClaims: ['exp', 'sub'] });
  const scopes = typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : [];
  return { userId: payload.sub ?? '', maySeeChat: scopes.includes('chat') };
}

const app = express();

app.use(
  '/chatkit',
  chatkitMiddleware<User>({
    cors: { origin: ['https://app.example.com'] },
    store: new MemoryStore({ owner: ({ userId }) => userId }),

    async context(request) {
      const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
      if (!token) throw new ChatKitError('unauthorized', 'Please sign in');
      const user = await verify(token).catch((cause: unknown) => {
        throw new ChatKitError('unauthorized', 'Please sign in again', { cause });
      });
      if (!user.maySeeChat) throw new ChatKitError('forbidden', 'Your account has no access to the chat');
      return user;
    },

    async *respond({ thread, context, generateId }) {
      const base = { id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() };
      const content = [{ text: `Hello, ${context.userId}.` }];
      yield { type: 'thread.item.done', item: { ...base, type: 'assistant_message', content } };
    },
  }),
);

app.listen(3000);
