// A provider of models. The model `chat:300` answers with 300 deltas of Chat Completions. Each frame leaves in its own
// tick of the event loop, as the tokens of a real model do.
import http from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { eventsOf } from '../frames.mjs';
import { report } from './report.mjs';

const answers = new Map();

function answerOf(model) {
  const [kind, count] = model.split(':');
  const answer = answers.get(model) ?? eventsOf(kind, Number(count)).map((event) => Buffer.from(event));
  answers.set(model, answer);
  return answer;
}

async function respond(request, response) {
  const given = [];
  for await (const bytes of request) given.push(bytes);
  const { model } = JSON.parse(Buffer.concat(given));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of answerOf(model)) {
    response.write(event);
    await turn();
  }
  response.end();
}

await report(http.createServer(respond));
