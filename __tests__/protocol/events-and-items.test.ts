// What a hook may yield and a store may hold: defaults, what survives, and what is refused, for each event, item and part.
import {
  AttachmentSchema,
  HookEventSchema,
  IconSchema,
  iconNames,
  maxJsonDepth,
  pageSchema,
  SourceSchema,
  StructuredInputFieldSchema,
  TaskSchema,
  ThreadItemSchema,
  ThreadItemUpdateSchema,
  ThreadSchema,
  ThreadStatusSchema,
  UserMessageContentSchema,
} from '../../src/protocol';
import { onTheWire, readVectors, schemaFor, throughJson, type Vector } from './vectors';

type Json = Record<string, unknown>;

const vectors = (['events', 'items', 'parts'] as const).flatMap(readVectors);
const minimal = vectors.filter(({ name }) => name.endsWith(': minimal'));
const full = vectors.filter(({ name }) => name.endsWith(': full'));
const base = { id: 'itm_1', thread_id: 'thr_1', created_at: '2026-03-01T09:30:00Z' };

function vector(name: string): Vector & { input: Json } {
  const found = vectors.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no vector ${name}`);
  return found as Vector & { input: Json };
}

/** Where the schema for `type` finds fault with `input`, as dotted paths. */
function faults(type: string, input: unknown): string[] {
  const parsed = schemaFor(type).safeParse(input);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.map(String).join('.'));
}

function without(input: Json, key: string): Json {
  return Object.fromEntries(Object.entries(input).filter(([name]) => name !== key));
}

describe('the vectors', () => {
  const union = (prefix: string, schema: { options: { shape: { type: { values: Set<string> } } }[] }) =>
    schema.options.flatMap(({ shape }) => [...shape.type.values].map((type) => prefix + type));
  const kinds = [
    ...union('', HookEventSchema).filter((type) => type !== 'thread.item.updated'),
    ...union('update ', ThreadItemUpdateSchema),
    ...union('', ThreadItemSchema),
    ...union('attachment ', AttachmentSchema),
    ...union('content ', UserMessageContentSchema),
    ...union('input ', StructuredInputFieldSchema),
    ...union('source ', SourceSchema),
    ...union('status ', ThreadStatusSchema),
    ...union('task ', TaskSchema),
    ...['annotation', 'content output_text', 'inference options', 'stream options', 'thread', 'workflow'],
  ];

  it.each(kinds)('hold a minimal and a full form of %s', (kind) => {
    expect(minimal.map(({ name }) => name)).toContain(`${kind}: minimal`);
    expect(full.map(({ name }) => name)).toContain(`${kind}: full`);
  });
});

describe('defaults', () => {
  const answered = { type: 'output_text', text: 'Hi', annotations: [] };
  const custom = { type: 'custom', status_indicator: 'none' };
  const search = { type: 'web_search', status_indicator: 'none', queries: [], sources: [] };
  const cited = { type: 'annotation', source: { type: 'url', title: 'Docs', url: 'https://docs.example/a' } };
  /** What a minimal form gains. One that is not named here gains nothing. */
  const gains: Record<string, Json> = {
    annotation: { type: 'annotation' },
    assistant_message: { content: [answered] },
    client_effect: { data: {} },
    client_tool_call: { status: 'pending' },
    'content input_tag': { interactive: false },
    'content output_text': { type: 'output_text', annotations: [] },
    error: { code: 'custom', allow_retry: false },
    'input multiple_choice': { multiple: false },
    'source entity': { interactive: false, data: {} },
    structured_input: { status: 'pending' },
    task: { task: custom },
    'task custom': custom,
    'task file': { status_indicator: 'none', sources: [] },
    'task image': { status_indicator: 'none' },
    'task thought': { status_indicator: 'none' },
    'task web_search': search,
    thread: { status: { type: 'active' }, metadata: {} },
    'update assistant_message.content_part.added': { content: { ...answered, text: '' } },
    'update assistant_message.content_part.annotation_added': { annotation: cited },
    'update assistant_message.content_part.done': { content: answered },
    'update workflow.task.added': { task: custom },
    'update workflow.task.updated': { task: search },
    user_message: { attachments: [] },
    workflow: { expanded: false },
  };

  it.each(minimal)('are filled in, and nothing else: $name', ({ name, type, input }) => {
    const kind = name.replace(/: minimal$/, '');
    const gained = gains[kind];
    const given = input as Json;
    if (kind === 'workflow' && type === 'ThreadItem') {
      expect(onTheWire(type, given)).toEqual({
        ...given,
        workflow: { ...(given['workflow'] as Json), expanded: false },
      });
    } else if (kind.startsWith('update ')) {
      expect(onTheWire(type, given)).toEqual({ ...given, update: { ...(given['update'] as Json), ...gained } });
    } else {
      expect(onTheWire(type, given)).toEqual({ ...given, ...gained });
    }
  });

  it.each([
    ['Workflow', { type: 'custom' }, { tasks: [], expanded: false }],
    ['UserMessageContent', { type: 'input_tag', id: 'e', text: 't' }, { data: {}, interactive: false }],
    ['ThreadItem', { ...base, type: 'user_message', content: [] }, { attachments: [], inference_options: {} }],
    [
      'ThreadItem',
      { ...base, type: 'client_tool_call', call_id: 'c', name: 'n' },
      { status: 'pending', arguments: {} },
    ],
  ])('stand in for what the reference asks for: %s %j', (type, input, gained) => {
    expect(onTheWire(type, input)).toEqual({ ...input, ...gained });
  });

  it('are made anew for each parse', () => {
    const first = ThreadSchema.parse(vector('thread: minimal').input);
    first.metadata['owner'] = 'u1';
    first.status = { type: 'closed' };
    const again = ThreadSchema.parse(vector('thread: minimal').input);
    expect([again.metadata, again.status]).toEqual([{}, { type: 'active' }]);

    const message = { ...base, type: 'assistant_message', content: [{ text: 'Hi' }] };
    const parsed = ThreadItemSchema.parse(message);
    if (parsed.type !== 'assistant_message') throw new Error('parsed as another type');
    parsed.content[0]?.annotations.push({ type: 'annotation', source: { type: 'file', title: 't', filename: 'f' } });
    expect(onTheWire('ThreadItem', message)).toHaveProperty('content.0.annotations', []);
  });
});

describe('what is given', () => {
  it.each(full)('survives unchanged: $name', ({ type, input }) => {
    expect(onTheWire(type, input)).toEqual(input);
  });

  it.each(full)('survives with keys that are not known yet, at every level: $name', ({ type, input }) => {
    const extend = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(extend);
      if (typeof value !== 'object' || value === null) return value;
      return {
        ...Object.fromEntries(Object.entries(value).map(([key, child]) => [key, extend(child)])),
        x_later: 'kept',
      };
    };
    const extended = extend(input);
    expect(extended).not.toEqual(input);
    expect(onTheWire(type, extended)).toEqual(extended);
  });

  it('is not changed by parsing', () => {
    const before = structuredClone(vectors);
    for (const { type, input } of vectors) schemaFor(type).safeParse(input);
    expect(vectors).toEqual(before);
  });

  it('parses to the same again', () => {
    for (const { type, input } of minimal) {
      const once = onTheWire(type, input);
      expect(onTheWire(type, once)).toEqual(once);
    }
  });
});

describe('required keys', () => {
  const item = ['id', 'thread_id', 'created_at'];
  const attachment = ['type', 'id', 'name', 'mime_type'];
  const required: Record<string, string[]> = {
    annotation: ['source'],
    assistant_message: [...item, 'type', 'content'],
    'attachment file': attachment,
    'attachment image': [...attachment, 'preview_url'],
    client_effect: ['type', 'name'],
    client_tool_call: [...item, 'type', 'call_id', 'name'],
    'content input_tag': ['type', 'id', 'text'],
    'content input_text': ['type', 'text'],
    'content output_text': ['text'],
    end_of_turn: [...item, 'type'],
    error: ['type'],
    generated_image: [...item, 'type'],
    hidden_context_item: [...item, 'type', 'content'],
    'inference options': [],
    'input freeform': ['type', 'id', 'question'],
    'input multiple_choice': ['type', 'id', 'question', 'options'],
    notice: ['type', 'level', 'message'],
    progress_update: ['type', 'text'],
    sdk_hidden_context: [...item, 'type', 'content'],
    'source entity': ['type', 'title', 'id'],
    'source file': ['type', 'title', 'filename'],
    'source url': ['type', 'title', 'url'],
    'status active': ['type'],
    'status closed': ['type'],
    'status locked': ['type'],
    'stream options': ['allow_cancel'],
    stream_options: ['type', 'stream_options'],
    structured_input: [...item, 'type', 'inputs'],
    task: [...item, 'type', 'task'],
    'task custom': ['type'],
    'task file': ['type'],
    'task image': ['type'],
    'task thought': ['type', 'content'],
    'task web_search': ['type'],
    thread: ['id', 'created_at'],
    'thread.item.added': ['type', 'item'],
    'thread.item.done': ['type', 'item'],
    'thread.item.removed': ['type', 'item_id'],
    'thread.item.replaced': ['type', 'item'],
    'update assistant_message.content_part.added': ['type', 'content_index', 'content'],
    'update assistant_message.content_part.annotation_added': [
      'type',
      'content_index',
      'annotation_index',
      'annotation',
    ],
    'update assistant_message.content_part.done': ['type', 'content_index', 'content'],
    'update assistant_message.content_part.text_delta': ['type', 'content_index', 'delta'],
    'update generated_image.updated': ['type', 'image'],
    'update widget.component.updated': ['type', 'component_id', 'component'],
    'update widget.root.updated': ['type', 'widget'],
    'update widget.streaming_text.value_delta': ['type', 'component_id', 'delta', 'done'],
    'update workflow.task.added': ['type', 'task_index', 'task'],
    'update workflow.task.updated': ['type', 'task_index', 'task'],
    user_message: [...item, 'type', 'content'],
    widget: [...item, 'type', 'widget'],
    workflow: ['type'],
  };
  /** These hold any JSON, so null is a value of theirs and nothing has the wrong type. */
  const anything = ['hidden_context_item content', 'client_tool_call output'];

  /** A full form and its keys: an update's are a level down. */
  const forms = full.map(({ name, type, input }) => {
    const kind = name.replace(/: full$/, '');
    const isUpdate = kind.startsWith('update ');
    const keyed = (isUpdate ? (input as Json)['update'] : input) as Json;
    return {
      kind,
      type,
      keys: Object.keys(keyed),
      needed: kind === 'workflow' && type === 'ThreadItem' ? [...item, 'type', 'workflow'] : (required[kind] ?? []),
      at: (key: string) => (isUpdate ? `update.${key}` : key),
      around: (changed: Json): Json => (isUpdate ? { ...(input as Json), update: changed } : changed),
      keyed,
    };
  });

  it('are listed here for every kind', () => {
    expect([...new Set(forms.map(({ kind }) => kind))].sort()).toEqual(Object.keys(required).sort());
  });

  it.each(forms.flatMap((form) => form.needed.map((key) => ({ ...form, key }))))(
    'cannot be missing or null: $kind $key',
    ({ kind, type, key, keyed, at, around }) => {
      expect(faults(type, around(without(keyed, key)))).toEqual([at(key)]);
      if (!anything.includes(`${kind} ${key}`))
        expect(faults(type, around({ ...keyed, [key]: null }))).toEqual([at(key)]);
    },
  );

  it.each(
    forms.flatMap((form) => form.keys.filter((key) => !form.needed.includes(key)).map((key) => ({ ...form, key }))),
  )('are all: $kind may go without $key, and null for it is the same', ({ type, key, keyed, around }) => {
    const absent = onTheWire(type, around(without(keyed, key)));
    expect(absent).not.toBe('refused');
    expect(onTheWire(type, around({ ...keyed, [key]: null }))).toEqual(absent);
  });

  it.each(forms.flatMap((form) => form.keys.map((key) => ({ ...form, key }))))(
    'and others have a type: $kind $key',
    ({ kind, type, key, keyed, at, around }) => {
      const isObject = typeof keyed[key] === 'object' && !Array.isArray(keyed[key]);
      const found = faults(type, around({ ...keyed, [key]: isObject ? 'text' : { not: 'this' } }));
      expect(found).toEqual(anything.includes(`${kind} ${key}`) ? [] : [at(key)]);
    },
  );
});

describe('a fault', () => {
  it.each([
    [
      'ThreadStreamEvent',
      'item.content.0.text',
      { type: 'thread.item.done', item: { ...base, type: 'assistant_message', content: [{}] } },
    ],
    ['ThreadStreamEvent', 'item.type', { type: 'thread.item.done', item: { ...base, type: 'poll' } }],
    ['ThreadStreamEvent', 'update.type', { type: 'thread.item.updated', item_id: 'itm_1', update: { type: 'shout' } }],
    ['ThreadStreamEvent', 'type', { type: 'thread.deleted' }],
    ['ThreadStreamEvent', 'code', { type: 'error', code: 'rate_limited' }],
    ['ThreadStreamEvent', 'level', { type: 'notice', level: 'fatal', message: 'x' }],
    ['ThreadStreamEvent', 'icon', { type: 'progress_update', text: 'x', icon: 'unicorn' }],
    [
      'ThreadItem',
      'workflow.tasks.0.type',
      { ...base, type: 'workflow', workflow: { type: 'custom', tasks: [{ type: 'nap' }] } },
    ],
    ['ThreadItem', 'widget.type', { ...base, type: 'widget', widget: { children: [] } }],
    ['ThreadItem', 'widget.type', { ...base, type: 'widget', widget: { type: '' } }],
    ['ThreadItem', 'widget', { ...base, type: 'widget', widget: '<Card/>' }],
    ['ThreadItem', 'image.url', { ...base, type: 'generated_image', image: { id: 'img_1' } }],
    ['ThreadItem', 'status', { ...base, type: 'client_tool_call', status: 'running', call_id: 'c', name: 'n' }],
    [
      'ThreadItem',
      'inputs.0.options.0',
      {
        ...base,
        type: 'structured_input',
        inputs: [{ ...vector('input multiple_choice: minimal').input, options: ['a'] }],
      },
    ],
    [
      'Attachment',
      'upload_descriptor.method',
      { ...vector('attachment file: minimal').input, upload_descriptor: { url: 'u', method: 'DELETE' } },
    ],
    [
      'Attachment',
      'upload_descriptor.headers.n',
      {
        ...vector('attachment file: minimal').input,
        upload_descriptor: { url: 'u', method: 'PUT', headers: { n: 5 } },
      },
    ],
    ['ThreadMetadata', 'status.type', { ...vector('thread: minimal').input, status: { type: 'archived' } }],
    ['ThreadMetadata', 'created_at', { ...vector('thread: minimal').input, created_at: '2026-03-01T09:30:00' }],
    ['Annotation', 'source.type', { source: { title: 'Report', filename: 'report.pdf' } }],
  ])('in a %s names its place: %s', (type, path, input) => {
    expect(faults(type, input)).toEqual([path]);
  });
});

describe('the words of', () => {
  const notice = (level: string) => ({ type: 'notice', level, message: 'x' });
  const event = (code: string) => ({ type: 'error', code });
  const task = (status_indicator: string) => ({ type: 'image', status_indicator });
  const workflow = (type: string) => ({ type, tasks: [] });
  const call = (status: string) => ({ ...base, type: 'client_tool_call', status, call_id: 'c', name: 'n' });
  const input = (status: string) => ({ ...base, type: 'structured_input', status, inputs: [] });
  const upload = (method: string) => ({
    ...vector('attachment file: minimal').input,
    upload_descriptor: { url: 'u', method, headers: {} },
  });

  it.each<[string, string, string, string[], (word: string) => Json]>([
    ['a notice', 'ThreadStreamEvent', 'level', ['info', 'warning', 'danger'], notice],
    ['an error', 'ThreadStreamEvent', 'code', ['custom', 'stream.error'], event],
    ['a task', 'Task', 'status_indicator', ['none', 'loading', 'complete'], task],
    ['a workflow', 'Workflow', 'type', ['custom', 'reasoning'], workflow],
    ['a tool call', 'ThreadItem', 'status', ['pending', 'completed'], call],
    ['a structured input', 'ThreadItem', 'status', ['pending', 'answered', 'skipped'], input],
    ['an upload', 'Attachment', 'upload_descriptor.method', ['POST', 'PUT'], upload],
  ])('%s are these and no others', (_of, type, path, words, write) => {
    for (const word of words) {
      expect(onTheWire(type, write(word))).toMatchObject(write(word));
      expect(faults(type, write(word.toUpperCase() === word ? word.toLowerCase() : word.toUpperCase()))).toEqual([
        path,
      ]);
    }
    expect(faults(type, write('other'))).toEqual([path]);
    expect(faults(type, write(''))).toEqual([path]);
  });
});

describe('times', () => {
  it.each([
    '2026-03-01T09:30:00Z',
    '2026-03-01T09:30:00.123Z',
    '2026-03-01T09:30:00.123456Z',
    '2026-03-01T11:30:00+02:00',
    '2024-02-29T00:00:00Z',
  ])('%s is kept as it is', (created_at) => {
    expect(onTheWire('ThreadMetadata', { id: 'thr_1', created_at })).toHaveProperty('created_at', created_at);
    const item = { ...base, type: 'end_of_turn', created_at };
    expect(onTheWire('ThreadItem', item)).toEqual(item);
  });

  it.each([
    '2026-03-01T09:30:00',
    '2026-03-01',
    '2026-02-30T09:30:00Z',
    '2026-13-01T09:30:00Z',
    '2026-03-01T24:30:00Z',
    'now',
    '',
    0,
  ])('%p is none', (created_at) => {
    expect(faults('ThreadMetadata', { id: 'thr_1', created_at })).toEqual(['created_at']);
    expect(faults('ThreadItem', { ...base, type: 'end_of_turn', created_at })).toEqual(['created_at']);
  });

  it('are as Date writes them', () => {
    const created_at = new Date(0).toISOString();
    expect(faults('ThreadItem', { ...base, type: 'end_of_turn', created_at })).toEqual([]);
  });
});

describe('icons', () => {
  it.each([...iconNames, 'lucide:brain', 'vendor:acme', 'lucide:'])('%s is one', (icon) => {
    expect(IconSchema.parse(icon)).toBe(icon);
  });

  it.each(['unicorn', 'Bolt', '', 'lucide', 'vendoracme', 'lucidebrain', 'x-lucide:brain', 'other:brain', 7, null])(
    '%p is none',
    (icon) => {
      expect(IconSchema.safeParse(icon).success).toBe(false);
    },
  );
});

describe('values of the user’s own', () => {
  const nested = (levels: number): Json => {
    let value: Json = {};
    for (let level = 1; level < levels; level++) value = { a: value };
    return value;
  };
  const widget = (levels: number) => ({ type: 'Card', children: [], later: nested(levels - 1) });
  const places: [string, string, (levels: number) => Json][] = [
    ['ThreadStreamEvent', 'data', (levels) => ({ type: 'client_effect', name: 'x', data: nested(levels) })],
    [
      'ThreadStreamEvent',
      'x_later',
      (levels) => ({ type: 'notice', level: 'info', message: 'x', x_later: nested(levels) }),
    ],
    [
      'ThreadItem',
      'arguments',
      (levels) => ({ ...base, type: 'client_tool_call', call_id: 'c', name: 'n', arguments: nested(levels) }),
    ],
    [
      'ThreadItem',
      'output',
      (levels) => ({ ...base, type: 'client_tool_call', call_id: 'c', name: 'n', output: nested(levels) }),
    ],
    ['ThreadItem', 'content', (levels) => ({ ...base, type: 'hidden_context_item', content: nested(levels) })],
    ['ThreadItem', 'widget', (levels) => ({ ...base, type: 'widget', widget: widget(levels) })],
    [
      'ThreadItem',
      'task.x_later',
      (levels) => ({ ...base, type: 'task', task: { type: 'image', x_later: nested(levels) } }),
    ],
    [
      'ThreadMetadata',
      'metadata',
      (levels) => ({ id: 'thr_1', created_at: base.created_at, metadata: nested(levels) }),
    ],
    [
      'Attachment',
      'metadata',
      (levels) => ({ type: 'file', id: 'a', name: 'n', mime_type: 'm', metadata: nested(levels) }),
    ],
  ];

  it.each(places)('in a %s nest as deep as the limit at %s, and no deeper', (type, path, input) => {
    expect(faults(type, input(maxJsonDepth))).toEqual([]);
    expect(faults(type, input(maxJsonDepth + 1))).toEqual([path]);
    expect(faults(type, input(100_000))).toEqual([path]);
  });

  it('cannot contain themselves', () => {
    const data: Json = {};
    data['self'] = { data };
    expect(faults('ThreadStreamEvent', { type: 'client_effect', name: 'x', data })).toEqual(['data']);
  });

  it('keep their nulls', () => {
    const input = {
      ...base,
      type: 'client_tool_call',
      status: 'completed',
      call_id: 'c',
      name: 'n',
      arguments: { a: null },
      output: [null],
    };
    expect(onTheWire('ThreadItem', input)).toEqual(input);
  });
});

describe('events about the thread itself', () => {
  it.each(['thread.created', 'thread.updated'])('are not a hook’s to send: %s', (type) => {
    const thread = { ...base, title: 'Cats', items: { data: [], has_more: false } };
    expect(faults('ThreadStreamEvent', { type, thread })).toEqual(['type']);
  });
});

describe('a page', () => {
  const schema = pageSchema(ThreadItemSchema);
  const row = { ...base, type: 'end_of_turn' };

  it('has rows, whether there are more, and a cursor when there are', () => {
    const page = { data: [row], has_more: true, after: 'itm_1' };
    expect(throughJson(schema.parse(page))).toEqual(page);
    expect(throughJson(schema.parse({ data: [], has_more: false, after: null }))).toEqual({
      data: [],
      has_more: false,
    });
  });

  it.each([
    ['data.0.type', { data: [{ ...base, type: 'poll' }], has_more: false }],
    ['has_more', { data: [] }],
    ['data', { has_more: false }],
  ])('names what is wrong with it: %s', (path, page) => {
    expect(schema.safeParse(page).error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});
