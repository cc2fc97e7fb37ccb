// Mounts the middleware in an app, exchanges messages with it, and fails unless the bytes are as expected.
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { createServer } = require('node:http');

/**
 * Takes any Express, the exports of chatkit-express and of its playground, and those of the copy of chatkit-express in
 * the other module format. Resolves to a line to print.
 */
module.exports = async function exchange(express, chatkitExpress, { chatkitPlayground }, copy) {
  const { chatkitMiddleware, MemoryAttachmentStore, MemoryStore, streamAnswer } = chatkitExpress;
  const chatkit = chatkitMiddleware({
    store: new MemoryStore(),
    attachmentStore: new MemoryAttachmentStore(),
    context(request) {
      if (request.headers['x-refused']) throw new copy.ChatKitError('unauthorized', 'Sign in first');
      return {};
    },
    async *respond(turn) {
      const { thread, generateId, input } = turn;
      if (input?.content[0]?.text === 'Stream') {
        yield* streamAnswer(turn, words());
        return;
      }
      yield {
        type: 'thread.item.done',
        item: {
          type: 'assistant_message',
          id: generateId('message'),
          thread_id: thread.id,
          created_at: new Date().toISOString(),
          content: [{ type: 'output_text', text: 'Hi' }],
        },
      };
    },
  });
  const app = express();
  app.use('/chatkit/playground', chatkitPlayground({ url: '/chatkit' }));
  app.use('/chatkit', chatkit);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/chatkit`;
  const post = (body, headers = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  try {
    const input = { content: [{ type: 'input_text', text: 'Hello' }], attachments: [], inference_options: {} };
    const thread = await checkStream(await post({ type: 'threads.create', params: { input } }));
    await checkJson(await post({ type: 'threads.get_by_id', params: { thread_id: thread } }));
    await checkRefusal(await post({ type: 'threads.create', params: {} }));
    await checkDeltas(await post({ type: 'threads.create', params: { input: { ...input, content: streamed } } }));
    await checkUpload(url);
    await checkRefusalOfCopy(await post({ type: 'threads.list', params: {} }, { 'x-refused': 'yes' }));
    await checkPage(await fetch(`${url}/playground`));
    return `Node ${process.versions.node}, Express ${require('express/package.json').version}: fine`;
  } finally {
    await chatkit.close();
    server.closeAllConnections();
    server.close();
  }
};

const streamed = [{ type: 'input_text', text: 'Stream' }];

async function* words() {
  yield* ['One ', 'two ', 'three'];
}

async function checkDeltas(response) {
  const bytes = await response.text();
  const deltas = [...bytes.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta);
  assert.deepEqual(deltas, ['One ', 'two ', 'three']);
  assert.match(bytes, /"text":"One two three"/);
}

async function checkUpload(url) {
  const form = new FormData();
  form.append('file', new Blob(['Some text'], { type: 'text/plain' }), 'note.txt');
  const response = await fetch(`${url}/upload`, { method: 'POST', body: form });
  assert.equal(response.status, 200);
  const { type, name, mime_type } = await response.json();
  assert.deepEqual({ type, name, mime_type }, { type: 'file', name: 'note.txt', mime_type: 'text/plain' });
}

/** An error of the other copy has its own status, because errors are recognised by their brand. */
async function checkRefusalOfCopy(response) {
  assert.equal(response.status, 401);
  const { error } = await response.json();
  assert.deepEqual([error.code, error.message], ['unauthorized', 'Sign in first']);
}

async function checkStream(response) {
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const bytes = await response.text();
  const [thread, question, answer] = [/thr_\w+/, /msg_\w+/, /msg_\w+(?!.*msg_)/s].map((id) => id.exec(bytes)[0]);
  const stamps = bytes.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g);
  assert.equal(stamps.length, 3);
  const events = [
    {
      type: 'thread.created',
      thread: {
        id: thread,
        created_at: stamps[0],
        status: { type: 'active' },
        metadata: {},
        items: { data: [], has_more: false },
      },
    },
    {
      type: 'thread.item.done',
      item: {
        type: 'user_message',
        id: question,
        thread_id: thread,
        created_at: stamps[1],
        content: [{ type: 'input_text', text: 'Hello' }],
        attachments: [],
        inference_options: {},
      },
    },
    { type: 'stream_options', stream_options: { allow_cancel: true } },
    {
      type: 'thread.item.done',
      item: {
        type: 'assistant_message',
        id: answer,
        thread_id: thread,
        created_at: stamps[2],
        content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
      },
    },
  ];
  // Each event is one `data:` line and one empty line. Only the order of an object's keys may differ.
  const frames = bytes.split('\n\n');
  assert.equal(frames.pop(), '');
  frames.forEach((frame) => assert.match(frame, /^data: \{.*\}$/));
  assert.deepEqual(
    frames.map((frame) => JSON.parse(frame.slice('data: '.length))),
    events,
  );
  return thread;
}

async function checkJson(response) {
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^application\/json/);
  const { items } = await response.json();
  assert.deepEqual(
    items.data.map((item) => item.type),
    ['user_message', 'assistant_message'],
  );
}

async function checkRefusal(response) {
  assert.equal(response.status, 400);
  const { error } = await response.json();
  assert.equal(error.code, 'invalid_request');
}

async function checkPage(response) {
  assert.equal(response.status, 200);
  assert.match(response.url, /\/chatkit\/playground\/$/);
  const [, script] = /<script[^>]* src="([^"]+)"/.exec(await response.text());
  const { status, headers } = await fetch(new URL(script, response.url));
  assert.equal(status, 200);
  assert.match(headers.get('content-type'), /javascript/);
}
