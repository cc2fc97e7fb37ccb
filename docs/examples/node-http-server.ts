import { createServer } from 'node:http';
import { ChatKitError, chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { respond } from './assistant';
import { chatkitListener } from './node-http';

const chatkit = chatkitMiddleware({ store: new MemoryStore(), respond });

const listener = chatkitListener(chatkit.server, '/chatkit', ({ headers }) => {
  if (headers.authorization === undefined) throw new ChatKitError('unauthorized', 'Please sign in');
  return { userId: headers.authorization }; // verify it: see authentication.md
});

createServer(listener).listen(3000);
