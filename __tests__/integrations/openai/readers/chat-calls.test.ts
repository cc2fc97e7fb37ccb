// Calls in the chunks that providers send: each begins where a new one begins and nowhere else.
import fc from 'fast-check';
import { chunk, chunks, readChat } from './read';

type Call = readonly [name: string, args: string];
type Piece = Record<string, unknown>;
const piece = (name: string | undefined, args: unknown, more: Piece = {}): Piece => ({
  ...more,
  function: { ...(name !== undefined && { name }), arguments: args },
});
const deltas = (...lists: Piece[][]) => chunks(...lists.map((tool_calls) => ({ tool_calls })));
const callsOf = async (given: readonly unknown[]): Promise<Call[]> => {
  const { result, thrown } = await readChat(given);
  expect(thrown).toBeUndefined();
  return result!.functionCalls.map(({ name, arguments: args }) => [name, args]);
};
const A = { index: 0, id: 'A' };
const B = { index: 0, id: 'B' };

test.each<[string, unknown[], Call[]]>([
  [
    'S6: another id in a later piece',
    deltas([piece('ls', '', A)], [piece(undefined, '{"p":', B)], [piece(undefined, '"/"}', B)]),
    [['ls', '{"p":"/"}']],
  ],
  [
    'another id in every piece',
    deltas(
      [piece('ls', '', A)],
      [piece(undefined, '{"p":', B)],
      [piece(undefined, '"/"', { index: 0, id: 'C' })],
      [piece(undefined, '}', { index: 0, id: 'D' })],
    ),
    [['ls', '{"p":"/"}']],
  ],
  [
    'another id in every piece, with the name',
    deltas([piece('ls', '{"p":', A)], [piece('ls', '"/"}', B)]),
    [['ls', '{"p":"/"}']],
  ],
  [
    'another id and another index in a later piece without the name',
    deltas([piece('ls', '{"p":', { index: 0, id: 'A' })], [piece(undefined, '"/"}', { index: 1, id: 'B' })]),
    [['ls', '{"p":"/"}']],
  ],
  [
    'another id after the first, and then none',
    deltas([piece('ls', '', A)], [piece(undefined, '{"p":', B)], [piece(undefined, '"/"}', { index: 0 })]),
    [['ls', '{"p":"/"}']],
  ],
  [
    'S7: two in one chunk with empty ids',
    deltas([piece('a', '{"x":1}', { id: '' }), piece('b', '{"y":2}', { id: '' })]),
    [
      ['a', '{"x":1}'],
      ['b', '{"y":2}'],
    ],
  ],
  [
    'two of one function in one chunk with empty ids',
    deltas([piece('a', '{"x":1}', { id: '' }), piece('a', '{"x":2}', { id: '' })]),
    [
      ['a', '{"x":1}'],
      ['a', '{"x":2}'],
    ],
  ],
  [
    'two in one chunk with an id that is a placeholder',
    deltas([piece('a', '{}', { id: 'FAKE_ID' }), piece('a', '{}', { id: 'FAKE_ID' })]),
    [
      ['a', '{}'],
      ['a', '{}'],
    ],
  ],
  [
    'S8: two in two chunks without ids',
    deltas([piece('a', '{"x":1}')], [piece('b', '{"y":2}')]),
    [
      ['a', '{"x":1}'],
      ['b', '{"y":2}'],
    ],
  ],
  [
    'two of one function in two chunks, counted as the first, with empty ids',
    deltas([piece('a', '{"x":1}', { index: 0, id: '' })], [piece('a', '{"x":2}', { index: 0, id: '' })]),
    [
      ['a', '{"x":1}'],
      ['a', '{"x":2}'],
    ],
  ],
  [
    'one whose whole arguments grow, without an id',
    deltas([piece('a', '{"x":1}', { index: 0 })], [piece('a', '{"x":1,"y":2}', { index: 0 })]),
    [['a', '{"x":1,"y":2}']],
  ],
  [
    'one whose whole arguments come again, with the name and without an id',
    deltas([piece('a', '{"x":1}', { index: 0 })], [piece('a', '{"x": 1}', { index: 0 })]),
    [['a', '{"x": 1}']],
  ],
  [
    'two of one function in two chunks without ids',
    deltas([piece('a', '{"x":1}')], [piece('a', '{"x":2}')]),
    [
      ['a', '{"x":1}'],
      ['a', '{"x":2}'],
    ],
  ],
  [
    'two without ids, the first in two pieces',
    deltas([piece('a', '{"x":')], [piece(undefined, '1}')], [piece('b', '{}')]),
    [
      ['a', '{"x":1}'],
      ['b', '{}'],
    ],
  ],
  [
    'two with one index and no ids',
    deltas([piece('a', '{"x":1}', { index: 0 })], [piece('b', '{}', { index: 0 })]),
    [
      ['a', '{"x":1}'],
      ['b', '{}'],
    ],
  ],
  [
    'S9: `{}` before the arguments',
    deltas([piece('a', '{}', A)], [piece(undefined, '{"x":1}', { index: 0 })]),
    [['a', '{"x":1}']],
  ],
  [
    '`null` before the arguments',
    deltas([piece('a', 'null', A)], [piece(undefined, '{"x":1}', A)]),
    [['a', '{"x":1}']],
  ],
  ['`{}` after the arguments', deltas([piece('a', '{"x":1}', A)], [piece(undefined, '{}', A)]), [['a', '{"x":1}']]],
  [
    '`{}` before arguments in pieces is not repaired, because a piece alone is not JSON',
    deltas([piece('a', '{}', A)], [piece(undefined, '{"x":', A)], [piece(undefined, '1}', A)]),
    [['a', '{}{"x":1}']],
  ],
  ['S10: an object', deltas([piece('a', { x: 1 }, A)]), [['a', '{"x":1}']]],
  ['an object twice', deltas([piece('a', { x: 1 }, A)], [piece('a', { x: 1 }, A)]), [['a', '{"x":1}']]],
  ['an empty object', deltas([piece('a', {}, A)]), [['a', '{}']]],
  [
    'an object without a `function` around it',
    deltas([{ index: 0, id: 'A', name: 'a', arguments: { x: [1] } }]),
    [['a', '{"x":[1]}']],
  ],
  [
    'S12: the whole arguments again',
    deltas(
      [piece('a', '{"x"', A)],
      [piece(undefined, ':1}', { index: 0 })],
      [piece(undefined, '{"x":1}', { index: 0 })],
    ),
    [['a', '{"x":1}']],
  ],
  [
    'everything again',
    deltas([piece('a', '{"x"', A)], [piece(undefined, ':1}', A)], [piece('a', '{"x":1}', A)]),
    [['a', '{"x":1}']],
  ],
  [
    'the whole message at the end',
    [
      chunk({ tool_calls: [piece('a', '{"x"', A)] }),
      chunk({ tool_calls: [piece(undefined, ':1}', { index: 0 })] }),
      {
        choices: [
          { finish_reason: 'tool_calls', delta: {}, message: { tool_calls: [piece('a', '{"x":1}', { id: 'A' })] } },
        ],
      },
    ],
    [['a', '{"x":1}']],
  ],
  ['S13: `function_call`', chunks({ function_call: { name: 'a', arguments: '{"x":1}' } }), [['a', '{"x":1}']]],
  [
    '`function_call` in pieces',
    chunks(
      { function_call: { name: 'a', arguments: '' } },
      { function_call: { arguments: '{"x"' } },
      { function_call: { arguments: ':1}' } },
    ),
    [['a', '{"x":1}']],
  ],
  [
    '`function_call` beside the same call in `tool_calls`',
    chunks({ function_call: { name: 'a', arguments: '{}' }, tool_calls: [piece('a', '{}', A)] }),
    [['a', '{}']],
  ],
  [
    '`function_call` in a message',
    [{ choices: [{ message: { function_call: { name: 'a', arguments: {} } }, finish_reason: 'function_call' }] }],
    [['a', '{}']],
  ],
  ['a name that comes later', deltas([piece(undefined, '', A)], [piece('a', '{}', { index: 0 })]), [['a', '{}']]],
  ['an empty name first', deltas([piece('', '', A)], [piece('a', '{}', A)]), [['a', '{}']]],
  [
    'a name in pieces',
    deltas([piece('get_', '', A)], [piece('time', '', { index: 0 })], [piece(undefined, '{}', { index: 0 })]),
    [['get_time', '{}']],
  ],
  [
    'null for the id and the name of a later piece',
    deltas([piece('a', '{"x"', A)], [{ index: 0, id: null, function: { name: null, arguments: ':1}' } }]),
    [['a', '{"x":1}']],
  ],
  [
    'ids without an index, in turn',
    deltas(
      [piece('a', '{', { id: 'A' })],
      [piece('b', '{', { id: 'B' })],
      [piece(undefined, '}', { id: 'A' })],
      [piece(undefined, '}', { id: 'B' })],
    ),
    [
      ['a', '{}'],
      ['b', '{}'],
    ],
  ],
  [
    'one id for two indexes',
    deltas([piece('a', '{"x":1}', A)], [piece('b', '{"y":1}', { index: 1, id: 'A' })]),
    [
      ['a', '{"x":1}'],
      ['b', '{"y":1}'],
    ],
  ],
  [
    'arguments of nothing',
    deltas([piece('a', '', A), piece('b', '', { index: 1, id: 'B' })]),
    [
      ['a', ''],
      ['b', ''],
    ],
  ],
])('%s', async (_what, given, expected) => {
  expect(await callsOf(given)).toEqual(expected);
});

test('ids are unique and are those of `message`', async () => {
  const { result } = await readChat(deltas([piece('a', '{}', A)], [piece('b', '{"y":1}', { index: 1, id: 'A' })]));
  const ids = result!.functionCalls.map(({ callId }) => callId);
  expect(new Set(ids).size).toBe(2);
  expect(result!.message.tool_calls!.map(({ id }) => id)).toEqual(ids);
});

test('a piece that belongs to no function is reported', async () => {
  const { result, warnings } = await readChat([
    ...deltas([piece(undefined, '{}', A)]).slice(0, -1),
    chunk({ content: 'Hi' }, 'stop'),
  ]);
  expect(result!.functionCalls).toEqual([]);
  expect(warnings).toMatchObject([{ fields: { calls: 1 } }]);
});

describe('arguments of a client tool', () => {
  test.each<[string, object]>([
    ['null', {}],
    ['', {}],
    ['""', {}],
    ['[]', {}],
    ['"{\\"x\\":1}"', { x: 1 }],
    ['{"x":1}', { x: 1 }],
  ])('S11: %j', async (args, expected) => {
    const { items, thrown } = await readChat(deltas([piece('a', args, A)]), { clientTools: ['a'] });
    expect(thrown).toBeUndefined();
    expect(items).toMatchObject([{ type: 'client_tool_call', name: 'a', arguments: expected }]);
  });

  test.each(['7', '[1]', '"text"', '{'])('%j are an error', async (args) => {
    const { thrown } = await readChat(deltas([piece('a', args, A)]), { clientTools: ['a'] });
    expect(thrown).toMatchObject({ code: 'invalid_arguments' });
  });
});

/** How a provider names the pieces of its calls. */
const styles: Record<string, (index: number, isFirst: boolean) => Piece> = {
  'an index and an id first': (index, isFirst) => ({ index, ...(isFirst && { id: `call_${index}` }) }),
  'an index and an id always': (index) => ({ index, id: `call_${index}` }),
  'an index only': (index) => ({ index }),
  'an id only': (index) => ({ id: `call_${index}` }),
  'one index for all, and ids': (index) => ({ index: 0, id: `call_${index}` }),
  'an index and placeholders': (index) => ({ index, id: 'FAKE_ID' }),
};

test.each(Object.keys(styles))('random calls in random pieces: %s', async (style) => {
  const call = fc.record({
    name: fc.constantFrom('a', 'b', 'get_time'),
    args: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }).map((value) => JSON.stringify(value)),
    cuts: fc.array(fc.nat(60), { maxLength: 5 }),
    repeatsName: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 4 }), async (calls) => {
      const given = calls.flatMap(({ name, args, cuts, repeatsName }, index) =>
        pieces(args, cuts).map((text, at) => [
          piece(
            at === 0 || (repeatsName && style.includes('index')) ? name : undefined,
            text,
            styles[style]!(index, at === 0),
          ),
        ]),
      );
      const expected = calls.map(({ name, args }): Call => [name, args]);
      expect(await callsOf([...deltas(...given).slice(0, -1), chunk({ content: 'x' }, 'tool_calls')])).toEqual(
        expected,
      );
    }),
    { numRuns: 150 },
  );
});

function pieces(text: string, cuts: readonly number[]): string[] {
  const at = [...new Set([0, ...cuts.filter((cut) => cut < text.length)])].sort((a, b) => a - b);
  return at.map((from, index) => text.slice(from, at[index + 1]));
}
