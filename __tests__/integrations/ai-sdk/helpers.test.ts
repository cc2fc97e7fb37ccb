// Titles and dictation by any model: a function in place of a client.
import { generateText } from 'ai';
import type { RespondTurn } from 'chatkit-express';
import { type AskForTitle, titleThread, type TitleOptions, transcribeWith } from 'chatkit-express/openai';
import { ada, ask, type Context, serve, silently, startThread } from '../../support/core';
import { Gate } from '../../support/gate';
import { startModelServer } from '../../support/model-server';
import { addMessage } from '../../support/requests';
import { chat6 } from './sdks';

describe('titleThread with a function', () => {
  function titling(askForTitle: AskForTitle, options?: TitleOptions) {
    return serve({ respond: silently((turn: RespondTurn<Context>) => titleThread(turn, askForTitle, options)) });
  }
  const titleOf = async (core: ReturnType<typeof titling>, threadId: string) =>
    (await core.store.loadThread(threadId, ada)).title;

  test('takes the text of a model of the AI SDK', async () => {
    const server = await startModelServer();
    const message = { role: 'assistant', content: '"Cats and dogs."' };
    server.reply({
      body: { id: '1', created: 1, model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] },
    });
    const model = chat6(server.url) as Parameters<typeof generateText>[0]['model'];
    const core = titling(async ({ instructions, message: prompt, signal }) => {
      const { text } = await generateText({ model, system: instructions, prompt, abortSignal: signal });
      return text;
    });
    const { threadId } = await startThread(core, 'Tell me of cats');
    expect(await titleOf(core, threadId)).toBe('Cats and dogs');
    expect(server.requests).toMatchObject([
      { body: { messages: [{ role: 'system' }, { content: 'Tell me of cats' }] } },
    ]);
    await server.close();
  });

  test('asks nobody for a thread with a title', async () => {
    let asked = 0;
    const core = titling(() => `Title ${++asked}`);
    const { threadId } = await startThread(core);
    await ask(core, addMessage(threadId));
    expect(await titleOf(core, threadId)).toBe('Title 1');
  });

  test.each([
    ['throws', () => Promise.reject(new Error('no key')), 'no key'],
    ['returns an object', (() => ({ text: 'Title' })) as unknown as AskForTitle, 'not object'],
    ['never answers, and forgot the signal', () => new Gate<string>().passed, 'timeout'],
  ])('is a warning where it %s', async (_what, askForTitle, reason) => {
    const core = titling(askForTitle, { timeoutMs: 20 });
    const { threadId } = await startThread(core);
    expect(await titleOf(core, threadId)).toBeUndefined();
    const { fields } = await core.logger.next('a title for a thread could not be generated');
    expect(String(fields['err'])).toContain(reason);
    expect(core.logger.take('warn')).toMatchObject([{ fields: { rule: 'nothing_said' } }]); // the hook only titles
  });
});

describe('transcribeWith with a function', () => {
  const audio = { data: new Uint8Array([1, 2]), mimeType: 'audio/webm;codecs=opus', mediaType: 'audio/webm' };
  const hear = (transcribe: Parameters<typeof transcribeWith>[0]) =>
    transcribeWith(transcribe as never)({ audio, context: {} });

  test.each([
    ['a text', () => 'Hello'],
    ['an object with a text', () => Promise.resolve({ text: 'Hello', segments: [] })],
  ])('takes %s', async (_what, transcribe) => {
    expect(await hear(transcribe)).toEqual({ text: 'Hello' });
  });

  test('gives the bytes, and a file whose name fits', async () => {
    const given: { data: Uint8Array; name: string; type: string }[] = [];
    await hear(({ data, file }) => {
      given.push({ data, name: file.name, type: file.type });
      return '';
    });
    expect(given).toEqual([{ data: audio.data, name: 'dictation.webm', type: 'audio/webm' }]);
  });

  test('refuses what is not a text', async () => {
    await expect(hear((() => undefined) as never)).rejects.toThrow('A transcript is a text, not undefined');
    await expect(hear((() => ({ text: 7 })) as never)).rejects.toThrow('A transcript is a text, not number');
  });
});
