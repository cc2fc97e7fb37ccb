// An agent's answer over a store and a converter that take their time: whatever the interleaving, nothing is lost, and the
// order on the page is the order in the store.
import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { MemoryStore, type RespondTurn, type ThreadItem, type ThreadStreamEvent } from 'chatkit-express';
import { AgentContext, ResponseStreamConverter, streamAgentResponse } from 'chatkit-express/agents';
import { ask, type Context, serve, startThread, storedItems } from '../../support/core';
import { messageFrames, reasoningFrames } from '../../support/model-frames';
import { addMessage } from '../../support/requests';

/** Waits for a number of ticks, given by the next of these numbers. */
type Latency = () => Promise<void>;
function latencies(ticks: readonly number[]): Latency {
  let next = 0;
  return async () => {
    for (let count = ticks[next++ % ticks.length]!; count > 0; count--) await nextTick();
  };
}

/** Every method that a run calls takes its time. */
class SlowStore extends MemoryStore<Context> {
  wait: Latency = async () => undefined;
  override async addThreadItem(threadId: string, item: ThreadItem, context: Context) {
    await this.wait();
    await super.addThreadItem(threadId, item, context);
    await this.wait();
  }
  override async saveItem(threadId: string, item: ThreadItem, context: Context) {
    await this.wait();
    await super.saveItem(threadId, item, context);
  }
  override async loadItem(threadId: string, itemId: string, context: Context) {
    await this.wait();
    return super.loadItem(threadId, itemId, context);
  }
  override async loadThreadItems(...args: Parameters<MemoryStore<Context>['loadThreadItems']>) {
    await this.wait();
    return super.loadThreadItems(...args);
  }
}

class SlowConverter extends ResponseStreamConverter {
  constructor(readonly wait: Latency) {
    super();
  }
  override async urlCitationToAnnotation(citation: Parameters<ResponseStreamConverter['urlCitationToAnnotation']>[0]) {
    await this.wait();
    return super.urlCitationToAnnotation(citation);
  }
  override async base64ImageToUrl(image: Parameters<ResponseStreamConverter['base64ImageToUrl']>[0]) {
    await this.wait();
    return super.base64ImageToUrl(image);
  }
}

type Act = 'task' | 'widget' | 'states' | 'progress' | 'workflow' | 'endWorkflow';
type Output = 'thoughts' | 'text' | 'image';
interface Step {
  output: Output[];
  /** The tools that run at once after the response, each with the things that it does one after the other. */
  tools: { awaited: boolean; acts: Act[] }[];
}
const acts = fc.constantFrom<Act>('task', 'widget', 'states', 'progress', 'workflow', 'endWorkflow');
const script: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    output: fc.array(fc.constantFrom<Output>('thoughts', 'text', 'image'), { maxLength: 3 }),
    tools: fc.array(fc.record({ awaited: fc.boolean(), acts: fc.array(acts, { maxLength: 4 }) }), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);

function framesOf(output: Output, output_index: number, name: string): object[] {
  if (output === 'thoughts') return reasoningFrames(['Let me see', name], { output_index, id: `rs_${name}` });
  const annotation = { type: 'url_citation', url: 'https://example.com', title: 'A page' };
  const other = { ...annotation, url: 'https://example.com/other' };
  if (output === 'text')
    return messageFrames(`Text ${name}`, { output_index, id: `msg_${name}`, annotations: [annotation, other] });
  const item = { id: `ig_${name}`, type: 'image_generation_call' };
  return [
    { type: 'response.output_item.added', output_index, item },
    {
      type: 'response.image_generation_call.partial_image',
      item_id: item.id,
      output_index,
      partial_image_index: 0,
      partial_image_b64: 'AA',
    },
    { type: 'response.output_item.done', output_index, item: { ...item, result: 'AAAA' } },
  ];
}

async function doIt(act: Act, chat: AgentContext<Context>, wait: Latency): Promise<void> {
  const widget = (value: string) => ({ type: 'Card', children: [{ type: 'Text', id: 't', value }] });
  if (act === 'widget') return chat.streamWidget(widget('whole'));
  if (act === 'progress') return chat.progress('Looking');
  if (act === 'workflow') return chat.startWorkflow({ type: 'custom', tasks: [{ type: 'custom', title: 'begin' }] });
  if (act === 'endWorkflow') return chat.endWorkflow();
  if (act === 'task') {
    await chat.addWorkflowTask({ type: 'custom', title: 'a task' });
    return;
  }
  async function* states() {
    for (const value of ['', 'a', 'ab']) {
      yield widget(value);
      await wait();
    }
  }
  return chat.streamWidget(states());
}

/** A run as the SDK makes it: the events of responses, and between them the tools. */
async function* runOf(steps: readonly Step[], chat: AgentContext<Context>, wait: Latency, chunk: Latency) {
  for (const [number, { output, tools }] of steps.entries()) {
    const model = (data: object) => ({ type: 'raw_model_stream_event', data });
    yield model({ type: 'response_started' });
    for (const [index, kind] of output.entries()) {
      for (const event of framesOf(kind, index, `${number}${index}`)) {
        yield model({ type: 'model', event });
        await chunk();
      }
    }
    const calls = tools.map((_tool, index) => ({ type: 'function_call', callId: `call_${index}`, name: 'tool' }));
    const reasoning = { type: 'reasoning' }; // a response of nothing would be an error
    yield model({ type: 'response_done', response: { id: `resp_${number}`, output: [reasoning, ...calls] } });
    const running = tools.map(async ({ awaited, acts }) => {
      for (const act of acts) {
        const acting = doIt(act, chat, wait);
        if (awaited) await acting.then(wait);
        else acting.catch(() => undefined);
      }
    });
    await Promise.all(running);
  }
}

/** An item's place among those that the user sees is the place where it first came. */
function check(events: readonly ThreadStreamEvent[], stored: readonly ThreadItem[], steps: readonly Step[]): void {
  const added = new Set<string>();
  const done = new Map<string, unknown>();
  const removed = new Set<string>();
  const shown: string[] = [];
  for (const event of events) {
    if (event.type === 'thread.item.added' || event.type === 'thread.item.done') {
      if (!shown.includes(event.item.id)) shown.push(event.item.id);
    }
    if (event.type === 'thread.item.added') added.add(event.item.id);
    if (event.type === 'thread.item.updated') expect(added).toContain(event.item_id);
    if (event.type === 'thread.item.done' || event.type === 'thread.item.replaced') done.set(event.item.id, event.item);
    if (event.type === 'thread.item.removed') removed.add(event.item_id);
    expect(event.type).not.toBe('error');
  }
  for (const id of added) expect(done.has(id) || removed.has(id)).toBe(true);
  const kept = stored.filter(({ id }) => done.has(id));
  expect(kept.map((item) => JSON.stringify(item))).toEqual(
    shown.filter((id) => !removed.has(id)).map((id) => JSON.stringify(done.get(id))),
  );
  // The provider's own items, in its order.
  const wanted = steps.flatMap(({ output }, number) =>
    output.flatMap((kind, index) => (kind === 'text' ? [`Text ${number}${index}`] : [])),
  );
  const texts = kept.flatMap((item) => (item.type === 'assistant_message' ? [item.content[0]?.text] : []));
  expect(texts).toEqual(wanted);
  for (const item of kept) {
    if (item.type === 'assistant_message') expect(item.content[0]?.annotations).toHaveLength(2);
  }
}

async function answer(steps: readonly Step[], ticks: readonly number[], chunks: readonly number[]) {
  const store = new SlowStore();
  const wait = latencies(ticks);
  store.wait = wait;
  const core = serve({
    store,
    async *respond(turn: RespondTurn<Context>) {
      const chat = new AgentContext(turn);
      const run = { toStream: () => ReadableStream.from(runOf(steps, chat, wait, latencies(chunks))) };
      yield* streamAgentResponse(chat, run, { converter: new SlowConverter(wait), tools: true });
    },
  });
  const { threadId, events } = await startThread(core);
  return { events, stored: await storedItems(core, threadId) };
}

const ticks = fc.array(fc.nat({ max: 4 }), { minLength: 5, maxLength: 20 });

test('whatever the interleaving, every item is finished and stored, and nothing is updated that was not added', async () => {
  await fc.assert(
    fc.asyncProperty(script, ticks, ticks, async (steps, waits, chunks) => {
      // Tools of the last response, too, may leave things running that nobody awaits.
      const { events, stored } = await answer(steps, waits, chunks);
      const inOrder = steps.every(({ tools }) => tools.length < 2 && tools.every(({ awaited }) => awaited));
      check(events, inOrder ? stored : byFirstSeen(stored, events), steps);
    }),
    { numRuns: 300 },
  );
}, 120_000);

/** For tools that run at once, or that nobody awaits: an item that began later may be finished earlier. */
function byFirstSeen(stored: readonly ThreadItem[], events: readonly ThreadStreamEvent[]): ThreadItem[] {
  const place = (id: string) => events.findIndex((event) => 'item' in event && event.item.id === id);
  return [...stored].sort((one, other) => place(one.id) - place(other.id));
}

test('an answer in one chunk over a store that waits loses nothing', async () => {
  const steps: Step[] = [
    { output: ['thoughts'], tools: [{ awaited: true, acts: ['task', 'widget'] }] },
    { output: ['text'], tools: [] },
  ];
  for (let latency = 0; latency < 40; latency++) {
    const { events, stored } = await answer(steps, [latency % 5, (latency * 7) % 3, 1], [0]);
    check(events, stored, steps);
    expect(stored.map(({ type }) => type)).toEqual(['user_message', 'workflow', 'widget', 'assistant_message']);
  }
});

test('a widget that nobody awaits is finished before the answer ends', async () => {
  const { events, stored } = await answer([{ output: [], tools: [{ awaited: false, acts: ['states'] }] }], [3], [0]);
  expect(stored.map(({ type }) => type)).toEqual(['user_message', 'widget']);
  expect(events.at(-1)).toMatchObject({ type: 'thread.item.done' });
});

test('a widget whose states end in an error is kept as it was last shown', async () => {
  const core = serve({
    store: new MemoryStore<Context>(),
    async *respond(turn) {
      const chat = new AgentContext(turn);
      async function* states() {
        yield { type: 'Card', children: [{ type: 'Text', id: 't', value: 'so far' }] };
        throw new Error('no more');
      }
      async function* events() {
        await expect(chat.streamWidget(states())).rejects.toThrow('no more');
        yield* [];
      }
      yield* streamAgentResponse(chat, { toStream: () => ReadableStream.from(events()) });
    },
  });
  const { threadId } = await startThread(core);
  const stored = await storedItems(core, threadId);
  expect(stored.at(-1)).toMatchObject({ type: 'widget', widget: { children: [{ value: 'so far' }] } });
});

test('an item that a tool added and left open is stored as it was shown', async () => {
  const core = serve({
    async *respond(turn) {
      const chat = new AgentContext(turn);
      async function* events() {
        const item = { id: 'msg_1', thread_id: turn.thread.id, created_at: '2026-11-20T10:00:00Z' };
        const content = [{ type: 'output_text' as const, text: 'So ' }];
        await chat.stream({ type: 'thread.item.added', item: { ...item, type: 'assistant_message', content } });
        const update = { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: 'far' } as const;
        await chat.stream({ type: 'thread.item.updated', item_id: item.id, update });
        yield* [];
      }
      yield* streamAgentResponse(chat, { toStream: () => ReadableStream.from(events()) });
    },
  });
  const { threadId } = await startThread(core);
  const stored = await storedItems(core, threadId);
  expect(stored.at(-1)).toMatchObject({ id: 'msg_1', content: [{ text: 'So far' }] });
  const again = await ask(core, addMessage(threadId, 'And now?'));
  expect(again.at(-1)).toMatchObject({ type: 'thread.item.done', item: { id: 'msg_1' } });
});
