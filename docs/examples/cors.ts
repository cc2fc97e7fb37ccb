import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { respond } from './assistant';

// #region credentials
const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  respond,
  cors: { origin: ['https://app.example.com'], credentials: true },
});
// #endregion

export { chatkit };
