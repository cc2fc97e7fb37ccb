// What a body may hold: depth, entries and keys, whatever its type, and audio as the only thing above `maxBodyBytes`.
import type { Request } from 'express';
import { addMessage, createThread, getThread, toolOutput } from '../support/requests';
import { type Endpoint, start } from './endpoint';
import { post, RawClient, type RawResponse, requestBytes } from './raw-client';
import { turnOfTheLoop, until, watched } from './server-side';

const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
const chunk = (bytes: string | Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);

/** Sends a body in chunks of so many bytes, without saying how long it is. */
async function sendChunks(endpoint: Endpoint, body: string | Buffer, size: number): Promise<RawClient> {
  const bytes = Buffer.from(body);
  const client = await RawClient.open(endpoint);
  client.write(requestBytes(endpoint, { headers: chunked }));
  for (let at = 0; at < bytes.length; at += size) client.write(chunk(bytes.subarray(at, at + size)));
  return client.write('0\r\n\r\n');
}

const told = ({ status, body }: RawResponse) => {
  const { error } = JSON.parse(body);
  return {
    status,
    code: error.code,
    message: error.message,
    paths: error.issues?.map(({ path }: { path: unknown[] }) => path),
  };
};
const refusal = async (endpoint: Endpoint, body: unknown) => told(await (await post(endpoint, body)).response());

/** What JSON.parse is given while a body is read. */
function parsedLengths(): number[] {
  const lengths: number[] = [];
  const { parse } = JSON;
  jest.spyOn(JSON, 'parse').mockImplementation((text, reviver) => {
    lengths.push(text.length);
    return parse(text, reviver) as unknown;
  });
  return lengths;
}
afterEach(() => jest.restoreAllMocks());

describe('the audio of a dictation', () => {
  const audio = Buffer.alloc(30_000, 'sound');
  const base64 = audio.toString('base64');
  const setup = () => {
    const transcribe = jest.fn((_request: { audio: { data: Uint8Array } }) => ({ text: 'heard' }));
    return { transcribe, options: { transcribe, maxBodyBytes: 1_000, maxAudioBytes: audio.length } };
  };
  const dictation = (text: string) => `"params":{"mime_type":"audio/webm","audio_base64":"${text}"}`;
  const type = '"type":"input.transcribe"';

  it.each<[string, string]>([
    ['after the type', `{${type},${dictation(base64)}}`],
    ['before the type', `{${dictation(base64)},${type}}`],
    ['before the mime type', `{"params":{"audio_base64":"${base64}","mime_type":"audio/webm"},${type}}`],
    [
      'with white space around',
      `{ "params" : { "audio_base64" :\n"${base64}", "mime_type":"audio/webm" } ,${type} }\n`,
    ],
    ['with keys nobody knows', `{"a":{"params":{"audio_base64":"x"}},${type},"b":[["params"]],${dictation(base64)}}`],
    [
      'with names that are escaped',
      `{"t\\u0079pe":"input\\u002etranscribe",${dictation(base64)}}`.replace('audio_', '\\u0061udio_'),
    ],
    ['with slashes that are escaped', `{${type},${dictation(base64.replaceAll('/', '\\/'))}}`],
    ['with every letter escaped', `{${type},${dictation(escaped(base64.slice(0, 4_000)))}}`],
  ])('may make a body larger than `maxBodyBytes`: %s', async (_where, body) => {
    const { transcribe, options } = setup();
    const endpoint = await start(options);
    const lengths = parsedLengths();

    for (const size of [997, 65_536]) {
      expect(await (await sendChunks(endpoint, body, size)).response()).toMatchObject({ status: 200 });
    }
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_000);
    const heard = transcribe.mock.calls.map(([request]) => Buffer.from(request.audio.data).toString('base64'));
    const sent = body.includes('\\u0063') ? base64.slice(0, 4_000) : base64;
    expect(heard).toEqual([sent, sent]);
  });

  it.each<[string, string]>([
    ['under another type', `{"type":"threads.list",${dictation(base64)}}`],
    ['under another type, which comes later', `{${dictation(base64)},"type":"threads.list"}`],
    ['under no type', `{${dictation(base64)}}`],
    ['under a type that is not a text', `{"type":["input.transcribe"],${dictation(base64)}}`],
    ['beside a second type', `{${type},"type":"threads.list",${dictation(base64)}}`],
    ['beside a second type, which is escaped', `{${type},"\\u0074ype":"threads.list",${dictation(base64)}}`],
    ['beside a second type, which comes later', `{${type},${dictation(base64)},"type":"threads.list"}`],
    ['in second params', `{${type},"params":{},${dictation(base64)}}`],
    ['beside other audio', `{${type},"params":{"audio_base64":"${base64}","audio_base64":"${base64}"}}`],
    ['at the top', `{${type},"audio_base64":"${base64}"}`],
    ['under another key', `{${type},"other":{"mime_type":"audio/webm","audio_base64":"${base64}"}}`],
    ['deeper', `{${type},"params":{"params":{"audio_base64":"${base64}"}}}`],
    ['in a list of params', `{${type},"params":[{"audio_base64":"${base64}"}]}`],
    ['under a longer name', `{${type},"params":{"audio_base64_":"${base64}"}}`],
    ['as the name', `{${type},"params":{"${base64}":"audio_base64"}}`],
    ['as a list', `{${type},"params":{"audio_base64":["${base64}"]}}`],
    ['that is short, beside a long text', `{${type},"params":{"audio_base64":"aaaa","mime_type":"${base64}"}}`],
    ['beside a long text', `{${type},${dictation(base64)},"metadata":{"a":"${'x'.repeat(1_000)}"}}`],
  ])('is not read above `maxBodyBytes` %s', async (_where, body) => {
    const { transcribe, options } = setup();
    const endpoint = await start(options);
    const lengths = parsedLengths();
    const known = await (await post(endpoint, body)).response();
    const unknown = await (await sendChunks(endpoint, body, 997)).response();
    expect([known.status, unknown.status]).toEqual([413, 413]);
    expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(1_000);
    expect(transcribe).not.toHaveBeenCalled();
  });

  it('that is not base64 is refused in the words of the field, and so are bytes that are not text', async () => {
    const endpoint = await start(setup().options);
    for (const bad of [
      `${base64}!`,
      `${base64}\\n`,
      `${base64}é`,
      Buffer.from(`${base64}\xff`, 'latin1').toString('latin1'),
    ]) {
      const body = Buffer.from(`{${type},${dictation(bad)}}`, bad.endsWith('\xff') ? 'latin1' : 'utf8');
      expect(await refusal(endpoint, body)).toMatchObject({ status: 400, paths: [['params', 'audio_base64']] });
    }
    expect(await refusal(endpoint, `{${type},${dictation(`${base64}\\x`)}}`)).toMatchObject({
      status: 400,
      message: 'The body is not JSON',
    });
  });

  it('of the largest size by default ends no process, and neither does what pretends to be one', async () => {
    const endpoint = await start({ transcribe: () => ({ text: 'heard' }) });
    const large = Buffer.alloc(25 * 1024 * 1024).toString('base64');
    expect((await (await post(endpoint, `{${type},${dictation(large)}}`)).response()).status).toBe(200);
    const zeros = Array(14_000_000).fill('0').join(',');
    const bodies = [
      `{${type},"type":"threads.list","params":{"x":"${large}"}}`,
      `{${type},"type":"threads.add_structured_input","params":{"input":{"answers":{"q":{"values":[${zeros}]}}}}}`,
    ];
    for (const body of bodies) {
      const client = await post(endpoint, body);
      expect((await client.response()).status).toBe(413);
      client.socket.destroy();
    }
  });
});

/** Each character as an escape sequence. */
function escaped(text: string): string {
  return text.replace(/./g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

describe('a key that is repeated', () => {
  it.each<[string, string, unknown[]]>([
    ['the type', '{"type":"threads.list","type":"threads.delete","params":{}}', ['type']],
    ['the params', '{"type":"threads.list","params":{},"params":{}}', ['params']],
    ['an unknown key', '{"type":"threads.list","params":{},"x":1,"x":1}', ['x']],
    ['a parameter', '{"type":"threads.get_by_id","params":{"thread_id":"a","thread_id":"b"}}', ['params', 'thread_id']],
    [
      'an escaped one',
      '{"type":"threads.get_by_id","params":{"thread_id":"a","thread\\u005fid":"b"}}',
      ['params', 'thread_id'],
    ],
    [
      'one in a list',
      JSON.stringify(toolOutput('thr_1', [0, { a: [{ b: 1 }] }])).replace('"b":1', '"b":1,"b":2'),
      ['params', 'result', 1, 'a', 0, 'b'],
    ],
    [
      'one with a quote in it',
      JSON.stringify(toolOutput('thr_1', { 'a"': 1 })).replace(':1', ':1,"a\\"":"]}"'),
      ['params', 'result', 'a"'],
    ],
    ['__proto__', '{"type":"threads.list","params":{},"__proto__":1,"__proto__":1}', ['__proto__']],
  ])('is refused by its name: %s', async (_what, body, path) => {
    const endpoint = await start();
    const expected = {
      status: 400,
      code: 'invalid_request',
      paths: [path],
      message: `${path.join('.')}: the key is repeated`,
    };
    expect(await refusal(endpoint, body)).toEqual(expected);
    expect(told(await (await sendChunks(endpoint, body, 3)).response())).toEqual(expected);
    expect((await endpoint.store.loadThreads({ limit: 10, after: null, order: 'asc' }, {})).data).toHaveLength(1);
  });

  it('is another matter where two objects have it, or a text looks like it', async () => {
    const endpoint = await start();
    const body = {
      ...createThread('{"type":1,"type":2}'),
      metadata: { type: 1, a: { type: 'type' }, b: [{ type: 1 }, { type: 1 }] },
    };
    expect((await (await post(endpoint, body)).response()).status).toBe(200);
  });
});

describe('a body that holds too much', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const withMetadata = (json: string) =>
    JSON.stringify({ ...getThread('thr_1'), metadata: { a: 1 } }).replace('1}}', `${json}}}`);
  const unknownKey = (json: string) => JSON.stringify({ ...getThread('thr_1'), x: 1 }).replace('"x":1', `"x":${json}`);

  it.each([[unknownKey], [withMetadata]])('is refused when it nests too deep, and taken at the limit', async (make) => {
    const endpoint = await start();
    expect((await (await post(endpoint, make(nested(98)))).response()).status).toBe(200);
    for (const levels of [128, 5_000, 200_000]) {
      expect(await refusal(endpoint, make(nested(levels)))).toMatchObject({
        status: 400,
        message: expect.stringMatching(/^(x|metadata).*nests deeper/),
      });
    }
  });

  it.each<[string, (count: number) => string]>([
    ['entries of an unknown key', (count) => unknownKey(`[${Array(count).fill('0').join(',')}]`)],
    [
      'empty lists',
      (count) =>
        unknownKey(
          `[${Array(Math.floor(count / 2))
            .fill('[]')
            .join(',')}]`,
        ),
    ],
    [
      'keys of the metadata',
      (count) =>
        withMetadata(
          JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, key) => [key.toString(36), 0]))),
        ),
    ],
  ])('is refused for its %s, and taken at the limit', async (_what, make) => {
    const endpoint = await start();
    expect((await (await post(endpoint, make(99_990))).response()).status).toBe(200);
    expect(await refusal(endpoint, make(110_000))).toEqual({
      status: 400,
      code: 'invalid_request',
      message: 'has more than 104857 keys and list entries',
      paths: [[]],
    });
  });

  it('may hold more where `maxBodyBytes` is larger', async () => {
    const endpoint = await start({ maxBodyBytes: 4_000_000 });
    const zeros = (count: number) => unknownKey(`[${Array(count).fill('0').join(',')}]`);
    expect((await (await post(endpoint, zeros(399_000))).response()).status).toBe(200);
    expect((await refusal(endpoint, zeros(401_000))).status).toBe(400);
  });

  it('is refused after express.json() as well, which leaves its value only', async () => {
    const before = (express: typeof import('express')) => [express.json({ limit: '10mb' })];
    const endpoint = await start({ before });
    expect((await (await post(endpoint, unknownKey(nested(98)))).response()).status).toBe(200);
    expect(await refusal(endpoint, unknownKey(nested(3_000)))).toMatchObject({ status: 400, paths: [['x', 0, 0, 0]] });
    expect((await refusal(endpoint, unknownKey(`[${Array(200_000).fill('0').join(',')}]`))).status).toBe(400);
  });

  it('is refused by a server without HTTP as well', async () => {
    const { chatkit } = await start();
    const request = { ...getThread('thr_1'), x: Array(200_000).fill(0) };
    await expect(chatkit.server.process(request, {})).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(chatkit.server.process({ ...request, x: [0] }, {})).resolves.toMatchObject({ kind: 'json' });
  });
});

it('a text may fill `maxBodyBytes`, and 10,000 ids are taken', async () => {
  const endpoint = await start();
  const text = 'x'.repeat(1024 * 1024 - JSON.stringify(addMessage('thr_1', '')).length);
  expect((await (await post(endpoint, addMessage('thr_1', text))).response()).status).toBe(200);
  const item_ids = Array.from({ length: 10_000 }, (_, index) => `msg_${index.toString(16).padStart(32, '0')}`);
  const params = { thread_id: 'thr_1', item_ids, kind: 'positive' };
  expect((await (await post(endpoint, { type: 'items.feedback', params })).response()).status).toBe(200);
  const more = { ...params, item_ids: [...item_ids, 'msg'] };
  expect(await refusal(endpoint, { type: 'items.feedback', params: more })).toMatchObject({
    status: 400,
    paths: [['params', 'item_ids']],
  });
});

it('nothing of a refused body is kept, and nobody listens to the rest of it', async () => {
  const requests: Request[] = [];
  const { before } = watched();
  const endpoint = await start({
    maxBodyBytes: 1_000,
    before: () => [...before(), (request, _response, next) => next(void requests.push(request))],
  });
  const client = await RawClient.open(endpoint);
  client.write(requestBytes(endpoint, { headers: chunked })).write(chunk('x'.repeat(1_001)));
  expect((await client.response()).status).toBe(413);

  expect(requests[0]!.listenerCount('data')).toBe(0);
  const seen: number[] = [];
  requests[0]!.on('data', (bytes: Buffer) => seen.push(bytes.length)); // the rest still flows, to nobody of ours
  client.write(chunk('y'.repeat(5_000)));
  await until(() => seen.reduce((sum, bytes) => sum + bytes, 0) === 5_000);
  await turnOfTheLoop();
});
