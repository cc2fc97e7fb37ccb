// What the supported versions of @openai/agents give and take fits the structural types, as the compiler sees it.
import type { AgentInputItem, run, Tool, tool } from '@openai/agents';
import type { AgentInputItem as AgentInputItem13, run as run13, tool as tool13 } from 'agents13';
import type { AgentInputItem as AgentInputItem20, run as run20, tool as tool20 } from 'agents20';
import * as agents from 'chatkit-express/agents';
import { AgentContext, type AgentInput, type StreamedAgentRun } from 'chatkit-express/agents';

type Fits<Given extends Wanted, Wanted> = Given;
type Streamed<Run extends (...args: never[]) => unknown> = Exclude<
  Extract<Awaited<ReturnType<Run>>, { toStream: unknown }>,
  never
>;

type ErrorFunction<MakeTool extends (options: never) => unknown> = NonNullable<
  Parameters<MakeTool>[0] extends { errorFunction?: infer Given } ? Given : never
>;

// Each line is an error where the types do not fit.
export type Checks = [
  Fits<Streamed<typeof run>, StreamedAgentRun>,
  Fits<Streamed<typeof run13>, StreamedAgentRun>,
  Fits<Streamed<typeof run20>, StreamedAgentRun>,
  Fits<AgentInput, AgentInputItem>,
  Fits<AgentInput, AgentInputItem13>,
  Fits<AgentInput, AgentInputItem20>,
  Fits<Tool<AgentContext>, object>,
  Fits<typeof agents.toolErrorFunction, ErrorFunction<typeof tool>>,
  Fits<typeof agents.toolErrorFunction, ErrorFunction<typeof tool13>>,
  Fits<typeof agents.toolErrorFunction, ErrorFunction<typeof tool20>>,
];

class Mine extends AgentContext<{ user: string }> {
  greet = () => `Hello ${this.context.user}`;
}
export const typed = (runContext: { context: unknown }): string[] => [
  Mine.of(runContext).greet(), // a Mine
  AgentContext.of<{ user: string }>(runContext).context.user,
  AgentContext.of(runContext).thread.id,
];

test('the entry loads nothing of the SDK', () => {
  expect(Object.keys(agents).sort()).toEqual([
    'AgentContext',
    'ModelError',
    'ResponseStreamConverter',
    'ThreadItemConverter',
    'accumulateText',
    'recentItems',
    'resumeOf',
    'sinceLastResponse',
    'streamAgentResponse',
    'toAgentInput',
    'toolErrorFunction',
  ]);
  const loaded = Object.keys(require.cache).filter((file) =>
    /node_modules\/(@openai|agents13|agents20|openai)/.test(file),
  );
  expect(loaded).toEqual([]);
});
