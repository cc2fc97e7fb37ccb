// The server of docs/agents.md, with a model on this machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ThreadStreamEvent } from 'chatkit-express';
import request from 'supertest';
import { formats } from '../support/agents';
import { type ModelServer, startModelServer } from '../support/model-server';
import { createThread, toolOutput } from '../support/requests';
import { loadExample } from './load-example';
import { examplesFolder } from './markdown';

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

const eventsOf = (text: string): ThreadStreamEvent[] =>
  text.split('\n\n').flatMap((frame) => (frame.startsWith('data: ') ? (JSON.parse(frame.slice(6)) as never) : []));
const done = (events: readonly ThreadStreamEvent[]) =>
  events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item.type] : []));

test('it asks the page where the user is, and shows the weather there', async () => {
  const { calls, says } = formats.responses;
  model.reply(calls('get_place'), calls('show_weather', { place: 'Oslo' }, { callId: 'call_2' }), says('Here it is.'));
  const app = await loadExample('agents');
  const first = eventsOf((await request(app).post('/chatkit').send(createThread('What is the weather?'))).text);
  expect(done(first)).toEqual(['user_message', 'client_tool_call']);
  const [created] = first;
  const thread_id = created?.type === 'thread.created' ? created.thread.id : '';

  const second = eventsOf(
    (
      await request(app)
        .post('/chatkit')
        .send(toolOutput(thread_id, { place: 'Oslo' }))
    ).text,
  );
  expect(done(second)).toEqual(['widget', 'assistant_message']);
  expect(second).toContainEqual({ type: 'progress_update', text: 'Asking the weather station of Oslo' });
  expect(JSON.stringify(model.requests[1]?.body)).toContain('call_1');
});

test('it fits in 60 lines', () => {
  const lines = readFileSync(join(examplesFolder, 'agents.ts'), 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(60);
});
