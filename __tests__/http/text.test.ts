// Text goes through byte for byte, whatever it holds: in streams, in JSON answers and in requests.
import compression from 'compression';
import { expressVersions, start } from './endpoint';
import { progress } from '../support/items';
import { addMessage, getThread } from '../support/requests';
import { added, delta, done, steered } from './hooks';
import { post } from './raw-client';

const texts: [string, string][] = [
  ['ASCII', " !#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~"],
  ['quotes and backslashes', '"\\"\\\\" \\n \\u0041'],
  ['line ends', '\n\r\n\n\n\r'],
  ['frames', '\n\ndata: {"type":"error"}\n\n: x\nevent: y\nid: 1\n\n'],
  ['control characters', '\0\x01\x08\t\v\f\x1b\x1f\x7f\x80\x9f'],
  ['letters of one byte in Latin-1', 'é ü ß ÿ ¡ \xa0'],
  ['letters of two and three bytes', 'ő Ж ש 漢字 ह'],
  ['pairs of surrogates', '😀 👩‍👩‍👧 𝕏 \u{10ffff}'],
  ['lone surrogates', '\ud800 \udfff x\ud83d'],
  ['separators that JavaScript once took for line ends', '\u2028\u2029\u0085'],
  ['marks', '\ufeff\u200b\u202e\ufffd\uffff'],
  ['nothing', ''],
  ['a long text', 'långt "\n'.repeat(50_000)],
];

/** The JSON of a frame, in the two formats. */
const formats: [string, Record<string, string>, (json: string) => string][] = [
  ['Server-Sent Events', {}, (json) => `data: ${json}\n\n`],
  ['NDJSON', { accept: 'application/x-ndjson' }, (json) => `${json}\n`],
];
const deltaJson = (text: string, id = 'msg_1') =>
  `{"type":"thread.item.updated","item_id":${JSON.stringify(id)},"update":` +
  `{"type":"assistant_message.content_part.text_delta","content_index":0,"delta":${JSON.stringify(text)}}}`;

describe.each(formats)('%s', (_format, headers, frame) => {
  const eachText = it.each(texts);

  eachText('carry %s in a delta', async (_name, text) => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'), headers);
    hook.say(added(), delta(text), done(text));
    hook.end();
    const { body } = await client.response();

    expect(body).toContain(frame(deltaJson(text)));
    const { data } = await endpoint.store.loadThreadItems('thr_1', { limit: 9, after: null, order: 'desc' }, {});
    expect(data[0]).toMatchObject({ content: [{ text }] });
    const [item] = JSON.parse((await (await post(endpoint, getThread('thr_1'))).response()).body).items.data.slice(-1);
    expect(item.content[0].text).toBe(text);
  });

  eachText('carry %s in other events and in ids', async (_name, text) => {
    const id = `msg_${text}`;
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'), headers);
    hook.say(progress(text), delta('plain', id), delta(text, id));
    hook.end();
    const { body } = await client.response();

    expect(
      body.endsWith(
        [`{"type":"progress_update","text":${JSON.stringify(text)}}`, deltaJson('plain', id), deltaJson(text, id)]
          .map(frame)
          .join(''),
      ),
    ).toBe(true);
  });

  it('carry every one of them in turn, in one write and in many', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'), headers);
    const [, ...rest] = texts.map(([, text]) => text);
    let expected = '';
    for (const text of rest) {
      const batch = ['plain', text, 'plain'];
      expected += batch.map((part) => frame(deltaJson(part))).join('');
      hook.say(...batch.map((part) => delta(part)));
      await client.bodyUpTo(expected);
    }
    for (const text of ['a', 'é', 'b', '😀', 'c']) {
      expected += frame(deltaJson(text));
      hook.say(delta(text));
      await client.bodyUpTo(expected);
    }
    hook.end();
    expect((await client.response()).body.endsWith(expected)).toBe(true);
  });

  it('carry the two halves of a character in two deltas', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'), headers);
    const [high, low] = ['😀'[0]!, '😀'[1]!];
    hook.say(added(), delta(high), delta(low), done(high + low));
    hook.end();
    const { body } = await client.response();
    expect(body).toContain(frame(deltaJson(high)) + frame(deltaJson(low)));
    expect(body).toContain('"\\ud83d"');
    const { data } = await endpoint.store.loadThreadItems('thr_1', { limit: 1, after: null, order: 'desc' }, {});
    expect(data[0]).toMatchObject({ content: [{ text: '😀' }] });
  });
});

describe.each(expressVersions)('on Express %i', (version) => {
  it.each(texts)('%s comes in with a request, escaped or not, and goes out again', async (_name, text) => {
    const endpoint = await start({ version, before: () => [compression()] });
    const request = addMessage('thr_1', text);
    const plain = JSON.stringify(request);
    const escaped = plain.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

    for (const body of [plain, escaped]) {
      const answer = await (await post(endpoint, body)).response();
      const [first] = answer.body.split('\n\n', 1);
      expect(JSON.parse(first!.slice('data: '.length)).item.content).toEqual([{ type: 'input_text', text }]);
    }
  });
});
