// A widget with a button. Its action counts, and replaces the widget where it is.
import { chatkitMiddleware, defineAction, MemoryStore, replaceWidget, streamWidget } from 'chatkit-express';
import { Button, Card, Row, Text } from 'chatkit-express/widgets';
import express from 'express';
import { z } from 'zod';

const counter = (count: number) =>
  Card({
    children: [
      Row({
        children: [
          Text({ value: `Counted to ${count}` }),
          Button({ label: 'Count', onClickAction: { type: 'count', payload: { count: count + 1 } } }),
        ],
      }),
    ],
  });

const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  respond: (turn) => streamWidget(turn.thread, counter(0)),
  actions: {
    count: defineAction({
      payload: z.object({ count: z.number().int() }),
      handle: (turn) => replaceWidget(turn, counter(turn.payload.count)),
    }),
  },
});

const app = express();
app.use('/chatkit', chatkit);
app.listen(Number(process.env['PORT'] ?? 3000));
