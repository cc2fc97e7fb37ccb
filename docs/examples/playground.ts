import express from 'express';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { chatkitPlayground } from 'chatkit-express/playground';
import { respond } from './assistant';

const app = express();

if (process.env['NODE_ENV'] !== 'production') {
  // Before the endpoint, because the endpoint answers every path below its own.
  app.use('/chatkit/playground', chatkitPlayground({ url: '/chatkit' }));
}
app.use('/chatkit', chatkitMiddleware({ store: new MemoryStore(), respond }));

app.listen(3000);
