// What a client sends: each type of request as a browser sends it, and everything that is refused, with the field's path.
import { maxJsonDepth, RequestSchema, type ChatKitRequest, type RequestType } from '../../src/protocol';
import { readVectors, throughJson } from './vectors';

const hello = {
  content: [{ type: 'input_text', text: 'Hello' }],
  quoted_text: '',
  attachments: [],
  inference_options: {},
};
const composed = {
  content: [
    { type: 'input_text', text: 'Ask ' },
    { type: 'input_tag', id: 'ent_1', text: 'Ada', data: { team: 'core' }, group: 'People', interactive: true },
  ],
  quoted_text: 'as you said',
  attachments: ['atc_1', 'atc_2'],
  inference_options: { model: 'm-1', tool_choice: { id: 'search' } },
};
const answers = { q1: { values: ['a', 'b'], skipped: false }, q2: { values: [], skipped: true } };

/** What a browser sends. `required` and `optional` are the keys below `params`, as paths. */
const requests: Record<RequestType, { params: object; required: string[]; optional?: string[] }> = {
  'threads.create': {
    params: { input: hello },
    required: ['input', 'input.content', 'input.content.0.type', 'input.content.0.text'],
    optional: ['input.attachments', 'input.quoted_text', 'input.inference_options'],
  },
  'threads.add_user_message': {
    params: { thread_id: 'thr_1', input: composed },
    required: ['thread_id', 'input', 'input.content', 'input.content.1.id', 'input.content.1.text'],
    optional: [
      'input.attachments',
      'input.quoted_text',
      'input.content.1.data',
      'input.content.1.group',
      'input.content.1.interactive',
      'input.inference_options',
      'input.inference_options.model',
      'input.inference_options.tool_choice',
    ],
  },
  'threads.add_client_tool_output': {
    params: { thread_id: 'thr_1', result: { ok: true, list: [1, 'x'] } },
    required: ['thread_id'],
    optional: ['result'],
  },
  'threads.add_structured_input': {
    params: { thread_id: 'thr_1', item_id: 'itm_1', input: { status: 'answered', answers } },
    required: ['thread_id', 'item_id', 'input'],
    optional: ['input.status', 'input.answers', 'input.answers.q1.values', 'input.answers.q1.skipped'],
  },
  'threads.retry_after_item': {
    params: { thread_id: 'thr_1', item_id: 'msg_1' },
    required: ['thread_id', 'item_id'],
  },
  'threads.custom_action': {
    params: { thread_id: 'thr_1', item_id: 'itm_1', action: { type: 'buy', payload: { n: 1 } } },
    required: ['thread_id', 'action', 'action.type'],
    optional: ['item_id', 'action.payload'],
  },
  'threads.sync_custom_action': {
    params: { thread_id: 'thr_1', item_id: 'itm_1', action: { type: 'buy', payload: [1, 'x'] } },
    required: ['thread_id', 'action', 'action.type'],
    optional: ['item_id', 'action.payload'],
  },
  'threads.get_by_id': { params: { thread_id: 'thr_1' }, required: ['thread_id'] },
  'threads.list': {
    params: { limit: 9999, order: 'desc', after: 'thr_20' },
    required: [],
    optional: ['limit', 'order', 'after'],
  },
  'threads.update': { params: { thread_id: 'thr_1', title: 'Cats' }, required: ['thread_id', 'title'] },
  'threads.delete': { params: { thread_id: 'thr_1' }, required: ['thread_id'] },
  'items.list': {
    params: { thread_id: 'thr_1', limit: 9999, order: 'asc', after: 'itm_20' },
    required: ['thread_id'],
    optional: ['limit', 'order', 'after'],
  },
  'items.feedback': {
    params: { thread_id: 'thr_1', item_ids: ['itm_1', 'itm_2'], kind: 'positive' },
    required: ['thread_id', 'item_ids', 'kind'],
  },
  'attachments.create': {
    params: { name: 'a.pdf', size: 1024, mime_type: 'application/pdf' },
    required: ['name', 'size', 'mime_type'],
  },
  'attachments.delete': { params: { attachment_id: 'atc_1' }, required: ['attachment_id'] },
  'attachments.get_preview': { params: { attachment_id: 'atc_1' }, required: ['attachment_id'] },
  'input.transcribe': {
    params: { audio_base64: 'GkXfo59ChoEBQveBAULygQ==', mime_type: 'audio/webm;codecs=opus' },
    required: ['audio_base64', 'mime_type'],
  },
};

const all = Object.entries(requests).map(([type, { params, required, optional = [] }]) => ({
  type,
  body: { type, params },
  required: ['params', ...required.map((path) => `params.${path}`)],
  optional: ['metadata', ...optional.map((path) => `params.${path}`)],
}));
const requiredFields = all.flatMap(({ type, body, required }) => required.map((path) => ({ type, body, path })));
const optionalFields = all.flatMap(({ type, body, optional }) => optional.map((path) => ({ type, body, path })));
/** These hold any JSON, so no value has the wrong type. */
const anything = ['params.result', 'params.action.payload'];

/** The parsed request as JSON, where what is undefined is gone. */
function parse(body: unknown): ChatKitRequest {
  return throughJson(RequestSchema.parse(body));
}

/** Where the parser found fault, as dotted paths. */
function faults(body: unknown): string[] {
  const parsed = RequestSchema.safeParse(body);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
}

/** A copy of `body` with `value` at a dotted path; without the key when `value` is undefined. */
function withValue(body: object, path: string, value: unknown): object {
  const copy = structuredClone(body);
  const keys = path.split('.');
  const last = keys.pop() as string;
  let parent = copy as Record<string, unknown>;
  for (const key of keys) parent = parent[key] as Record<string, unknown>;
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
  return copy;
}

function valueAt(body: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body);
}

describe('the types', () => {
  it('are the 17 that are tested here', () => {
    const types = RequestSchema.options.flatMap((schema) => [...schema.shape.type.values]);
    expect(types).toHaveLength(17);
    expect(types.sort()).toEqual(Object.keys(requests).sort());
  });

  it.each(all)('$type is taken as a browser sends it, with nothing added or lost', ({ body }) => {
    expect(parse(body)).toEqual(body);
  });

  it.each(['threads.shout', 'attachments.list', '', '__proto__', 'constructor', 'toString', 7, null, ['threads.list']])(
    'refuses the type %j and names the field',
    (type) => {
      expect(faults({ type, params: { thread_id: 'thr_1' } })).toEqual(['type']);
    },
  );

  it('refuses a body without a type and names the field', () => {
    expect(faults({ params: {} })).toEqual(['type']);
  });

  it.each([[null], [undefined], ['threads.list'], [7], [true], [[]], [[{ type: 'threads.list', params: {} }]]])(
    'refuses a body that is no object: %j',
    (body) => {
      expect(faults(body)).toEqual(['']);
    },
  );
});

describe('fields', () => {
  it.each(requiredFields)('$type without $path is refused at that path', ({ body, path }) => {
    expect(faults(withValue(body, path, undefined))).toEqual([path]);
  });

  it.each(requiredFields.filter(({ path }) => !anything.includes(path)))(
    '$type with null for $path is refused at that path',
    ({ body, path }) => {
      expect(faults(withValue(body, path, null))).toEqual([path]);
    },
  );

  it.each([...requiredFields, ...optionalFields].filter(({ path }) => !anything.includes(path)))(
    '$type with the wrong type of $path is refused at that path',
    ({ body, path }) => {
      const given = valueAt(body, path);
      const isObject = path === 'metadata' || (typeof given === 'object' && !Array.isArray(given));
      expect(faults(withValue(body, path, isObject ? 'text' : { not: 'this' }))).toEqual([path]);
    },
  );

  it.each(optionalFields)('$type takes null for $path as if it were left out', ({ body, path }) => {
    const absent = parse(withValue(body, path, undefined));
    expect(parse(withValue(body, path, null))).toEqual(absent);
    // A tool's result is the one value that can be null.
    if (path !== 'params.result') expect(JSON.stringify(absent)).not.toContain('null');
  });

  it.each(all)('$type ignores parameters that it does not know', ({ body }) => {
    expect(parse({ ...body, params: { ...body.params, later: { a: 1 } } })).toEqual(body);
  });

  it.each([
    ['params.input.attachments.1', 'threads.add_user_message', 7],
    ['params.input.content.0.type', 'threads.add_user_message', 'output_text'],
    ['params.input.inference_options.tool_choice.id', 'threads.add_user_message', null],
    ['params.input.answers.q2.values', 'threads.add_structured_input', 'a'],
    ['params.input.answers.q2', 'threads.add_structured_input', null],
    ['params.input.status', 'threads.add_structured_input', 'pending'],
    ['params.item_ids.1', 'items.feedback', 7],
    ['params.item_ids', 'items.feedback', []],
    ['params.kind', 'items.feedback', 'neutral'],
    ['params.size', 'attachments.create', -1],
    ['params.size', 'attachments.create', 0.5],
    ['params.size', 'attachments.create', '1024'],
    ['params.thread_id', 'threads.delete', ''],
    ['params.item_id', 'threads.retry_after_item', ''],
    ['params.action.type', 'threads.custom_action', ''],
    ['params.attachment_id', 'attachments.delete', ''],
  ] as const)('%s of %s cannot be %j', (path, type, value) => {
    expect(faults(withValue({ type, params: requests[type].params }, path, value))).toEqual([path]);
  });

  it('names every field that is wrong, not only the first', () => {
    expect(faults({ type: 'items.feedback', params: { thread_id: 1, item_ids: [2], kind: 3 } })).toEqual([
      'params.thread_id',
      'params.item_ids.0',
      'params.kind',
    ]);
  });

  it('fills in what a message may leave out', () => {
    const body = { type: 'threads.create', params: { input: { content: [] } } };
    expect(parse(body)).toEqual({
      type: 'threads.create',
      params: { input: { content: [], attachments: [], inference_options: {} } },
    });
  });

  it('fills in what a tag may leave out', () => {
    const tag = { type: 'input_tag', id: 'ent_1', text: 'Ada' };
    const { params } = parse({ type: 'threads.create', params: { input: { content: [tag] } } });
    expect(params).toHaveProperty('input.content', [{ ...tag, data: {}, interactive: false }]);
  });

  it('gives every request its own defaults', () => {
    const body = { type: 'threads.create', params: { input: { content: [] } } };
    const first = RequestSchema.parse(body) as Extract<ChatKitRequest, { type: 'threads.create' }>;
    first.params.input.attachments.push('atc_1');
    first.params.input.inference_options.model = 'm-1';
    expect(parse(body)).toHaveProperty('params.input', { content: [], attachments: [], inference_options: {} });
  });

  it.each([null, false, 0, '', [], 'done'])('takes %j as the result of a tool', (result) => {
    const body = { type: 'threads.add_client_tool_output', params: { thread_id: 'thr_1', result } };
    expect(parse(body)).toEqual(body);
  });

  it('keeps an empty quotation, which is how a browser says that nothing is quoted', () => {
    expect(parse({ type: 'threads.create', params: { input: hello } })).toHaveProperty('params.input.quoted_text', '');
  });

  it('keeps the client’s own metadata', () => {
    const body = {
      type: 'threads.delete',
      params: { thread_id: 'thr_1' },
      metadata: { trace: { id: 't1', none: null } },
    };
    expect(parse(body)).toEqual(body);
  });

  it('does not change the body it is given', () => {
    const vectors = readVectors('requests');
    const before = structuredClone(vectors);
    for (const { input } of vectors) RequestSchema.safeParse(input);
    expect(vectors).toEqual(before);
  });
});

describe.each(['threads.list', 'items.list'])('the page of %s', (type) => {
  const page = (params: object) => ({ type, params: { thread_id: 'thr_1', ...params } });

  it.each([1, 20, 9999])('may have up to %d rows', (limit) => {
    expect(parse(page({ limit }))).toHaveProperty('params.limit', limit);
  });

  it.each([0, -1, 1.5, '20', NaN, Infinity, true, {}])('cannot have %p rows', (limit) => {
    expect(faults(page({ limit }))).toEqual(['params.limit']);
  });

  it.each(['sideways', 'ASC', '', 1])('cannot be in the order %j', (order) => {
    expect(faults(page({ order }))).toEqual(['params.order']);
  });

  it('is descending when the client does not say', () => {
    expect(parse(page({}))).toHaveProperty('params.order', 'desc');
  });
});

describe('nesting', () => {
  /** A body whose one deep value, of `levels` arrays or objects, comes from JSON text as it would from a socket. */
  const places: { place: string; path: string; body: (deep: string) => string }[] = [
    {
      place: 'a tool’s result',
      path: 'params.result',
      body: (deep) => `{"type":"threads.add_client_tool_output","params":{"thread_id":"thr_1","result":${deep}}}`,
    },
    {
      place: 'an action’s payload',
      path: 'params.action.payload',
      body: (deep) =>
        `{"type":"threads.custom_action","params":{"thread_id":"t","action":{"type":"a","payload":${deep}}}}`,
    },
    {
      place: 'a tag’s data',
      path: 'params.input.content.0.data.x',
      body: (deep) => message(`{"type":"input_tag","id":"e","text":"t","data":{"x":${deep}}}`),
    },
    {
      place: 'metadata',
      path: 'metadata.x',
      body: (deep) => `{"type":"threads.list","params":{},"metadata":{"x":${deep}}}`,
    },
    { place: 'an unknown key', path: 'later', body: (deep) => `{"type":"threads.list","params":{},"later":${deep}}` },
    {
      place: 'an unknown key of a message’s part',
      path: 'params.input.content.0.later',
      body: (deep) => message(`{"type":"input_text","text":"t","later":${deep}}`),
    },
    {
      place: 'an unknown key of the inference options',
      path: 'params.input.inference_options.later',
      body: (deep) => message('', `,"inference_options":{"later":${deep}}`),
    },
    {
      place: 'an unknown key of an answer',
      path: 'params.input.answers.q.later',
      body: (deep) =>
        `{"type":"threads.add_structured_input","params":{"thread_id":"t","item_id":"i","input":{"answers":{"q":{"later":${deep}}}}}}`,
    },
  ];
  const message = (part: string, more = '') =>
    `{"type":"threads.create","params":{"input":{"content":[${part}]${more}}}}`;
  const arrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const objects = (levels: number) => '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1);
  /** How many levels fit: where the limit is set on the object around it, that is one of them. */
  const room = (path: string) => maxJsonDepth - (path.endsWith('.x') ? 1 : 0);

  it.each(places)('is fine in $place as far as the limit', ({ path, body }) => {
    expect(faults(JSON.parse(body(arrays(room(path)))))).toEqual([]);
    expect(faults(JSON.parse(body(objects(room(path)))))).toEqual([]);
  });

  it.each(places)('is refused in $place one level beyond the limit, and 100,000 beyond it', ({ path, body }) => {
    const fault = path.replace(/\.x$/, '');
    for (const levels of [room(path) + 1, 100_000]) {
      expect(faults(JSON.parse(body(arrays(levels))))).toEqual([fault]);
      expect(faults(JSON.parse(body(objects(levels))))).toEqual([fault]);
    }
  });

  it('does not matter in parameters that are ignored', () => {
    const body = JSON.parse(`{"type":"threads.list","params":{"later":${arrays(100_000)}}}`) as unknown;
    expect(parse(body)).toEqual({ type: 'threads.list', params: { order: 'desc' } });
  });

  it('is refused where a field should be something else, whatever the depth', () => {
    expect(faults(JSON.parse(arrays(100_000)))).toEqual(['']);
    expect(faults(JSON.parse(objects(100_000)))).toEqual(['type']);
    expect(faults(JSON.parse(`{"type":"threads.list","params":${arrays(100_000)}}`))).toEqual(['params']);
    expect(faults(JSON.parse(message(arrays(100_000))))).toEqual(['params.input.content.0']);
  });

  it('is counted along one branch: a wide value is not a deep one', () => {
    const result = Array.from({ length: 10_000 }, () => ({ a: [{}] }));
    const body = { type: 'threads.add_client_tool_output', params: { thread_id: 'thr_1', result } };
    expect(faults(body)).toEqual([]);
  });
});

describe('a key named __proto__', () => {
  const poison = '"__proto__":{"polluted":true,"thread_id":"thr_1","type":"threads.list"}';

  it.each([
    `{${poison},"type":"threads.delete","params":{"thread_id":"thr_1"}}`,
    `{"type":"threads.delete","params":{"thread_id":"thr_1",${poison}}}`,
    `{"type":"threads.delete","params":{"thread_id":"thr_1"},"metadata":{${poison},"a":{${poison}}}}`,
    `{"type":"threads.add_client_tool_output","params":{"thread_id":"thr_1","result":{${poison},"a":[{${poison}}]}}}`,
    `{"type":"threads.create","params":{"input":{"content":[{"type":"input_tag","id":"e","text":"t","data":{${poison}},${poison}}]}}}`,
    `{"type":"threads.add_structured_input","params":{"thread_id":"t","item_id":"i","input":{"answers":{"__proto__":{"values":["x"]}}}}}`,
  ])('changes no prototype: %s', (text) => {
    const parsed = RequestSchema.parse(JSON.parse(text));
    const open: unknown[] = [parsed];
    let objects = 0;
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (typeof next !== 'object' || next === null) continue;
      objects++;
      expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(next));
      open.push(...(Object.values(next) as unknown[]));
    }
    expect(objects).toBeGreaterThan(1);
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  it('does not stand in for a missing field', () => {
    expect(faults(JSON.parse(`{"type":"threads.delete","params":{${poison}}}`))).toEqual(['params.thread_id']);
    expect(faults(JSON.parse(`{"params":{},${poison}}`))).toEqual(['type']);
  });
});
