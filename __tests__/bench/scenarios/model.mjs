// model: a provider in its own process streams 300 chunks to each of 50 clients, through each SDK.
import { startServer } from '../child.mjs';
import { connections, costOf, cpuFigure, newThread, post } from '../requests.mjs';

const kinds = {
  'openai, Chat Completions': ['chat', 'chat'],
  'openai, Responses': ['responses', 'responses'],
  ai: ['ai', 'chat'],
  '@anthropic-ai/sdk': ['anthropic', 'message'],
};

export const model = {
  name: 'model',
  async open({ quick, seconds }) {
    const [clients, chunks] = quick ? [2, 5] : [50, 300];
    const provider = await startServer('provider.mjs');
    const caseOf = ([name, [sdk, frames]]) => ({
      name,
      figures: [cpuFigure('chunk', 1.25)],
      async measure({ kind, dist, profiles }) {
        const config = { kind, dist, sdk, model: `${frames}:${chunks}`, provider: provider.port };
        const server = await startServer('model.mjs', config, profiles);
        const agent = connections(clients);
        const send = async () => {
          const { answer } = await post(agent, server.port, newThread('Hi'));
          assertWhole(answer, kind, chunks);
          return chunks;
        };
        try {
          return await costOf(server, { clients, seconds, send });
        } finally {
          agent.destroy();
          await server.stop();
        }
      },
    });
    return { cases: Object.entries(kinds).map(caseOf), close: () => provider.stop() };
  },
};

/** Throws for an answer without the end of the text, or with too few events. */
function assertWhole(answer, kind, chunks) {
  const isWhole =
    kind === 'chatkit'
      ? /"thread\.item\.done","item":\{[^\n]*"assistant_message"[^\n]*The quick brown/.test(answer)
      : answer.split('\n\n').length > chunks;
  if (!isWhole) throw new Error(`The answer is incomplete: ${answer.slice(-500)}`);
}
