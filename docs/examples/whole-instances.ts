// One of several instances behind a proxy: threads and runs are in PostgreSQL, so every instance serves every request.
import { createServer } from 'node:http';
import { chatkitMiddleware, messageText, streamAnswer } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import express from 'express';
import { Pool } from 'pg';

interface User {
  userId: string;
}

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
pool.on('error', (error) => console.warn('An idle connection broke', error.message));
const store = new PostgresStore<User>({ pool, owner: ({ userId }) => userId });
await store.migrate(); // of several instances that start at once, one migrates

const chatkit = chatkitMiddleware<User>({
  store,
  context: (request) => ({ userId: request.get('x-user') ?? 'anybody' }), // put your sign-in here
  respond: (turn) => streamAnswer(turn, `Process ${process.pid} read: ${messageText(turn.input)}`),
  runs: { registry: store.runRegistry() },
});

const server = createServer(express().use('/chatkit', chatkit));
server.listen(Number(process.env['PORT'] ?? 3000));

async function shutDown(): Promise<void> {
  server.close();
  await chatkit.close({ drainMs: 10_000 }); // open answers can finish
  await pool.end();
}
process.once('SIGTERM', () => void shutDown());
