// `remember` of /openai and /agents: the output of a turn comes back whole, with the outputs of the server and of the page.
import { Agent, OpenAIResponsesModel, run, setTracingDisabled, tool } from '@openai/agents';
import type { HookEventInput, RespondTurn, ThreadStreamEvent } from 'chatkit-express';
import { AgentContext, streamAgentResponse, toAgentInput } from 'chatkit-express/agents';
import {
  type ChatMessage,
  type FunctionCall,
  recentItems,
  type RememberTurn,
  streamChatCompletion,
  streamResponse,
} from 'chatkit-express/openai';
import OpenAI from 'openai';
import { z } from 'zod';
import { ask, type Context, serve, startThread, storedItems } from '../../support/core';
import { chatFrames, functionCallFrames, messageFrames, responseFrames } from '../../support/model-frames';
import type { Step } from '../../support/model-server';
import { addMessage, retryAfter, toolOutput } from '../../support/requests';
import { clientOf, useModelServer } from './model';

setTracingDisabled(true);
const model = useModelServer();
const client = () => clientOf(OpenAI, model.current);
type Turn = RespondTurn<Context>;

const reasoning = (id: string) => ({ id, type: 'reasoning', encrypted_content: `SIGNED ${id}`, summary: [] });
const thinks = (id: string, output_index = 0) => [
  { type: 'response.output_item.added', output_index, item: { ...reasoning(id), encrypted_content: null } },
  { type: 'response.output_item.done', output_index, item: reasoning(id) },
];
const calls = (name: string, call_id: string, output_index = 1) =>
  functionCallFrames(name, '{}', { id: `fc_${call_id}`, call_id, output_index });
const says = (text: string): Step[] => responseFrames(messageFrames(text));
const run1 = ({ name }: FunctionCall) => `ran ${name}`;

/** The loop of docs/models.md, for the Responses API. */
async function* withResponses(turn: Turn, remember: boolean | RememberTurn = true): AsyncGenerator<HookEventInput> {
  const items = await recentItems(turn);
  const made: object[] = [];
  for (let round = 0; round < 4; round++) {
    const answer = yield* streamResponse(
      turn,
      (input) => client().responses.create({ model: 'm', input: [...input, ...made] as never, stream: true }),
      { items, clientTools: ['page'], remember: remember && { made, run: run1, ...(remember as object) } },
    );
    if (answer.clientToolCalled || answer.functionCalls.length === 0) return;
    made.push(...(answer.output as object[]));
    for (const call of answer.functionCalls) {
      made.push({ type: 'function_call_output', call_id: call.callId, output: run1(call) });
    }
  }
}

async function* withChat(turn: Turn): AsyncGenerator<HookEventInput> {
  const items = await recentItems(turn);
  const made: ChatMessage[] = [];
  for (let round = 0; round < 4; round++) {
    const answer = yield* streamChatCompletion(
      turn,
      (messages) => client().chat.completions.create({ model: 'm', messages: [...messages, ...made], stream: true }),
      { items, clientTools: ['page'], remember: { made, run: run1 } },
    );
    if (answer.clientToolCalled || answer.functionCalls.length === 0) return;
    made.push(answer.message);
    for (const call of answer.functionCalls)
      made.push({ role: 'tool', tool_call_id: call.callId, content: run1(call) });
  }
}

const bodyOf = (index: number) => model.current.requests[index]!.body;
const hidden = async (core: ReturnType<typeof serve>, threadId: string) =>
  (await storedItems(core, threadId)).filter(({ type }) => type === 'sdk_hidden_context');
const typesOf = (events: ThreadStreamEvent[]) => events.flatMap((event) => ('item' in event ? [event.item.type] : []));

describe('Responses', () => {
  test('a turn of several requests is one item, with what the server’s functions returned', async () => {
    const core = serve({ respond: (turn) => withResponses(turn) });
    model.current.reply(
      responseFrames([...thinks('rs_1'), ...calls('weather', 'call_1')]),
      responseFrames([...thinks('rs_2'), ...calls('weather', 'call_2'), ...calls('page', 'call_3', 2)]),
      says('It is warm'),
      says('Bye'),
    );
    const { threadId } = await startThread(core, 'Hello');
    expect(await hidden(core, threadId)).toHaveLength(1);
    await ask(core, toolOutput(threadId, { theme: 'dark' }));
    const called = (id: string, name: string) =>
      expect.objectContaining({ type: 'function_call', call_id: id, name }) as object;
    const returned = (call_id: string, output: string) => ({ type: 'function_call_output', call_id, output });
    const turn = [
      expect.objectContaining({ role: 'user' }),
      reasoning('rs_1'),
      called('call_1', 'weather'),
      returned('call_1', 'ran weather'),
      reasoning('rs_2'),
      called('call_2', 'weather'),
      called('call_3', 'page'),
      returned('call_2', 'ran weather'),
      returned('call_3', '{"theme":"dark"}'),
    ];
    expect(bodyOf(2).input).toEqual(turn);
    await ask(core, addMessage(threadId, 'Thanks'));
    expect(bodyOf(3).input.slice(0, 9)).toEqual(turn);
    expect(bodyOf(3).input.slice(9)).toMatchObject([{ type: 'message', role: 'assistant' }, { role: 'user' }]);
  });

  test('without `run` and without an answer of the page, each call has an output that says so', async () => {
    const core = serve({ respond: (turn) => withResponses(turn, { run: undefined }) });
    model.current.reply(responseFrames([...calls('weather', 'call_1', 0), ...calls('page', 'call_2')]), says('Well'));
    const { threadId } = await startThread(core);
    await ask(core, addMessage(threadId, 'Wait'));
    expect(bodyOf(1).input.slice(3, 5)).toEqual([
      { type: 'function_call_output', call_id: 'call_1', output: 'This call was not run.' },
      { type: 'function_call_output', call_id: 'call_2', output: 'This call was not run.' },
    ]);
  });

  test('is not kept unless it is asked for, and goes with an answer that is replaced', async () => {
    const plain = serve({ respond: (turn) => withResponses(turn, false) });
    model.current.reply(says('First'));
    expect(await hidden(plain, (await startThread(plain)).threadId)).toEqual([]);
    const core = serve({ respond: (turn) => withResponses(turn) });
    model.current.reply(says('Second'), says('Third'));
    const { threadId, messageId } = await startThread(core);
    await ask(core, retryAfter(threadId, messageId));
    const kept = await hidden(core, threadId);
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).toContain('Third');
    expect(JSON.stringify(kept)).not.toContain('Second');
  });

  test('an answer that is cut off is not kept', async () => {
    const core = serve({ respond: (turn) => withResponses(turn) });
    const response = { incomplete_details: { reason: 'max_output_tokens' } };
    model.current.reply(responseFrames(messageFrames('Half'), { end: 'response.incomplete', response }));
    const { threadId } = await startThread(core);
    expect(await hidden(core, threadId)).toEqual([]);
  });
});

test('Chat Completions: thoughts and signatures come back, with a message for each call', async () => {
  const core = serve({ respond: withChat });
  const frames = chatFrames('', {
    tool_calls: [
      { id: 'call_1', name: 'weather', arguments: '{}' },
      { id: 'call_2', name: 'page', arguments: '{}' },
    ],
  });
  const thought = { choices: [{ index: 0, delta: { reasoning_content: 'I think' }, finish_reason: null }] };
  const signature = { google: { thought_signature: 'SIGNED' } };
  const signed = {
    choices: [
      { index: 0, delta: { tool_calls: [{ index: 0, id: 'call_1', extra_content: signature }] }, finish_reason: null },
    ],
  };
  model.current.reply(
    [thought, ...frames.slice(0, 4), signed, ...frames.slice(4)],
    chatFrames('It is warm'),
    chatFrames('Bye'),
  );
  const { threadId, events } = await startThread(core, 'Hello');
  expect(typesOf(events)).toEqual(['user_message', 'workflow', 'workflow', 'client_tool_call']);
  await ask(core, toolOutput(threadId, { theme: 'dark' }));
  await ask(core, addMessage(threadId, 'Thanks'));
  const turn = [
    { role: 'user', content: 'Hello' },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'I think',
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' }, extra_content: signature },
        { id: 'call_2', type: 'function', function: { name: 'page', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'ran weather' },
    { role: 'tool', tool_call_id: 'call_2', content: '{"theme":"dark"}' },
  ];
  expect(bodyOf(1).messages).toEqual(turn);
  expect(bodyOf(2).messages).toEqual([
    ...turn,
    { role: 'assistant', content: 'It is warm' },
    { role: 'user', content: 'Thanks' },
  ]);
});

describe('an agent', () => {
  function serveAgent(remember: boolean) {
    const parameters = z.object({});
    const weather = tool({ name: 'weather', description: 'w', parameters, execute: () => 'ran weather' });
    const page = tool({
      name: 'page',
      description: 'p',
      parameters,
      execute(_input, runContext) {
        AgentContext.of(runContext).callClientTool('page');
        return 'The page is asked.';
      },
    });
    const agent = new Agent<AgentContext<Context>>({
      name: 'A',
      model: new OpenAIResponsesModel(client(), 'm'),
      tools: [weather, page],
      toolUseBehavior: { stopAtToolNames: ['page'] },
    });
    async function* respond(turn: Turn): AsyncGenerator<HookEventInput> {
      const context = new AgentContext(turn);
      const input = await toAgentInput(await recentItems(turn), turn);
      const result = await run(agent, input as never, { context, stream: true, signal: turn.signal });
      yield* streamAgentResponse(context, result, { remember });
    }
    return serve({ respond });
  }

  test('gets its signed thoughts back, with the output of the page in place of the tool’s', async () => {
    const core = serveAgent(true);
    model.current.reply(
      responseFrames([...thinks('rs_1'), ...calls('weather', 'call_1'), ...calls('page', 'call_2', 2)]),
      says('It is warm'),
      says('Bye'),
    );
    const { threadId } = await startThread(core, 'Hello');
    expect(await hidden(core, threadId)).toHaveLength(1);
    await ask(core, toolOutput(threadId, { theme: 'dark' }));
    const input = bodyOf(1).input as Record<string, unknown>[];
    expect(input.map(({ type, role, call_id }) => [role ?? type, call_id])).toEqual([
      ['user', undefined],
      ['reasoning', undefined],
      ['function_call', 'call_1'],
      ['function_call', 'call_2'],
      ['function_call_output', 'call_1'],
      ['function_call_output', 'call_2'],
    ]);
    expect(input[1]).toMatchObject({ id: 'rs_1', encrypted_content: 'SIGNED rs_1' });
    expect(input.slice(4).map(({ output }) => output)).toEqual(['ran weather', '{"theme":"dark"}']);
    await ask(core, addMessage(threadId, 'Thanks'));
    expect(bodyOf(2).input.slice(0, 6)).toEqual(input);
    expect(bodyOf(2).input).toHaveLength(8);
  });

  test('does not without the option', async () => {
    const core = serveAgent(false);
    model.current.reply(responseFrames([...thinks('rs_1'), ...calls('page', 'call_2')]), says('Hi'));
    const { threadId } = await startThread(core, 'Hello');
    expect(await hidden(core, threadId)).toEqual([]);
    await ask(core, toolOutput(threadId, { theme: 'dark' }));
    expect(JSON.stringify(bodyOf(1))).not.toContain('SIGNED');
  });
});
