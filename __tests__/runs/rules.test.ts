// Mistakes in a hook's events that are well formed: each is logged once for a run, with the thread and a remedy.
import {
  type HookEventInput,
  type RespondTurn,
  streamAnswer,
  type Thread,
  type ThreadItemInput,
} from 'chatkit-express';
import { type Finding, StreamRules } from '../../src/runs/rules';
import { ask, type Context, openStream, serve, startThread } from '../support/core';
import {
  added,
  assistantMessage,
  createdAt,
  done,
  hiddenNote,
  progress,
  removed,
  replaced,
  textDelta,
  toolCall,
  updated,
} from '../support/items';
import { addMessage, createThread } from '../support/requests';

type Events = (thread: Thread) => HookEventInput[];

const message = (thread: Thread, text = 'Hello') => assistantMessage(thread, 'm_1', text);
const task = (status_indicator: 'loading' | 'complete') => ({
  type: 'custom' as const,
  title: 'Look',
  status_indicator,
});
const workflow = (thread: Thread, tasks: ReturnType<typeof task>[]): ThreadItemInput => ({
  type: 'workflow',
  id: 'wf_1',
  thread_id: thread.id,
  created_at: createdAt,
  workflow: { type: 'custom', tasks },
});
const widget = (thread: Thread, id = 'w_1'): ThreadItemInput => ({
  type: 'widget',
  id,
  thread_id: thread.id,
  created_at: createdAt,
  widget: { type: 'Card', children: [] },
});
const part = { type: 'output_text' as const, text: '', annotations: [] };
const partAdded = (index = 0) =>
  updated('m_1', { type: 'assistant_message.content_part.added', content_index: index, content: part });
const root = (id: string) => updated(id, { type: 'widget.root.updated', widget: { type: 'Card', children: [] } });
const taskUpdated = (task_index: number) =>
  updated('wf_1', { type: 'workflow.task.updated', task_index, task: task('complete') });

/** Runs a hook that yields these events after a message of the user. Returns the lines that the hook has caused. */
async function run(events: Events, end: () => void = () => undefined) {
  const core = serve({
    async *respond({ thread }) {
      yield* events(thread);
      end();
    },
  });
  const { threadId } = await startThread(core);
  return { threadId, lines: [...core.logger.take('warn'), ...core.logger.take('error')] };
}

test('a part that was never added is found once, and another part too', () => {
  const found: Finding[] = [];
  const rules = new StreamRules((finding) => found.push(finding));
  rules.observe(added(assistantMessage({ id: 'thr_1' }, 'm_1', '')));
  for (const part of [1, 1, 2, 1, 0]) rules.observe(textDelta('m_1', 'Hi', part));
  expect(found).toEqual([1, 3].map((at) => ({ rule: 'delta_without_part', at, itemId: 'm_1' })));
});

test.each<[string, string, Events, RegExp]>([
  [
    'delta_without_part',
    'text for a part that was never added',
    (thread) => [added(assistantMessage(thread, 'm_1')), textDelta('m_1', 'Hi'), done(message(thread))],
    /content_part\.added/,
  ],
  [
    'delta_without_part',
    'text for the second part in place of the first',
    (thread) => [added(message(thread, '')), textDelta('m_1', 'a'), textDelta('m_1', 'b', 1), done(message(thread))],
    /content_part\.added/,
  ],
  [
    'update_of_unknown_item',
    'text before its item',
    (thread) => [textDelta('m_1', 'Hi'), done(message(thread))],
    /thread\.item\.added/,
  ],
  [
    'update_of_unknown_item',
    'text after its item was removed',
    (thread) => [added(message(thread, '')), removed('m_1'), textDelta('m_1', 'Hi')],
    /thread\.item\.added/,
  ],
  [
    'update_after_done',
    'text after the message is done',
    (thread) => [done(message(thread)), textDelta('m_1', ' and more')],
    /thread\.item\.done/,
  ],
  [
    'update_after_done',
    'a widget that changes after it is done',
    (thread) => [done(widget(thread)), root('w_1')],
    /thread\.item\.replaced/,
  ],
  [
    'item_twice',
    'two messages with the same id',
    (thread) => [done(message(thread)), done(message(thread, 'Another'))],
    /turn\.generateId/,
  ],
  [
    'item_twice',
    'an item that is added twice',
    (thread) => [added(message(thread, '')), added(message(thread, '')), done(message(thread))],
    /turn\.generateId/,
  ],
  [
    'client_tool_twice',
    'a call of a client tool that is done twice',
    (thread) => [done(toolCall(thread, 'call')), done(toolCall(thread, 'call'))],
    /once/,
  ],
  ...['__fake_id__', 'FAKE_ID', 'undefined', 'null', '[object Promise]', 'msg_[object Object]'].map(
    (id): [string, string, Events, RegExp] => [
      'placeholder_id',
      `the id ${id}`,
      (thread) => [done(assistantMessage(thread, id, 'Hello'))],
      /turn\.generateId/,
    ],
  ),
  ['message_without_text', 'a message without parts', (thread) => [done(assistantMessage(thread, 'm_1'))], /text/],
  ['message_without_text', 'a message of white space', (thread) => [done(message(thread, ' \n'))], /text/],
  [
    'message_without_text',
    'a message that is replaced by an empty one',
    (thread) => [done(message(thread)), replaced(message(thread, ''))],
    /text/,
  ],
  [
    'loading_task',
    'a finished workflow with a task that is loading',
    (thread) => [done(workflow(thread, [task('complete'), task('loading')]))],
    /status_indicator/,
  ],
  [
    'update_of_unknown_task',
    'a task that the workflow does not have',
    (thread) => [
      added(workflow(thread, [task('loading')])),
      taskUpdated(1),
      done(workflow(thread, [task('complete')])),
    ],
    /workflow\.task\.added/,
  ],
  ['nothing_said', 'a hook without events', () => [], /streamAnswer/],
  ['nothing_said', 'a hook that only says what is going on', () => [progress('Looking')], /streamAnswer/],
  [
    'nothing_said',
    'a hook that only writes for the model',
    (thread) => [done(hiddenNote(thread, 'h'))],
    /streamAnswer/,
  ],
  [
    'never_done',
    'a message that is not done when a client tool is called',
    (thread) => [added(message(thread, '')), textDelta('m_1', 'Hi'), done(toolCall(thread, 'call'))],
    /thread\.item\.done/,
  ],
])('%s: %s', async (rule, _mistake, events, remedy) => {
  const { threadId, lines } = await run(events);
  expect(lines).toMatchObject([{ level: 'warn', fields: { rule, hook: 'respond', thread_id: threadId } }]);
  expect(lines[0]!.message).toMatch(remedy);
});

test('an item that is never done is reported with its thread and what became of it', async () => {
  const { threadId, lines } = await run((thread) => [added(message(thread, '')), textDelta('m_1', 'Hi')]);
  expect(lines).toMatchObject([
    { message: 'a hook ended before its items were done', fields: { thread_id: threadId, kept_ids: ['m_1'] } },
  ]);
});

const silent: [string, Events][] = [
  ['a message', (thread) => [done(message(thread))]],
  [
    'a message that grows in two parts',
    (thread) => [
      added(assistantMessage(thread, 'm_1')),
      partAdded(),
      textDelta('m_1', 'He'),
      textDelta('m_1', 'llo'),
      partAdded(1),
      textDelta('m_1', 'again', 1),
      done(message(thread)),
    ],
  ],
  [
    'a message with a part from the start',
    (thread) => [added(message(thread, '')), textDelta('m_1', 'H'), done(message(thread))],
  ],
  [
    'a workflow that ends',
    (thread) => [
      added(workflow(thread, [task('loading')])),
      taskUpdated(0),
      done(workflow(thread, [task('complete')])),
    ],
  ],
  [
    'a workflow that goes on after a client tool',
    (thread) => [added(workflow(thread, [task('loading')])), done(toolCall(thread, 'call'))],
  ],
  [
    'a widget that changes after it is done, and is replaced',
    (thread) => [done(widget(thread)), root('w_1'), replaced(widget(thread))],
  ],
  [
    'text of an earlier message that is replaced',
    (thread) => [textDelta('m_0', 'more'), replaced(assistantMessage(thread, 'm_0', 'more'))],
  ],
  [
    'an id that is used again after its item was removed',
    (thread) => [added(message(thread, '')), removed('m_1'), done(message(thread))],
  ],
  [
    'a client tool that is added and done',
    (thread) => [added(toolCall(thread, 'call')), done(toolCall(thread, 'call'))],
  ],
  ['the removal of an earlier item', () => [removed('m_0')]],
  ['a notice', () => [{ type: 'notice', level: 'info', message: 'Closed today' }]],
  ['an error of its own', () => [{ type: 'error', message: 'No' }]],
  ['an effect of the page', () => [{ type: 'client_effect', name: 'shake' }]],
];

test.each(silent)('%s is not a mistake', async (_what, events) => {
  expect((await run(events)).lines).toEqual([]);
});

test.each([
  ['text', 'Hello'],
  [
    'chunks',
    (async function* () {
      yield 'Hel';
      yield 'lo';
    })(),
  ],
] as const)('streamAnswer with %s makes no mistake', async (_what, source) => {
  const core = serve({ respond: (turn: RespondTurn<Context>) => streamAnswer(turn, source) });
  await startThread(core);
  expect(core.logger.lines).toEqual([]);
});

test('a mistake that is made a hundred times is logged once for a run, and again for the next run', async () => {
  const core = serve({
    async *respond({ thread, generateId }) {
      const id = generateId('message');
      yield added(assistantMessage(thread, id));
      for (let delta = 0; delta < 100; delta++) yield textDelta(id, 'x');
      yield done(assistantMessage(thread, id, 'x'));
    },
  });
  const { threadId } = await startThread(core);
  expect(core.logger.take('warn')).toHaveLength(1);
  await ask(core, addMessage(threadId));
  expect(core.logger.take('warn')).toHaveLength(1);
});

test('mistakes before an error are reported beside the error', async () => {
  const { lines } = await run(
    (thread) => [done(message(thread)), textDelta('m_1', ' and more')],
    () => {
      throw new Error('down');
    },
  );
  expect(lines).toMatchObject([{ fields: { rule: 'update_after_done' } }, { message: 'respond failed' }]);
});

test('a run that is cancelled is not said to be silent', async () => {
  const core = serve({
    async *respond() {
      yield progress('Looking');
      await new Promise(() => undefined);
    },
  });
  const events = await openStream(core, createThread());
  for await (const event of events) if (event.type === 'progress_update') break;
  await core.server.close({ drainMs: 0 });
  expect(core.logger.take('warn')).toEqual([]);
});

test('a client tool may be the last step of a turn', async () => {
  let calls = 0;
  const core = serve({
    async *respond({ thread }) {
      if (calls++ === 0) yield done(toolCall(thread, 'call'));
    },
  });
  const { threadId } = await startThread(core);
  const output = { type: 'threads.add_client_tool_output', params: { thread_id: threadId, result: 'done' } };
  await ask(core, output);
  expect(calls).toBe(2);
  expect(core.logger.take('warn')).toEqual([]);
});

test('a long answer of many items is observed in bounded memory, without a false report', async () => {
  const { lines } = await run((thread) =>
    Array.from({ length: 1500 }, (_, index) => [
      added(assistantMessage(thread, `m_${index}`, '')),
      textDelta(`m_${index}`, 'Hello'),
      done(assistantMessage(thread, `m_${index}`, 'Hello')),
    ]).flat(),
  );
  expect(lines).toEqual([]);
});
