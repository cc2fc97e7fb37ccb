// Runs of agents in a server: what the page is sent and what is stored, with each SDK and each of the model's formats.
import type { ThreadStreamEvent } from 'chatkit-express';
import { toolErrorFunction } from 'chatkit-express/agents';
import { everyRun, modelOf, respondWith, toolOf } from '../../support/agents';
import { ask, openStream, readAll, serve, startThread, storedItems } from '../../support/core';
import { Gate } from '../../support/gate';
import { chatFrames, functionCallFrames, responseFrames } from '../../support/model-frames';
import { cut, type ModelServer, startModelServer } from '../../support/model-server';
import { addMessage, createThread, toolOutput } from '../../support/requests';

let model: ModelServer;
beforeEach(async () => (model = await startModelServer()));
afterEach(() => model.close());

const card = { type: 'Card', children: [{ type: 'Text', value: '12 °C' }] };
/** What there is to see, in short: types of items and texts. */
const shown = (events: readonly ThreadStreamEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.type === 'thread.item.done') {
      const { item } = event;
      return item.type === 'assistant_message' ? [item.content.map(({ text }) => text).join('|')] : [item.type];
    }
    if (event.type === 'progress_update') return [`progress: ${event.text}`];
    return event.type === 'error' || event.type === 'notice' ? [event.type] : [];
  });
const textsOf = async (...args: Parameters<typeof storedItems>) =>
  (await storedItems(...args)).flatMap((item) =>
    item.type === 'assistant_message' ? [item.content.map(({ text }) => text).join('|')] : [],
  );
/** What the model was told, as text. */
const told = (index: number) => JSON.stringify(model.requests[index]?.body);

describe.each(everyRun)('%s', (_name, { sdk, api, says, calls }) => {
  const agent = () => ({ sdk, api, url: model.url });

  test('three turns in a row give three answers, though the model repeats its ids', async () => {
    model.reply(says('One'), says('Two'), says('Three'));
    const core = serve({ respond: respondWith(agent()) });
    const { threadId, events } = await startThread(core, 'first');
    expect(shown(events)).toEqual(['user_message', 'One']);
    expect(shown(await ask(core, addMessage(threadId, 'second')))).toEqual(['user_message', 'Two']);
    expect(shown(await ask(core, addMessage(threadId, 'third')))).toEqual(['user_message', 'Three']);

    const items = await storedItems(core, threadId);
    expect(new Set(items.map(({ id }) => id)).size).toBe(6);
    expect(await textsOf(core, threadId)).toEqual(['One', 'Two', 'Three']);
    for (const said of ['first', 'One', 'second', 'Two', 'third']) expect(told(2)).toContain(said);
  });

  test('the text comes as it is made', async () => {
    const rest = new Gate();
    const frames = says('Hello there');
    const half = frames.findIndex((frame) => JSON.stringify(frame).includes('Hello')) + 1;
    model.reply([...frames.slice(0, half), rest, ...frames.slice(half)]);
    const core = serve({ respond: respondWith(agent()) });
    const stream = (await openStream(core, createThread()))[Symbol.asyncIterator]();
    let last = '';
    while (!last.includes('"delta":"Hello ')) {
      const { value, done } = await stream.next();
      if (done) throw new Error('the stream ended before its text');
      last = JSON.stringify(value);
    }
    rest.open();
    for (let next = await stream.next(); !next.done; next = await stream.next()) last = JSON.stringify(next.value);
    expect(last).toContain('Hello there');
  });

  test('what a tool pushes comes between what the agent says before and after it', async () => {
    model.reply(calls('weather', { city: 'Oslo' }), says('It is 12 °C'));
    const weather = toolOf(sdk, 'weather', async (context) => {
      await context.progress('Looking');
      await context.streamWidget(card);
      await context.addWorkflowTask({ type: 'custom', title: 'Asked the station' });
      return '12 degrees';
    });
    const core = serve({ respond: respondWith({ ...agent(), tools: [weather] }) });
    const { threadId, events } = await startThread(core);
    expect(shown(events)).toEqual(['user_message', 'progress: Looking', 'widget', 'workflow', 'It is 12 °C']);
    expect((await storedItems(core, threadId)).map(({ type }) => type)).toEqual([
      'user_message',
      'widget',
      'workflow',
      'assistant_message',
    ]);
    expect(told(1)).toContain('12 degrees');
  });

  test('pushes that no tool waits for are not lost, and come in order', async () => {
    model.reply(calls('count'), says('Done'));
    const count = toolOf(sdk, 'count', (context) => {
      for (let number = 1; number <= 5; number++) void context.progress(String(number));
    });
    const core = serve({ respond: respondWith({ ...agent(), tools: [count] }) });
    const { events } = await startThread(core);
    const progress = [1, 2, 3, 4, 5].map((number) => `progress: ${number}`);
    expect(shown(events).filter((line) => line.startsWith('progress'))).toEqual(progress);
  });

  test('another agent takes over', async () => {
    model.reply(calls('transfer_to_expert'), says('The expert speaks'));
    const { url, ...rest } = agent();
    const expert = new sdk.Agent({ name: 'expert', instructions: 'be exact' });
    const core = serve({ respond: respondWith({ ...rest, url, handoffs: [expert] }) });
    // The expert has no model of its own: it would ask OpenAI.
    expert.model = modelOf(sdk, url, api);
    expect(shown((await startThread(core)).events)).toEqual(['user_message', 'The expert speaks']);
    expect(told(1)).toContain('be exact');
  });

  test('a guardrail that trips removes what the run produced, and the user is told', async () => {
    model.reply(calls('weather'), says('A secret'));
    const weather = toolOf(sdk, 'weather', (context) => context.streamWidget(card));
    const trips = { name: 'no secrets', execute: async () => ({ tripwireTriggered: true, outputInfo: null }) };
    const core = serve({ respond: respondWith({ ...agent(), tools: [weather], outputGuardrails: [trips] }) });
    const { threadId, events } = await startThread(core);
    expect(events.filter(({ type }) => type === 'thread.item.removed')).toHaveLength(2);
    expect(events.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
    expect((await storedItems(core, threadId)).map(({ type }) => type)).toEqual(['user_message']);
    const [line] = core.logger.take('error');
    expect((line?.fields['err'] as Error).name).toBe('OutputGuardrailTripwireTriggered');
  });

  test('a guardrail that trips on the question while the answer is on its way removes what is there', async () => {
    const seen = new Gate();
    const frames = says('Half an answer');
    const half = frames.findIndex((frame) => JSON.stringify(frame).includes('Half')) + 1;
    model.reply([...frames.slice(0, half), seen, ...frames.slice(half)]);
    const trips = {
      name: 'no nonsense',
      execute: async () => {
        await seen.passed;
        return { tripwireTriggered: true, outputInfo: null };
      },
    };
    const core = serve({ respond: respondWith({ ...agent(), inputGuardrails: [trips] }) });
    const stream = await openStream(core, createThread());
    const events: ThreadStreamEvent[] = [];
    for await (const event of stream) {
      events.push(event);
      if (JSON.stringify(event).includes('"delta":"Half ')) seen.open();
    }
    expect(events.filter(({ type }) => type === 'thread.item.removed')).toHaveLength(1);
    expect(shown(events).at(-1)).toBe('error');
    core.logger.take('error');
  });

  test('a client tool stops the run, and its output resumes it, with the workflow it had begun', async () => {
    model.reply(calls('where', { exact: true }, { callId: 'call_7' }), calls('note'), says('You are in Oslo'));
    const where = toolOf(sdk, 'where', async (context) => {
      await context.addWorkflowTask({ type: 'custom', title: 'Asked the page' });
      context.callClientTool('where', { exact: true });
    });
    const note = toolOf(sdk, 'note', async (context) => {
      await context.addWorkflowTask({ type: 'custom', title: 'Noted it' });
    });
    const respond = respondWith({
      ...agent(),
      tools: [where, note],
      toolUseBehavior: { stopAtToolNames: ['where'] },
    });
    const core = serve({ respond });
    const { threadId, events } = await startThread(core, 'Where am I?');
    expect(shown(events)).toEqual(['user_message', 'workflow', 'client_tool_call']);
    expect(events.at(-1)).toMatchObject({
      item: { status: 'pending', call_id: 'call_7', name: 'where', arguments: { exact: true } },
    });
    expect(model.requests).toHaveLength(1);

    const resumed = await ask(core, toolOutput(threadId, { city: 'Oslo' }));
    expect(shown(resumed)).toEqual(['workflow', 'You are in Oslo']);
    expect(told(1)).toContain('call_7');
    expect(told(1)).toContain('Oslo');
    const items = await storedItems(core, threadId);
    expect(items.map(({ type }) => type)).toEqual([
      'user_message',
      'workflow',
      'client_tool_call',
      'assistant_message',
    ]);
    expect(items[1]).toMatchObject({ workflow: { tasks: [{ title: 'Asked the page' }, { title: 'Noted it' }] } });
  });

  test('a client that leaves ends the request to the model, and what was said is kept', async () => {
    await leaves(respondWith(agent()));
  });

  test('so it does where the run was not given the signal', async () => {
    await leaves(respondWith(agent(), { withSignal: false }));
  });

  async function leaves(respond: ReturnType<typeof respondWith>) {
    const frames = says('Hello there');
    const half = frames.findIndex((frame) => JSON.stringify(frame).includes('Hello')) + 1;
    model.reply([...frames.slice(0, half), new Gate()]);
    const core = serve({ respond });
    const stream = await openStream(core, createThread());
    let threadId = '';
    for await (const event of stream) {
      if (event.type === 'thread.created') threadId = event.thread.id;
      if (JSON.stringify(event).includes('"delta":"Hello ')) break; // leaves
    }
    await expect((await model.request()).closed.passed).resolves.toBe(true);
    expect(await textsOf(core, threadId)).toEqual(['Hello ']);
  }

  test('a client that leaves while a tool is at work aborts the tool, and its later pushes do nothing', async () => {
    model.reply(calls('slow'));
    const at = new Gate<AbortSignal | undefined>();
    const ended = new Gate();
    const slow = toolOf(sdk, 'slow', async (context) => {
      await context.progress('Working');
      at.open(context.signal);
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
      for (let number = 0; number < 2000; number++) await context.progress(`too late ${number}`);
      ended.open();
    });
    const core = serve({ respond: respondWith({ ...agent(), tools: [slow] }) });
    const stream = await openStream(core, createThread());
    for await (const event of stream) if (event.type === 'progress_update') break;
    expect((await at.passed)?.aborted).toBe(true);
    await ended.passed;
    expect(model.requests).toHaveLength(1);
  });

  test('a cut connection keeps what was said, and the user may retry', async () => {
    const frames = says('Hello there');
    const half = frames.findIndex((frame) => JSON.stringify(frame).includes('Hello')) + 1;
    const sent = new Gate();
    model.reply([...frames.slice(0, half), sent, cut]);
    const core = serve({ respond: respondWith(agent()) });
    const events: ThreadStreamEvent[] = [];
    for await (const event of await openStream(core, createThread())) {
      events.push(event);
      if (JSON.stringify(event).includes('"delta":"Hello ')) sent.open();
    }
    expect(shown(events)).toEqual(['user_message', 'Hello ', 'error']);
    expect(events.at(-1)).toMatchObject({ code: 'stream.error', allow_retry: true });
    expect(core.logger.take('error')).toHaveLength(1);
  });

  test.each([
    [429, { 'retry-after': '1' }],
    [500, {}],
  ])('status %i of the model is told in the stream, once', async (status, headers) => {
    model.reply({ status, headers, body: { error: { message: 'the secret state of the provider' } } });
    const core = serve({ respond: respondWith(agent()) });
    const { threadId, events } = await startThread(core);
    expect(shown(events)).toEqual(['user_message', 'error']);
    expect(JSON.stringify(events)).not.toContain('secret');
    const [line, ...others] = core.logger.take('error');
    expect(line?.fields['err']).toMatchObject({ status });
    expect(others).toEqual([]);
    expect((await storedItems(core, threadId)).map(({ type }) => type)).toEqual(['user_message']);
  });

  test('a frame that is no JSON ends the stream with an error, and keeps what was said', async () => {
    const frames = says('Hello there');
    const half = frames.findIndex((frame) => JSON.stringify(frame).includes('Hello')) + 1;
    model.reply([...frames.slice(0, half), 'data: {"type": "respo\n\n', ...frames.slice(half)]);
    const core = serve({ respond: respondWith(agent()) });
    expect(shown((await startThread(core)).events)).toEqual(['user_message', 'Hello ', 'error']);
    core.logger.take('error');
  });

  test('a tool that pushes something malformed fails the run, and the log names the field', async () => {
    model.reply(calls('odd'), says('never'));
    const odd = toolOf(sdk, 'odd', (context) => context.stream({ type: 'progress_update' } as never));
    const core = serve({ respond: respondWith({ ...agent(), tools: [odd] }) });
    expect(shown((await startThread(core)).events)).toEqual(['user_message', 'error']);
    const [line] = core.logger.take('error');
    expect(String(line?.fields['err'])).toContain('progress_update that is not well formed: text');
  });

  test('a tool that throws is logged, and told to the model, not to the user', async () => {
    model.reply(calls('breaks'), says('I could not look'));
    const breaks = toolOf(sdk, 'breaks', () => {
      throw new Error();
    });
    const core = serve({ respond: respondWith({ ...agent(), tools: [breaks] }) });
    const { threadId, events } = await startThread(core);
    expect(shown(events)).toEqual(['user_message', 'I could not look']);
    expect(told(1)).toContain('An error occurred while running the tool');
    expect(core.logger.take('error')).toMatchObject([
      { message: 'a tool of an agent failed', fields: { tool: 'breaks', thread_id: threadId } },
    ]);
  });

  test('with toolErrorFunction the model is given the reason, and the log the error', async () => {
    model.reply(calls('breaks'), says('I could not look'));
    const error = new Error('the archive is closed');
    const breaks = toolOf(sdk, 'breaks', () => Promise.reject(error), { errorFunction: toolErrorFunction });
    const core = serve({ respond: respondWith({ ...agent(), tools: [breaks] }) });
    const { threadId, events } = await startThread(core);
    expect(shown(events)).toEqual(['user_message', 'I could not look']);
    expect(told(1)).toContain('the archive is closed');
    expect(core.logger.take('error')).toMatchObject([
      { message: 'a tool of an agent failed', fields: { err: error, thread_id: threadId } },
    ]);
  });

  test.each([undefined, toolErrorFunction])('a run that ends with a tool that threw is an error', async (given) => {
    model.reply(calls('breaks'));
    const errorFunction = given && { errorFunction: given };
    const breaks = toolOf(sdk, 'breaks', () => Promise.reject(new Error('the archive is closed')), errorFunction);
    const toolUseBehavior = { stopAtToolNames: ['breaks'] };
    const core = serve({ respond: respondWith({ ...agent(), tools: [breaks], toolUseBehavior }) });
    const { events } = await startThread(core);
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'stream.error', allow_retry: true });
    expect(core.logger.take('error').map(({ message }) => message)).toEqual([
      'a tool of an agent failed',
      'respond failed',
    ]);
  });

  test('a widget that a tool shows ends the workflow that is open, and its tasks can still be updated', async () => {
    model.reply(calls('look'), says('Here it is'));
    const task = { type: 'custom', title: 'Looking' } as const;
    const look = toolOf(sdk, 'look', async (context) => {
      const index = await context.addWorkflowTask({ ...task, status_indicator: 'loading' });
      await context.streamWidget({ type: 'Card', children: [] });
      await context.updateWorkflowTask({ ...task, status_indicator: 'complete' }, index);
    });
    const core = serve({ respond: respondWith({ ...agent(), tools: [look] }) });
    const { threadId, events } = await startThread(core);
    const order = ['user_message', 'workflow', 'widget', 'assistant_message'];
    const seen = events.flatMap((event) => ('item' in event ? [event.item] : []));
    expect([...new Set(seen.map(({ type }) => type))]).toEqual(order);
    const stored = await storedItems(core, threadId);
    expect(stored.map(({ type }) => type)).toEqual(order);
    expect(stored[1]).toMatchObject({ workflow: { tasks: [{ ...task, status_indicator: 'complete' }] } });
    expect(seen.findLast(({ type }) => type === 'workflow')).toEqual(stored[1]);
  });

  test('tools can ask for several functions of the page, and the model is told each result', async () => {
    const twice = [0, 1].map((index) => ({ callId: `call_${index}`, id: `fc_${index}`, index }));
    model.reply(
      api === 'chat'
        ? chatFrames('', { tool_calls: twice.map(({ callId }) => ({ id: callId, name: 'ask', arguments: '{}' })) })
        : responseFrames(
            twice.flatMap(({ callId, id, index }) =>
              functionCallFrames('ask', '{}', { call_id: callId, id, output_index: index }),
            ),
          ),
      says('Both are there'),
    );
    let asked = 0;
    const toAsk = toolOf(sdk, 'ask', (context) => context.callClientTool('ask', { number: asked++ }));
    const behavior = { tools: [toAsk], toolUseBehavior: { stopAtToolNames: ['ask'] } };
    const core = serve({ respond: respondWith({ ...agent(), ...behavior }) });
    const { threadId, events } = await startThread(core);
    expect(events.slice(-2)).toMatchObject([
      { item: { type: 'client_tool_call', call_id: 'call_0', arguments: { number: 0 } } },
      { item: { type: 'client_tool_call', call_id: 'call_1', arguments: { number: 1 } } },
    ]);
    expect(await ask(core, toolOutput(threadId, 'first'))).toHaveLength(1);
    expect(shown(await ask(core, toolOutput(threadId, 'second')))).toEqual(['Both are there']);
    const input = JSON.stringify(model.requests[1]!.body);
    const paired = (callId: string, result: string) =>
      new RegExp(`"${callId}"[^{}]*\\\\"${result}\\\\"|${result}[^{}]*"${callId}"`).test(input);
    expect([paired('call_0', 'first'), paired('call_1', 'second')]).toEqual([true, true]);
    expect([paired('call_0', 'second'), paired('call_1', 'first')]).toEqual([false, false]);
  });

  test('a slow reader holds back what tools push', async () => {
    model.reply(calls('pushes'), says('Done'));
    let pushed = 0;
    const pushes = toolOf(sdk, 'pushes', async (context) => {
      for (; pushed < 5000; pushed++) await context.progress(String(pushed));
    });
    const core = serve({ respond: respondWith({ ...agent(), tools: [pushes] }) });
    const stream = await openStream(core, createThread());
    const iterator = stream[Symbol.asyncIterator]();
    while (pushed < 1000) await iterator.next();
    const before = pushed;
    for (let turn = 0; turn < 3000; turn++) await new Promise((resolve) => setImmediate(resolve));
    // The run's queue and this one, 512 each, and the batch between them.
    expect(pushed - before).toBeLessThan(2000);
    expect(pushed).toBeLessThan(5000);
    const rest = await readAll({ [Symbol.asyncIterator]: () => iterator });
    expect(shown(rest).at(-1)).toBe('Done');
    expect(pushed).toBe(5000);
  });
});
