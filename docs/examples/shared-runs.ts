import express from 'express';
import { Pool } from 'pg';
import { chatkitMiddleware } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { respond } from './assistant';

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
// #region registry
const store = new PostgresStore<{ userId: string }>({ pool, owner: (context) => context.userId });
await store.migrate();

const chatkit = chatkitMiddleware({
  store,
  respond,
  context: (request) => ({ userId: request.get('x-user-id') ?? '' }), // see docs/authentication.md
  runs: { registry: store.runRegistry() },
});
// #endregion

express().use('/chatkit', chatkit).listen(3000);
