// What the Python reference makes of the same inputs, and each place where this package deliberately does otherwise.
import { onTheWire, readVectors, type Vector } from './vectors';

const refused = 'refused';
/** Accepted, and sent on with nothing added or removed. */
const asGiven = Symbol('as given');

/** `vectors` names each vector that the reason covers, and what we make of it instead. */
interface Difference {
  reason: string;
  vectors: Record<string, unknown>;
}

const item = { id: 'itm_1', thread_id: 'thr_1', created_at: '2026-03-01T09:30:00Z' };
const thread = { id: 'thr_1', created_at: '2026-03-01T09:30:00Z', status: { type: 'active' }, metadata: {} };
const hello = [{ type: 'input_text', text: 'Hello' }];
const message = { ...item, type: 'user_message', content: hello, attachments: [], inference_options: {} };

const differences: Difference[] = [
  {
    reason: 'unknown keys survive, so that a field of a later version is not lost by reading and saving',
    vectors: {
      'assistant message with an unknown key': asGiven,
      'event with an unknown key': asGiven,
      'source with an unknown key': {
        title: 'Docs',
        type: 'url',
        url: 'https://docs.example/a',
        favicon: 'https://docs.example/i.png',
      },
      'thread with an unknown key': { ...thread, folder: 'f1' },
      'with an unknown key': asGiven,
      // Of the two kinds of summary, the one with a duration does not know `title`.
      'workflow summary with a null title': {
        type: 'custom',
        tasks: [],
        summary: { duration: 42, title: null },
        expanded: false,
      },
    },
  },
  {
    reason: 'null counts as absent wherever a key may be left out, also where there is a default',
    vectors: {
      'effect with null data': { type: 'client_effect', name: 'x', data: {} },
      'error with a null code and retry': { type: 'error', code: 'custom', allow_retry: false },
      'list with a null order': { type: 'threads.list', params: { order: 'desc' } },
      'task with a null list': { type: 'web_search', status_indicator: 'none', queries: [], sources: [] },
      'thread with a null status and metadata': thread,
      'user message with null attachments': message,
      'with null metadata': { type: 'threads.delete', params: { thread_id: 'thr_1' } },
    },
  },
  {
    reason: 'an empty list or object may be left out: it can only mean one thing',
    vectors: {
      'content tag without data': { type: 'input_tag', id: 'ent_1', text: 'Ada', data: {}, interactive: false },
      'tool call without arguments': {
        ...item,
        type: 'client_tool_call',
        status: 'pending',
        call_id: 'call_1',
        name: 'open',
        arguments: {},
      },
      'user message without inference options': message,
      'with a message without attachments and options': {
        type: 'threads.create',
        params: { input: { content: hello, attachments: [], inference_options: {} } },
      },
      'workflow without tasks': { type: 'custom', tasks: [], expanded: false },
    },
  },
  {
    reason: 'nothing is converted: a string is no number and no boolean',
    vectors: {
      'annotation at a numeric string': refused,
      'content tag with "yes" for interactive': refused,
      'list a numeric string': refused,
      'stream options with "no"': refused,
    },
  },
  {
    reason: 'counts, positions, sizes and durations are not negative, and a page has at least one row',
    vectors: {
      'annotation at a negative index': refused,
      'attachment of a negative size': refused,
      'list a negative number': refused,
      'list none': refused,
      'update of a negative part': refused,
      'workflow with a negative duration': refused,
    },
  },
  {
    reason: 'what names nothing can only be a mistake: an empty id, an action without a name, feedback about no items',
    vectors: {
      'action without a name': refused,
      'attachment with an empty id': refused,
      'feedback about nothing': refused,
      'item with an empty id': refused,
      'removal of a nameless item': refused,
      'with an empty id': refused,
    },
  },
  {
    reason: 'a type is not guessed from the other keys',
    vectors: { 'annotation whose source has no type': refused, 'update without a type': refused },
  },
  {
    reason: 'a time is ISO 8601 with its offset; a local time means another moment on each machine',
    vectors: {
      'thread created at a Unix time': refused,
      'thread created at a date': refused,
      'thread created at a local time': refused,
    },
  },
  {
    reason: 'a time is sent on as it was written',
    vectors: { 'thread created at milliseconds': { ...thread, created_at: '2026-03-01T09:30:00.123Z' } },
  },
  {
    reason:
      'a URL is any string, sent on as it was written: the client resolves relative ones and asks for "lazy" ones',
    vectors: {
      'attachment image with a lazy preview': asGiven,
      'attachment image with a relative preview': asGiven,
      'attachment image whose preview has no path': asGiven,
    },
  },
  {
    reason: 'an action is sent as it was written, without its defaults, and a null in its payload is a value',
    vectors: {
      'widget with an action': asGiven,
      'widget with null properties': {
        ...item,
        type: 'widget',
        widget: {
          type: 'Card',
          children: [
            { type: 'Text', value: 'x' },
            { type: 'Button', onClickAction: { type: 'go', payload: { n: null } } },
          ],
        },
      },
    },
  },
  {
    reason: 'a tool’s null is a result, and so is nothing: a page’s tool that returns undefined sends none',
    vectors: {
      'tool output that is null': asGiven,
      'tool output left out': {
        type: 'threads.add_client_tool_output',
        params: { thread_id: 'thr_1', result: null },
      },
    },
  },
  {
    reason: 'a hook changes `thread`, and the server then sends these',
    vectors: { 'event about a changed thread': refused, 'event about a new thread': refused },
  },
];

const deliberate = new Map(differences.flatMap(({ vectors }) => Object.entries(vectors)));

function theirs(vector: Vector): unknown {
  if (vector.refused) return refused;
  if (vector.type !== 'ChatKitReq' || 'metadata' in (vector.input as object)) return vector.output;
  // The reference makes up `metadata: {}` for every request. With us there is none when the client sent none.
  return { ...(vector.output as object), metadata: undefined };
}

describe.each(['events', 'items', 'parts', 'requests'] as const)('%s', (file) => {
  const vectors = readVectors(file);
  const alike = vectors.filter(({ name }) => !deliberate.has(name));

  it.each(alike.filter((vector) => !vector.refused))('sends on what the reference sends on: $name', (vector) => {
    expect(onTheWire(vector.type, vector.input)).toEqual(theirs(vector));
  });

  it.each(alike.filter((vector) => vector.refused))('refuses what the reference refuses: $name', (vector) => {
    expect(onTheWire(vector.type, vector.input)).toBe(refused);
  });
});

describe.each(differences)('differs from the reference: $reason', ({ vectors }) => {
  const all = (['events', 'items', 'parts', 'requests'] as const).flatMap(readVectors);

  it.each(Object.entries(vectors))('%s', (name, expected) => {
    const [vector, ...others] = all.filter((candidate) => candidate.name === name);
    if (!vector || others.length > 0) throw new Error(`${name} should name one vector`);
    const ours = onTheWire(vector.type, vector.input);
    expect(ours).toEqual(expected === asGiven ? vector.input : expected);
    expect(ours).not.toEqual(theirs(vector));
  });
});
