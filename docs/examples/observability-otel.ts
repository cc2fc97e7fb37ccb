import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { otelObserver } from 'chatkit-express/otel';
import { respond } from './assistant';

export const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  respond,
  observer: otelObserver({ agentName: 'support' }),
});
