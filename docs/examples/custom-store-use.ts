import express, { type Request } from 'express';
import { ChatKitError, chatkitMiddleware } from 'chatkit-express';
import { SqlStore } from './custom-store';
import { respond } from './assistant';

declare const pool: ConstructorParameters<typeof SqlStore>[0];
declare function userOf(request: Request): string | undefined;

const app = express();

// #region use
app.use(
  '/chatkit',
  chatkitMiddleware({
    store: new SqlStore(pool),
    context(request) {
      const userId = userOf(request); // your own sign-in
      if (!userId) throw new ChatKitError('unauthorized', 'Please sign in');
      return { userId };
    },
    respond,
  }),
);
// #endregion
