// Plays the faults through `ai` 7 in a process of its own, because Jest cannot load its modules. Prints the outcomes as JSON.
import * as ai7 from 'ai7';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { faults, outcomeOf } from './faults';
import type { MakeModel } from './play';

const makeModel: MakeModel = (baseURL) => createOpenAICompatible({ name: 'local', baseURL, apiKey: 'key' })('m');

async function main(): Promise<void> {
  const outcomes: Record<string, unknown> = {};
  for (const [name, fault] of Object.entries(faults)) {
    const { outcome, played } = await outcomeOf(ai7, makeModel, fault);
    outcomes[name] = { ...outcome, page: played.page, visible: played.visible };
  }
  process.stdout.write(JSON.stringify(outcomes));
}

void main();
