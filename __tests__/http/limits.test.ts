// How large a body may be, and how one that is larger is refused: early, with an answer that arrives, and for good.
import { expressVersions, type Endpoint, start } from './endpoint';
import { createThread } from '../support/requests';
import { post, RawClient, requestBytes } from './raw-client';
import { turnOfTheLoop } from './server-side';

const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
const chunk = (bytes: string | Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);

/** A request of exactly so many bytes. */
function sized(bytes: number): string {
  const empty = JSON.stringify(createThread(''));
  return JSON.stringify(createThread('x'.repeat(bytes - empty.length)));
}
const dictation = (audio: Buffer, more = '') =>
  `{"type":"input.transcribe","params":{${more}"audio_base64":"${audio.toString('base64')}","mime_type":"audio/webm"}}`;

const tooLarge = {
  status: 413,
  headers: { connection: 'close', 'content-type': 'application/json; charset=utf-8' },
};
const bodyOf = (limit: number) => {
  const message = `The body can have ${limit} bytes`;
  return JSON.stringify({ message, error: { code: 'too_large', message } });
};
const threads = async ({ store }: Endpoint) =>
  (await store.loadThreads({ limit: 10, after: null, order: 'asc' }, {})).data.length;

describe.each(expressVersions)('on Express %i', (version) => {
  it.each(['by length', 'in chunks'])('takes a body of `maxBodyBytes` %s, and no larger one', async (way) => {
    const endpoint = await start({ version, maxBodyBytes: 1_000 });
    const send = (body: string): Promise<RawClient> =>
      way === 'by length'
        ? post(endpoint, body)
        : RawClient.open(endpoint).then((client) =>
            client
              .write(requestBytes(endpoint, { headers: chunked }))
              .write(Buffer.concat([chunk(body.slice(0, 10)), chunk(body.slice(10)), Buffer.from('0\r\n\r\n')])),
          );

    expect(await (await send(sized(1_000))).response()).toMatchObject({ status: 200 });
    expect(await threads(endpoint)).toBe(2);

    const client = await send(sized(1_001));
    expect(await client.end()).toMatchObject([{ ...tooLarge, body: bodyOf(1_000) }]);
    expect(await threads(endpoint)).toBe(2);
  });

  it('takes 1 MiB without the option', async () => {
    const endpoint = await start({ version });
    expect((await (await post(endpoint, sized(1024 * 1024))).response()).status).toBe(200);
    expect(await (await post(endpoint, sized(1024 * 1024 + 1))).end()).toMatchObject([
      { ...tooLarge, body: bodyOf(1024 * 1024) },
    ]);
  });

  it('refuses by content-length before any of the body comes', async () => {
    const endpoint = await start({ version, maxBodyBytes: 1_000 });
    const client = await RawClient.open(endpoint);
    client.write(requestBytes(endpoint, { headers: { 'content-type': 'application/json', 'content-length': '1001' } }));
    expect(await client.response()).toMatchObject(tooLarge);
  });

  it('refuses a body without end as soon as it is too large', async () => {
    const endpoint = await start({ version, maxBodyBytes: 1_000 });
    const client = await RawClient.open(endpoint);
    client.write(requestBytes(endpoint, { headers: chunked })).write(chunk('x'.repeat(1_001)));
    expect(await client.response()).toMatchObject(tooLarge);
  });

  it.each(['content-length', 'chunks'])('lets a client that is still sending see the answer (%s)', async (way) => {
    const endpoint = await start({ version, maxBodyBytes: 1_000 });
    const part = 'x'.repeat(1_000_000);
    const client = await RawClient.open(endpoint);
    if (way === 'chunks') client.write(requestBytes(endpoint, { headers: chunked })).write(chunk(part));
    else {
      const length = { 'content-type': 'application/json', 'content-length': '3000000' };
      client.write(requestBytes(endpoint, { headers: length })).write(part);
    }
    await client.response();
    for (let turn = 0; turn < 10; turn++) await turnOfTheLoop();
    // A connection that was closed meanwhile would be reset by these, and the answer lost to slower clients.
    expect(client.closed).toBe(false);
    client.write(way === 'chunks' ? Buffer.concat([chunk(part), Buffer.from('0\r\n\r\n')]) : part + part);

    expect(await client.end()).toMatchObject([tooLarge]);
    expect(client.error).toBeUndefined();
  });
});

it('closes the connection of a client that sends on and on', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  const endpoint = await start({ maxBodyBytes: 1_000 });
  const client = await RawClient.open(endpoint);
  client.write(requestBytes(endpoint, { headers: chunked })).write(chunk('x'.repeat(2_000)));
  await client.response();

  jest.advanceTimersByTime(10_000);
  jest.useRealTimers();

  expect(await client.end()).toMatchObject([tooLarge]);
});

describe('dictation', () => {
  const audio = Buffer.alloc(30_000, 'sound');

  it('may be as large as `maxAudioBytes` where `transcribe` is given', async () => {
    const transcribe = jest.fn((_request: { audio: { data: Uint8Array } }) => ({ text: 'heard' }));
    const endpoint = await start({ transcribe, maxBodyBytes: 1_000, maxAudioBytes: audio.length });

    const { status, body } = await (await post(endpoint, dictation(audio))).response();

    expect([status, body]).toEqual([200, '{"text":"heard"}']);
    expect(Buffer.from(transcribe.mock.calls[0]![0].audio.data)).toEqual(audio);
  });

  it('is known by its first bytes, however few come at once', async () => {
    const endpoint = await start({ transcribe: () => ({ text: 'heard' }), maxBodyBytes: 1_000 });
    const client = await RawClient.open(endpoint);
    const body = ` { "type" : ${dictation(audio).slice('{"type":'.length)}`;
    client.write(requestBytes(endpoint, { headers: chunked }));
    for (const byte of body.slice(0, 50)) client.write(chunk(byte));
    client.write(chunk(body.slice(50))).write('0\r\n\r\n');
    expect(await client.response()).toMatchObject({ status: 200, body: '{"text":"heard"}' });
  });

  it('may have its base64 and its escape sequences up to a limit', async () => {
    const endpoint = await start({ transcribe: () => ({ text: 'heard' }), maxBodyBytes: 1_000, maxAudioBytes: 768 });
    const send = async (base64: string) => {
      const body = dictation(Buffer.alloc(0)).replace('"audio_base64":""', () => `"audio_base64":"${base64}"`);
      return (await (await post(endpoint, body)).response()).status;
    };
    const slashes = '\\/'.repeat(1024); // 768 bytes of audio in 1024 letters, each of them escaped
    expect(await send(slashes)).toBe(200);
    expect(await send(slashes.replace('\\/', '\\u002f'))).toBe(413);
  });

  it('that is larger is refused', async () => {
    const endpoint = await start({ transcribe: () => ({ text: '' }), maxBodyBytes: 1_000, maxAudioBytes: 29_999 });
    const { status, body } = await (await post(endpoint, dictation(audio))).response();
    expect([status, JSON.parse(body).error.code]).toEqual([413, 'too_large']);
  });

  it('that is much larger is refused before it is read', async () => {
    const endpoint = await start({ transcribe: () => ({ text: '' }), maxBodyBytes: 1_000, maxAudioBytes: 15_000 });
    const client = await post(endpoint, dictation(audio));
    expect(await client.end()).toMatchObject([tooLarge]);
  });

  it('has the limit of any body where `transcribe` is not given', async () => {
    const endpoint = await start({ maxBodyBytes: 1_000 });
    expect(await (await post(endpoint, dictation(audio))).end()).toMatchObject([{ ...tooLarge, body: bodyOf(1_000) }]);
  });

  it('leaves other bodies their limit', async () => {
    const endpoint = await start({ transcribe: () => ({ text: '' }), maxBodyBytes: 1_000 });
    expect(await (await post(endpoint, sized(1_001))).end()).toMatchObject([{ ...tooLarge, body: bodyOf(1_000) }]);
    const lookalike = `{"kind":"input.transcribe",${sized(1_001).slice(1)}`;
    expect(await (await post(endpoint, lookalike)).end()).toMatchObject([tooLarge]);
    expect(await threads(endpoint)).toBe(1);
  });
});
