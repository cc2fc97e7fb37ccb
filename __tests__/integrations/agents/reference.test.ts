// The events that the Python reference makes of the same frames: see ../vectors/agents/README.md.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AgentContext, accumulateText, ResponseStreamConverter, streamAgentResponse } from 'chatkit-express/agents';
import type { HookEventInput, ThreadItem, WidgetComponent } from 'chatkit-express';
import { checkEvent } from '../../../src/runs/check';
import { collect, modelOf, type Sdk, sdks, turnOf } from '../../support/agents';
import type { Context } from '../../support/core';
import { type ModelServer, startModelServer } from '../../support/model-server';

type Step = Record<string, never>;
interface Vector {
  name: string;
  api?: 'chat';
  responses: object[][];
  thread?: ThreadItem[];
  tools?: Record<string, { steps: Step[]; returns: string; stops?: boolean }>;
  handoff?: boolean;
  guardrail?: 'output';
  partial_images?: number;
  accumulate?: WidgetComponent;
  /** What the reference gives. */
  events: object[];
  /** The name of what it throws. */
  error?: string;
}

const folder = path.join(__dirname, '../vectors/agents');
const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'differences.json');
const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as unknown;
/** By file and name: what we give instead. Each has its reason in the README beside it. */
const differences = read('differences.json') as Record<
  string,
  { reason: string; events: object[]; error?: string } | undefined
>;

let model: ModelServer;
beforeEach(async () => (model = await startModelServer()));
afterEach(() => model.close());

describe.each(sdks)('with @openai/agents %s', (_version, sdk) => {
  describe.each(files)('%s', (file) => {
    const { vectors } = read(file) as { vectors: Vector[] };
    test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (name, vector) => {
      const { events, error } = await play(vector, sdk);
      const wanted = differences[`${file}: ${name}`] ?? vector;
      expect(events).toEqual(wanted.events);
      expect((error as Error | null)?.name).toBe(wanted.error);
    });
  });
});

test('every difference is one of a vector, and has its reason', () => {
  const names = files.flatMap((file) => {
    const { vectors } = read(file) as { vectors: Vector[] };
    return vectors.map(({ name }) => `${file}: ${name}`);
  });
  expect(names).toEqual(expect.arrayContaining(Object.keys(differences)));
  expect(names.length).toBeGreaterThanOrEqual(60);
  const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
  const headings = [...readme.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading).sort();
  expect([...new Set(Object.values(differences).map((difference) => difference?.reason))].sort()).toEqual(headings);
});

async function play(vector: Vector, sdk: Sdk): Promise<{ events: object[]; error: unknown }> {
  model.reply(...vector.responses);
  // As in the reference's runs: the seconds that a workflow took are none.
  const created_at = new Date().toISOString();
  const turn = await turnOf(vector.thread?.map((item) => ({ ...item, created_at })));
  const context = new AgentContext(turn);
  const result = await sdk.run(agentOf(vector, sdk), 'hello', { context, stream: true, signal: turn.signal });
  if (vector.accumulate) {
    const states: object[] = [];
    for await (const state of accumulateText(result, vector.accumulate)) states.push(state);
    return { events: states, error: null };
  }
  const converter = new ResponseStreamConverter({ partialImages: vector.partial_images });
  const { events, error } = await collect(streamAgentResponse(context, result, { converter }));
  return { events: numbered(events), error };
}

function agentOf(vector: Vector, sdk: Sdk) {
  const tools = Object.entries(vector.tools ?? {}).map(([name, script]) =>
    sdk.tool<undefined, AgentContext<Context>>({
      name,
      description: name,
      strict: false,
      parameters: { type: 'object', properties: {}, required: [], additionalProperties: true } as never,
      execute: async (_input: unknown, runContext) => {
        for (const step of script.steps) await perform(runContext!.context, step);
        return script.returns;
      },
    }),
  );
  const stopAtToolNames = Object.entries(vector.tools ?? {}).flatMap(([name, { stops }]) => (stops ? [name] : []));
  const trips = { name: 'trips', execute: async () => ({ tripwireTriggered: true, outputInfo: null }) };
  const common = { instructions: 'answer', model: modelOf(sdk, model.url, vector.api) };
  return new sdk.Agent<AgentContext<Context>>({
    ...common,
    name: 'first',
    tools,
    outputGuardrails: vector.guardrail ? [trips] : [],
    ...(stopAtToolNames.length > 0 && { toolUseBehavior: { stopAtToolNames } }),
    handoffs: vector.handoff ? [new sdk.Agent<AgentContext<Context>>({ ...common, name: 'second' })] : [],
  });
}

/** The same steps as in the refresh script. */
async function perform(context: AgentContext<Context>, step: Step): Promise<void> {
  if ('stream' in step) await context.stream(step['stream']);
  else if ('widget' in step) await context.streamWidget(step['widget']);
  else if ('startWorkflow' in step) await context.startWorkflow(step['startWorkflow']);
  else if ('addTask' in step) await context.addWorkflowTask(step['addTask']);
  else if ('updateTask' in step) await context.updateWorkflowTask(step['updateTask'], step['index']!);
  else if ('endWorkflow' in step) await context.endWorkflow(step['endWorkflow'], step['expanded']);
  else if ('clientTool' in step) {
    const call = step['clientTool'] as { name: string; arguments: Record<string, unknown> };
    context.callClientTool(call.name, call.arguments);
  } else throw new Error(`no such step: ${JSON.stringify(step)}`);
}

/** As the server would send them, without dates, the items' ids numbered as they appear. */
function numbered(events: readonly HookEventInput[]): object[] {
  const ids = new Map<string, string>();
  const number = (id: string) => ids.set(id, ids.get(id) ?? `item ${ids.size + 1}`).get(id);
  return events.map((given) => {
    const event = JSON.parse(JSON.stringify(checkEvent(given))) as {
      item?: { id: string; created_at?: string };
      item_id?: string;
    };
    if (event.item) {
      event.item.id = number(event.item.id)!;
      delete event.item.created_at;
    }
    if (event.item_id !== undefined) event.item_id = number(event.item_id)!;
    return event;
  });
}
