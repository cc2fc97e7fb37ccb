// All the way: a page's HTTP request, the endpoint, the client of `openai`, the provider; and what was uploaded with it.
import { DiskAttachmentStore } from 'chatkit-express/disk';
import type { RespondTurn } from 'chatkit-express';
import { recentItems, streamChatCompletion, streamResponse, ThreadItemConverter } from 'chatkit-express/openai';
import type OpenAI from 'openai';
import { type Endpoint, start } from '../../http/endpoint';
import { post } from '../../http/raw-client';
import { noRuns } from '../../http/server-side';
import { Gate } from '../../support/gate';
import { chatFrames, messageFrames, responseFrames } from '../../support/model-frames';
import { addMessage } from '../../support/requests';
import { temporaryFolder } from '../../support/temporary-folder';
import { clientOf, clients, useModelServer } from './model';

const directory = temporaryFolder();
const model = useModelServer();
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const pdf = Buffer.from('%PDF-1.4\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n', 'latin1');

async function* withResponses(turn: RespondTurn<unknown>, client: OpenAI) {
  const input = await new ThreadItemConverter(turn).toResponseInput(await recentItems(turn));
  const stream = await client.responses.create({ model: 'm', input, stream: true }, { signal: turn.signal });
  yield* streamResponse(turn, stream);
}
async function* withChat(turn: RespondTurn<unknown>, client: OpenAI) {
  const messages = await new ThreadItemConverter(turn).toChatMessages(await recentItems(turn));
  const stream = await client.chat.completions.create({ model: 'm', messages, stream: true }, { signal: turn.signal });
  yield* streamChatCompletion(turn, stream);
}

async function upload({ url }: Endpoint, name: string, type: string, bytes: Buffer): Promise<string> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
  const response = await fetch(`${url}/upload`, { method: 'POST', body: form });
  expect(response.status).toBe(200);
  return ((await response.json()) as { id: string }).id;
}

describe.each(clients)('%s', (_name, Client) => {
  const ways = [
    ['Responses', withResponses, () => responseFrames(messageFrames('A picture')), 5],
    ['Chat Completions', withChat, () => chatFrames('A picture'), 2],
  ] as const;

  describe.each(ways)('through %s', (_way, ask, frames, upToFirstWord) => {
    const startWith = (options: Parameters<typeof start>[0] = {}) =>
      start({ respond: (turn) => ask(turn, clientOf(Client, model.current)), ...options });

    test('an image, a PDF and a text that were uploaded reach the model', async () => {
      const endpoint = await startWith({
        attachmentStore: new DiskAttachmentStore({ directory, owner: () => 'ada' }),
        uploads: { secret: 'a secret of these tests, long enough' },
      });
      const attachments = [
        await upload(endpoint, 'a.png', 'image/png', png),
        await upload(endpoint, 'b.pdf', 'application/pdf', pdf),
        await upload(endpoint, 'c.txt', 'text/plain', Buffer.from('Grüße')),
      ];
      model.current.reply(frames());
      const client = await post(endpoint, addMessage('thr_1', 'What is this?', { attachments }));
      expect((await client.response()).body).toContain('"text":"A picture"');
      const said = JSON.stringify(model.current.requests[0]!.body);
      expect(said).toContain(`data:image/png;base64,${png.toString('base64')}`);
      expect(said).toContain(`data:application/pdf;base64,${pdf.toString('base64')}`);
      expect(said).toContain('b.pdf');
      expect(said).toContain('Grüße');
    });

    test('a client that leaves ends the request to the model', async () => {
      const endpoint = await startWith();
      model.current.reply([...frames().slice(0, upToFirstWord), new Gate()]);
      const client = await post(endpoint, addMessage('thr_1'));
      await client.bodyUpTo('"delta":"A "}}\n\n');
      client.socket.destroy();
      expect(await (await model.current.request()).closed.passed).toBe(true);
      await noRuns(endpoint);
      expect(endpoint.logger.take('error')).toEqual([]);
    });

    test('a hook that forgot the signal is ended too, once its stream has begun', async () => {
      const client = clientOf(Client, model.current);
      const endpoint = await startWith({
        async *respond(turn) {
          if (ask === withChat) {
            const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
            yield* streamChatCompletion(turn, stream);
          } else {
            yield* streamResponse(turn, await client.responses.create({ model: 'm', input: [], stream: true }));
          }
        },
      });
      model.current.reply([...frames().slice(0, upToFirstWord), new Gate()]);
      const page = await post(endpoint, addMessage('thr_1'));
      await page.bodyUpTo('"delta":"A "}}\n\n');
      page.socket.destroy();
      expect(await (await model.current.request()).closed.passed).toBe(true);
    });
  });
});
