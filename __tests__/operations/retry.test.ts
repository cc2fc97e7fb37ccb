// threads.retry_after_item: what the responder sees, and whether the old answers are gone or back afterwards.
import { type ChatKitOptions, MemoryStore, type Order, type RespondTurn, Store } from 'chatkit-express';
import {
  ada,
  ask,
  type Context,
  type Core,
  openStream,
  refusal,
  serve,
  startThread,
  storedNames,
  silently,
  readAll,
} from '../support/core';
import { Gate, never } from '../support/gate';
import {
  added,
  assistantMessage,
  createdAt,
  done,
  hiddenNote,
  progress,
  removed,
  replaced,
  textDelta,
} from '../support/items';
import { addMessage, retryAfter } from '../support/requests';

type Turn = RespondTurn<Context>;
type Respond = ChatKitOptions<Context>['respond'];

/**
 * A conversation: a question, the answers `old_1` and the hidden `old_2`, another question, the answer `old_3`.
 * Retrying after the first question does what `respond` says.
 */
async function conversation(
  respond: Respond,
  more: { handleStreamCancelled?: never; store?: MemoryStore<Context> } = {},
) {
  let calls = 0;
  const core = serve({
    ...more,
    respond(turn) {
      calls++;
      if (calls > 2) return respond(turn);
      const { thread } = turn;
      const answers =
        calls === 1
          ? [assistantMessage(thread, 'old_1', 'one'), hiddenNote(thread, 'old_2')]
          : [assistantMessage(thread, 'old_3', 'three')];
      return (async function* () {
        for (const item of answers) yield done(item);
      })();
    },
  });
  const { threadId, messageId } = await startThread(core);
  await ask(core, addMessage(threadId));
  expect(await storedNames(core, threadId)).toEqual(everything);
  return { core, threadId, messageId };
}
const everything = ['user_message', 'old_1', 'old_2', 'user_message', 'old_3'];

/** Retries after the first question, reads to the end and tells what is stored then. */
async function storedAfterRetrying(respond: Respond): Promise<{ names: string[]; core: Core }> {
  const { core, threadId, messageId } = await conversation(respond);
  await ask(core, retryAfter(threadId, messageId));
  return { names: await storedNames(core, threadId), core };
}

/** Retries, cancels once the hook hangs, and tells what is stored then. */
async function storedAfterCancelling(respond: (turn: Turn, hang: () => Promise<never>) => ReturnType<Respond>) {
  const hanging = new Gate();
  const hang = () => {
    hanging.open();
    return never;
  };
  const { core, threadId, messageId } = await conversation((turn) => respond(turn, hang));
  const stream = await openStream(core, retryAfter(threadId, messageId));
  await hanging.passed;
  await stream.cancel();
  return storedNames(core, threadId);
}

/** The ids of a thread's items as a hook reads them, page by page. */
async function namesSeen({ store, thread, context }: Turn, order: Order, limit: number): Promise<string[]> {
  const names: string[] = [];
  for (let after: string | null = null; ;) {
    const page = await store.loadThreadItems(thread.id, { limit, after, order }, context);
    expect(page.data.length).toBeLessThanOrEqual(limit);
    names.push(...page.data.map(({ id, type }) => (id.startsWith('msg_') ? type : id)));
    if (!page.has_more) return names;
    after = page.after ?? null;
  }
}

describe('what the responder sees', () => {
  test('its input is the message, and the old answers are not there, in either order and any page size', async () => {
    const seen: unknown[] = [];
    const { core, threadId, messageId } = await conversation(
      silently(async (turn) => {
        seen.push(turn.input?.id, turn.completed);
        for (const limit of [1, 2, 100]) {
          for (const order of ['asc', 'desc'] as const) seen.push(await namesSeen(turn, order, limit));
        }
      }),
    );
    await ask(core, retryAfter(threadId, messageId));
    expect(seen).toEqual([messageId, [], ...Array(6).fill(['user_message'])]);
  });

  test('old items cannot be loaded by id either', async () => {
    const errors: unknown[] = [];
    await storedAfterRetrying(
      silently(async ({ store, thread, context, input }) => {
        for (const id of ['old_1', 'old_2', 'old_3', 'nowhere']) {
          errors.push(
            await store.loadItem(thread.id, id, context).catch((error: unknown) => (error as { code: string }).code),
          );
        }
        expect(await store.loadItem(thread.id, input!.id, context)).toEqual(input);
      }),
    );
    expect(errors).toEqual(Array(4).fill('not_found'));
  });

  test('new items are there beside the ones from before the message, in their order', async () => {
    const seen: string[][] = [];
    await storedAfterRetrying(async function* (turn) {
      yield done(assistantMessage(turn.thread, 'new_1', '1'));
      yield done(assistantMessage(turn.thread, 'new_2', '2'));
      seen.push(await namesSeen(turn, 'asc', 2), await namesSeen(turn, 'desc', 2));
    });
    expect(seen).toEqual([
      ['user_message', 'new_1', 'new_2'],
      ['new_2', 'new_1', 'user_message'],
    ]);
  });

  test('pages go on after the message, and are full where old items lie between', async () => {
    const seen: unknown[] = [];
    const { core, threadId, messageId } = await conversation(
      silently(async ({ store, thread, context }) => {
        // Another tab goes on: its messages lie behind the old answers.
        for (const id of ['tab_1', 'tab_2', 'tab_3']) {
          await core.store.addThreadItem(thread.id, assistantMessage(thread, id, id), context);
        }
        const after = messageId;
        const load = async (limit: number) => {
          const page = await store.loadThreadItems(thread.id, { limit, after, order: 'asc' }, context);
          return { ...page, data: page.data.map(({ id }) => id) };
        };
        seen.push(await load(2), await load(3));
      }),
    );
    await ask(core, retryAfter(threadId, messageId));
    expect(seen).toEqual([
      { data: ['tab_1', 'tab_2'], has_more: true, after: 'tab_2' },
      { data: ['tab_1', 'tab_2', 'tab_3'], has_more: false },
    ]);
  });

  test('everything else of the store is as it was', async () => {
    const seen: unknown[] = [];
    class OwnStore extends MemoryStore<Context> {
      readonly #secret = 'private';
      get secret(): string {
        return this.#secret;
      }
    }
    const store = new OwnStore();
    const other = { id: 'thr_other', created_at: createdAt, status: { type: 'active' as const }, metadata: {} };
    const { core, threadId, messageId } = await conversation(
      silently(async ({ store: view, context, generateId }) => {
        seen.push(view instanceof Store, view instanceof OwnStore && view.secret, generateId('task'));
        await view.saveThread(other, context);
        await view.addThreadItem('thr_other', assistantMessage(other, 'old_1', 'not ours'), context);
        await core.store.addThreadItem('thr_other', assistantMessage(other, 'old_3', 'not ours'), context);
        const page = await view.loadThreadItems('thr_other', { limit: 9, after: null, order: 'asc' }, context);
        seen.push(page.data.map(({ id }) => id));
        seen.push((await view.loadItem('thr_other', 'old_3', context)).id);
        // The items of this thread with the same ids are out of sight as before.
        seen.push(await view.loadItem(threadId, 'old_1', context).catch((error: unknown) => (error as Error).name));
        throw new Error('down');
      }),
      { store },
    );
    await ask(core, retryAfter(threadId, messageId));
    expect(seen).toEqual([
      true,
      'private',
      expect.stringMatching(/^tsk_/),
      ['old_1', 'old_3'],
      'old_3',
      'NotFoundError',
    ]);
    // Writing to another thread has not made way for anything in this one.
    expect(await storedNames(core, threadId)).toEqual(everything);
    expect(core.logger.take('error')).toHaveLength(1);
  });
});

describe('the old answers are gone', () => {
  test('when the run succeeds', async () => {
    const { names } = await storedAfterRetrying(async function* ({ thread }) {
      yield done(assistantMessage(thread, 'new_1', 'Hi'));
    });
    expect(names).toEqual(['user_message', 'new_1']);
  });

  test('when it succeeds and has stored nothing', async () => {
    const { names } = await storedAfterRetrying(async function* () {
      yield progress('.');
    });
    expect(names).toEqual(['user_message']);
  });

  test('when it stored something and then failed', async () => {
    const { names, core } = await storedAfterRetrying(async function* ({ thread }) {
      yield done(assistantMessage(thread, 'new_1', 'Hi'));
      throw new Error('down');
    });
    expect(names).toEqual(['user_message', 'new_1']);
    expect(core.logger.take('error')).toHaveLength(1);
  });

  test.each<[string, (turn: Turn) => Promise<void>]>([
    [
      'addThreadItem',
      ({ store, thread, context }) => store.addThreadItem(thread.id, hiddenNote(thread, 'new_1'), context),
    ],
    ['saveItem', ({ store, thread, context }) => store.saveItem(thread.id, hiddenNote(thread, 'new_1'), context)],
  ])('when the hook wrote something through its store by %s', async (_method, write) => {
    const { names, core } = await storedAfterRetrying(
      silently(async (turn) => {
        await write(turn);
        throw new Error('down');
      }),
    );
    expect(names).toEqual(['user_message', 'new_1']);
    expect(core.logger.take('error')).toHaveLength(1);
  });

  test('when it is cancelled and had said something', async () => {
    const names = await storedAfterCancelling(async function* ({ thread }, hang) {
      yield added(assistantMessage(thread, 'new_1'));
      yield textDelta('new_1', 'half');
      await hang();
    });
    expect(names).toEqual(['user_message', 'new_1', 'sdk_hidden_context']);
  });

  test('however many they are', async () => {
    const core = serve({
      async *respond({ thread, input }) {
        const many = (input!.content[0] as { text: string }).text === 'many';
        for (let n = 0; many && n < 250; n++) yield done(assistantMessage(thread, `old_${n}`, '.'));
      },
    });
    const { threadId, messageId } = await startThread(core);
    await ask(core, addMessage(threadId, 'many'));
    await ask(core, retryAfter(threadId, messageId));
    expect(await storedNames(core, threadId)).toEqual(['user_message']);
  });
});

describe('the old answers are back', () => {
  test('when the run fails before it has stored anything', async () => {
    const { names, core } = await storedAfterRetrying(async function* ({ thread }) {
      yield progress('.');
      yield added(assistantMessage(thread, 'new_1', 'Hi'));
      throw new Error('down');
    });
    expect(names).toEqual(everything);
    expect(core.logger.take('error')).toHaveLength(1);
  });

  test('when its first event is malformed', async () => {
    const { names, core } = await storedAfterRetrying(async function* () {
      yield { type: 'nonsense' } as never;
    });
    expect(names).toEqual(everything);
    expect(core.logger.take('error')).toHaveLength(1);
  });

  test('when it is cancelled before it has said anything; the note to the model follows them', async () => {
    const names = await storedAfterCancelling(async function* ({ thread }, hang) {
      yield added(assistantMessage(thread, 'new_1'));
      await hang();
    });
    expect(names).toEqual([...everything, 'sdk_hidden_context']);
  });
});

describe('on a store with the required methods only', () => {
  test.each(['deleteThreadItem', 'addThreadItem'] as const)(
    'the old answers are back when the call of %s fails half way',
    async (method) => {
      class Failing extends MemoryStore<Context> {
        calls: number | undefined;
        override async deleteThreadItem(...args: Parameters<MemoryStore<Context>['deleteThreadItem']>): Promise<void> {
          if (method === 'deleteThreadItem' && this.calls !== undefined && ++this.calls === 2) throw new Error('down');
          await super.deleteThreadItem(...args);
        }
        override async addThreadItem(...args: Parameters<MemoryStore<Context>['addThreadItem']>): Promise<void> {
          if (method === 'addThreadItem' && this.calls === 0 && args[1].id === 'new_1') throw new Error('down');
          await super.addThreadItem(...args);
        }
      }
      const store = new Failing();
      const { core, threadId, messageId } = await conversation(
        async function* ({ thread }) {
          yield done(assistantMessage(thread, 'new_1', 'Hi'));
        },
        { store },
      );
      const before = await core.store.loadThreadItems(threadId, { limit: 9, after: null, order: 'asc' }, ada);
      store.calls = 0;
      const events = await ask(core, retryAfter(threadId, messageId));
      expect(events.at(-1)).toMatchObject({ type: 'error' });
      expect(await core.store.loadThreadItems(threadId, { limit: 9, after: null, order: 'asc' }, ada)).toEqual(before);
      expect(core.logger.take('error')).toHaveLength(1);
    },
  );
});

describe('in particular', () => {
  test.each(['succeeds', 'fails', 'is cancelled'])(
    'a message that another tab adds meanwhile survives when the run %s',
    async (end) => {
      const hanging = new Gate();
      const { core, threadId, messageId } = await conversation(async function* ({ thread, context }) {
        await core.store.addThreadItem(thread.id, assistantMessage(thread, 'tab_1', 'also here'), context);
        yield done(assistantMessage(thread, 'new_1', 'Hi'));
        if (end === 'fails') throw new Error('down');
        hanging.open();
        if (end === 'is cancelled') await never;
      });
      const stream = await openStream(core, retryAfter(threadId, messageId));
      if (end === 'is cancelled') {
        await hanging.passed;
        await stream.cancel();
      } else await readAll(stream);
      const note = end === 'is cancelled' ? ['sdk_hidden_context'] : [];
      expect(await storedNames(core, threadId)).toEqual(['user_message', 'tab_1', 'new_1', ...note]);
      expect(core.logger.take('error')).toHaveLength(end === 'fails' ? 1 : 0);
    },
  );

  test('an id that is used again is a new item, at the end', async () => {
    const seen: unknown[] = [];
    const { names } = await storedAfterRetrying(async function* (turn) {
      yield done(assistantMessage(turn.thread, 'new_1', 'Hi'));
      yield done(assistantMessage(turn.thread, 'old_1', 'again'));
      seen.push(await namesSeen(turn, 'asc', 9), await turn.store.loadItem(turn.thread.id, 'old_1', turn.context));
    });
    expect(names).toEqual(['user_message', 'new_1', 'old_1']);
    expect(seen).toMatchObject([['user_message', 'new_1', 'old_1'], { content: [{ text: 'again' }] }]);
  });

  test('items of before the message can be replaced and removed', async () => {
    const { core, threadId, messageId } = await conversation(async function* ({ thread }) {
      yield removed('old_1');
      yield replaced(hiddenNote(thread, 'old_2'));
    });
    const second = (await core.store.loadThreadItems(threadId, { limit: 1, after: 'old_2', order: 'asc' }, ada))
      .data[0]!;
    expect(second.id).not.toBe(messageId);
    await ask(core, retryAfter(threadId, second.id));
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'old_2', 'user_message']);
  });

  test('what the hook changes in the thread is saved without making way for anything', async () => {
    const { core, threadId, messageId } = await conversation(async function* ({ thread }) {
      thread.title = 'Tried again';
      yield progress('.');
      throw new Error('down');
    });
    await ask(core, retryAfter(threadId, messageId));
    expect(await core.store.loadThread(threadId, ada)).toMatchObject({ title: 'Tried again' });
    expect(await storedNames(core, threadId)).toEqual(everything);
    expect(core.logger.take('error')).toHaveLength(1);
  });

  test('a message that was answered by nothing can be retried, and again and again', async () => {
    let calls = 0;
    const core = serve({
      async *respond({ thread }) {
        calls++;
        if (calls > 1) yield done(assistantMessage(thread, `new_${calls}`, 'Hi'));
      },
    });
    const { threadId, messageId } = await startThread(core);
    await ask(core, retryAfter(threadId, messageId));
    await ask(core, retryAfter(threadId, messageId));
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'new_3']);
  });
});

test.each<[string, (threadId: string, messageId: string) => object, object]>([
  [
    'an unknown thread',
    (_id, message) => retryAfter('thr_nowhere', message),
    { code: 'not_found', message: 'There is no such thread' },
  ],
  ['an unknown item', (id) => retryAfter(id, 'msg_nowhere'), { code: 'not_found', message: 'There is no such item' }],
  ['an answer', (id) => retryAfter(id, 'old_1'), { code: 'invalid_request', fields: ['params.item_id'] }],
  ['a hidden item', (id) => retryAfter(id, 'old_2'), { code: 'invalid_request', fields: ['params.item_id'] }],
])('after %s it is refused, and nothing is changed', async (_what, request, wanted) => {
  const respond = jest.fn();
  const { core, threadId, messageId } = await conversation(respond);
  expect(await refusal(core, request(threadId, messageId))).toMatchObject(wanted);
  expect(respond).not.toHaveBeenCalled();
  expect(await storedNames(core, threadId)).toEqual(everything);
});
