// The cases of burst, tick and list: the package beside a bare node:http server that writes the same bytes.
import { startServer } from '../child.mjs';
import { connections, costOf, cpuFigure, post } from '../requests.mjs';

/** The text of each delta that the hook yields: see servers/endpoint.mjs. */
const deltaLength = 20;

/** Returns the number of deltas. A server may join deltas, so their text is counted. */
export function deltasIn(answer) {
  let length = 0;
  for (const [, delta] of answer.matchAll(/"delta":"([^"]*)"/g)) length += delta.length;
  return length / deltaLength;
}

/**
 * Returns a scenario with one case.
 * @param body Returns the body of each request.
 * @param count Returns the number of units in an answer.
 */
export const endpointScenario = ({ name, unit, goal, body, count }) => ({
  name,
  async open({ quick, seconds }) {
    const clients = quick ? 2 : 20;
    const measure = async ({ kind, dist, profiles }) => {
      const server = await startServer('endpoint.mjs', { kind, dist }, profiles);
      const agent = connections(clients);
      const request = body(quick);
      const send = async () => count((await post(agent, server.port, request)).answer);
      try {
        return await costOf(server, { clients, seconds, send });
      } finally {
        agent.destroy();
        await server.stop();
      }
    };
    const peak = { name: 'peak memory', unit: 'MB', of: (run) => run.peak / 1e6 };
    return { cases: [{ name: '', figures: [cpuFigure(unit, goal), peak], measure }] };
  },
});
