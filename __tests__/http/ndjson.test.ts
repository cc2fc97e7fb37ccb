// One JSON object a line, for clients whose Accept header asks for it.
import { expressVersions, start } from './endpoint';
import { progress } from '../support/items';
import { addMessage, getThread } from '../support/requests';
import { steered } from './hooks';
import { post } from './raw-client';

const sse = 'text/event-stream';
const ndjson = 'application/x-ndjson';

describe.each(expressVersions)('on Express %i', (version) => {
  it('writes an event a line, and nothing else', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1', 'a\nb'), { accept: ndjson });
    await hook.started;
    await client.bodyUpTo('}}\n');
    hook.say(progress('one\ntwo'), progress('three'));
    hook.end();

    const { status, headers, body, chunks } = await client.response();

    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    const [message, ...rest] = body.split('\n');
    expect(JSON.parse(message!)).toMatchObject({ type: 'thread.item.done', item: { content: [{ text: 'a\nb' }] } });
    expect(rest).toEqual([
      '{"type":"stream_options","stream_options":{"allow_cancel":true}}',
      '{"type":"progress_update","text":"one\\ntwo"}',
      '{"type":"progress_update","text":"three"}',
      '',
    ]);
    expect(chunks.at(-1)).toBe(`${rest[1]!}\n${rest[2]!}\n`);
  });

  it.each([
    [undefined, sse],
    ['*/*', sse],
    ['', sse],
    ['text/event-stream', sse],
    ['text/*', sse],
    ['application/json', sse],
    ['application/json, */*', sse],
    ['application/x-ndjson', ndjson],
    ['Application/X-NDJSON', ndjson],
    ['application/x-ndjson, */*', ndjson],
    ['application/x-ndjson;q=0.9, text/event-stream', sse],
    ['text/event-stream;q=0.9, application/x-ndjson', ndjson],
    ['application/x-ndjson;q=0, text/event-stream', sse],
    ['application/x-ndjson;q=0, */*', sse],
    ['text/event-stream;q=0.1, application/x-ndjson;q=0.2, */*;q=0.9', ndjson],
    ['application/x-ndjson;q=0.5, text/*;q=0.6', sse],
    ['application/x-ndjson-not', sse],
  ])('answers Accept: %s with %s', async (accept, contentType) => {
    const endpoint = await start({ version });
    const client = await post(endpoint, addMessage('thr_1'), accept === undefined ? {} : { accept });
    const { headers, body } = await client.response();
    expect(headers['content-type']).toBe(contentType);
    expect(body.startsWith(contentType === sse ? 'data: {' : '{')).toBe(true);
  });

  it('answers what is no stream as JSON', async () => {
    const endpoint = await start({ version });
    const ask = async (body: unknown) => (await post(endpoint, body, { accept: ndjson })).response();
    expect((await ask(getThread('thr_1'))).headers['content-type']).toBe('application/json; charset=utf-8');
    expect(await ask(getThread('thr_2'))).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
  });
});
