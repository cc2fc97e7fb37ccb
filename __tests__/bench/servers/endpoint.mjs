// The server of burst, tick and list. The yardstick writes the same bytes with node:http only, which is the cost of Node
// itself. `chatkit` is the built package behind Express.
import http from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import express from 'express';
import { config, load, report } from './report.mjs';

const delta = 'lorem ipsum dolor si';
const created_at = new Date().toISOString();
const message = (id, thread_id, text) => ({
  type: 'assistant_message',
  id,
  thread_id,
  created_at,
  content: text === '' ? [] : [{ type: 'output_text', text, annotations: [] }],
});
const part = {
  type: 'assistant_message.content_part.added',
  content_index: 0,
  content: { type: 'output_text', text: '', annotations: [] },
};
const update = { type: 'assistant_message.content_part.text_delta', content_index: 0, delta };

/** Yields the deltas at once for "COUNT", and each in its own tick of the event loop for "COUNT tick". */
async function* respond({ thread, input, generateId }) {
  const [count, tick] = input.content[0].text.split(' ');
  const id = generateId('message');
  yield { type: 'thread.item.added', item: message(id, thread.id, '') };
  yield { type: 'thread.item.updated', item_id: id, update: part };
  for (let sent = 0; sent < count; sent++) {
    if (tick) await turn();
    yield { type: 'thread.item.updated', item_id: id, update };
  }
  yield { type: 'thread.item.done', item: message(id, thread.id, delta.repeat(count)) };
}

async function chatkit() {
  const { chatkitMiddleware, MemoryStore } = await load('index.js');
  const store = new MemoryStore();
  for (let n = 0; n < 1000; n++) {
    void store.saveThread({
      id: `thr_${n}`,
      title: `Thread ${n}`,
      created_at,
      status: { type: 'active' },
      metadata: {},
    });
  }
  return express().use('/chatkit', chatkitMiddleware({ store, respond }));
}

const frame = (event) => Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
const added = frame({ type: 'thread.item.added', item: message('msg_1', 'thr_1', '') });
const begun = frame({ type: 'thread.item.updated', item_id: 'msg_1', update: part });
const updated = frame({ type: 'thread.item.updated', item_id: 'msg_1', update });
const thread = { id: 'thr_1', title: 'Thread 1', created_at, status: { type: 'active' }, metadata: {} };
const shown = { ...thread, items: { data: [], has_more: false } };
const page = Buffer.from(JSON.stringify({ data: Array(20).fill(shown), has_more: true, after: 'thr_1' }));

async function bare(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const { type, params } = JSON.parse(Buffer.concat(parts));
  if (type === 'threads.list') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': page.length });
    return void response.end(page);
  }
  const [count, tick] = params.input.content[0].text.split(' ');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(added);
  response.write(begun);
  for (let sent = 0; sent < count; sent++) {
    if (tick) await turn();
    if (!response.write(updated)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end(frame({ type: 'thread.item.done', item: message('msg_1', 'thr_1', delta.repeat(count)) }));
}

await report(http.createServer(config.kind === 'chatkit' ? await chatkit() : bare));
