import cors from 'cors';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { respond } from './assistant';

const app = express();

const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  respond,
  // #region limits
  limits: {
    maxRuns: 1000, // less if a run needs much memory
    maxRunsPerOwner: 5,
    maxRunMs: 600_000,
    firstEventMs: 60_000,
    idleMs: 120_000,
    stalledReaderMs: 60_000,
  },
  // #endregion
});

// #region rate-limit
app.use('/chatkit', cors({ exposedHeaders: ['Retry-After', 'chatkit-run-id'] }));
app.use('/chatkit', rateLimit({ windowMs: 60_000, limit: 120 }));
app.use('/chatkit', chatkit); // keeps the CORS headers
// #endregion
