// Every keyword of the example yields the events it is there to show, well-formed and in order.
import { answers } from '../../example-app/answers';
import { type Demo, lastText, outline, startDemo, threadIdOf } from './demo';

let demo: Demo;
beforeAll(async () => (demo = await startDemo()));
afterAll(() => demo.close());

const part = 'assistant_message.content_part';
/** What `say` yields. */
const said = [
  'added assistant_message',
  `${part}.added`,
  `${part}.text_delta`,
  `${part}.done`,
  'done assistant_message',
];
/** What `say` yields as the first thing in a thread, whose title was just set. */
const saidFirst = [said[0], 'thread.updated', ...said.slice(1)];
const saidWithSources = saidFirst.flatMap((name) =>
  name === `${part}.done` ? [`${part}.annotation_added`, name] : name,
);
const tasks = (count: number) =>
  Array.from({ length: count }, () => ['workflow.task.added', 'workflow.task.updated']).flat();

/** What each answer yields after the events that start every thread. */
const expected: Record<string, (string | undefined)[]> = {
  help: saidFirst,
  stream: saidFirst,
  unstoppable: ['stream_options', 'thread.updated', ...said],
  sources: saidWithSources,
  replace: [
    'done assistant_message',
    'thread.updated',
    'done assistant_message',
    'replaced assistant_message',
    'thread.item.removed',
  ],
  progress: ['progress_update', 'thread.updated', 'progress_update', ...said],
  reasoning: ['added workflow', 'thread.updated', ...tasks(1), 'workflow.task.added', 'done workflow', ...said],
  workflow: ['added workflow', 'thread.updated', ...tasks(4).slice(1), 'done workflow', ...said],
  task: ['added task', 'thread.updated', 'done task', ...said],
  widget: [...saidFirst, 'done widget'],
  form: [...saidFirst, 'done widget'],
  list: ['done widget', 'thread.updated'],
  chart: ['done widget', 'thread.updated'],
  draft: ['added widget', 'thread.updated', 'widget.streaming_text.value_delta', 'widget.root.updated', 'done widget'],
  poem: ['added widget', 'thread.updated', 'widget.streaming_text.value_delta', 'widget.root.updated', 'done widget'],
  tool: [...saidFirst, 'done client_tool_call'],
  effect: ['client_effect', 'thread.updated', ...said],
  questions: [...saidFirst, 'done structured_input'],
  notice: ['notice', 'thread.updated', 'notice', ...said],
  error: ['error', 'thread.updated'],
  image: ['added generated_image', 'thread.updated', 'generated_image.updated', 'done generated_image', ...said],
  title: saidFirst,
  lock: [...saidFirst, 'thread.updated'],
  hidden: ['thread.updated', ...said],
  turn: [...saidFirst, 'done end_of_turn', ...said],
};

test.each(['help', ...answers.map(({ keyword }) => keyword)])('%s', async (keyword) => {
  const events = await demo.ask(keyword);
  const start = ['thread.created', 'done user_message', 'stream_options'];
  // `unstoppable` sends its own stream_options right after the server's: the outline has one of them.
  const answer = keyword === 'unstoppable' ? expected[keyword]?.slice(1) : expected[keyword];
  expect(outline(events)).toEqual([...start, ...(answer ?? [])]);
  expect(demo.logged).toEqual([]);
});

test('the answers together show every kind of event, update, item and task that a hook can send', async () => {
  const shown = new Set<string>();
  for (const { keyword } of answers) {
    for (const event of await demo.ask(keyword)) {
      shown.add(event.type);
      if (event.type === 'thread.item.updated') shown.add(event.update.type);
      if ('item' in event) shown.add(event.item.type);
      if ('item' in event && event.item.type === 'workflow')
        event.item.workflow.tasks.forEach(({ type }) => shown.add(type));
    }
  }
  expect([...shown].sort()).toEqual(
    [
      'thread.created',
      'thread.updated',
      'thread.item.added',
      'thread.item.updated',
      'thread.item.done',
      'thread.item.removed',
      'thread.item.replaced',
      'stream_options',
      'progress_update',
      'client_effect',
      'error',
      'notice',
      ...['added', 'text_delta', 'annotation_added', 'done'].map((name) => `${part}.${name}`),
      'widget.streaming_text.value_delta',
      'widget.root.updated',
      'workflow.task.added',
      'workflow.task.updated',
      'generated_image.updated',
      ...['user_message', 'assistant_message', 'client_tool_call', 'widget', 'generated_image', 'structured_input'],
      ...['task', 'workflow', 'end_of_turn', 'custom', 'web_search', 'thought', 'file', 'image'],
    ].sort(),
  );
});

test('help, and the answer to anything else, lists every keyword', async () => {
  for (const text of ['help', 'good morning']) {
    const answer = lastText(await demo.ask(text));
    for (const { keyword, about } of answers) expect(answer).toContain(`\`${keyword}\`: ${about}`);
  }
});

test('the first keyword of a message wins, in any case', async () => {
  expect(outline(await demo.ask('Show me a WIDGET, then an image'))).toContain('done widget');
});

test('an echo has what was written, quoted, mentioned and picked', async () => {
  const ada = { type: 'input_tag', id: 'person_ada', text: 'Ada', data: {} };
  const answer = lastText(
    await demo.ask('', {
      content: [{ type: 'input_text', text: 'Say hello to ' }, ada],
      quoted_text: 'hello there',
      inference_options: { model: 'thorough' },
    }),
  );
  expect(answer).toContain('You said: “Say hello to Ada”');
  expect(answer).toContain('You quoted: “hello there”');
  expect(answer).toContain('the model **thorough**');
});

test('an echo is silent about what was not quoted or picked', async () => {
  const answer = lastText(await demo.ask('', { quoted_text: '' }));
  expect(answer).toMatch(/^You said nothing\.\n/);
});

test('a tool picked in the composer counts as its keyword', async () => {
  const events = await demo.ask('a lighthouse', { inference_options: { tool_choice: { id: 'image' } } });
  expect(outline(events)).toContain('done generated_image');
});

test('sources name a page, a file and an entity, each with its place in the text', async () => {
  const { data } = (await demo.open(threadIdOf(await demo.ask('sources')))).items;
  const item = data.at(-1);
  if (item?.type !== 'assistant_message') throw new Error('no answer was stored');
  const [content] = item.content;
  expect(content?.annotations.map(({ source }) => source.type)).toEqual(['url', 'file', 'entity']);
  expect(content?.annotations.map(({ index }) => content.text[(index ?? 0) - 1])).toEqual(['.', '.', '.']);
});

test('the first message names the thread, and `title` renames it', async () => {
  const thread_id = threadIdOf(await demo.ask('good morning'));
  expect(await demo.open(thread_id)).toMatchObject({ title: 'good morning' });
  const input = { content: [{ type: 'input_text', text: 'Title: A walk in the park' }] };
  await demo.stream('threads.add_user_message', { thread_id, input });
  expect(await demo.open(thread_id)).toMatchObject({ title: 'A walk in the park' });
});

test('a locked thread says why', async () => {
  const thread = await demo.open(threadIdOf(await demo.ask('lock')));
  expect(thread.status).toEqual({ type: 'locked', reason: 'The demo locked this thread.' });
});

test('a hidden note is read back by the assistant, and not seen by the client', async () => {
  const thread_id = threadIdOf(await demo.ask('hidden'));
  const input = { content: [{ type: 'input_text', text: 'hidden' }] };
  const events = await demo.stream('threads.add_user_message', { thread_id, input });
  expect(lastText(events)).toContain('My last one said: "The user asked for a note');
  const { items } = await demo.open(thread_id);
  expect(items.data.map(({ type }) => type)).toEqual([
    'user_message',
    'assistant_message',
    'user_message',
    'assistant_message',
  ]);
});

test('what was replaced and removed is so in the store', async () => {
  const { items } = await demo.open(threadIdOf(await demo.ask('replace')));
  expect(items.data).toHaveLength(2);
  expect(items.data[1]).toMatchObject({ content: [{ text: 'Two and two are four.' }] });
});
