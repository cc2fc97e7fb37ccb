import express from 'express';
import { MongoClient } from 'mongodb';
import { createClient } from 'redis';
import { chatkitMiddleware } from 'chatkit-express';
import { MongoStore } from 'chatkit-express/mongodb';
import { RedisRunRegistry } from 'chatkit-express/redis';
import { respond } from './assistant';

const db = (await new MongoClient(process.env['MONGO_URL'] ?? '').connect()).db('chat');
const store = new MongoStore<{ userId: string }>({ db, owner: (context) => context.userId });
// #region registry
const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://localhost:6379' });
client.on('error', (error) => console.error(error));
await client.connect();

const chatkit = chatkitMiddleware({
  store, // of any kind that the instances share
  respond,
  context: (request) => ({ userId: request.get('x-user-id') ?? '' }), // see docs/authentication.md
  runs: { registry: new RedisRunRegistry({ client }) },
});
// #endregion

express().use('/chatkit', chatkit).listen(3000);
