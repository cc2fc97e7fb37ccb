// The header `Idempotency-Key`: a result of a client tool that is posted again is the same result.
import request from 'supertest';
import { start } from './endpoint';
import { createThread } from '../support/requests';

test('the same key names the same result, and without a key each post is a new one', async () => {
  let rounds = 0;
  const { app } = await start({
    async *respond({ thread, generateId }) {
      if (rounds++ > 0) return;
      for (const name of ['one', 'two', 'three']) {
        const base = { id: generateId('tool_call'), thread_id: thread.id, created_at: new Date().toISOString() };
        yield { type: 'thread.item.done', item: { ...base, type: 'client_tool_call', call_id: name, name } };
      }
    },
  });
  const { text } = await request(app).post('/chatkit').send(createThread('Hi'));
  const thread_id = /"id":"(thr_\w+)"/.exec(text)?.[1];
  const send = (result: string, key?: string) =>
    request(app)
      .post('/chatkit')
      .set(key === undefined ? {} : { 'Idempotency-Key': key })
      .send({ type: 'threads.add_client_tool_output', params: { thread_id, result } });
  await send('1', 'a').expect(200);
  await send('1', 'a').expect(200);
  await send('2').expect(200);
  expect(rounds).toBe(1);
  await send('3').expect(200);
  expect(rounds).toBe(2);
  await send('3').expect(409);
  const opened = await request(app).post('/chatkit').send({ type: 'threads.get_by_id', params: { thread_id } });
  const outputs = (opened.body as { items: { data: { output?: string }[] } }).items.data.flatMap(
    (item) => item.output ?? [],
  );
  expect(outputs).toEqual(['1', '2', '3']);
});
