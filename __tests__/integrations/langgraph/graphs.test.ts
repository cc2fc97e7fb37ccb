// Real graphs with a scripted model: answers, tools, interrupts, failures and Stop. What the page has is what the store has.
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import {
  Command,
  END,
  interrupt,
  type LangGraphRunnableConfig,
  MemorySaver,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { type GraphRequest, resumeOf, streamGraph, type StreamGraphOptions } from 'chatkit-express/langgraph';
import { Gate } from '../../support/gate';
import { addMessage, retryAfter } from '../../support/requests';
import { answerOf, callsTools, type Played, says, ScriptedModel, Stage, tasksOf, typesOf } from './play';

type State = typeof MessagesAnnotation.State;
type Modes = ('messages' | 'updates' | 'custom' | 'values' | 'debug' | 'tasks' | 'checkpoints')[];

let model: ScriptedModel;
let ran: unknown[];
beforeEach(() => {
  model = new ScriptedModel();
  ran = [];
});

const schema = { type: 'object', properties: {}, additionalProperties: true } as const;

/** An agent with tools: one that works, one that fails, one that asks the user, and one of the page. */
function agentGraph() {
  const tools = [
    tool((input: unknown) => (ran.push(input), 'sunny'), { name: 'weather', description: 'd', schema }),
    tool(() => Promise.reject(new Error('no line')), { name: 'broken', description: 'd', schema }),
    tool(
      (input: unknown) => {
        if (interrupt({ approval: 'Remove it?' }) !== true) return 'The user does not want that';
        ran.push(input);
        return 'removed';
      },
      { name: 'remove', description: 'd', schema },
    ),
    tool(
      (input: unknown) => {
        const output: unknown = interrupt({ tool: 'theme', arguments: input });
        return JSON.stringify(output);
      },
      { name: 'theme', description: 'd', schema },
    ),
  ];
  return new StateGraph(MessagesAnnotation)
    .addNode('model', async (state: State, config) => ({ messages: [await model.invoke(state.messages, config)] }))
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'model')
    .addConditionalEdges('model', toTools, ['tools', END])
    .addEdge('tools', 'model')
    .compile({ checkpointer: new MemorySaver() });
}

/** Each call is a task of its own, so that each can be interrupted. */
function toTools(state: State) {
  const { tool_calls: calls = [] } = state.messages.at(-1) as AIMessage;
  return calls.length > 0 ? calls.map((call) => new Send('tools', { ...state, lg_tool_call: call })) : END;
}

interface Runnable {
  stream(input: never, options: never): Promise<AsyncIterable<unknown>>;
}

/** A server that runs the graph. The store of the package remembers the conversation. */
function stageOf(
  graph: Runnable,
  options: StreamGraphOptions & { streamMode?: string | Modes; subgraphs?: boolean; withSignal?: boolean } = {},
): Stage {
  const { streamMode = ['messages', 'updates', 'custom'], subgraphs = false, withSignal = true, ...rest } = options;
  return new Stage((turn) => {
    const run = ({ messages, resume, threadId }: GraphRequest) =>
      graph.stream(
        (resume ? new Command(resume) : { messages }) as never,
        {
          ...{ streamMode, subgraphs, configurable: { thread_id: threadId } },
          ...(withSignal && { signal: turn.signal }),
        } as never,
      );
    return streamGraph(turn, run, { ...rest, ...(typeof streamMode === 'string' && { streamMode }) });
  });
}

function expectSame({ page, visible }: Played): void {
  expect(page).toEqual(visible);
}

describe('an answer', () => {
  test('is streamed, and the store has what the page has', async () => {
    model.reply(says('It is a fine day'));
    const stage = stageOf(agentGraph());
    await stage.start('Hello');
    const played = await stage.played();
    expect(answerOf(played.visible)).toBe('It is a fine day');
    expect(played.events.filter(({ type }) => type === 'thread.item.updated').length).toBeGreaterThan(4);
    expect(played.log).toEqual([]);
    expect(model.requests[0]!.map(({ content }) => content)).toEqual(['Hello']);
    expectSame(played);
  });

  test('has the tools between its messages, each once', async () => {
    model.reply(
      [...says('Let me look').slice(0, -1), ...callsTools({ id: 'c1', name: 'weather', args: { city: 'Bern' } })],
      says('It is sunny'),
    );
    const stage = stageOf(agentGraph());
    await stage.start();
    const played = await stage.played();
    expect(ran).toEqual([{ city: 'Bern' }]);
    expect(typesOf(played.visible)).toEqual(['user_message', 'assistant_message', 'workflow', 'assistant_message']);
    expect(tasksOf(played.visible)).toMatchObject([{ title: 'weather', status_indicator: 'complete' }]);
    expect(answerOf(played.visible)).toBe('Let me look | It is sunny');
    expect(played.log).toEqual([]);
    expectSame(played);
  });

  test('with a tool that fails says so, and the log has it', async () => {
    model.reply(callsTools({ id: 'c1', name: 'broken' }), says('No luck'));
    const stage = stageOf(agentGraph());
    await stage.start();
    const played = await stage.played();
    expect(tasksOf(played.visible)).toMatchObject([{ content: 'The tool failed' }]);
    expect(played.log).toMatchObject([{ message: 'a tool of a graph failed', fields: { tool: 'broken' } }]);
    expectSame(played);
  });

  test.each<[string, string | Modes, boolean]>([
    ['the single mode messages', 'messages', false],
    ['the single mode messages, with subgraphs', 'messages', true],
    ['the single mode updates', 'updates', false],
    ['the single mode updates, with subgraphs', 'updates', true],
    ['a list of one mode', ['messages'], false],
    ['a list of modes, with subgraphs', ['messages', 'updates'], true],
    ['updates in a list', ['updates', 'custom'], false],
  ])('is the same in %s', async (_name, streamMode, subgraphs) => {
    model.reply(callsTools({ id: 'c1', name: 'weather' }), says('It is sunny'));
    const stage = stageOf(agentGraph(), { streamMode, subgraphs });
    await stage.start();
    const played = await stage.played();
    expect(answerOf(played.visible)).toBe('It is sunny');
    expect(tasksOf(played.visible)).toMatchObject([{ title: 'weather', status_indicator: 'complete' }]);
    expect(played.log).toEqual([]);
    expectSame(played);
  });

  test('names the modes that are not shown', async () => {
    model.reply(says('Hi'));
    const stage = stageOf(agentGraph(), { streamMode: ['messages', 'values', 'debug', 'tasks', 'checkpoints'] });
    await stage.start();
    const played = await stage.played();
    expect(answerOf(played.visible)).toBe('Hi');
    expect(played.log).toMatchObject([{ message: 'a stream of a graph has parts that are not shown' }]);
    const { parts } = played.log[0]!.fields as { parts: string[] };
    expect(parts.sort()).toEqual(['mode checkpoints', 'mode debug', 'mode tasks', 'mode values']);
  });

  test.each<[string, string]>([['values', 'mode values']])('in the mode %s alone is an error', async (mode, named) => {
    model.reply(says('Hi'));
    const stage = stageOf(agentGraph(), { streamMode: mode });
    await stage.start();
    const played = await stage.played();
    expect(played.events.at(-1)).toMatchObject({ type: 'error', allow_retry: true });
    expect(played.log).toMatchObject([{ fields: { reason: 'no_content', unread_fields: [named] } }]);
  });
});

describe('an interrupt', () => {
  test('for the page is a call, whose output continues the graph', async () => {
    model.reply(callsTools({ id: 'c1', name: 'theme', args: { to: 'dark' } }), says('It is dark'));
    const stage = stageOf(agentGraph());
    await stage.start();
    expect(stage.page.at(-1)).toMatchObject({ type: 'client_tool_call', name: 'theme', arguments: { to: 'dark' } });
    await stage.complete({ done: true });
    const played = await stage.played();
    expect(model.requests[1]!.at(-1)!.content).toBe('{"done":true}');
    expect(answerOf(played.visible)).toBe('It is dark');
    expect(played.results.map(({ clientToolCalled }) => clientToolCalled)).toEqual([true, false]);
    expect(played.log).toEqual([]);
    expectSame(played);
  });

  test.each([
    ['Approve', [{ path: '/' }], 'removed'],
    ['Reject', [], 'does not want'],
  ])('for the user is a question: %s', async (value, wanted, told) => {
    model.reply(callsTools({ id: 'c1', name: 'remove', args: { path: '/' } }), says('Well'));
    const stage = stageOf(agentGraph());
    await stage.start();
    expect(stage.page.at(-1)).toMatchObject({ type: 'structured_input', inputs: [{ question: 'Remove it?' }] });
    expect(ran).toEqual([]);
    await stage.decide(value);
    const played = await stage.played();
    expect(ran).toEqual(wanted);
    expect(JSON.stringify(model.requests[1]!.at(-1)!.content)).toContain(told);
    expect(played.results.map(({ approvalAsked }) => approvalAsked)).toEqual([true, false]);
    expect(played.log).toEqual([]);
    expectSame(played);
  });

  test('beside others is asked with them, and every task is shown once after the graph has continued', async () => {
    model.reply(
      callsTools(
        { id: 'c1', name: 'weather' },
        { id: 'c2', name: 'remove', args: { n: 2 } },
        { id: 'c3', name: 'remove', args: { n: 3 } },
        { id: 'c4', name: 'theme', args: { to: 'dark' } },
        { id: 'c5', name: 'theme', args: { to: 'light' } },
      ),
      says('Done'),
    );
    const stage = stageOf(agentGraph());
    await stage.start();
    await stage.decide('Approve', 'Reject');
    const calls = () => stage.page.filter(({ type }) => type === 'client_tool_call');
    expect(calls()).toMatchObject([{ arguments: { to: 'dark' } }, { arguments: { to: 'light' } }]);
    await stage.complete(1);
    expect(model.requests).toHaveLength(1);
    await stage.complete(2);
    const played = await stage.played();
    expect(ran.filter((one) => (one as { n?: number }).n !== undefined)).toEqual([{ n: 2 }]);
    expect(model.requests[1]!.slice(-5).map(({ content }) => content)).toEqual([
      'sunny',
      'removed',
      'The user does not want that',
      '1',
      '2',
    ]);
    // The calls, then their results: those of the tools that ran, and those of the page.
    const workflows = played.visible.filter(({ type }) => type === 'workflow');
    expect(workflows.map((item) => tasksOf([item]).map(({ title }) => title))).toEqual([
      ['weather', 'remove', 'remove', 'theme', 'theme'],
      ['weather', 'remove', 'remove'],
      ['theme', 'theme'],
    ]);
    expect(played.log).toEqual([]);
    expectSame(played);
  });

  test('has the messages of earlier nodes once, also where the graph sends them again', async () => {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('writer', async (state: State, config) => ({ messages: [await model.invoke(state.messages, config)] }))
      .addNode('asker', () => {
        interrupt({ approval: 'Go on?' });
        return { messages: [new AIMessage('Going on')] };
      })
      .addEdge(START, 'writer')
      .addEdge(START, 'asker')
      .addEdge('writer', END)
      .compile({ checkpointer: new MemorySaver() });
    for (const streamMode of [['messages', 'updates'], ['updates']] as Modes[]) {
      model.reply(says('In parallel'));
      const stage = stageOf(graph, { streamMode });
      await stage.start();
      await stage.decide('Approve');
      const played = await stage.played();
      expect(answerOf(played.visible)).toBe('In parallel | Going on');
      expectSame(played);
    }
  });

  test('after another message is out of date: a late yes only shows a notice', async () => {
    model.reply(callsTools({ id: 'c1', name: 'remove' }), says('As you like'));
    const stage = stageOf(agentGraph());
    await stage.start();
    await stage.ask(addMessage(stage.threadId, 'Never mind'));
    const events = await stage.decide('Approve');
    expect(events.at(-1)).toMatchObject({ type: 'notice', level: 'warning' });
    const played = await stage.played();
    expect(ran).toEqual([]);
    expect(model.requests).toHaveLength(2);
    expectSame(played);
  });

  test('is asked again by a retry', async () => {
    model.reply(callsTools({ id: 'c1', name: 'remove' }), callsTools({ id: 'c1', name: 'remove' }), says('Done'));
    const stage = stageOf(agentGraph());
    await stage.start();
    const [message] = stage.page;
    await stage.ask(retryAfter(stage.threadId, message!.id));
    await stage.decide('Approve');
    const played = await stage.played();
    expect(ran).toHaveLength(1);
    expect(typesOf(played.visible).filter((type) => type === 'structured_input')).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ['a number', 7],
    ['a text', 'Shall I?'],
    ['a tool with arguments that are not an object', { tool: 'a', arguments: 7 }],
    ['an empty question', { approval: '' }],
    ['an empty list of actions', { actionRequests: [] }],
  ])('with %s is an error that the user sees', async (_name, value) => {
    const stage = stageOf(interrupting(value));
    await stage.start();
    const played = await stage.played();
    expect(played.events.at(-1)).toMatchObject({ type: 'error' });
    expect(played.log).toMatchObject([{ message: 'a graph is interrupted by something that cannot be asked' }]);
  });

  test('that is a breakpoint is an error that the user sees', async () => {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('one', () => ({ messages: [new AIMessage('Hi')] }))
      .addEdge(START, 'one')
      .compile({ checkpointer: new MemorySaver(), interruptBefore: ['one'] });
    const stage = stageOf(graph);
    await stage.start();
    const played = await stage.played();
    expect(played.events.at(-1)).toMatchObject({ type: 'error' });
    expect(played.log).toMatchObject([{ fields: { breakpoint: true } }]);
  });

  const review = { allow_accept: true, allow_edit: false };
  test.each<[string, unknown, string[], unknown]>([
    ['two questions', { approval: ['A?', 'B?'] }, ['Approve', 'Reject'], [true, false]],
    [
      'the middleware of langchain',
      {
        actionRequests: [
          { name: 'a', args: { q: 1 } },
          { name: 'b', args: {}, description: 'Why' },
        ],
        reviewConfigs: [],
      },
      ['Approve', 'Reject'],
      { decisions: [{ type: 'approve' }, { type: 'reject', message: 'The user did not approve this call.' }] },
    ],
    [
      'a human interrupt',
      { action_request: { action: 'a', args: {} }, config: { ...review, allow_ignore: true } },
      ['Reject'],
      { type: 'ignore', args: null },
    ],
    [
      'a list of human interrupts',
      [
        { action_request: { action: 'a', args: {} }, config: { ...review, allow_ignore: false, allow_respond: true } },
        { action_request: { action: 'b', args: {} }, config: { ...review, allow_ignore: true } },
      ],
      ['Reject', 'Approve'],
      [
        { type: 'response', args: 'The user did not approve this call.' },
        { type: 'accept', args: null },
      ],
    ],
  ])('of %s continues with the value of its shape', async (_name, value, answers, wanted) => {
    const stage = stageOf(interrupting(value));
    await stage.start();
    await stage.decide(...answers);
    const played = await stage.played();
    expect(JSON.parse(answerOf(played.visible))).toEqual(wanted);
    expect(played.log).toEqual([]);
    expectSame(played);
  });

  test('continues by resumeOf, where the hook makes the stream', async () => {
    const graph = agentGraph();
    model.reply(callsTools({ id: 'c1', name: 'remove' }), says('Done'));
    const seen: unknown[] = [];
    const stage = new Stage(async function* (turn) {
      const resumed = await resumeOf(turn);
      seen.push(resumed && Object.values(resumed.resume as object));
      const threadId = resumed?.threadId ?? 'own';
      const input = resumed ? new Command(resumed) : { messages: [new HumanMessage('Remove')] };
      const stream = graph.stream(input as never, {
        ...{ streamMode: ['messages', 'updates'], configurable: { thread_id: threadId } },
      });
      return yield* streamGraph(turn, stream as never, { threadId });
    });
    await stage.start();
    await stage.decide('Approve');
    const played = await stage.played();
    expect(seen).toEqual([null, [true]]);
    expect(ran).toHaveLength(1);
    expect(answerOf(played.visible)).toBe('Done');
    expectSame(played);
  });

  /** A graph whose only node asks, and says what it is answered. */
  function interrupting(value: unknown) {
    return new StateGraph(MessagesAnnotation)
      .addNode('ask', () => ({ messages: [new AIMessage(JSON.stringify(interrupt(value)))] }))
      .addEdge(START, 'ask')
      .compile({ checkpointer: new MemorySaver() });
  }
});

describe('a subgraph', () => {
  const inner = () =>
    new StateGraph(MessagesAnnotation)
      .addNode('think', async (state: State, config) => ({ messages: [await model.invoke(state.messages, config)] }))
      .addNode('ask', () => ({
        messages: [new AIMessage(`Told ${JSON.stringify(interrupt({ approval: 'Inside?' }))}`)],
      }))
      .addEdge(START, 'think')
      .addEdge('think', 'ask')
      .compile();
  const outer = () =>
    new StateGraph(MessagesAnnotation)
      .addNode('research', inner())
      .addNode('say', async (state: State, config) => ({ messages: [await model.invoke(state.messages, config)] }))
      .addEdge(START, 'research')
      .addEdge('research', 'say')
      .compile({ checkpointer: new MemorySaver() });

  test.each([false, true])('asks once, and each of its messages is shown once (subgraphs: %s)', async (subgraphs) => {
    model.reply(says('Thinking inside'), says('The end'));
    const stage = stageOf(outer(), { subgraphs });
    await stage.start();
    expect(stage.page.filter(({ type }) => type === 'structured_input')).toHaveLength(1);
    await stage.decide('Approve');
    const played = await stage.played();
    expect(answerOf(played.visible)).toBe('Thinking inside | Told true | The end');
    expect(played.log).toEqual([]);
    expectSame(played);
  });

  test('is shown with the node that has it, and the option `nodes` says who may speak', async () => {
    for (const [nodes, wanted] of [
      [['research'], 'Thinking inside | Told true'],
      [['say'], 'The end'],
      [(node: string) => node !== 'ask', 'Thinking inside | The end'],
    ] as const) {
      model.reply(says('Thinking inside'), says('The end'));
      const stage = stageOf(outer(), { nodes, subgraphs: true });
      await stage.start();
      await stage.decide('Approve');
      const played = await stage.played();
      expect(answerOf(played.visible)).toBe(wanted);
      expectSame(played);
    }
  });
});

test('nodes that speak at the same time do not cut each other’s messages', async () => {
  const [first, second] = [new ScriptedModel(), new ScriptedModel()];
  const gates = Array.from({ length: 4 }, () => new Gate());
  const words = (name: string, own: Gate[], others: Gate[]) => [
    ...[0, 1].flatMap((index) => [own[index]!, { content: `${name}${index} ` }, opener(others[index])]),
    { content: '', response_metadata: { finish_reason: 'stop' } },
  ];
  // Each word waits for the word of the other node.
  first.reply(words('a', [gates[0]!, gates[2]!], [gates[1]!, gates[3]!]).map(toStep));
  second.reply(words('b', [gates[1]!, gates[3]!], [gates[2]!]).map(toStep));
  gates[0]!.open();
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('left', async (state: State, config) => ({ messages: [await first.invoke(state.messages, config)] }))
    .addNode('right', async (state: State, config) => ({ messages: [await second.invoke(state.messages, config)] }))
    .addEdge(START, 'left')
    .addEdge(START, 'right')
    .compile();
  for (const gate of gates) setTimeout(() => gate.open(), 200 + 50 * gates.indexOf(gate)).unref();
  const stage = stageOf(graph);
  await stage.start();
  const played = await stage.played();
  expect(answerOf(played.visible).split(' | ').sort()).toEqual(['a0 a1 ', 'b0 b1 ']);
  expectSame(played);

  function opener(gate: Gate | undefined) {
    return { open: gate };
  }
  function toStep(step: Gate | { content?: string; open?: Gate | undefined }) {
    if (!('open' in step) || step instanceof Gate) return step as never;
    step.open?.open();
    return { content: '' };
  }
});

describe('data that a node writes', () => {
  const writing = (...data: unknown[]) =>
    new StateGraph(MessagesAnnotation)
      .addNode('write', (_state: State, config: LangGraphRunnableConfig) => {
        for (const one of data) config.writer?.(one);
        return { messages: [new AIMessage('Done')] };
      })
      .addEdge(START, 'write')
      .compile();

  test('is progress, or an event as it is', async () => {
    const notice = { type: 'notice', level: 'info', message: 'Hear' };
    const stage = stageOf(writing({ progress: 'Half' }, { progress: 'More', icon: 'bolt' }, notice));
    await stage.start();
    const played = await stage.played();
    expect(played.events).toEqual(
      expect.arrayContaining([
        { type: 'progress_update', text: 'Half' },
        { type: 'progress_update', text: 'More', icon: 'bolt' },
        notice,
      ]),
    );
    expect(played.log).toEqual([]);
  });

  test('of another shape is named in the log, and shown by a converter', async () => {
    const stage = stageOf(writing({ degrees: 20 }));
    await stage.start();
    const played = await stage.played();
    expect(played.log).toMatchObject([{ fields: { parts: ['mode custom'] } }]);
  });
});

describe('a failure', () => {
  test('in the middle keeps the text, and is reported with its error', async () => {
    // LangGraph drops the chunks that nobody has read when it fails, so the failure waits until the page has the text.
    const shown = new Gate();
    model.reply([{ content: 'Half an ' }, { content: 'answer' }, shown, new Error('connection cut')]);
    const stage = stageOf(agentGraph());
    await stage.start('Hello', (event) => {
      if (JSON.stringify(event).includes('answer')) shown.open();
      return false;
    });
    const played = await stage.played();
    expect(answerOf(played.visible)).toBe('Half an answer');
    expect(played.events.at(-1)).toMatchObject({ type: 'error', allow_retry: true });
    expect(played.log).toMatchObject([{ message: 'respond failed', fields: { err: { message: 'connection cut' } } }]);
    expectSame(played);
  });

  test('at the beginning is reported', async () => {
    model.reply([new Error('no key')]);
    const stage = stageOf(agentGraph());
    await stage.start();
    const played = await stage.played();
    expect(typesOf(played.visible)).toEqual(['user_message']);
    expect(played.events.at(-1)).toMatchObject({ type: 'error' });
  });

  test.each<[string, string]>([
    ['length', 'finish_reason'],
    ['content_filter', 'finish_reason'],
    ['max_tokens', 'finish_reason'],
    ['max_tokens', 'finishReason'],
    ['max_tokens', 'stop_reason'],
    ['max_tokens', 'stopReason'],
    ['length', 'done_reason'],
  ])('by %s is said, also where the provider calls it %s', async (reason, name) => {
    const [type, text] = ['notice', 'So far'];
    model.reply([{ content: text }, { content: '', response_metadata: { [name]: reason } }]);
    const stage = stageOf(agentGraph());
    await stage.start();
    const played = await stage.played();
    expect(answerOf(played.visible)).toBe(text);
    expect(played.events.at(-1)).toMatchObject({ type });
    expectSame(played);
  });

  test.each<[string, string | { type: 'thinking'; thinking: string }[]]>([
    ['a word', ''],
    ['a word, after a thought of white space', [{ type: 'thinking', thinking: '\n' }]],
  ])('without %s is an error with Retry', async (_what, content) => {
    model.reply([{ content, response_metadata: { finish_reason: 'stop' } }]);
    const stage = stageOf(agentGraph());
    await stage.start();
    const played = await stage.played();
    expect(played.events.at(-1)).toMatchObject({ type: 'error', allow_retry: true });
    expect(played.log).toMatchObject([{ message: 'an answer of a model has nothing to show' }]);
    expect(played.visible.map(({ type }) => type)).not.toContain('workflow');
  });
});

describe('Stop', () => {
  test.each([true, false])('keeps the text, and ends the graph (signal given: %s)', async (withSignal) => {
    const gate = new Gate();
    model.reply([{ content: 'Half ' }, gate, { content: 'whole' }]);
    const stage = stageOf(agentGraph(), { withSignal });
    await stage.start('Hello', (event) => JSON.stringify(event).includes('Half '));
    if (withSignal) expect(model.signals[0]).toBeDefined();
    const closing = stage.played();
    gate.open();
    const played = await closing;
    expect(answerOf(played.visible)).toMatch(/^Half /);
    expect(answerOf(played.visible)).not.toContain('whole');
    if (withSignal) expect(model.signals[0]!.aborted).toBe(true);
    expect(played.log).toEqual([]);
  });
});

test('usage is the sum over the messages', async () => {
  const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
  const reported: unknown[] = [];
  model.reply(
    [...callsTools({ id: 'c1', name: 'weather' }), { content: '', usage_metadata: usage }],
    [{ content: 'Sunny' }, { content: '', usage_metadata: usage }],
  );
  const stage = stageOf(agentGraph(), { onUsage: (used) => reported.push(used) });
  await stage.start();
  const { results } = await stage.played();
  expect(reported).toEqual([{ input_tokens: 6, output_tokens: 4, total_tokens: 10 }]);
  expect(results[0]!.usage).toEqual(reported[0]);
});
