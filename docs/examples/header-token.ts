import { createHash } from 'node:crypto';
import { ChatKitError, chatkitMiddleware, MemoryStore, streamAnswer } from 'chatkit-express';
import express from 'express';

interface Account {
  accountId: string;
}

const hash = (token: string) => createHash('sha256').update(token).digest('hex');

// Tokens are stored as hashes, so that a reader of the table cannot use them. This is the hash of `token-of-acme`.
const accounts = new Map<string, Account>([[hash('token-of-acme'), { accountId: 'acme' }]]);

const app = express();

app.use(
  '/chatkit',
  chatkitMiddleware<Account>({
    cors: { origin: ['https://app.example.com'] },
    store: new MemoryStore({ owner: ({ accountId }) => accountId }),

    context(request, response) {
      const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
      const account = token && accounts.get(hash(token));
      if (!account) {
        response.setHeader('WWW-Authenticate', 'Bearer');
        throw new ChatKitError('unauthorized', 'This needs an access token');
      }
      return account;
    },

    respond: (turn) => streamAnswer(turn, `Hello, ${turn.context.accountId}.`),
  }),
);

app.listen(3000);
