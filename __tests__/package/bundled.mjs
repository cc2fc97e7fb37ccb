// A server that a bundler puts into one file. The server sends itself a message and a form, builds a widget, and prints
// the results.
import express from 'express';
import { chatkitMiddleware, MemoryAttachmentStore, MemoryStore, streamAnswer, WidgetTemplate } from 'chatkit-express';

const template = new WidgetTemplate({
  version: '1.0',
  name: 'greeting',
  template: '{"type":"Card","children":[{"type":"Text","value":{{ (name | upper) | tojson }}}]}',
  jsonSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
});
const refusal = () => {
  try {
    return template.build({});
  } catch (error) {
    return error.message;
  }
};

const app = express();
app.use(
  '/chatkit',
  chatkitMiddleware({
    store: new MemoryStore(),
    attachmentStore: new MemoryAttachmentStore(),
    respond: (turn) => streamAnswer(turn, 'Hello'),
  }),
);
const server = app.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}/chatkit`;
  const params = { input: { content: [{ type: 'input_text', text: 'Hi' }], attachments: [], inference_options: {} } };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ type: 'threads.create', params }),
  });
  const form = new FormData();
  form.append('file', new Blob(['Some text'], { type: 'text/plain' }), 'note.txt');
  const upload = await fetch(`${url}/upload`, { method: 'POST', body: form });
  const { name, mime_type } = await upload.json();
  const stored = { status: upload.status, name, mime_type };
  const said = /"text":"(\w+)","annotations"/.exec(await answer.text())?.[1];
  console.log(JSON.stringify({ said, stored, widget: template.build({ name: 'ada' }), refusal: refusal() }));
  server.closeAllConnections();
  server.close();
});
