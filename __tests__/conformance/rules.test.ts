// The rules for the order of events, over the recorded streams: they find the mistakes that were recorded, and no others.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RuleName, StreamRules } from '../../src/runs/rules';
import type { Vector } from './player';

const directory = join(__dirname, 'vectors');

/** The vectors whose hooks make mistakes. A hook without events is not listed. */
const mistakes: Record<string, RuleName[]> = {
  'cancel-during-a-custom-action.json': ['delta_without_part'],
  'cancel-keeps-partial-answer.json': ['delta_without_part'],
  'cancel-with-padded-parts.json': ['delta_without_part'],
  'error-unexpected.json': ['never_done'],
  'retry-that-is-cancelled.json': ['delta_without_part'],
  'workflow-summaries.json': ['loading_task'],
};

test.each(readdirSync(directory))('%s', (file) => {
  const { expected } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Vector;
  const found = new Set<RuleName>();
  for (const answer of expected) {
    if (answer.kind !== 'stream' && answer.kind !== 'aborted') continue;
    const rules = new StreamRules(({ rule }) => found.add(rule));
    for (const event of answer.events) rules.observe(event as object);
    rules.end({ isWhole: answer.kind === 'stream' });
  }
  found.delete('nothing_said');
  expect([...found]).toEqual(mistakes[file] ?? []);
});
