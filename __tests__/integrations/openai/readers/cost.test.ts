// The cost of reading: it grows with the answer, and not with its square, whatever the answer consists of.
import type { HookEventInput } from 'chatkit-express';
import { streamChatCompletion, streamResponse } from 'chatkit-express/openai';
import { chunk, newTurn, streamOf } from './read';

const many = <T>(count: number, piece: (index: number) => T) => Array.from({ length: count }, (_none, at) => piece(at));
const call = (fields: object) => chunk({ tool_calls: [{ index: 0, ...fields }] });
const chat = (chunks: object[]) => [...chunks, chunk({ content: 'Hi' }), chunk({}, 'stop')];
const response = (events: object[]) => [
  ...events,
  { type: 'response.completed', response: { id: 'resp_1', status: 'completed' } },
];
const delta = (type: string, text: string, more: object = {}) => ({
  type: `response.${type}.delta`,
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  delta: text,
  ...more,
});
const citation = (index: number) => ({ type: 'url_citation', url: `https://a.example/${index}`, title: 'A' });

const answers: Record<string, (count: number) => object[]> = {
  text: (count) => chat(many(count, () => chunk({ content: 'word ' }))),
  'white space before the text': (count) => chat(many(count, () => chunk({ content: ' \n' }))),
  'a `<think>` block': (count) =>
    chat([chunk({ content: '<think>' }), ...many(count, () => chunk({ content: 'word </thin' }))]),
  thoughts: (count) => chat(many(count, () => chunk({ reasoning_content: 'word ' }))),
  'details of thoughts': (count) =>
    chat(many(count, () => chunk({ reasoning_details: [{ type: 'reasoning.text', text: 'word', index: 0 }] }))),
  'thoughts between texts': (count) =>
    chat(many(count, (at) => chunk(at % 2 ? { content: 'word ' } : { reasoning_content: 'word ' }))),
  'parts of text': (count) => chat(many(count, () => chunk({ content: [{ type: 'text', text: 'word ' }] }))),
  messages: (count) => chat(many(count, () => ({ choices: [{ index: 0, message: { content: 'word ' } }] }))),
  'arguments of a call': (count) =>
    chat([
      call({ id: 'A', function: { name: 'a', arguments: '{"x":"' } }),
      ...many(count, () => call({ function: { arguments: 'word ' } })),
      call({ function: { arguments: '"}' } }),
    ]),
  'white space after the arguments': (count) =>
    chat([
      call({ id: 'A', function: { name: 'a', arguments: `{"x":"${'word '.repeat(count)}"}` } }),
      ...many(count, () => call({ function: { arguments: ' ' } })),
    ]),
  'arguments that go on after their end': (count) =>
    chat([
      call({ id: 'A', function: { name: 'a', arguments: `{"x":"${'word '.repeat(count)}"}` } }),
      ...many(count, () => call({ function: { arguments: '{"a"' } })),
    ]),
  'a name with every piece': (count) =>
    chat(many(count, () => chunk({ tool_calls: [{ function: { name: 'a', arguments: '{"x":' } }] }))),
  'unknown texts': (count) => chat(many(count, () => chunk({ novelty: 'word ' }))),
  'sources between texts': (count) =>
    chat(many(count, (at) => (at % 8 ? chunk({ content: 'word ' }) : chunk({ annotations: [citation(at % 64)] })))),
  'text of the Responses API': (count) => response(many(count, () => delta('output_text', 'word '))),
  'a `<think>` block of the Responses API': (count) =>
    response([delta('output_text', '<think>'), ...many(count, () => delta('output_text', 'word </thin'))]),
  'a refusal': (count) => response(many(count, () => delta('refusal', 'word '))),
  'halves of characters': (count) => response(many(count, (at) => delta('output_text', '😀'.charAt(at % 2)))),
  'a summary of reasoning': (count) =>
    response([
      { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs_1' } },
      ...many(count, () => delta('reasoning_summary_text', 'word ', { summary_index: 0 })),
      delta('output_text', 'Hi', { output_index: 1 }),
    ]),
  'arguments of a function': (count) =>
    response([
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { type: 'function_call', id: 'msg_1', call_id: 'A', name: 'a' },
      },
      ...many(count, () => delta('function_call_arguments', 'word ')),
    ]),
  'events that nobody knows': (count) =>
    response([...many(count, () => delta('novelty', 'word ')), delta('output_text', 'Hi')]),
};

const size = 1500;
const limit = 24;

/** The processor time of an answer in milliseconds. Its events are counted and not kept. */
async function timeOf(name: string, given: object[]): Promise<number> {
  const turn = await newTurn();
  const start = process.cpuUsage();
  const isResponse = given.some((one) => 'type' in one && String(one.type).startsWith('response.'));
  const source = streamOf(given);
  const events: AsyncIterable<HookEventInput> = isResponse
    ? streamResponse(turn, source)
    : streamChatCompletion(turn, source);
  let count = 0;
  for await (const event of events) if (event) count++;
  const { user, system } = process.cpuUsage(start);
  if (count === 0) throw new Error(`${name}: no events`);
  return (user + system) / 1000;
}

// Eight times the answer takes 8 times the time where it is linear, and 64 times where it is quadratic. Other work of the
// machine and the compiler of the engine make a measurement slow and never fast, so the fastest of several counts.
test.each(Object.keys(answers))('%s', async (name) => {
  const [small, large] = [answers[name]!(size), answers[name]!(8 * size)];
  let [fastest, fastestOfEight] = [Infinity, Infinity];
  for (let round = 0; round < 10; round++) {
    fastest = Math.min(fastest, await timeOf(name, small));
    fastestOfEight = Math.min(fastestOfEight, await timeOf(name, large));
    if (round >= 1 && fastestOfEight / fastest < limit) break;
  }
  expect(fastestOfEight / fastest).toBeLessThan(limit);
});
