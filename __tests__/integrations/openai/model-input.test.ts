// What a model is given of a thread, held to what the Python reference gives it: ../vectors/model-input.md lists where
// ours differs, and why.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ThreadItem, ThreadItemSchema, type UserMessageTag } from 'chatkit-express';
import { type InputItem, ThreadItemConverter } from 'chatkit-express/openai';

interface Vector {
  name: string;
  items: unknown[];
  /** Why ours differs, where it does. */
  differs?: string;
  refused?: true;
  input?: ReferenceItem[];
}
interface ReferenceItem {
  type: string;
  role?: string;
  content?: { text: string }[];
  arguments?: string;
  output?: string;
}

const file = join(__dirname, '../vectors/model-input.json');
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };
const itemsOf = ({ items }: Vector): ThreadItem[] => z.array(ThreadItemSchema).parse(items);

class Converter extends ThreadItemConverter {
  override tagToContent({ id, text }: UserMessageTag) {
    return { type: 'input_text' as const, text: `tag ${id}: ${text}` };
  }
}

/** A widget's text with the keys of its JSON in one order. */
function sorted(text: string): string {
  const [prefix = '', json] = text.split(/(?<=displayed to the user:)(?={)/);
  if (json === undefined) return text;
  const inOrder = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value;
  return prefix + JSON.stringify(JSON.parse(json), inOrder);
}

/** Either side's item with JSON as what it says, and an answer's parts as one text. */
function comparable(item: ReferenceItem | InputItem): object[] {
  if ('arguments' in item && item.arguments !== undefined) return [{ ...item, arguments: JSON.parse(item.arguments) }];
  if ('output' in item && item.output !== undefined) return [{ ...item, output: JSON.parse(item.output) }];
  if (!('content' in item) || !Array.isArray(item.content)) return [item];
  const parts = item.content as { text?: string }[];
  if (item.role === 'assistant') {
    return parts.length === 0 ? [] : [{ ...item, content: parts.map(({ text }) => text).join('\n\n') }];
  }
  const content = parts.map((part) => (part.text === undefined ? part : { ...part, text: sorted(part.text) }));
  return [{ ...item, content }];
}

test('there are vectors enough', () => expect(vectors.length).toBeGreaterThanOrEqual(40));

test.each(vectors.filter(({ differs }) => differs === undefined).map((vector) => [vector.name, vector]))(
  '%s',
  async (_name, vector) => {
    const ours = await new Converter().toResponseInput(itemsOf(vector));
    expect(ours.flatMap(comparable)).toEqual(vector.input!.flatMap(comparable));
  },
);

const differing = (name: string) => {
  const found = vectors.find((vector) => vector.name === name && vector.differs !== undefined);
  return new Converter().toResponseInput(itemsOf(found!));
};
const userTexts = (input: InputItem[]) => input.map((item) => ('content' in item ? item.content : item));

test('differs: a quote is told, also where a note was stored after the message', async () => {
  const name = 'quoted text of the newest message, with hidden context after it';
  expect(userTexts(await differing(name))).toEqual([
    [{ type: 'input_text', text: 'Why?' }],
    [{ type: 'input_text', text: 'The user is referring to this in particular: \nThe earth is round.' }],
    [{ type: 'input_text', text: expect.stringContaining('Be short.') }],
  ]);
});

test('differs: hidden context that is not text is told as JSON', async () => {
  expect(userTexts(await differing('hidden context that is not text'))).toEqual([
    [{ type: 'input_text', text: expect.stringContaining('\n{"city":"Bonn"}\n') }],
  ]);
});

test('differs: a message without text says so', async () => {
  expect(userTexts(await differing('an empty message'))).toEqual([
    [{ type: 'input_text', text: '(This message has no text.)' }],
  ]);
});

test('no other vector differs', () => {
  expect(vectors.filter(({ differs }) => differs !== undefined)).toHaveLength(3);
  expect(vectors.filter(({ refused }) => refused)).toHaveLength(1);
});
