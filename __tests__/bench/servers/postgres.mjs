// The server of postgres. `chatkit` is the package with PostgresStore. `recorder` is the same, and records the statements
// and the bytes of each answer in their order. The yardstick runs a recorded answer again, with node:http and `pg` only.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import express from 'express';
import pg from 'pg';
import { config, load, report } from './report.mjs';

const pool = new pg.Pool({ host: '127.0.0.1', port: config.database, user: 'postgres', database: 'postgres', max: 10 });

async function chatkit() {
  const { chatkitMiddleware } = await load('index.js');
  const { PostgresStore } = await load('postgres.js');
  const store = new PostgresStore({ pool, owner: () => 'ann' });
  await store.migrate();
  return chatkitMiddleware({ store, respond });
}

/** Answers with a few deltas. */
async function* respond({ thread, generateId }) {
  const id = generateId('message');
  const item = (text) => ({
    type: 'assistant_message',
    id,
    thread_id: thread.id,
    created_at: new Date().toISOString(),
    content: [{ type: 'output_text', text, annotations: [] }],
  });
  const type = 'assistant_message.content_part.text_delta';
  yield { type: 'thread.item.added', item: item('') };
  for (const delta of ['Hello', ' to', ' you']) {
    yield { type: 'thread.item.updated', item_id: id, update: { type, content_index: 0, delta } };
  }
  yield { type: 'thread.item.done', item: item('Hello to you') };
}

/** Records the steps of one request at a time: the begin and the end of each statement, and each write. */
function recorder(handler) {
  let steps = [];
  const query = pool.query.bind(pool);
  pool.query = async (text, values) => {
    const number = steps.length;
    const mine = steps;
    mine.push({ begin: number, text, values });
    const result = await query(text, values);
    mine.push({ end: number });
    return result;
  };
  return (request, response, next) => {
    const mine = (steps = []);
    const [write, end] = [response.write.bind(response), response.end.bind(response)];
    const record = (chunk) => {
      if (chunk?.length > 0) mine.push({ write: chunk.toString() });
    };
    response.write = (chunk, ...more) => (record(chunk), write(chunk, ...more));
    response.end = (chunk, ...more) => (record(chunk), end(chunk, ...more));
    response.on('close', () => process.send({ steps: mine }));
    handler(request, response, next);
  };
}

const idPattern = /\b(?:thr|msg)_[0-9a-z]+/g;

/** Runs the recorded steps. The ids are new in each answer, apart from the id of the thread that the request names. */
async function replay(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const { type, params } = JSON.parse(Buffer.concat(parts));
  const { steps, threadId } = config.recorded[type];
  const ids = new Map();
  if (params.thread_id) ids.set(threadId, params.thread_id);
  const renew = (id) => {
    if (!ids.has(id)) ids.set(id, `${id.slice(0, 4)}${randomUUID().replaceAll('-', '')}`);
    return ids.get(id);
  };
  const renewed = (value) => (typeof value === 'string' ? value.replace(idPattern, renew) : value);
  const running = [];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const step of steps) {
    if (step.text) running[step.begin] = pool.query(step.text, step.values?.map(renewed));
    else if (step.write) response.write(renewed(step.write));
    else await running[step.end];
  }
  response.end();
}

if (config.kind === 'yardstick') await report(http.createServer((...given) => void replay(...given)));
else {
  const handler = await chatkit();
  await report(express().use('/chatkit', config.kind === 'recorder' ? recorder(handler) : handler));
}
