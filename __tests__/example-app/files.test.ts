// Files in the example app: sent in both ways, shown, and told of.
import { type Demo, lastText, message, startDemo } from './demo';

let demo: Demo;
beforeEach(async () => {
  demo = await startDemo();
});
afterEach(async () => {
  await demo.close();
  expect(demo.logged).toEqual([]);
});

const notes = 'one two three four five six seven eight nine ten eleven twelve thirteen';

test('a file that was sent at once is told of, with its first words', async () => {
  const form = new FormData();
  form.append('file', new Blob([notes], { type: 'text/plain' }), 'notes.txt');
  const response = await fetch(`${demo.origin}/chatkit/upload`, { method: 'POST', body: form });
  const { id } = (await response.json()) as { id: string };
  const events = await demo.stream('threads.create', { input: { ...message('Look'), attachments: [id] } });
  expect(lastText(events)).toBe(
    'You sent a file:\n\n- **notes.txt** is a file of the type `text/plain` and has 71 bytes. ' +
      'It begins: “one two three four five six seven eight nine ten eleven twelve”',
  );
});

test('an image that was announced is told of, and shown to its owner', async () => {
  const image = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(1500)]);
  const announced = await demo.json<{ id: string; upload_descriptor: { url: string; method: string } }>(
    'attachments.create',
    { name: 'a.png', size: image.length, mime_type: 'image/png' },
  );
  const { url, method } = announced.upload_descriptor;
  const put = await fetch(url, { method, body: new Uint8Array(image), headers: { 'content-type': 'image/png' } });
  expect(put.status).toBe(200);
  const events = await demo.stream('threads.create', { input: { ...message('Look'), attachments: [announced.id] } });
  expect(lastText(events)).toBe(
    'You sent a file:\n\n- **a.png** is an image of the type `image/png` and has 1,508 bytes.',
  );
  const [, said] = events;
  const [attachment] = (said as unknown as { item: { attachments: { preview_url: string }[] } }).item.attachments;
  const shown = await fetch(attachment!.preview_url);
  expect(Buffer.from(await shown.arrayBuffer())).toEqual(image);
});
