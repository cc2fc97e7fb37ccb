// tick: answers of 500 deltas, each in its own tick of the event loop, so that nothing is batched.
import { newThread } from '../requests.mjs';
import { deltasIn, endpointScenario } from './endpoint-load.mjs';

export const tick = endpointScenario({
  name: 'tick',
  unit: 'event',
  goal: Number.parseInt(process.versions.node) < 24 ? 1.15 : 1.05,
  body: (quick) => newThread(quick ? '5 tick' : '500 tick'),
  count: deltasIn,
});
