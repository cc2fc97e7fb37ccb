// The two servers of docs/from-python.md, with a model on this machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ThreadItem, ThreadStreamEvent } from 'chatkit-express';
import type { Express } from 'express';
import request from 'supertest';
import { formats } from '../support/agents';
import { type ModelServer, startModelServer } from '../support/model-server';
import { addMessage, createThread, customAction, toolOutput } from '../support/requests';
import { loadExample } from './load-example';
import { examplesFolder } from './markdown';

const { calls, says } = formats.responses;
let model: ModelServer;
beforeAll(async () => {
  model = await startModelServer();
  process.env['OPENAI_API_KEY'] = 'none';
  process.env['OPENAI_BASE_URL'] = model.url;
});
afterAll(async () => {
  delete process.env['OPENAI_API_KEY'];
  delete process.env['OPENAI_BASE_URL'];
  await model.close();
});

async function send(app: Express, body: object): Promise<ThreadStreamEvent[]> {
  const { text } = await request(app).post('/chatkit').send(body);
  return text
    .split('\n\n')
    .flatMap((frame) => (frame.startsWith('data: ') ? [JSON.parse(frame.slice(6)) as ThreadStreamEvent] : []));
}

const itemsOf = (events: ThreadStreamEvent[]): ThreadItem[] =>
  events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item] : []));
const typesOf = (events: ThreadStreamEvent[]) => itemsOf(events).map(({ type }) => type);
const effectsOf = (events: ThreadStreamEvent[]) =>
  events.flatMap((event) => (event.type === 'client_effect' ? [{ name: event.name, data: event.data }] : []));
const threadOf = ([created]: ThreadStreamEvent[]) => (created?.type === 'thread.created' ? created.thread.id : '');
const widgetOf = (events: ThreadStreamEvent[]) => itemsOf(events).find((item) => item.type === 'widget')!;
/** What the model was sent in its last request. */
const lastInput = () => JSON.stringify(model.requests.at(-1)?.body);

describe('customer support', () => {
  test('a tool changes the booking, and the page draws it anew', async () => {
    const app = await loadExample('airline-support');
    model.reply(calls('change_seat', { flight: 'NL 204', seat: '3A' }), says('You sit in 3A.'));
    const events = await send(app, createThread('Seat 3A to Lisbon, please'));
    expect(events.filter(({ type }) => type === 'error')).toEqual([]);
    expect(typesOf(events)).toEqual(['user_message', 'assistant_message']);
    const profile = { flights: [expect.objectContaining({ number: 'NL 204', seat: '3A' }), expect.anything()] };
    expect(effectsOf(events)).toMatchObject([{ name: 'profile_changed', data: { profile } }]);
    expect(lastInput()).toContain('The seat on NL 204 is 3A now.');
    expect(lastInput()).toContain('Kim Berg');
    expect((await request(app).get(`/customers/${threadOf(events)}`)).body).toMatchObject(profile);
  });

  test('a seat that does not exist is told to the model, and nothing changes', async () => {
    const app = await loadExample('airline-support');
    model.reply(calls('change_seat', { flight: 'NL 204', seat: 'window' }), says('Which row?'));
    const events = await send(app, createThread('A window seat'));
    expect(effectsOf(events)).toEqual([]);
    expect(lastInput()).toContain('window is not a seat');
  });

  test('a meal is chosen in the widget, the widget shows it, and the model knows it later', async () => {
    const app = await loadExample('airline-support');
    model.reply(calls('show_meals'), says('Enjoy.'));
    const shown = await send(app, createThread('What is there to eat?'));
    expect(typesOf(shown)).toEqual(['user_message', 'assistant_message', 'widget']);
    const widget = widgetOf(shown);
    const thread_id = threadOf(shown);
    const choose = (payload: object) =>
      customAction({ thread_id, item_id: widget.id, action: { type: 'meal.choose', payload } });
    const refused = await request(app)
      .post('/chatkit')
      .send(choose({ meal: 'steak' }));
    expect([refused.status, refused.body.error.issues[0].path]).toEqual([400, ['params', 'action', 'payload', 'meal']]);
    const events = await send(app, choose({ meal: 'vegan' }));
    const replaced = events.find(({ type }) => type === 'thread.item.replaced');
    expect(JSON.stringify(replaced)).toContain('"name":"check"');
    expect(JSON.stringify(replaced)).not.toContain('onClickAction');
    expect(typesOf(events)).toEqual(['assistant_message']); // the note is hidden
    expect(effectsOf(events)).toMatchObject([{ data: { profile: { meal: 'Vegan' } } }]);
    await send(app, addMessage(thread_id, 'Thanks'));
    expect(lastInput()).toContain('The customer chose the meal \\"Vegan\\" in the widget.');
  });

  test('the page picks a seat, and the answer goes on', async () => {
    const app = await loadExample('airline-support');
    model.reply(calls('pick_seat', { flight: 'NL 205' }), says('4F it is.'));
    const asked = await send(app, createThread('Let me pick a seat'));
    expect(itemsOf(asked).at(-1)).toMatchObject({
      type: 'client_tool_call',
      name: 'pick_seat',
      arguments: { flight: 'NL 205' },
    });
    expect(typesOf(await send(app, toolOutput(threadOf(asked), { seat: '4F' })))).toEqual(['assistant_message']);
    expect(lastInput()).toContain('4F');
  });
});

describe('a metro map', () => {
  /** The title is asked for beside the answer, with Chat Completions. */
  const titled = () =>
    model.reply({
      for: ({ path }) => path.endsWith('/chat/completions'),
      body: { choices: [{ message: { content: 'A new station' } }] },
    });
  const reply = (...answers: ReturnType<typeof says>[]) =>
    model.reply(
      ...answers.map((steps) => ({ for: ({ path }: { path: string }) => path.endsWith('/responses'), steps })),
    );

  test('a line is chosen in a widget from a template, and the model knows it later', async () => {
    const app = await loadExample('metro-map');
    titled();
    reply(calls('choose_line', { question: 'Which line?' }), says('Added.'));
    const shown = await send(app, createThread('Add a station'));
    expect(typesOf(shown)).toEqual(['user_message', 'assistant_message', 'widget']);
    expect(widgetOf(shown)).toMatchObject({
      widget: {
        type: 'ListView',
        children: [{ key: 'red', onClickAction: { payload: { line: 'red' } } }, { key: 'blue' }],
      },
    });
    expect(shown).toContainEqual(
      expect.objectContaining({ thread: expect.objectContaining({ title: 'A new station' }) }),
    );
    const thread_id = threadOf(shown);
    const action = { type: 'line.choose', payload: { line: 'blue' } };
    const events = await send(app, customAction({ thread_id, item_id: widgetOf(shown).id, action }));
    expect(JSON.stringify(events.find(({ type }) => type === 'thread.item.replaced'))).not.toContain('line.choose');
    expect(effectsOf(events)).toEqual([{ name: 'place_station', data: { line: 'blue' } }]);
    await send(app, addMessage(thread_id, 'The last one'));
    expect(lastInput()).toContain('The user chose the line with the id blue.');
  });

  test('a tagged station is said in full, and a route has stations to click', async () => {
    const app = await loadExample('metro-map');
    titled();
    reply(calls('show_route', { text: 'From Harbour to Hill.', station_ids: ['harbour', 'nowhere', 'hill'] }));
    const tag = {
      type: 'input_tag',
      id: 'hill',
      text: 'Hill',
      data: { about: 'made up' },
      group: null,
      interactive: true,
    };
    const content = [{ type: 'input_text', text: 'To ' }, tag];
    const events = await send(app, createThread('', { content }));
    expect(JSON.stringify(model.requests.findLast(({ path }) => path.endsWith('/responses'))?.body)).toContain(
      '<STATION>{\\"id\\":\\"hill\\",\\"name\\":\\"Hill\\",\\"about\\":\\"The best view.\\"}</STATION>',
    );
    const route = itemsOf(events).at(-1);
    const annotations = route?.type === 'assistant_message' ? route.content[0]?.annotations : [];
    expect(annotations).toMatchObject([
      { index: 12, source: { id: 'harbour', interactive: true } },
      { index: 20, source: { id: 'hill' } },
    ]);
  });

  test('a station is added, and the page is told; the page tells what is selected', async () => {
    const app = await loadExample('metro-map');
    titled();
    reply(
      calls('get_map'),
      calls('add_station', { name: 'Mill', line_id: 'red', end: 'first' }, { callId: 'call_2' }),
      says('Mill is there.'),
      calls('get_selection', {}, { callId: 'call_3' }),
      says('Mill is selected.'),
    );
    const events = await send(app, createThread('Add Mill to the red line'));
    expect(events).toContainEqual({ type: 'progress_update', text: 'Reading the map' });
    const added = effectsOf(events)[0]?.data['added'];
    const { body } = await request(app).get('/map');
    expect(body.lines[0].stations[0]).toBe(added);
    const asked = await send(app, addMessage(threadOf(events), 'What is selected?'));
    expect(typesOf(asked)).toEqual(['user_message', 'client_tool_call']);
    await send(app, toolOutput(threadOf(events), [added]));
    expect(lastInput()).toContain(added);
  });
});

test.each(['airline-support', 'metro-map'])('%s is short', (name) => {
  const lines = readFileSync(join(examplesFolder, `${name}.ts`), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeLessThanOrEqual(180);
});
