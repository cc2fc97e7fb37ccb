// #region pino
import { pino } from 'pino';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { respond } from './assistant';

const logger = pino({ level: 'info' });
const chatkit = chatkitMiddleware({ store: new MemoryStore(), respond, logger });
// #endregion

export { chatkit };
