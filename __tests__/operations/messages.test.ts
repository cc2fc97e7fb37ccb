// threads.create and threads.add_user_message: what is stored of a message, what is sent, and what is refused.
import { type Attachment, MemoryStore, type Thread, type UserMessageItem } from 'chatkit-express';
import {
  ada,
  ask,
  askJson,
  type Context,
  type Core,
  openStream,
  refusal,
  serve,
  startThread,
  storedItems,
  storedNames,
  silently,
} from '../support/core';
import { Gate, never } from '../support/gate';
import { addMessage, createThread } from '../support/requests';

const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const listThreads = { type: 'threads.list', params: {} };

async function withAttachment(core: Core, id: string, more: Partial<Attachment> = {}): Promise<void> {
  const attachment = { type: 'file', id, name: `${id}.txt`, mime_type: 'text/plain', ...more } as Attachment;
  await core.store.saveAttachment(attachment, ada);
}

describe('a new thread', () => {
  test('is saved with a fresh id and its defaults', async () => {
    const core = serve();
    const { threadId, events } = await startThread(core);
    expect(threadId).toMatch(/^thr_[0-9a-f]{32}$/);
    const thread = {
      id: threadId,
      created_at: expect.stringMatching(isoDate),
      status: { type: 'active' },
      metadata: {},
    };
    expect(await core.store.loadThread(threadId, ada)).toEqual(thread);
    expect(events[0]).toEqual({
      type: 'thread.created',
      thread: { ...thread, items: { data: [], has_more: false } },
    });
  });

  test('has the ids that the store makes', async () => {
    const core = serve();
    core.store.generateThreadId = ({ user }) => `thread of ${user}`;
    core.store.generateItemId = (type, thread, { user }) => `${type} of ${user} in ${thread.id}`;
    const { threadId, messageId } = await startThread(core);
    expect(threadId).toBe('thread of ada');
    expect(messageId).toBe('message of ada in thread of ada');
  });

  test('is there before the client reads of it', async () => {
    const core = serve();
    const found: Thread[] = [];
    for await (const event of await openStream(core, createThread())) {
      if (event.type === 'thread.created') found.push(await core.store.loadThread(event.thread.id, ada));
    }
    expect(found).toHaveLength(1);
  });
});

describe('a message', () => {
  test('is stored as it was sent, before the hook is called with it', async () => {
    const seen: unknown[] = [];
    const core = serve({
      respond: silently(async ({ thread, input, completed, store, context }) => {
        const page = await store.loadThreadItems(thread.id, { limit: 9, after: null, order: 'asc' }, context);
        seen.push(page.data.at(-1), input, completed);
      }),
    });
    const { threadId } = await startThread(core);
    const content = [
      { type: 'input_text', text: 'Ask ' },
      { type: 'input_tag', id: 'e_1', text: 'Ada', data: { team: 1 }, group: 'People', interactive: true },
    ];
    const inference_options = { model: 'large', tool_choice: { id: 'search' } };
    const events = await ask(core, addMessage(threadId, '', { content, quoted_text: 'as said', inference_options }));
    const wanted = {
      type: 'user_message',
      id: expect.stringMatching(/^msg_/),
      thread_id: threadId,
      created_at: expect.stringMatching(isoDate),
      content,
      attachments: [],
      quoted_text: 'as said',
      inference_options,
    };
    expect(events[0]).toEqual({ type: 'thread.item.done', item: wanted });
    expect((await storedItems(core, threadId)).at(-1)).toEqual(wanted);
    expect(seen.slice(-3)).toEqual([wanted, wanted, []]);
  });

  test('has its quoted text also when that is empty, and none when there is none', async () => {
    const core = serve();
    const { threadId } = await startThread(core);
    await ask(core, addMessage(threadId, 'a', { quoted_text: '' }));
    await ask(core, addMessage(threadId, 'b', { quoted_text: null }));
    const [first, empty, none] = (await storedItems(core, threadId)) as UserMessageItem[];
    expect(empty?.quoted_text).toBe('');
    expect(first).not.toHaveProperty('quoted_text');
    expect(none?.quoted_text).toBeUndefined();
  });

  test('needs no attachments and no options, and may be empty', async () => {
    const core = serve();
    const [, said] = await ask(core, { type: 'threads.create', params: { input: { content: [] } } });
    expect(said).toMatchObject({ item: { content: [], attachments: [], inference_options: {} } });
  });

  test('to a thread that is not there is refused', async () => {
    expect(await refusal(serve(), addMessage('thr_nowhere'))).toEqual({
      code: 'not_found',
      message: 'There is no such thread',
      fields: undefined,
    });
  });
});

describe('attachments', () => {
  test('are loaded by id, in the order of the message, and tied to the thread', async () => {
    const core = serve();
    await withAttachment(core, 'atc_1', { metadata: { path: '/secret' } });
    await withAttachment(core, 'atc_2');
    const [created, said] = await ask(core, createThread('see', { attachments: ['atc_2', 'atc_1'] }));
    const thread_id = (created as { thread: Thread }).thread.id;
    const shown = (id: string) => ({ type: 'file', id, name: `${id}.txt`, mime_type: 'text/plain', thread_id });
    expect(said).toMatchObject({ item: { attachments: [shown('atc_2'), shown('atc_1')] } });
    expect(JSON.stringify(said)).not.toContain('secret');
    expect(await core.store.loadAttachment('atc_1', ada)).toEqual({ ...shown('atc_1'), metadata: { path: '/secret' } });
    expect(await storedItems(core, thread_id)).toMatchObject([
      {
        attachments: [
          { id: 'atc_2', thread_id },
          { id: 'atc_1', thread_id, metadata: { path: '/secret' } },
        ],
      },
    ]);
  });

  test('are saved before the client reads of the message', async () => {
    const core = serve();
    await withAttachment(core, 'atc_1');
    const found: unknown[] = [];
    for await (const event of await openStream(core, createThread('see', { attachments: ['atc_1'] }))) {
      if (event.type !== 'thread.item.done') continue;
      const { thread_id } = await core.store.loadAttachment('atc_1', ada);
      found.push([thread_id, event.item.thread_id]);
    }
    expect(found).toEqual([[expect.stringMatching(/^thr_/), found.flat()[0]]]);
  });

  test('of two messages that want one for two threads at once, one gets it', async () => {
    const core = serve();
    for (let round = 0; round < 5; round++) {
      const id = `atc_${round}`;
      await withAttachment(core, id);
      const sent = await Promise.allSettled([1, 2].map(() => ask(core, createThread('mine', { attachments: [id] }))));
      expect(sent.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const lost = sent.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
      // The index is known where the loss is noticed early.
      const message = expect.stringMatching(/^params\.input\.attachments(\.0)?: the attachment is in another thread$/);
      expect(lost.reason).toMatchObject({ code: 'conflict', message });
    }
    expect(await askJson(core, listThreads)).toMatchObject({ data: { length: 5 } });
  });

  test('one that is deleted while it is being sent does not come back', async () => {
    class Slow extends MemoryStore<Context> {
      override async loadAttachment(id: string, context: Context): Promise<Attachment> {
        const attachment = await super.loadAttachment(id, context);
        await super.deleteAttachment(id, context); // by somebody else, a moment later
        return attachment;
      }
    }
    const core = serve({ store: new Slow() });
    await withAttachment(core, 'atc_1');
    const message = 'params.input.attachments: there is no such attachment';
    expect(await refusal(core, createThread('see', { attachments: ['atc_1'] }))).toMatchObject({
      code: 'not_found',
      message,
    });
    expect(await askJson(core, listThreads)).toMatchObject({ data: [] });
    await expect(core.store.loadAttachment('atc_1', ada)).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([true, false])('of a message that is not stored are free again, or reported: %s', async (isFree) => {
    class Broken extends MemoryStore<Context> {
      isBroken = false;
      override async saveAttachment(attachment: Attachment, context: Context): Promise<void> {
        if (!isFree && this.isBroken && !attachment.thread_id) throw new Error('still broken');
        await super.saveAttachment(attachment, context);
      }
      override async addThreadItem(...args: Parameters<MemoryStore<Context>['addThreadItem']>): Promise<void> {
        if (this.isBroken) throw new Error('the disk is broken');
        await super.addThreadItem(...args);
      }
    }
    const store = new Broken();
    const core = serve({ store });
    const { threadId } = await startThread(core);
    await withAttachment(core, 'atc_1');
    store.isBroken = true;
    const sent = core.server.process(addMessage(threadId, 'see', { attachments: ['atc_1'] }), ada);
    await expect(sent).rejects.toThrow('the disk is broken');
    expect((await store.loadAttachment('atc_1', ada)).thread_id).toBe(isFree ? undefined : threadId);
    const message = 'an attachment of a message that was not stored is still attached to its thread';
    const fields = { attachment_id: 'atc_1', thread_id: threadId, err: { message: 'still broken' } };
    expect(core.logger.take('error')).toMatchObject(isFree ? [] : [{ message, fields }]);
  });

  test('that are not there are refused by their place, and nothing is stored', async () => {
    const core = serve();
    await withAttachment(core, 'atc_1');
    const refused = { code: 'not_found', message: 'params.input.attachments.1: there is no such attachment' };
    const more = { attachments: ['atc_1', 'atc_nowhere'] };
    expect(await refusal(core, createThread('see', more))).toMatchObject(refused);
    expect(await askJson(core, listThreads)).toEqual({ data: [], has_more: false });
    expect(await core.store.loadAttachment('atc_1', ada)).not.toHaveProperty('thread_id');

    const { threadId } = await startThread(core);
    expect(await refusal(core, addMessage(threadId, 'see', more))).toMatchObject(refused);
    expect(await storedNames(core, threadId)).toEqual(['user_message']);
  });
});

test('a client that leaves while its message is stored finds it in the thread', async () => {
  const hanging = new Gate();
  const core = serve({
    respond: silently(async () => {
      hanging.open();
      await never;
    }),
  });
  core.store.generateThreadId = () => 'thr_1';
  const stream = await openStream(core, createThread());
  await hanging.passed;
  await stream.cancel();
  expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'sdk_hidden_context']);
});
