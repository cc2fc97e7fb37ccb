// list: the first page of 1,000 threads.
import { endpointScenario } from './endpoint-load.mjs';

export const list = endpointScenario({
  name: 'list',
  unit: 'request',
  body: () => ({ type: 'threads.list', params: { limit: 20 } }),
  count: () => 1,
});
