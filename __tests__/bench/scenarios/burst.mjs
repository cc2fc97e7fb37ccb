// burst: answers of 500 deltas, which are all ready at once.
import { newThread } from '../requests.mjs';
import { deltasIn, endpointScenario } from './endpoint-load.mjs';

export const burst = endpointScenario({
  name: 'burst',
  unit: 'event',
  goal: 0.5,
  body: (quick) => newThread(quick ? '5' : '500'),
  count: deltasIn,
});
