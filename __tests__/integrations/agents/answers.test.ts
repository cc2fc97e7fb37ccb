// What becomes of answers that are not plain text, and of responses that the provider keeps.
import type { HookEventInput, RespondTurn, ThreadItem } from 'chatkit-express';
import {
  AgentContext,
  ModelError,
  recentItems,
  ResponseStreamConverter,
  sinceLastResponse,
  streamAgentResponse,
  type StreamAgentResponseOptions,
  toAgentInput,
} from 'chatkit-express/agents';
import { collect, everyRun, formats, modelOf, type Sdk, sdks, toolOf, turnOf } from '../../support/agents';
import { ada, ask, type Context, type Core, serve, startThread, storedItems } from '../../support/core';
import { Gate } from '../../support/gate';
import { assistantMessage } from '../../support/items';
import { chatFrames, functionCallFrames, messageFrames, responseFrames } from '../../support/model-frames';
import { type ModelServer, startModelServer, type Step } from '../../support/model-server';
import { addMessage, retryAfter, toolOutput } from '../../support/requests';

let model: ModelServer;
beforeEach(async () => (model = await startModelServer()));
afterEach(() => model.close());

const trips = { name: 'trips', execute: async () => ({ tripwireTriggered: true, outputInfo: null }) };
type AgentOptions = Partial<ConstructorParameters<Sdk['Agent']>[0]>;

/** One run outside of a server. */
async function run(
  sdk: Sdk,
  replies: readonly Step[][],
  { api = 'responses', items = [] as ThreadItem[], ...options }: RunOptions = {},
) {
  model.reply(...replies);
  const turn = await turnOf(items);
  const context = new AgentContext(turn);
  const { agent = {}, rename, ...streamOptions } = options;
  const made = new sdk.Agent({
    name: 'assistant',
    instructions: 'answer',
    model: modelOf(sdk, model.url, api),
    ...agent,
  });
  const result = await sdk.run(made, 'hello', { context, stream: true, signal: turn.signal });
  const shown = rename === undefined ? result : { toStream: () => renaming(result.toStream(), rename) };
  return { ...(await collect(streamAgentResponse(context, shown, streamOptions))), turn, context };
}
type RunOptions = StreamAgentResponseOptions & {
  api?: 'responses' | 'chat';
  items?: ThreadItem[];
  agent?: AgentOptions;
  /** The name that the run's error is given. */
  rename?: string;
};

/** The stream, with an error of another name. */
function renaming(stream: AsyncIterable<unknown>, name: string): AsyncIterable<unknown> {
  async function* events() {
    try {
      yield* stream;
    } catch (error) {
      for (const one of [error, (error as { error?: unknown }).error]) if (one instanceof Error) one.name = name;
      throw error;
    }
  }
  return ReadableStream.from(events());
}
const itemOf = ({ thread, generateId }: AgentContext<Context>) =>
  assistantMessage(thread, generateId('message'), 'Secret');
const last = (events: readonly HookEventInput[]) => events.at(-1);
const texts = (events: readonly HookEventInput[]) =>
  events.flatMap((event) =>
    event.type === 'thread.item.done' && event.item.type === 'assistant_message'
      ? event.item.content.map(({ text }) => text)
      : [],
  );

describe.each(sdks)('with @openai/agents %s', (_version, sdk) => {
  test('a response that failed is thrown, and what was said is kept', async () => {
    const frames = responseFrames(messageFrames('Hello there').slice(0, 3), {
      end: 'response.failed',
      response: { error: { code: 'server_error', message: 'out of order' } },
    });
    const { events, error } = await run(sdk, [frames]);
    expect(texts(events)).toEqual(['Hello ']);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ code: 'server_error', message: 'out of order' });
    // The SDK may have begun its next round before the run was ended: one request more, and not a loop.
    expect(model.requests.length).toBeLessThanOrEqual(2);
  });

  test('an error in the stream is thrown', async () => {
    const frames = responseFrames(messageFrames('Hello there').slice(0, 3), { end: '' });
    const { events, error } = await run(sdk, [[...frames, { type: 'error', code: 'overloaded', message: 'later' }]]);
    expect(texts(events)).toEqual(['Hello ']);
    expect(String(error)).toMatch(/later|overloaded/);
  });

  test('a stream that just stops is thrown, and what was said is kept', async () => {
    const { events, error } = await run(sdk, [responseFrames(messageFrames('Hello there').slice(0, 3), { end: '' })]);
    expect(texts(events)).toEqual(['Hello ']);
    expect(error).toBeInstanceOf(Error);
  });

  test.each([
    ['length', 'notice'],
    ['content_filter', 'notice'],
  ])('chat completions that end with %s: the user is told', async (finish_reason, type) => {
    const { events, error } = await run(sdk, [chatFrames('So far', { finish_reason })], { api: 'chat' });
    expect(error).toBeNull();
    expect(texts(events)).toEqual(['So far']);
    expect(last(events)).toMatchObject({ type });
  });

  test.each([
    ['MAX_TOKENS', 'notice'],
    ['SAFETY', 'notice'],
    ['a reason of tomorrow', 'notice'],
  ])('chat completions that end with %s: the user is told, too', async (finish_reason, type) => {
    const { events, error } = await run(sdk, [chatFrames('So far', { finish_reason })], { api: 'chat' });
    expect(error).toBeNull();
    expect(last(events)).toMatchObject({ type });
  });

  test('sources of chat completions, which the SDK leaves out, are shown once each', async () => {
    const url = 'https://a.example';
    const cited = { type: 'url_citation', url_citation: { url, title: '', end_index: 2 } };
    const [begin, ...rest] = chatFrames('Hello there') as Record<string, unknown>[];
    const chunk = (delta: object) => ({ ...begin, choices: [{ index: 0, delta, finish_reason: null }] });
    const frames = [
      begin!,
      chunk({ annotations: [cited] }), // before the text
      ...rest.slice(0, -2),
      chunk({ annotations: [cited] }),
      ...rest
        .slice(-2)
        .map((frame) => (typeof frame === 'object' ? { ...frame, citations: [url, `${url}/b`] } : frame)),
    ];
    const { events, error } = await run(sdk, [frames], { api: 'chat' });
    expect(error).toBeNull();
    const items = events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item] : []));
    expect(items).toMatchObject([
      {
        type: 'assistant_message',
        content: [
          {
            text: 'Hello there',
            annotations: [
              { source: { url, title: url }, index: 2 },
              { source: { url: `${url}/b`, title: `${url}/b` } },
            ],
          },
        ],
      },
    ]);
  });

  test('thoughts of chat completions in details are shown', async () => {
    const [begin, ...rest] = chatFrames('Yes') as Record<string, unknown>[];
    const details = { reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] };
    const frames = [begin!, { ...begin, choices: [{ index: 0, delta: details, finish_reason: null }] }, ...rest];
    const { events } = await run(sdk, [frames], { api: 'chat' });
    expect(JSON.stringify(events)).toContain('"content":"hm"');
  });

  test('an answer without a word that was cut off is an error, and the model is not asked again', async () => {
    const frames = responseFrames([], {
      end: 'response.incomplete',
      response: { incomplete_details: { reason: 'max_output_tokens' } },
    });
    const { events, error } = await run(sdk, [frames]);
    expect(events).toEqual([expect.objectContaining({ type: 'error', code: 'custom', allow_retry: true })]);
    expect(error).toBeNull();
    expect(model.requests).toHaveLength(1);
  });

  test('the converter makes what is shown of an image', async () => {
    class Converter extends ResponseStreamConverter {
      override base64ImageToUrl({ imageId, base64 }: { imageId: string; base64: string }) {
        return Promise.resolve(`https://example.com/${imageId}/${base64}.png`);
      }
    }
    const item = { id: 'ig_1', type: 'image_generation_call', status: 'completed', result: 'QUJD' };
    const frames = responseFrames([
      { type: 'response.output_item.added', output_index: 0, item: { ...item, result: null, status: 'in_progress' } },
      { type: 'response.output_item.done', output_index: 0, item },
      ...messageFrames('There', { output_index: 1 }),
    ]);
    const { events } = await run(sdk, [frames], { converter: new Converter() });
    expect(JSON.stringify(events)).toContain('https://example.com/ig_1/QUJD.png');
  });

  test('a converter that throws ends the run and its request', async () => {
    class Converter extends ResponseStreamConverter {
      override urlCitationToAnnotation(): never {
        throw new Error('cannot be shown');
      }
    }
    const annotation = { type: 'url_citation', url: 'https://example.com', title: 'x', start_index: 0, end_index: 1 };
    const frames = responseFrames(messageFrames('Hello', { annotations: [annotation] }));
    const { error } = await run(sdk, [frames], { converter: new Converter() });
    expect(String(error)).toBe('Error: cannot be shown');
  });

  test('calls of hosted tools are shown as tasks where they are asked for', async () => {
    const action = { type: 'search', query: 'weather in Oslo' };
    const item = { id: 'ws_1', type: 'web_search_call', status: 'completed', action };
    const frames = responseFrames([
      { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress' } },
      { type: 'response.output_item.done', output_index: 0, item },
      ...messageFrames('Rain', { output_index: 1 }),
    ]);
    const { events } = await run(sdk, [frames], { tools: true });
    const done = events.find((event) => event.type === 'thread.item.done' && event.item.type === 'workflow');
    expect(done).toMatchObject({
      item: { workflow: { tasks: [{ type: 'web_search', title_query: 'weather in Oslo' }] } },
    });
  });

  test('a tripwire puts a workflow of an earlier run back as it was', async () => {
    const base = { thread_id: 'thr_1', created_at: '2026-11-20T10:00:00Z' };
    const tasks = [{ type: 'custom', title: 'Asked', status_indicator: 'none' }];
    const workflow = { ...base, id: 'wf_1', type: 'workflow', workflow: { type: 'custom', tasks, expanded: false } };
    const call = { ...base, id: 'tc_1', type: 'client_tool_call', status: 'completed', call_id: 'c', name: 'where' };
    const tool = toolOf(sdk, 'note', (context) => context.addWorkflowTask({ type: 'custom', title: 'Noted' }));
    const { events, error } = await run(
      sdk,
      [[...formats.responses.calls('note')], [...formats.responses.says('Secret')]],
      {
        items: [workflow, { ...call, arguments: {}, output: 1 }] as ThreadItem[],
        agent: { tools: [tool], outputGuardrails: [trips] } as AgentOptions,
      },
    );
    expect((error as Error).name).toBe('OutputGuardrailTripwireTriggered');
    expect(events.filter(({ type }) => type === 'thread.item.removed')).toHaveLength(1);
    expect(last(events)).toEqual({ type: 'thread.item.replaced', item: workflow });
  });

  test('a guardrail of a tool removes what the run produced, also where a bundler has renamed the SDK’s errors', async () => {
    const note = toolOf(sdk, 'note', async (context) => {
      await context.stream({ type: 'thread.item.done', item: itemOf(context) });
    });
    const refuses = { name: 'refuses', type: 'tool_output' as const };
    Object.assign(note, {
      outputGuardrails: [{ ...refuses, run: async () => ({ behavior: { type: 'throwException' }, outputInfo: null }) }],
    });
    const { events, error } = await run(sdk, [[...formats.responses.calls('note')]], {
      agent: { tools: [note] } as AgentOptions,
      rename: 'a',
    });
    expect(error).toHaveProperty('name', 'a');
    expect(events.map(({ type }) => type)).toEqual(['thread.item.done', 'thread.item.removed']);
  });

  test('a model that says all at once is heard after one of the Responses API', async () => {
    const said = { type: 'message', role: 'assistant', status: 'completed' };
    const output = [{ ...said, content: [{ type: 'output_text', text: 'All at once' }] }];
    const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
    async function* answer() {
      yield { type: 'response_started' };
      yield { type: 'response_done', response: { id: 'x', output, usage } };
    }
    const quiet = { getResponse: () => Promise.reject(new Error('not streamed')), getStreamedResponse: answer };
    const other = new sdk.Agent({ name: 'other', instructions: 'answer', model: quiet as never });
    const { events, error } = await run(sdk, [[...formats.responses.calls('transfer_to_other')]], {
      agent: { handoffs: [other] },
    });
    expect(error).toBeNull();
    expect(texts(events)).toEqual(['All at once']);
  });

  test('a message that its provider never ended is ended with its response', async () => {
    const begun = messageFrames('Let me see').slice(0, -3);
    const note = toolOf(sdk, 'note', () => 'noted');
    const { events } = await run(
      sdk,
      [
        responseFrames([...begun, ...functionCallFrames('note', '{}', { output_index: 1 })]),
        responseFrames(messageFrames('Done', { id: 'msg_2' })),
      ],
      { agent: { tools: [note] } as AgentOptions },
    );
    expect(texts(events)).toEqual(['Let me see', 'Done']);
  });

  test('the page’s call has the id of the model’s call of that name', async () => {
    const frames = responseFrames([
      ...functionCallFrames('note', '{}', { id: 'fc_1', call_id: 'call_1' }),
      ...functionCallFrames('where', '{}', { id: 'fc_2', call_id: 'call_2', output_index: 1 }),
      ...functionCallFrames('note', '{}', { id: 'fc_3', call_id: 'call_3', output_index: 2 }),
    ]);
    const tools = [
      toolOf(sdk, 'note', () => 'noted'),
      toolOf(sdk, 'where', (context) => context.callClientTool('where')),
    ];
    const agent = { tools, toolUseBehavior: { stopAtToolNames: ['where'] } } as AgentOptions;
    const { events } = await run(sdk, [frames], { agent });
    expect(last(events)).toMatchObject({ item: { type: 'client_tool_call', call_id: 'call_2' } });
  });

  test('an agent that is a tool of another one: its tools show things, what it says is for the first', async () => {
    const { calls, says } = formats.responses;
    const whole = (frames: readonly Step[]) => ({ body: (frames.at(-1) as { response: object }).response });
    model.reply(
      calls('ask_expert', { input: 'x' }),
      whole(calls('weather')),
      whole(says('To the first')),
      says('To the user'),
    );
    const weather = toolOf(sdk, 'weather', (context) =>
      context.streamWidget({ type: 'Card', children: [{ type: 'Text', value: '12 °C' }] }),
    );
    const expert = new sdk.Agent<AgentContext<Context>>({
      name: 'expert',
      instructions: 'be exact',
      model: modelOf(sdk, model.url),
      tools: [weather],
    });
    const tools = [expert.asTool({ toolName: 'ask_expert', toolDescription: 'asks' })];
    const { events } = await run(sdk, [], { agent: { tools } as AgentOptions });
    const done = events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item.type] : []));
    expect(done).toEqual(['widget', 'assistant_message']);
    expect(texts(events)).toEqual(['To the user']);
    expect(JSON.stringify(model.requests[3]?.body)).toContain('To the first');
  });

  test('two runs after each other in one turn', async () => {
    model.reply(formats.responses.says('First'), formats.responses.says('Second'));
    const context = new AgentContext(await turnOf());
    const agent = new sdk.Agent({ name: 'a', instructions: 'b', model: modelOf(sdk, model.url) });
    const said: string[] = [];
    for (const question of ['one', 'two']) {
      const result = await sdk.run(agent, question, { stream: true });
      const { events, error } = await collect(streamAgentResponse(context, result));
      expect(error).toBeNull();
      said.push(...texts(events));
    }
    expect(said).toEqual(['First', 'Second']);
  });

  describe('responses that the provider keeps', () => {
    const respond = (agent: AgentOptions = {}) =>
      async function* (turn: RespondTurn<Context>) {
        const context = new AgentContext(turn);
        const { items, previousResponseId } = sinceLastResponse(turn.thread, await recentItems(turn));
        const made = new sdk.Agent({
          name: 'assistant',
          instructions: 'answer',
          model: modelOf(sdk, model.url),
          ...agent,
        });
        const given = { context, stream: true, signal: turn.signal, ...(previousResponseId && { previousResponseId }) };
        const result = await sdk.run(made, await toAgentInput(items), given as { stream: true });
        yield* streamAgentResponse(context, result, { keepResponseId: true });
      };
    const asked = (index: number) => {
      const { previous_response_id, input } = model.requests[index]?.body as {
        previous_response_id?: string;
        input: object[];
      };
      return { previous: previous_response_id, input: JSON.stringify(input) };
    };
    const metadata = async (core: Core, threadId: string) => (await core.store.loadThread(threadId, ada)).metadata;
    const { says, calls } = formats.responses;

    test('the next request goes on from the last one', async () => {
      model.reply(says('One', { id: 'resp_a' }), says('Two', { id: 'resp_b' }));
      const core = serve({ respond: respond() });
      const { threadId, events } = await startThread(core, 'first');
      expect(asked(0).previous).toBeUndefined();
      expect(await metadata(core, threadId)).toMatchObject({ previous_response_id: 'resp_a' });
      expect(JSON.stringify(events)).not.toContain('resp_a'); // metadata never leaves the server

      await ask(core, addMessage(threadId, 'second'));
      expect(asked(1).previous).toBe('resp_a');
      expect(asked(1).input).toContain('second');
      expect(asked(1).input).not.toContain('first');
      expect(await metadata(core, threadId)).toMatchObject({ previous_response_id: 'resp_b' });
    });

    test('a retry starts anew, since the response it would go on from is being replaced', async () => {
      model.reply(says('One', { id: 'resp_a' }), says('Better', { id: 'resp_b' }));
      const core = serve({ respond: respond() });
      const { threadId, messageId } = await startThread(core, 'first');
      await ask(core, retryAfter(threadId, messageId));
      expect(asked(1).previous).toBeUndefined();
      expect(asked(1).input).toContain('first');
      expect(asked(1).input).not.toContain('One');
    });

    test.each([
      ['is not stored', () => responseFrames(messageFrames('One'), { response: { store: false } }), {}],
      ['does not say that it is stored', () => responseFrames(messageFrames('One')), {}],
      [
        'was cut off',
        () =>
          responseFrames(messageFrames('One'), {
            end: 'response.incomplete',
            response: { store: true, incomplete_details: { reason: 'max_output_tokens' } },
          }),
        {},
      ],
      ['tripped a guardrail', () => says('One'), { outputGuardrails: [trips] }],
    ])('one that %s is not gone on from', async (_why, frames, agent) => {
      model.reply(frames(), says('Two'));
      const core = serve({ respond: respond(agent) });
      const { threadId } = await startThread(core, 'first');
      expect(await metadata(core, threadId)).toEqual({});
      core.logger.take('error');
    });

    test('one that waits for the page is not gone on from: the call is sent with its output', async () => {
      model.reply(says('One', { id: 'resp_a' }), calls('where', {}, { id: 'resp_b' }), says('Oslo', { id: 'resp_c' }));
      const where = toolOf(sdk, 'where', (context) => context.callClientTool('where'));
      const core = serve({
        respond: respond({ tools: [where], toolUseBehavior: { stopAtToolNames: ['where'] } } as AgentOptions),
      });
      const { threadId } = await startThread(core, 'first');
      await ask(core, addMessage(threadId, 'second'));
      expect(await metadata(core, threadId)).toMatchObject({ previous_response_id: 'resp_a' });
      await ask(core, toolOutput(threadId, 'Oslo'));
      const { previous, input } = asked(2);
      expect(previous).toBe('resp_a');
      for (const part of ['second', 'function_call', 'call_1', 'function_call_output']) expect(input).toContain(part);
      expect(input).not.toContain('first');
      expect(await metadata(core, threadId)).toMatchObject({ previous_response_id: 'resp_c' });
      expect((await storedItems(core, threadId)).map(({ type }) => type).slice(-2)).toEqual([
        'client_tool_call',
        'assistant_message',
      ]);
    });
  });
});

test.each(everyRun)(
  '%s: an answer whose turn was cancelled before it began makes no events',
  async (_name, { sdk, api, says }) => {
    model.reply(says('Never'));
    const turn = await turnOf();
    const context = new AgentContext(turn);
    const agent = new sdk.Agent({ name: 'a', instructions: 'b', model: modelOf(sdk, model.url, api) });
    const result = await sdk.run(agent, 'hello', { stream: true });
    turn.abort.abort();
    expect(await collect(streamAgentResponse(context, result))).toEqual({ events: [], error: null });
  },
);

test.each(everyRun)(
  '%s: a turn that is cancelled during the answer makes no more events',
  async (_name, { sdk, api, says }) => {
    const frames = says('Hello there');
    const half = frames.findIndex((frame) => JSON.stringify(frame).includes('Hello')) + 1;
    model.reply([...frames.slice(0, half), new Gate()]);
    const turn = await turnOf();
    const context = new AgentContext(turn);
    const agent = new sdk.Agent({ name: 'a', instructions: 'b', model: modelOf(sdk, model.url, api) });
    const result = await sdk.run(agent, 'hello', { context, stream: true, signal: turn.signal });
    const seen: string[] = [];
    for await (const event of streamAgentResponse(context, result)) {
      seen.push(event.type);
      if (JSON.stringify(event).includes('Hello')) turn.abort.abort();
    }
    expect(seen).toEqual(['thread.item.added', 'thread.item.updated', 'thread.item.updated']);
  },
);
