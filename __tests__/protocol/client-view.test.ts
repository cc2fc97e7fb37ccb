// What a client is shown of what is stored, as JSON on the wire, with the stored objects left as they were.
import {
  type Attachment,
  type ClientThreadItem,
  type Thread,
  type ThreadItem,
  ThreadItemSchema,
} from '../../src/protocol';
import {
  isHidden,
  toClientAttachment,
  toClientItem,
  toClientItems,
  toClientThread,
} from '../../src/protocol/client-view';
import { readVectors, throughJson } from './vectors';

const base = { thread_id: 'thr_1', created_at: '2026-03-01T09:30:00Z' };
const file: Attachment = {
  type: 'file',
  id: 'atc_1',
  name: 'a.pdf',
  mime_type: 'application/pdf',
  thread_id: 'thr_1',
  metadata: { path: '/srv/secret' },
};
const image: Attachment = {
  type: 'image',
  id: 'atc_2',
  name: 'a.png',
  mime_type: 'image/png',
  preview_url: '/files/2',
  upload_descriptor: { url: 'https://files.example/2', method: 'PUT', headers: { 'x-token': 't' } },
  metadata: { owner: 'secret' },
};
const message: ClientThreadItem = {
  ...base,
  id: 'msg_1',
  type: 'user_message',
  content: [{ type: 'input_tag', id: 'ent_1', text: 'Ada', data: { metadata: 'hers', none: null }, interactive: true }],
  attachments: [file, image],
  inference_options: {},
};
const hidden: ThreadItem[] = [
  { ...base, id: 'hid_1', type: 'hidden_context_item', content: { secret: true } },
  { ...base, id: 'hid_2', type: 'sdk_hidden_context', content: 'secret' },
];
const thread: Thread = {
  id: 'thr_1',
  created_at: base.created_at,
  title: 'Cats',
  status: { type: 'locked', reason: 'Later' },
  allowed_image_domains: ['img.example'],
  metadata: { owner: 'secret' },
};

/** The result of `view`, as JSON, after proof that the stored value is untouched, all the way down. */
function shown<Stored, Shown>(view: (stored: Stored) => Shown, stored: Stored): Shown {
  const given = structuredClone(stored);
  const seen = throughJson(view(deepFreeze(given)));
  expect(given).toEqual(stored);
  return seen;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

describe('items', () => {
  it('are hidden when they are for the model only, and no others are', () => {
    const types = ThreadItemSchema.options.flatMap(({ shape }) => [...shape.type.values]);
    expect(types).toHaveLength(11);
    expect(types.filter((type) => isHidden({ type } as ThreadItem)).sort()).toEqual([
      'hidden_context_item',
      'sdk_hidden_context',
    ]);
  });

  it('are shown in their order, without the hidden ones', () => {
    const last: ThreadItem = { ...base, id: 'end_1', type: 'end_of_turn' };
    const [first, second] = hidden as [ThreadItem, ThreadItem];
    const seen = shown(toClientItems, [first, message, second, last]);
    expect(seen.map(({ id }) => id)).toEqual(['msg_1', 'end_1']);
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  it('can all be hidden', () => {
    expect(shown(toClientItems, hidden)).toEqual([]);
  });

  it('have no private notes of their attachments, and nothing else is missing', () => {
    expect(shown(toClientItem, message)).toEqual({
      ...message,
      attachments: [
        { type: 'file', id: 'atc_1', name: 'a.pdf', mime_type: 'application/pdf', thread_id: 'thr_1' },
        {
          type: 'image',
          id: 'atc_2',
          name: 'a.png',
          mime_type: 'image/png',
          preview_url: '/files/2',
          upload_descriptor: { url: 'https://files.example/2', method: 'PUT', headers: { 'x-token': 't' } },
        },
      ],
    });
  });

  it.each(readVectors('items').filter(({ name, input }) => / full$/.test(name) && !isHidden(input as ThreadItem)))(
    'are shown whole, but for private notes: $name',
    ({ input }) => {
      const item = input as ClientThreadItem;
      const expected = structuredClone(item);
      if (expected.type === 'user_message') for (const attachment of expected.attachments) delete attachment.metadata;
      expect(shown(toClientItem, item)).toEqual(expected);
    },
  );

  it('leave out what is null, but not the nulls in values of the user’s own', () => {
    const stored = {
      ...base,
      id: 'tc_1',
      type: 'client_tool_call',
      status: 'completed',
      call_id: 'call_1',
      name: 'open',
      arguments: { a: null },
      output: null,
      later: null,
    } as unknown as ClientThreadItem;
    const seen = toClientItem(stored);
    expect(Object.keys(seen)).not.toContain('output');
    expect(Object.keys(seen)).not.toContain('later');
    expect(seen).toHaveProperty('arguments', { a: null });
  });

  it('keep false, zero and the empty string', () => {
    const quoted: ClientThreadItem = { ...message, quoted_text: '', attachments: [] };
    expect(shown(toClientItem, quoted)).toEqual(quoted);
    const tool: ClientThreadItem = {
      ...base,
      id: 'tc_1',
      type: 'client_tool_call',
      status: 'completed',
      call_id: '',
      name: 'open',
      arguments: {},
      output: false,
    };
    expect(shown(toClientItem, tool)).toEqual(tool);
    expect(shown(toClientItem, { ...tool, output: 0 })).toHaveProperty('output', 0);
  });

  it('of an older store may lack their attachments', () => {
    const stored = { ...message, attachments: undefined } as unknown as ClientThreadItem;
    expect(shown(toClientItem, stored)).not.toHaveProperty('attachments');
  });
});

describe('attachments', () => {
  it.each([file, image])('have no private notes: $type', (attachment) => {
    const { metadata, ...rest } = attachment;
    expect(metadata).toBeDefined();
    expect(shown(toClientAttachment, attachment)).toEqual(rest);
  });

  it('leave out what is null', () => {
    const stored = { ...file, upload_descriptor: null, thread_id: null, metadata: null } as unknown as Attachment;
    expect(Object.keys(toClientAttachment(stored)).sort()).toEqual(['id', 'mime_type', 'name', 'type']);
  });
});

describe('threads', () => {
  it('have empty metadata and an empty page when no items are given', () => {
    expect(shown((stored) => toClientThread(stored), thread)).toEqual({
      ...thread,
      metadata: {},
      items: { data: [], has_more: false },
    });
  });

  it('carry the page of items they are given', () => {
    const page = { data: toClientItems([message, ...hidden]), has_more: true, after: 'hid_2' };
    const seen = shown((stored) => toClientThread(stored, page), thread);
    expect(seen.items).toEqual(throughJson(page));
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  it('do not share the page that stands for none', () => {
    toClientThread(thread).items.data.push(message);
    expect(toClientThread(thread).items.data).toEqual([]);
  });

  it('leave out what is null and are active when nothing else is said', () => {
    const stored = {
      id: 'thr_1',
      created_at: base.created_at,
      title: null,
      status: null,
      allowed_image_domains: null,
      metadata: null,
    } as unknown as Thread;
    const seen = toClientThread(stored);
    expect(Object.keys(seen).sort()).toEqual(['created_at', 'id', 'items', 'metadata', 'status']);
    expect(seen).toMatchObject({ status: { type: 'active' }, metadata: {} });
  });

  it('never show items or notes that are stored on the thread', () => {
    const stored = { ...thread, items: { data: hidden, has_more: false } } as Thread;
    expect(JSON.stringify(shown((given) => toClientThread(given), stored))).not.toContain('secret');
  });
});

it('shows nothing that a store keeps beside a thread or an attachment, such as a column of its own', () => {
  const row = { ...thread, owner_id: 'user_7' };
  expect(shown(toClientThread, row)).not.toHaveProperty('owner_id');
  expect(shown(toClientThread, row)).toHaveProperty('title', 'Cats');
  const stored = { ...image, storage_key: 'bucket/7' };
  expect(shown(toClientAttachment, stored)).not.toHaveProperty('storage_key');
  expect(shown(toClientAttachment, stored)).toHaveProperty('preview_url', '/files/2');
});
