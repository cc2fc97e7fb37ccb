// Request bodies as they come off the wire, without a parser before the middleware.
import { expressVersions, start } from './endpoint';
import { addMessage, getThread } from '../support/requests';
import { post, RawClient, type RawResponse, requestBytes } from './raw-client';

const json = JSON.stringify(getThread('thr_1'));
const thread = { id: 'thr_1', items: { data: [], has_more: false } };

/** Expects an error of the one shape that all have, and gives its issues' paths. */
function refusal({ status, headers, body }: RawResponse): {
  status: number;
  code: string;
  message: string;
  paths?: string[];
} {
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
  const { message, error, ...more } = JSON.parse(body);
  expect(more).toEqual({});
  expect(Object.keys(error).filter((key) => key !== 'issues')).toEqual(['code', 'message']);
  expect(error.message).toBe(message);
  for (const issue of error.issues ?? []) expect(Object.keys(issue)).toEqual(['path', 'message']);
  const paths = error.issues?.map(({ path }: { path: unknown[] }) => path.join('.'));
  return { status, code: error.code, message, ...(paths && { paths }) };
}

describe.each(expressVersions)('on Express %i', (version) => {
  it.each<[string, Record<string, string>, string | Uint8Array]>([
    ['application/json', { 'content-type': 'application/json' }, json],
    ['any case', { 'content-type': 'Application/JSON' }, json],
    ['a charset', { 'content-type': 'application/json; charset=utf-8' }, json],
    ['a quoted charset', { 'content-type': 'application/json;charset="UTF-8"' }, json],
    ['utf8 without a hyphen', { 'content-type': 'application/json; charset=utf8' }, json],
    ['other parameters', { 'content-type': 'application/json; profile="x"' }, json],
    ['a +json type', { 'content-type': 'application/vnd.chatkit+json' }, json],
    ['a +json type with dots and a charset', { 'content-type': 'application/vnd.a-b.c+json;charset=utf-8' }, json],
    ['the identity encoding', { 'content-encoding': 'identity' }, json],
    ['a byte order mark', {}, `\ufeff${json}`],
    ['white space around', {}, ` \r\n\t${json}\n`],
    ['keys nobody knows', {}, json.replace('{', '{"new":[1],')],
    ['a charset that stands in another parameter', { 'content-type': 'application/json; x="charset=latin1"' }, json],
  ])('takes %s', async (_name, headers, body) => {
    const endpoint = await start({ version });
    const response = await (await post(endpoint, body, headers)).response();
    expect([response.status, JSON.parse(response.body)]).toMatchObject([200, thread]);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(response.body)),
      'cache-control': 'no-store',
    });
  });

  it('takes a body in chunks, split anywhere', async () => {
    const endpoint = await start({ version });
    const text = 'né ☃ 😀';
    const bytes = Buffer.from(JSON.stringify({ type: 'threads.update', params: { thread_id: 'thr_1', title: text } }));
    const client = await RawClient.open(endpoint);
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    client.write(requestBytes(endpoint, { headers }));
    for (const byte of bytes) client.write(Buffer.from([0x31, 0x0d, 0x0a, byte, 0x0d, 0x0a]));
    client.write('0\r\n\r\n');
    expect(JSON.parse((await client.response()).body)).toMatchObject({ id: 'thr_1', title: text });
  });

  it('takes a body from a client that waits for 100 Continue', async () => {
    const endpoint = await start({ version });
    const client = await RawClient.open(endpoint);
    const bytes = requestBytes(endpoint, { body: json, headers: { expect: '100-continue' } });
    client.write(bytes.subarray(0, -json.length));
    await client.until(() => client.bytes.toString() === 'HTTP/1.1 100 Continue\r\n\r\n');
    client.bytes = Buffer.alloc(0);
    client.write(json);
    expect((await client.response()).status).toBe(200);
  });

  it.each<[string, Record<string, string>, string | Uint8Array, number, string]>([
    ['no content-type', { 'content-type': '' }, json, 415, 'unsupported_media_type'],
    ['text', { 'content-type': 'text/plain' }, json, 415, 'unsupported_media_type'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1', 415, 'unsupported_media_type'],
    ['what only begins like JSON', { 'content-type': 'application/jsonp' }, json, 415, 'unsupported_media_type'],
    ['JSON of another family', { 'content-type': 'text/x+json' }, json, 415, 'unsupported_media_type'],
    ['two types', { 'content-type': 'application/json, text/plain' }, json, 415, 'unsupported_media_type'],
    ['another charset', { 'content-type': 'application/json; charset=latin1' }, json, 415, 'unsupported_media_type'],
    ['gzip', { 'content-encoding': 'gzip' }, json, 415, 'unsupported_media_type'],
    ['an unknown encoding', { 'content-encoding': 'x' }, json, 415, 'unsupported_media_type'],
    ['an empty body', {}, '', 400, 'invalid_request'],
    ['white space', {}, ' ', 400, 'invalid_request'],
    ['what is not JSON', {}, '{"type":', 400, 'invalid_request'],
    ['two byte order marks', {}, `\ufeff\ufeff${json}`, 400, 'invalid_request'],
    ['bytes after the JSON', {}, `${json}x`, 400, 'invalid_request'],
    ['UTF-16', {}, Buffer.from(`\ufeff${json}`, 'utf16le'), 400, 'invalid_request'],
    ['bad UTF-8', {}, Buffer.from(json.replace('thr_1', '\xff'), 'latin1'), 400, 'invalid_request'],
    ['an overlong UTF-8 form', {}, Buffer.from(json.replace('thr_1', '\xc0\x80'), 'latin1'), 400, 'invalid_request'],
    ['a surrogate in UTF-8', {}, Buffer.from(json.replace('thr_1', '\xed\xa0\x80'), 'latin1'), 400, 'invalid_request'],
    ['a character cut off', {}, Buffer.from(json.replace('thr_1', '\xe2\x98'), 'latin1'), 400, 'invalid_request'],
  ])('refuses %s', async (_name, headers, body, status, code) => {
    const endpoint = await start({ version });
    const told = refusal(await (await post(endpoint, body, headers)).response());
    expect(told).toEqual({ status, code, message: expect.any(String) });
  });

  it.each<[string, unknown, string[]]>([
    ['null', null, ['']],
    ['an array', [], ['']],
    ['a number', 1, ['']],
    ['an empty object', {}, ['type']],
    ['an unknown type', { type: 'threads.explode', params: {} }, ['type']],
    ['a type that every object has', { type: 'constructor', params: {} }, ['type']],
    ['what the reference does not know', { type: 'attachments.list', params: { attachment_id: 'a' } }, ['type']],
    ['no params', { type: 'threads.get_by_id' }, ['params']],
    ['a missing id', { type: 'threads.get_by_id', params: {} }, ['params.thread_id']],
    ['an empty id', { type: 'threads.get_by_id', params: { thread_id: '' } }, ['params.thread_id']],
    ['a bad order', { type: 'threads.list', params: { order: 'up' } }, ['params.order']],
    [
      'two faults',
      { type: 'items.feedback', params: { thread_id: 1, item_ids: ['a', 2], kind: 'positive' } },
      ['params.thread_id', 'params.item_ids.1'],
    ],
    [
      'a fault deep inside',
      { type: 'threads.create', params: { input: { content: [{ type: 'input_text' }], attachments: [] } } },
      ['params.input.content.0.text'],
    ],
  ])('names the field at fault: %s', async (_name, body, paths) => {
    const endpoint = await start({ version });
    const told = refusal(await (await post(endpoint, body)).response());
    expect(told).toMatchObject({ status: 400, code: 'invalid_request', paths });
    for (const path of paths) expect(told.message).toContain(path);
    expect((await endpoint.store.loadThreads({ limit: 10, after: null, order: 'asc' }, {})).data).toHaveLength(1);
  });

  it('leaves the connection usable after a refused body', async () => {
    const endpoint = await start({ version });
    const client = await post(endpoint, 'x'.repeat(100_000), { 'content-type': 'text/plain' });
    client.write(requestBytes(endpoint, { body: getThread('thr_1') }));
    expect((await client.responses(2)).map(({ status }) => status)).toEqual([415, 200]);
  });
});

it('keeps the answer small for a request with thousands of faults', async () => {
  const endpoint = await start();
  const input = { content: Array.from({ length: 5_000 }, () => 0), attachments: [] };
  const told = await (await post(endpoint, { type: 'threads.create', params: { input } })).response();
  expect(refusal(told)).toMatchObject({ status: 400, code: 'invalid_request' });
  expect(JSON.parse(told.body).error.issues[0].path.slice(0, 3)).toEqual(['params', 'input', 'content']);
  expect(told.body.length).toBeLessThan(200_000);
});

it('does not let a body set the prototype of what is stored', async () => {
  const endpoint = await start();
  const body = JSON.stringify(addMessage('thr_1')).replace(
    '"type":"input_text"',
    '"__proto__":{"text":1},"type":"input_text"',
  );
  await (await post(endpoint, body)).response();
  const { data } = await endpoint.store.loadThreadItems('thr_1', { limit: 1, after: null, order: 'asc' }, {});
  expect(Object.getPrototypeOf((data[0] as { content: object[] }).content[0])).toBe(Object.prototype);
});
