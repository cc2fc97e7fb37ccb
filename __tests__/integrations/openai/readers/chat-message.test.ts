// What a provider needs back: `message` has every field of the deltas and calls that is not known.
import fc from 'fast-check';
import { chunk, chunks, readChat } from './read';

const call = (more: object, fn: object = {}) => ({
  tool_calls: [
    { index: 0, id: 'call_1', type: 'function', ...more, function: { name: 'weather', arguments: '{}', ...fn } },
  ],
});
const messageOf = async (given: readonly unknown[]) => {
  const { result, thrown } = await readChat(given);
  expect(thrown).toBeUndefined();
  return result!.message;
};

test.each<[string, object]>([
  ['S3: Gemini’s signature', { extra_content: { google: { thought_signature: 'SIG' } } }],
  ['fields of a provider', { provider_specific_fields: { thought_signatures: ['a', 'b'], nothing: null } }],
  ['a text', { thought_signature: 'S' }],
  ['a number and a truth', { rank: 0, cached: false }],
])('%s of a call is kept', async (_what, more) => {
  expect(await messageOf(chunks(call(more)))).toEqual({
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', type: 'function', ...more, function: { name: 'weather', arguments: '{}' } }],
  });
});

test('a field of the function is kept', async () => {
  const message = await messageOf(chunks(call({}, { thought_signature: 'S' })));
  expect(message.tool_calls).toMatchObject([{ function: { thought_signature: 'S' } }]);
});

test('a signature that comes with every piece is kept once', async () => {
  const extra_content = { google: { thought_signature: 'SIG' } };
  const more = { tool_calls: [{ index: 0, extra_content, function: { arguments: '' } }] };
  const message = await messageOf(chunks(call({ extra_content }), more, more));
  expect(message.tool_calls).toMatchObject([{ extra_content }]);
});

test.each<[string, object[], object]>([
  ['S4: thoughts', [{ reasoning_content: 'I ' }, { reasoning_content: 'think' }], { reasoning_content: 'I think' }],
  ['a word twice', [{ reasoning: 'ha' }, { reasoning: 'ha' }], { reasoning: 'haha' }],
  [
    'S5: signed thoughts',
    [{ thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 'S' }] }],
    { thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 'S' }] },
  ],
  [
    'signed thoughts in pieces',
    [
      { thinking_blocks: [{ type: 'thinking', thinking: 'h', signature: '' }] },
      { thinking_blocks: [{ type: 'thinking', thinking: 'm', signature: '' }] },
      { thinking_blocks: [{ type: 'thinking', thinking: '', signature: 'S' }] },
      { thinking_blocks: [{ type: 'redacted_thinking', data: 'R' }] },
      { thinking_blocks: [{ type: 'thinking', thinking: 'two', signature: 'T' }] },
    ],
    {
      thinking_blocks: [
        { type: 'thinking', thinking: 'hm', signature: 'S' },
        { type: 'redacted_thinking', data: 'R' },
        { type: 'thinking', thinking: 'two', signature: 'T' },
      ],
    },
  ],
  [
    'details in pieces',
    [
      { reasoning_details: [{ type: 'reasoning.text', text: 'ha', format: 'x', index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.text', text: 'ha', format: 'x', index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'E', index: 0 }] },
    ],
    {
      reasoning_details: [
        { type: 'reasoning.text', text: 'haha', format: 'x', index: 0 },
        { type: 'reasoning.encrypted', data: 'E', index: 0 },
      ],
    },
  ],
])('%s are kept beside a call', async (_what, deltas, expected) => {
  const message = await messageOf(chunks(...deltas, call({})));
  expect(message).toEqual({
    ...expected,
    role: 'assistant',
    content: null,
    tool_calls: [expect.objectContaining({ id: 'call_1' })],
  });
});

test('the chunks of the caller stay as they are', async () => {
  const given = chunks({ state: { list: [1] } }, { state: { list: [2], more: 'x' } }, { content: 'Hi' });
  const before = structuredClone(given);
  const message = await messageOf(given);
  expect(given).toEqual(before);
  expect(message).toMatchObject({ state: { list: [1, 2], more: 'x' } });
});

const known = new Set(
  'role content refusal tool_calls function_call annotations images audio reasoning_content reasoning thinking reasoning_text reasoning_details thinking_blocks citations search_results'.split(
    ' ',
  ),
);
const unknownFields = fc.dictionary(
  fc
    .string()
    .filter((key) => !known.has(key) && !['index', 'id', 'type', 'function', 'name', 'arguments'].includes(key)),
  fc.jsonValue(),
);

test('any unknown field of a delta or a call is in `message`', async () => {
  await fc.assert(
    fc.asyncProperty(unknownFields, unknownFields, unknownFields, async (ofDelta, ofCall, ofFunction) => {
      const given = [chunk({ ...ofDelta, ...call(ofCall, ofFunction) }, 'tool_calls')];
      const { tool_calls, ...message } = await messageOf(given);
      expect(message).toEqual({ ...ofDelta, role: 'assistant', content: null });
      const called = { ...ofFunction, name: 'weather', arguments: '{}' };
      expect(tool_calls).toEqual([{ ...ofCall, id: 'call_1', type: 'function', function: called }]);
    }),
    { numRuns: 300 },
  );
});

test('an unknown text in pieces is put together', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string(), { minLength: 1 }), async (texts) => {
      const message = await messageOf(chunks(...texts.map((text) => ({ novelty: text })), { content: 'Hi' }));
      expect(message['novelty']).toBe(texts.join(''));
    }),
  );
});
