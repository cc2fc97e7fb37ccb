// items.feedback and input.transcribe.
import { PassThrough } from 'node:stream';
import type { Audio, IncomingForm } from 'chatkit-express';
import { ada, askJson, type CoreOptions, refusal, serve, startThread } from '../support/core';
import { eventually, Gate, idle } from '../support/gate';

describe('feedback', () => {
  const feedback = (thread_id: string, more: object = {}) => ({
    type: 'items.feedback',
    params: { thread_id, item_ids: ['m_1', 'm_2'], kind: 'positive', ...more },
  });

  test.each(['positive', 'negative'])('that is %s reaches the hook with every item of the turn', async (kind) => {
    const given: unknown[] = [];
    const core = serve({ addFeedback: (told) => void given.push(told) });
    const { threadId } = await startThread(core);
    expect(await askJson(core, feedback(threadId, { kind }))).toEqual({});
    expect(given).toEqual([{ threadId, itemIds: ['m_1', 'm_2'], kind, context: ada }]);
  });

  test('is accepted and dropped without a hook', async () => {
    const core = serve();
    const { threadId } = await startThread(core);
    expect(await askJson(core, feedback(threadId))).toEqual({});
  });

  test('waits for the hook, and fails with it', async () => {
    const core = serve({ addFeedback: () => Promise.reject(new Error('not recorded')) });
    const { threadId } = await startThread(core);
    await expect(core.server.process(feedback(threadId), ada)).rejects.toThrow('not recorded');
  });

  test.each([
    ['an unknown thread', feedback('thr_nowhere'), { code: 'not_found' }],
    ['another kind', feedback('thr_1', { kind: 'meh' }), { code: 'invalid_request', fields: ['params.kind'] }],
    ['no items', feedback('thr_1', { item_ids: [] }), { code: 'invalid_request', fields: ['params.item_ids'] }],
  ])('with %s is refused before the hook is called', async (_what, request, wanted) => {
    const addFeedback = jest.fn();
    expect(await refusal(serve({ addFeedback }), request)).toMatchObject(wanted);
    expect(addFeedback).not.toHaveBeenCalled();
  });
});

describe('dictation', () => {
  const dictate = (audio_base64: string, mime_type = 'audio/webm;codecs=opus') => ({
    type: 'input.transcribe',
    params: { audio_base64, mime_type },
  });

  /** A server that keeps what it is given to transcribe. */
  function listening(options: CoreOptions = {}) {
    const heard: { audio: Audio; context: unknown }[] = [];
    const core = serve({
      transcribe: (request) => {
        heard.push(request);
        return { text: 'as heard', confidence: 0.9 } as { text: string };
      },
      ...options,
    });
    return { core, heard };
  }

  test('reaches the hook as bytes, and its text alone is the answer', async () => {
    const { core, heard } = listening();
    const bytes = Buffer.from([0, 1, 127, 128, 255, 62, 63]);
    expect(await askJson(core, dictate(bytes.toString('base64')))).toEqual({ text: 'as heard' });
    expect(heard).toHaveLength(1);
    expect(heard[0]?.context).toBe(ada);
    expect(heard[0]?.audio.data).toBeInstanceOf(Uint8Array);
    expect([...heard[0]!.audio.data]).toEqual([...bytes]);
  });

  test.each([
    ['audio/webm;codecs=opus', 'audio/webm'],
    ['audio/mp4', 'audio/mp4'],
    [' Audio/OGG ; codecs="opus"', 'audio/ogg'],
    ['', ''],
  ])('of the type %p has the media type %p', async (mimeType, mediaType) => {
    const { core, heard } = listening();
    await askJson(core, dictate('aGVsbG8=', mimeType));
    expect(heard[0]?.audio).toMatchObject({ mimeType, mediaType });
  });

  test.each(['aGVsbG8=', 'aGVsbG8', 'aGVsbA==', 'aGVs'])('takes base64 with and without padding: %s', async (text) => {
    const { core, heard } = listening();
    await askJson(core, dictate(text));
    expect('hello'.startsWith(Buffer.from(heard[0]!.audio.data).toString())).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['what is no base64', '%%%%'],
    ['a data URL', 'data:audio/webm;base64,aGVsbG8='],
    ['base64 for URLs', 'aGVs-_8='],
    ['white space', 'aGVs bG8='],
    ['a line break at the end', 'aGVsbG8=\n'],
    ['padding in the middle', 'aGVs=bG8='],
    ['a length that no bytes have', 'aGVsb'],
    ['a single letter', 'a'],
  ])('of %s is refused before the hook is called', async (_what, text) => {
    const { core, heard } = listening();
    expect(await refusal(core, dictate(text))).toMatchObject({
      code: 'invalid_request',
      fields: ['params.audio_base64'],
    });
    expect(heard).toEqual([]);
  });

  test('may have maxAudioBytes and no more', async () => {
    const { core, heard } = listening({ maxAudioBytes: 5 });
    await askJson(core, dictate(Buffer.from('12345').toString('base64')));
    expect(await refusal(core, dictate(Buffer.from('123456').toString('base64')))).toMatchObject({
      code: 'too_large',
      message: 'A dictation may have at most 5 bytes',
    });
    expect(heard).toHaveLength(1);
  });

  test('without a hook is not implemented, and the log says what to add', async () => {
    const core = serve();
    expect(await refusal(core, dictate('aGVsbG8='))).toMatchObject({ code: 'not_implemented' });
    expect(core.logger.take('error')).toMatchObject([{ message: expect.stringContaining('add `transcribe`') }]);
  });

  test.each([undefined, null, 'hello', {}, { text: 7 }])('fails when the hook gives %j', async (given) => {
    const { core } = listening({ transcribe: () => given as never });
    await expect(core.server.process(dictate('aGVsbG8='), ada)).rejects.toThrow('text must be a string');
  });

  test('fails with what the hook throws', async () => {
    const { core } = listening({ transcribe: () => Promise.reject(new Error('no ears')) });
    await expect(core.server.process(dictate('aGVsbG8='), ada)).rejects.toThrow('no ears');
  });
});

describe('a recording that comes as a form', () => {
  /** Sends it piece by piece. The client leaves when the test aborts. */
  function sending(options: CoreOptions = {}) {
    const heard: unknown[] = [];
    const hook = ({ audio }: { audio: Audio }) => ({ text: `${heard.push(audio.data)} heard` });
    const core = serve({ transcribe: hook, ...options });
    const [source, left, reading] = [new PassThrough(), new AbortController(), new Gate()];
    const form: IncomingForm = {
      async read({ receive }) {
        const received = receive({ source, name: 'v', mimeType: 'audio/webm', signal: left.signal });
        reading.open();
        return received;
      },
    };
    return { heard, source, left, reading, answer: core.server.transcribe(form, { context: () => ada }) };
  }

  test('is not transcribed when the client leaves while it is read, and no more of it is read', async () => {
    const { heard, source, left, reading, answer } = sending();
    await reading.passed;
    source.write('half');
    await eventually(() => source.listenerCount('data') > 0);
    left.abort(new Error('the client left'));
    await expect(answer).rejects.toThrow('the client left');
    expect([source.isPaused(), source.listenerCount('data'), heard]).toEqual([true, 0, []]);
  });

  test('is not transcribed when the client left before it was read', async () => {
    const { heard, left, answer } = sending();
    left.abort(new Error('the client left'));
    await expect(answer).rejects.toThrow('the client left');
    expect(heard).toEqual([]);
  });

  test('is not transcribed when it breaks off, and a late error is harmless', async () => {
    const { heard, source, reading, answer } = sending();
    await reading.passed;
    source.write('half');
    await eventually(() => source.listenerCount('data') > 0);
    source.emit('error', new Error('reset'));
    await expect(answer).rejects.toThrow('reset');
    expect(heard).toEqual([]);
    source.emit('error', new Error('reset again'));
  });

  test('is refused at the limit, and no more of it is read', async () => {
    const { heard, source, reading, answer } = sending({ maxAudioBytes: 5 });
    await reading.passed;
    source.write('12345');
    await idle();
    expect(source.isPaused()).toBe(false);
    source.write('6');
    await expect(answer).rejects.toMatchObject({ code: 'too_large' });
    expect([source.isPaused(), source.listenerCount('data'), heard]).toEqual([true, 0, []]);
  });

  test('is transcribed at the limit', async () => {
    const { heard, source, answer } = sending({ maxAudioBytes: 5 });
    source.end('12345');
    expect(await answer).toEqual({ text: '1 heard' });
    expect(heard).toEqual([Buffer.from('12345')]);
  });
});
