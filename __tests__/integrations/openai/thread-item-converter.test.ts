// What vectors/model-input.json does not say: attachments, tags by default, messages for Chat Completions, what is overridden.
import {
  type Attachment,
  ChatKitError,
  NotFoundError,
  type RespondTurn,
  type ThreadItem,
  ThreadItemSchema,
} from 'chatkit-express';
import { inferenceOptionsOf, type InputItem, recentItems, ThreadItemConverter } from 'chatkit-express/openai';
import { ada, type Context, serve, silently, startThread } from '../../support/core';
import { assistantMessage, createdAt } from '../../support/items';
import { RecordingLogger } from '../../support/recording-logger';

const base = { thread_id: 'thr_1', created_at: createdAt };
const item = (given: object): ThreadItem => ThreadItemSchema.parse({ ...base, id: 'msg_1', ...given });
const user = (text: string, more: object = {}) =>
  item({ type: 'user_message', content: text === '' ? [] : [{ type: 'input_text', text }], ...more });
const file = (name: string, mime_type: string): Attachment => ({ type: 'file', id: `atc_${name}`, name, mime_type });
const image: Attachment = { type: 'image', id: 'atc_i', name: 'i.png', mime_type: 'image/png', preview_url: 'lazy' };

/** Attachments whose content is their name. */
const attachments = {
  toDataUrl: async ({ name, mime_type }: Attachment) =>
    `data:${mime_type};base64,${Buffer.from(`Grüße aus ${name}`).toString('base64')}`,
};
const contentOf = ([first]: InputItem[]) => (first && 'content' in first ? first.content : undefined);

describe('attachments', () => {
  const base64 = (name: string) => Buffer.from(`Grüße aus ${name}`).toString('base64');

  test('are part of their message: images and files as data URLs, text as text', async () => {
    const given = [image, file('a.pdf', 'application/pdf'), file('b "c".md', 'text/markdown')];
    const input = await new ThreadItemConverter({ attachments }).toResponseInput(user('See', { attachments: given }));
    expect(input).toHaveLength(1);
    expect(contentOf(input)).toEqual([
      { type: 'input_text', text: 'See' },
      { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${base64('i.png')}` },
      { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${base64('a.pdf')}` },
      { type: 'input_text', text: '<Attachment name="b \\"c\\".md">\nGrüße aus b "c".md\n</Attachment>' },
    ]);
  });

  test('alone make a message without an empty text', async () => {
    const input = await new ThreadItemConverter({ attachments }).toResponseInput(user('', { attachments: [image] }));
    expect(contentOf(input)).toMatchObject([{ type: 'input_image' }]);
  });

  test('reach Chat Completions in its own shapes', async () => {
    const given = [image, file('a.pdf', 'application/pdf')];
    const messages = await new ThreadItemConverter({ attachments }).toChatMessages(user('See', { attachments: given }));
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${base64('i.png')}`, detail: 'auto' } },
          {
            type: 'file',
            file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${base64('a.pdf')}` },
          },
        ],
      },
    ]);
  });

  test.each<[string, Error]>([
    ['is gone', new NotFoundError('gone')],
    ['is too large', new ChatKitError('too_large', 'large')],
  ])('that %s are told of by name, with a warning', async (_what, error) => {
    const logger = new RecordingLogger();
    const reader = { toDataUrl: () => Promise.reject(error) };
    const converter = new ThreadItemConverter({ attachments: reader, logger });
    const input = await converter.toResponseInput(user('See', { attachments: [image] }));
    expect(contentOf(input)).toEqual([
      { type: 'input_text', text: 'See' },
      { type: 'input_text', text: '[The user attached a file that cannot be read: i.png (image/png)]' },
    ]);
    expect(logger.take('warn')).toMatchObject([{ fields: { err: error, attachment_id: 'atc_i' } }]);
  });

  test('are reported to the configured logger, where the converter is given the turn', async () => {
    const core = serve({
      respond: silently(async (turn: RespondTurn<Context>) => {
        await new ThreadItemConverter(turn).toResponseInput(user('See', { attachments: [image] }));
      }),
    });
    await startThread(core);
    expect(core.logger.takeWarnings()).toMatchObject([{ fields: { attachment_id: 'atc_i' } }]);
  });

  test('are told of by name where nothing reads them', async () => {
    const logger = new RecordingLogger();
    await new ThreadItemConverter({ logger }).toResponseInput(user('See', { attachments: [image] }));
    expect(logger.take('warn')).toHaveLength(1);
  });

  test('that cannot be read for another reason end the turn', async () => {
    const reader = { toDataUrl: () => Promise.reject(new Error('disk on fire')) };
    const converter = new ThreadItemConverter({ attachments: reader });
    await expect(converter.toResponseInput(user('See', { attachments: [image] }))).rejects.toThrow('disk on fire');
  });
});

test('a tag is told with its data', async () => {
  const content = [{ type: 'input_tag', id: 't1', text: 'Ada', group: 'People', data: { born: 1815 } }];
  const input = await new ThreadItemConverter().toResponseInput(item({ type: 'user_message', content }));
  expect(input).toMatchObject([
    { content: [{ text: '@Ada' }] },
    { content: [{}, { text: '@Ada: {"id":"t1","group":"People","data":{"born":1815}}' }] },
  ]);
});

test('an item of an unknown type is left out with a warning, and the others are not', async () => {
  const logger = new RecordingLogger();
  const odd = { ...base, id: 'x_1', type: 'hologram' } as unknown as ThreadItem;
  const input = await new ThreadItemConverter({ logger }).toResponseInput([user('Hi'), odd, user('More')]);
  expect(input).toHaveLength(2);
  expect(logger.take('warn')).toMatchObject([{ fields: { item_id: 'x_1', type: 'hologram' } }]);
});

test('each kind of item can be told in another way', async () => {
  class Silent extends ThreadItemConverter {
    override widgetToInput() {
      return null;
    }
    override hiddenContextToInput() {
      return { type: 'message' as const, role: 'developer' as const, content: 'Be nice' };
    }
  }
  const widget = item({ type: 'widget', widget: { type: 'Card', children: [] } });
  const hidden = item({ type: 'hidden_context_item', content: 'x' });
  expect(await new Silent().toResponseInput([widget, hidden])).toEqual([
    { type: 'message', role: 'developer', content: 'Be nice' },
  ]);
});

describe('messages for Chat Completions', () => {
  const call = (id: string, output: string) =>
    item({ type: 'client_tool_call', id, status: 'completed', call_id: id, name: 'pick', arguments: {}, output });
  const hidden = item({ type: 'hidden_context_item', content: 'Be short.' });

  test('of one role that follow each other are one, as text', async () => {
    const messages = await new ThreadItemConverter().toChatMessages([
      user('One'),
      hidden,
      assistantMessage({ id: 'thr_1' }, 'm_1', 'Two'),
      assistantMessage({ id: 'thr_1' }, 'm_2', 'Three'),
      user('Four'),
    ]);
    expect(messages).toEqual([
      { role: 'user', content: expect.stringMatching(/^One\n\nHidden context[^]*Be short\.[^]*$/) },
      { role: 'assistant', content: 'Two\n\nThree' },
      { role: 'user', content: 'Four' },
    ]);
  });

  test('keep each call before its output', async () => {
    const messages = await new ThreadItemConverter().toChatMessages([user('Hi'), call('c1', 'a'), call('c2', 'b')]);
    const asked = (id: string) => ({ id, type: 'function', function: { name: 'pick', arguments: '{}' } });
    expect(messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, tool_calls: [asked('c1')] },
      { role: 'tool', tool_call_id: 'c1', content: '"a"' },
      { role: 'assistant', content: null, tool_calls: [asked('c2')] },
      { role: 'tool', tool_call_id: 'c2', content: '"b"' },
    ]);
  });

  test('keep what is said after a call apart from it', async () => {
    class CallsOnly extends ThreadItemConverter {
      override clientToolCallToInput({ call_id, name }: { call_id: string; name: string }) {
        return { type: 'function_call' as const, call_id, name, arguments: '{}' };
      }
    }
    const said = (text: string) => assistantMessage({ id: 'thr_1' }, `m_${text}`, text);
    const messages = await new CallsOnly().toChatMessages([said('One'), call('c1', 'a'), call('c2', 'b'), said('Two')]);
    expect(messages).toMatchObject([
      { role: 'assistant', content: 'One', tool_calls: [{ id: 'c1' }, { id: 'c2' }] },
      { role: 'assistant', content: 'Two' },
    ]);
  });

  test('leave out what has no counterpart, with a warning', async () => {
    class ByUrl extends ThreadItemConverter {
      override async attachmentToContent() {
        return { type: 'input_file' as const, file_url: 'https://a.example/a.pdf' };
      }
    }
    const logger = new RecordingLogger();
    const messages = await new ByUrl({ logger }).toChatMessages(user('See', { attachments: [image] }));
    expect(messages).toEqual([{ role: 'user', content: 'See' }]);
    expect(logger.take('warn')).toMatchObject([{ fields: { part: 'input_file' } }]);
  });
});

describe('recentItems', () => {
  test('gives the newest turns, oldest first, over as many pages as the store makes of them', async () => {
    const core = serve();
    const { threadId } = await startThread(core, 'First');
    const add = (given: ThreadItem) => core.store.addThreadItem(threadId, given, ada);
    for (let n = 1; n <= 3; n++) {
      await add({ ...user(`${n}`), id: `u_${n}`, thread_id: threadId });
      await add(assistantMessage({ id: threadId }, `a_${n}`, `${n}`));
    }
    const thread = await core.store.loadThread(threadId, ada);
    const asked: number[] = [];
    const load = core.store.loadThreadItems.bind(core.store);
    core.store.loadThreadItems = (id, query, context) => {
      asked.push(query.limit);
      return load(id, { ...query, limit: Math.min(2, query.limit) }, context);
    };
    const items = await recentItems({ thread, store: core.store, context: ada }, { limit: 5 });
    expect(items.map(({ id }) => id)).toEqual(['u_2', 'a_2', 'u_3', 'a_3']);
    expect(asked).toEqual([11, 11, 11]);
    const all = await recentItems({ thread, store: core.store, context: ada });
    expect(all).toHaveLength(7);
  });
});

test('inferenceOptionsOf gives those of the newest message of the user', () => {
  const picked = (model: string) => user('Hi', { inference_options: { model } });
  const answer = assistantMessage({ id: 'thr_1' }, 'm_1', 'Yes');
  expect(inferenceOptionsOf([picked('old'), picked('new'), answer])).toEqual({ model: 'new' });
  expect(inferenceOptionsOf([answer])).toEqual({});
});
