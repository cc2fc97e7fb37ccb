// A file that a provider refuses, where the helper makes the request: it is asked again without the file, now and later.
import type { HookEventInput, RespondTurn, UserMessageItem } from 'chatkit-express';
import { recentItems, streamChatCompletion, streamResponse, ThreadItemConverter } from 'chatkit-express/openai';
import type OpenAI from 'openai';
import type { Context } from '../../support/core';
import { chatFrames, messageFrames, responseFrames } from '../../support/model-frames';
import { refusal, sentIn, turnWithFiles } from '../../support/refused-file';
import { clientOf, clients, useModelServer } from './model';

const model = useModelServer();
const whole = ['file', 'image', 'text'];
type Turn = RespondTurn<Context>;

const formats = [
  [
    'Responses',
    (turn: Turn, client: OpenAI, options?: object) =>
      streamResponse(turn, (input) => client.responses.create({ model: 'm', input, stream: true }), options),
    (text: string) => responseFrames(messageFrames(text)),
    (message: string) => [
      { type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } },
      {
        type: 'response.failed',
        response: { id: 'resp_1', status: 'failed', error: { code: 'invalid_image', message } },
      },
    ],
  ],
  [
    'Chat Completions',
    (turn: Turn, client: OpenAI, options?: object) =>
      streamChatCompletion(
        turn,
        (messages) => client.chat.completions.create({ model: 'm', messages, stream: true }),
        options,
      ),
    (text: string) => chatFrames(text),
    (message: string) => [
      { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] },
      { choices: [{ index: 0, delta: {}, error: { code: 400, message }, finish_reason: 'error' }] },
    ],
  ],
] as const;

async function read(answer: AsyncGenerator<HookEventInput, unknown>) {
  const texts: string[] = [];
  try {
    for await (const event of answer) {
      if (event.type !== 'thread.item.done' || event.item.type !== 'assistant_message') continue;
      texts.push(...event.item.content.map(({ text }) => text));
    }
  } catch (error) {
    return { texts, error };
  }
  return { texts, error: undefined };
}
const asked = () => model.current.requests.map(({ body }) => sentIn(body));

describe.each(clients)('%s', (_client, Client) => {
  describe.each(formats)('%s', (_format, stream, says, fails) => {
    const client = () => clientOf(Client, model.current);

    test('the file that the error names is sent by its name, in the next turn as well', async () => {
      const { turn, logger, metadata } = await turnWithFiles();
      model.current.reply(refusal('Invalid file: a.pdf'), says('Read'), says('Again'));
      expect(await read(stream(turn, client()))).toEqual({ texts: ['Read'], error: undefined });
      expect(await metadata()).toEqual([{ mine: 1, sent_to_model_as: 'name' }, { mine: 1 }, { mine: 1 }]);
      expect(await read(stream(turn, client()))).toEqual({ texts: ['Again'], error: undefined });
      expect(asked()).toEqual([whole, ['name', 'image', 'text'], ['name', 'image', 'text']]);
      expect(logger.take('warn')).toMatchObject([{ fields: { attachment_id: 'atc_a.pdf' } }]);
    });

    test.each(['openai_file_id', 'anthropic_file_id'])('the file whose %s the error names', async (key) => {
      const { turn } = await turnWithFiles();
      const items = structuredClone(await recentItems(turn));
      const { attachments } = items.at(-1) as UserMessageItem;
      attachments[0]!.metadata = { [key]: 'file-77' };
      model.current.reply(refusal('Cannot read the file file-77'), says('Read'));
      expect(await read(stream(turn, client(), { items }))).toEqual({ texts: ['Read'], error: undefined });
      expect(asked()).toEqual([whole, ['name', 'image', 'text']]);
    });

    test.each([400, 404, 413, 415, 422])('all files, where an error %i names none', async (status) => {
      const { turn } = await turnWithFiles();
      model.current.reply(refusal('No endpoint supports image input', status), says('Read'));
      expect((await read(stream(turn, client()))).texts).toEqual(['Read']);
      expect(asked()).toEqual([whole, ['name', 'name', 'text']]);
    });

    test('that the provider refuses when the stream has begun', async () => {
      const { turn, metadata } = await turnWithFiles();
      model.current.reply(fails('The image data is not valid'), says('Read'));
      expect((await read(stream(turn, client()))).texts).toEqual(['Read']);
      expect(asked()).toEqual([whole, ['name', 'name', 'text']]);
      expect((await metadata())[1]).toEqual({ mine: 1, sent_to_model_as: 'name' });
    });

    test('is not remembered where the second request fails, too', async () => {
      const { turn, metadata, logger } = await turnWithFiles();
      model.current.reply(refusal('The file could not be read'), refusal('The file could not be read'));
      expect((await read(stream(turn, client()))).error).toMatchObject({ status: 400 });
      expect(asked()).toHaveLength(2);
      expect(await metadata()).toEqual([{ mine: 1 }, { mine: 1 }, { mine: 1 }]);
      logger.take('warn');
    });

    test.each<[string, ReturnType<typeof refusal>]>([
      ['an error about something else', refusal('The model is overloaded, try again')],
      ['a failure of the provider', refusal('The file could not be read', 500)],
      ['too many requests', refusal('Too many images per minute', 429)],
    ])('%s is thrown at once', async (_what, reply) => {
      const { turn, logger } = await turnWithFiles();
      model.current.reply(reply);
      expect((await read(stream(turn, client()))).error).toMatchObject({ status: reply.status });
      expect(asked()).toEqual([whole]);
      expect(logger.take('warn')).toEqual([]);
    });

    test('a decision that cannot be stored costs no answer, and is logged', async () => {
      const { turn, logger } = await turnWithFiles();
      const broken = { ...turn, store: Object.create(turn.store) as Turn['store'] };
      Object.defineProperty(broken.store, 'saveAttachment', { value: () => Promise.reject(new Error('disk full')) });
      model.current.reply(refusal('Invalid file: a.pdf'), says('Read'));
      expect(await read(stream(broken, client()))).toEqual({ texts: ['Read'], error: undefined });
      expect(logger.take('warn')).toMatchObject([
        { fields: { attachment_id: 'atc_a.pdf' } },
        { message: 'the refusal of a file could not be recorded', fields: { err: { message: 'disk full' } } },
      ]);
    });

    test('the items and their converter can be the caller’s', async () => {
      class Silent extends ThreadItemConverter {
        override async attachmentToContent() {
          return { type: 'input_text' as const, text: '[nothing]' };
        }
      }
      const { turn } = await turnWithFiles();
      const items = await recentItems(turn);
      model.current.reply(says('One'), says('Two'));
      await read(stream(turn, client(), { items, itemConverter: new Silent(turn) }));
      await read(stream(turn, client(), { items: [...items, ...items] }));
      expect(asked()).toEqual([
        ['name', 'name', 'name'],
        [...whole, ...whole],
      ]);
    });
  });
});
