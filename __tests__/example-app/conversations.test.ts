// What takes more than one request: client tools, questions, retries, buttons, feedback, dictation, Stop.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientThreadItem, ThreadStreamEvent } from 'chatkit-express';
import { type Demo, lastText, message, outline, startDemo, threadIdOf } from './demo';
import { Pace } from './pace';

let demo: Demo;
beforeAll(async () => (demo = await startDemo()));
afterAll(() => demo.close());

/** The last item of a type that a stream has done. */
function doneItem<Type extends ClientThreadItem['type']>(events: ThreadStreamEvent[], type: Type) {
  const items = events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item] : []));
  const item = items.findLast((candidate) => candidate.type === type);
  if (!item) throw new Error(`no ${type} was done`);
  return item as Extract<ClientThreadItem, { type: Type }>;
}

test('a client tool: the answer goes on with what the page returns', async () => {
  const events = await demo.ask('tool');
  const thread_id = threadIdOf(events);
  expect(doneItem(events, 'client_tool_call')).toMatchObject({
    name: 'get_page_title',
    status: 'pending',
    arguments: {},
  });
  const result = { title: 'My page' };
  const more = await demo.stream('threads.add_client_tool_output', { thread_id, result });
  expect(lastText(more)).toBe('The page is called “My page”.');
});

test.each([null, 'text', { title: 4 }, { error: 'no such tool' }])('a client tool that returns %j', async (result) => {
  const thread_id = threadIdOf(await demo.ask('tool'));
  const events = await demo.stream('threads.add_client_tool_output', { thread_id, result });
  expect(lastText(events)).toBe('The page did not tell its title.');
});

describe('questions', () => {
  const answers = {
    season: { values: ['Spring', 'Summer'], skipped: false },
    interests: { values: ['Food', 'Museums'], skipped: false },
    wishes: { values: [], skipped: true },
  };

  test('the answer goes on with what the user chose', async () => {
    const events = await demo.ask('questions');
    const thread_id = threadIdOf(events);
    const item = doneItem(events, 'structured_input');
    expect(item.inputs.map(({ type }) => type)).toEqual(['multiple_choice', 'multiple_choice', 'freeform']);
    const input = { status: 'answered', answers };
    const more = await demo.stream('threads.add_structured_input', { thread_id, item_id: item.id, input });
    expect(outline(more).slice(0, 2)).toEqual(['stream_options', 'replaced structured_input']);
    expect(lastText(more)).toContain('- When do you travel? Spring\n');
    expect(lastText(more)).toContain('- What do you like? Food, Museums\n');
    expect(lastText(more)).toContain('- Anything else? *skipped*');
  });

  test('they can be skipped', async () => {
    const events = await demo.ask('questions');
    const params = { thread_id: threadIdOf(events), item_id: doneItem(events, 'structured_input').id };
    const more = await demo.stream('threads.add_structured_input', { ...params, input: { status: 'skipped' } });
    expect(lastText(more)).toContain('You skipped the questions.');
  });

  test('they can be answered after a tool has been called and completed', async () => {
    const events = await demo.ask('questions');
    const thread_id = threadIdOf(events);
    await demo.stream('threads.add_user_message', { thread_id, input: message('tool') });
    const result = { title: 'My page' };
    const tool = await demo.stream('threads.add_client_tool_output', { thread_id, result });
    expect(lastText(tool)).toContain('My page');
    const item_id = doneItem(events, 'structured_input').id;
    const more = await demo.stream('threads.add_structured_input', { thread_id, item_id, input: { answers } });
    expect(lastText(more)).toContain('Thank you.');
  });
});

test('an error offers to try again, and the second try works', async () => {
  const events = await demo.ask('error');
  expect(events.at(-2)).toMatchObject({ type: 'error', code: 'custom', allow_retry: true });
  const retry = { thread_id: threadIdOf(events), item_id: doneItem(events, 'user_message').id };
  expect(lastText(await demo.stream('threads.retry_after_item', retry))).toBe('The second time worked.');
});

describe('the buttons of a widget', () => {
  async function card() {
    const events = await demo.ask('widget');
    return { thread_id: threadIdOf(events), item_id: doneItem(events, 'widget').id };
  }
  const stored = async ({ thread_id, item_id }: { thread_id: string; item_id: string }) =>
    (await demo.open(thread_id)).items.data.find(({ id }) => id === item_id);

  test('a choice replaces the card, is noted for the model and answered', async () => {
    const sender = await card();
    const action = { type: 'choose', payload: { chosen: 'lemon', likes: 2 } };
    const events = await demo.stream('threads.custom_action', { ...sender, action });
    expect(outline(events).slice(0, 3)).toEqual(['stream_options', 'replaced widget', 'added assistant_message']);
    expect(lastText(events)).toContain('lemon');
    expect(JSON.stringify(await stored(sender))).toContain('You chose lemon.');
  });

  test('a like is a sync action, answered with the new card', async () => {
    const sender = await card();
    const action = { type: 'like', payload: { chosen: 'lemon', likes: 2 } };
    const { updated_item } = await demo.json('threads.sync_custom_action', { ...sender, action });
    expect(JSON.stringify(updated_item)).toContain('Like (3)');
    expect(await stored(sender)).toEqual(updated_item);
  });

  test('the card can be removed', async () => {
    const sender = await card();
    const events = await demo.stream('threads.custom_action', { ...sender, action: { type: 'remove' } });
    expect(outline(events)).toEqual(['stream_options', 'thread.item.removed']);
    expect(await stored(sender)).toBeUndefined();
  });

  test.each([
    { type: 'dance' },
    { type: 'choose' },
    { type: 'choose', payload: null },
    { type: 'choose', payload: { chosen: 'mud', likes: 'many' } },
  ])('the action %j is refused before anything is said', async (action) => {
    const answer = await demo.json('threads.custom_action', { ...(await card()), action });
    expect(answer).toMatchObject({ error: { code: 'invalid_request' } });
  });

  test('an action without a widget is refused in the chat', async () => {
    const { thread_id } = await card();
    const events = await demo.stream('threads.custom_action', { thread_id, action: { type: 'remove' } });
    expect(events.at(-1)).toMatchObject({ type: 'error', message: 'Only a widget can be removed.' });
  });

  test('an unknown sync action is refused', async () => {
    const answer = await demo.json('threads.sync_custom_action', { ...(await card()), action: { type: 'dance' } });
    expect(answer).toMatchObject({ error: { code: 'invalid_request' } });
  });
});

describe('the other widgets', () => {
  /** The widget that a keyword shows, as the sender of actions. */
  async function shown(keyword: string) {
    const events = await demo.ask(keyword);
    return { thread_id: threadIdOf(events), item_id: doneItem(events, 'widget').id };
  }
  /** The stored widget, as text. */
  const stored = async ({ thread_id, item_id }: { thread_id: string; item_id: string }) =>
    JSON.stringify((await demo.open(thread_id)).items.data.find(({ id }) => id === item_id));
  const act = (sender: object, type: string, payload: object) =>
    demo.stream('threads.custom_action', { ...sender, action: { type, payload } });

  test('the form gives way to what was booked', async () => {
    const sender = await shown('form');
    const trip = { name: ' Ada ', city: 'oslo', seat: 'aisle', bike: true, day: '2027-03-01' };
    const events = await act(sender, 'trip.book', trip);
    expect(lastText(events)).toBe('Have a good time in Oslo, Ada.');
    const text = await stored(sender);
    for (const part of ['Oslo, 2027-03-01', 'Ada, aisle seat', 'Bicycle']) expect(text).toContain(part);
    expect(text).not.toContain('"Form"');
  });

  test('a form with bad fields is refused, naming each, and stays', async () => {
    const sender = await shown('form');
    const action = { type: 'trip.book', payload: { name: '  ', city: 'Atlantis' } };
    const { error } = await demo.json<{ error: { issues: { path: string[]; message: string }[] } }>(
      'threads.custom_action',
      { ...sender, action },
    );
    expect(error.issues.map(({ path }) => path.join('.'))).toEqual([
      'params.action.payload.name',
      'params.action.payload.city',
    ]);
    expect(error.issues[0]?.message).toBe('Please give a name');
    expect(await stored(sender)).toContain('"Form"');
  });

  test('a row of the list tells of its book, and of no book that there is not', async () => {
    const sender = await shown('list');
    expect(lastText(await act(sender, 'book.show', { id: 'maps' }))).toContain('**Maps of Nowhere**');
    const events = await act(sender, 'book.show', { id: 'none' });
    expect(events.at(-1)).toMatchObject({ type: 'error', message: 'There is no such book.' });
  });

  test('the chart is drawn anew by a sync action', async () => {
    const sender = await shown('chart');
    expect(await stored(sender)).toContain('"type":"bar"');
    const action = { type: 'chart.draw', payload: { kind: 'line' } };
    const { updated_item } = await demo.json('threads.sync_custom_action', { ...sender, action });
    expect(JSON.stringify(updated_item)).toBe(await stored(sender));
    expect(await stored(sender)).toContain('"type":"line"');
  });

  test('the draft is rewritten in its place and sent as the user left it', async () => {
    const sender = await shown('draft');
    const first = await stored(sender);
    const events = await act(sender, 'draft.rewrite', { version: 1, draft: 'ignored' });
    expect(outline(events)).toEqual([
      'stream_options',
      'widget.root.updated',
      'widget.streaming_text.value_delta',
      'widget.root.updated',
      'replaced widget',
    ]);
    expect(await stored(sender)).toContain('It ends at ten');
    expect(first).not.toContain('It ends at ten');
    await act(sender, 'draft.send', { version: 1 });
    expect(await stored(sender)).toMatch(/"Sent".*It ends at ten/);
    await act(sender, 'draft.send', { version: 1, draft: 'My own words' });
    expect(await stored(sender)).toContain('My own words');
  });
});

test('feedback is logged', async () => {
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  const events = await demo.ask('help');
  const thread_id = threadIdOf(events);
  const item_id = doneItem(events, 'assistant_message').id;
  expect(await demo.json('items.feedback', { thread_id, item_ids: [item_id], kind: 'positive' })).toEqual({});
  expect(log).toHaveBeenCalledWith(`feedback: positive for ${item_id} in ${thread_id}`);
  log.mockRestore();
});

test('dictation says how many bytes it heard', async () => {
  const audio_base64 = Buffer.alloc(1234).toString('base64');
  const mime_type = 'audio/webm;codecs=opus';
  expect(await demo.json('input.transcribe', { audio_base64, mime_type })).toEqual({
    text: 'I heard 1234 bytes of audio/webm.',
  });
});

test('Stop ends the answer at once and keeps what was said', async () => {
  const pace = new Pace(1);
  pace.hold(12); // so that the rest never comes, however late Stop is
  const slow = await startDemo(pace);
  try {
    await stopHalfWay(slow);
  } finally {
    await slow.close();
  }
});

async function stopHalfWay(slow: Demo): Promise<void> {
  const stop = new AbortController();
  const body = JSON.stringify({ type: 'threads.create', params: { input: message('stream') } });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${slow.origin}/chatkit`, { method: 'POST', headers, body, signal: stop.signal });
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('"delta":"answer, ')) break;
  }
  stop.abort();
  const thread_id = /thr_\w+/.exec(text)![0];
  for (;;) {
    const { data } = (await slow.open(thread_id)).items;
    const answer = data[1];
    if (answer?.type === 'assistant_message') {
      expect(answer.content[0]!.text).toMatch(/^A server got a question\. It did not know the answer, /);
      expect(answer.content[0]!.text).not.toContain('Half way');
      expect(slow.logged).toEqual([]);
      return;
    }
    await sleep(20);
  }
}
