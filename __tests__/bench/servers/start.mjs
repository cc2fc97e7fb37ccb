// The server of start: the least application with the package, and Express with express.json().
import express from 'express';
import { config, load, report } from './report.mjs';

const app = express();
if (config.kind === 'chatkit') {
  const { chatkitMiddleware, MemoryStore } = await load('index.js');
  const chatkit = chatkitMiddleware({
    store: new MemoryStore(),
    async *respond({ thread, generateId }) {
      const item = {
        type: 'assistant_message',
        id: generateId('message'),
        thread_id: thread.id,
        created_at: new Date().toISOString(),
        content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
      };
      yield { type: 'thread.item.done', item };
    },
  });
  app.use('/chatkit', chatkit);
} else {
  app.post('/chatkit', express.json(), (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`data: ${JSON.stringify({ type: 'thread.item.done', item: request.body.params.input })}\n\n`);
  });
}
await report(app);
