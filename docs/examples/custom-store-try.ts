import assert from 'node:assert/strict';
import { chatkitMiddleware, type Store, streamAnswer } from 'chatkit-express';

// #region try
export async function tryStore(store: Store<{ userId: string }>): Promise<void> {
  const { server } = chatkitMiddleware({
    store,
    context: () => ({ userId: 'ada' }),
    respond: (turn) => streamAnswer(turn, 'Hello'),
  });
  const ada = { userId: 'ada' };
  const input = { content: [{ type: 'input_text', text: 'Hi' }] };

  const created = await server.process({ type: 'threads.create', params: { input } }, ada);
  assert(created.kind === 'stream');
  let threadId = '';
  for await (const event of created.events) if (event.type === 'thread.created') threadId = event.thread.id;

  const items = await store.loadThreadItems(threadId, { limit: 10, after: null, order: 'asc' }, ada);
  assert.deepEqual(
    items.data.map((item) => item.type),
    ['user_message', 'assistant_message'],
  );
  await assert.rejects(store.loadThread(threadId, { userId: 'bob' }), { code: 'not_found' });
}
// #endregion
