// The endpoint next to the recorded answers of the Python reference, over HTTP. Vectors whose `source` is `ours` hold
// what this package does differently, and why.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, play, type Vector } from './player';

const directory = join(__dirname, 'vectors');
const vectors = readdirSync(directory).map((file) => {
  const vector = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Vector;
  return { file, name: vector.scenario.name, vector };
});

/** An expected answer without what is for the reader only. */
function comparable(answer: Answer): Answer {
  if (answer.kind !== 'rejected') return answer;
  const { raised: _forTheReader, ...compared } = answer;
  return compared;
}

test.each(vectors)('$name', async ({ vector }) => {
  const { answers, sideEffects } = await play(vector);
  expect(answers).toStrictEqual(vector.expected.map(comparable));
  expect(sideEffects).toStrictEqual(vector.side_effects);
});

test.each(vectors)('$name says where and why it differs from the reference', ({ file, vector }) => {
  const { scenario, source, differences = [], expected } = vector;
  expect(file).toBe(`${scenario.name}.json`);
  expect(expected).toHaveLength(scenario.steps.length);
  expect(source).toBe(differences.length > 0 ? 'ours' : 'reference');
  for (const { step, why } of differences) {
    expect(scenario.steps[step - 1]).toBeDefined();
    expect(why).toMatch(/\w+ \w+/);
  }
});
