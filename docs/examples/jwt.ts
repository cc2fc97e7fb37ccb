import { ChatKitError, chatkitMiddleware, MemoryStore, streamAnswer } from 'chatkit-express';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';

interface User {
  userId: string;
  maySeeChat: boolean;
}

const issuer = 'https://login.example.com/';
const keys = createRemoteJWKSet(new URL('.well-known/jwks.json', issuer)); // fetched once, and again when the key is new

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

    respond: (turn) => streamAnswer(turn, `Hello, ${turn.context.userId}.`),
  }),
);

app.listen(3000);
