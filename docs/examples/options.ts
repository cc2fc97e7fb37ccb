import { chatkitMiddleware, ChatKitError, MemoryStore, streamAnswer, type ChatKitOptions } from 'chatkit-express';
import { respond } from './assistant';

interface User {
  userId: string;
}
const store = new MemoryStore<User>({ owner: ({ userId }) => userId });

declare const pool: { query(statement: string): Promise<unknown> };
declare const redis: { ping(): Promise<unknown> };

type Given = Partial<ChatKitOptions<User>>;

export const given: Given = {
  // #region action
  async *action(turn) {
    const { type, payload } = turn.action;
    if (type !== 'oven.hot' || !turn.sender) throw new Error(`There is no action ${type}`);
    const degrees = (payload as { degrees?: unknown } | undefined)?.degrees;
    yield* streamAnswer(turn, typeof degrees === 'number' ? `It has ${degrees} °C.` : 'It is hot.');
  },
  // #endregion

  // #region sync-action
  async syncAction({ action, sender }) {
    if (action.type !== 'like' || !sender) throw new ChatKitError('not_found', 'There is no such button');
    return { updated_item: { ...sender, widget: { type: 'Card', children: [{ type: 'Text', value: 'Thanks!' }] } } };
  },
  // #endregion

  // #region transcribe
  async transcribe({ audio: { data, mediaType } }) {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(data)], { type: mediaType }), 'dictation');
    const response = await fetch('https://speech.example.com/transcribe', { method: 'POST', body: form });
    if (!response.ok) throw new Error(`The speech service answered ${response.status}`);
    return { text: await response.text() };
  },
  // #endregion

  // #region stream-options
  getStreamOptions: ({ thread }) => ({ allow_cancel: thread.metadata['kind'] !== 'order' }),
  // #endregion

  // #region runs
  runs: { onDisconnect: 'continue', onBusyThread: 'queue' },
  // #endregion

  // #region health
  health: async () => {
    await pool.query('SELECT 1');
    await redis.ping();
  },
  // #endregion

  // #region expose-errors
  exposeErrors: process.env['NODE_ENV'] !== 'production',
  // #endregion

  // #region cancelled
  async handleStreamCancelled({ thread, pendingItems, context, store }) {
    for (const item of pendingItems) {
      if (item.type === 'assistant_message') await store.addThreadItem(thread.id, item, context);
    }
  },
  // #endregion
};

// #region close
const context = () => ({ userId: 'ada' });
const chatkit = chatkitMiddleware<User>({ store, respond, context });

console.log(chatkit.server.openRuns); // the number of open runs
await chatkit.close({ drainMs: 10_000 }); // lets them finish, and stores the text of the others
// #endregion

// #region process
const answer = await chatkit.server.process({ type: 'threads.list', params: {} }, { userId: 'ada' });
if (answer.kind === 'json') console.log(answer.value);
else for await (const event of answer.events) console.log(event.type);
// #endregion
