import { setTimeout as wait } from 'node:timers/promises';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import express from 'express';

const app = express();

app.use(express.static('public'));

app.use(
  '/chatkit',
  chatkitMiddleware({
    store: new MemoryStore(),

    async *respond({ thread, input, generateId }) {
      const question = input?.content.map((part) => part.text).join('') ?? '';
      thread.title ??= question.slice(0, 40);

      const base = { id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() };
      yield { type: 'thread.item.added', item: { ...base, type: 'assistant_message', content: [] } };
      yield {
        type: 'thread.item.updated',
        item_id: base.id,
        update: { type: 'assistant_message.content_part.added', content_index: 0, content: { text: '' } },
      };

      let text = '';
      for (const word of `You said: ${question}`.split(/(?<= )/)) {
        await wait(50); // stands in for a model: any source of text will do
        text += word;
        yield {
          type: 'thread.item.updated',
          item_id: base.id,
          update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: word },
        };
      }

      yield { type: 'thread.item.done', item: { ...base, type: 'assistant_message', content: [{ text }] } };
    },
  }),
);

app.listen(3000);
