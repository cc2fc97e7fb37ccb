// The answers that every host must give whole. A host may collect an answer before it sends it: only the bytes count.
import type { HookEventInput, RespondTurn } from 'chatkit-express';
import { progress } from '../support/items';
import { addMessage, getThread } from '../support/requests';
import { type ExpressVersion, type Setup, start } from './endpoint';
import { framesOf } from './frames';
import { added, delta, done } from './hooks';
import type { Host } from './hosts';
import { turnOfTheLoop } from './server-side';
import { formOf, largePng as png, pdf, startUploads } from './upload-endpoint';

const json = { 'content-type': 'application/json' };
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const post = (body: unknown) => ({ path: '/chatkit', headers: json, body: bytesOf(body) });

/** Short and long events, of characters of every size, at once and one by one. */
async function* everything(): AsyncGenerator<HookEventInput> {
  yield progress('ASCII');
  yield progress('é ü 漢字 😀');
  await turnOfTheLoop();
  yield added();
  for (const text of ['short', 'é'.repeat(5000), 'x'.repeat(20_000), '😀'.repeat(3000)]) {
    yield delta(text);
    await turnOfTheLoop();
  }
  yield done('the end');
}

/** More than any buffer holds, so that the response asks the writer to wait. */
async function* megabytes(): AsyncGenerator<HookEventInput> {
  for (let count = 0; count < 40; count++) {
    yield progress(`${count} ${'y'.repeat(60_000)}`);
    if (count % 8 === 0) await turnOfTheLoop();
  }
}

async function all(events: AsyncIterable<HookEventInput>): Promise<HookEventInput[]> {
  const list: HookEventInput[] = [];
  for await (const event of events) list.push(event);
  return list;
}

/** The events of the hook. Those before them, the user's message and the stream's options, have ids and dates. */
const fromHook = (body: Buffer) => framesOf(body.toString('utf8')).slice(2) as unknown[];

export function wholeAnswers(version: ExpressVersion, host: Host): void {
  const setUp = (options: Setup = {}) => start({ version, before: () => host.before, ...options });

  it.each([
    ['short and long events', everything, 'text/event-stream'],
    ['more than any buffer holds', megabytes, 'text/event-stream'],
  ])(
    'a stream with %s',
    async (_name, respond: (turn: RespondTurn<unknown>) => AsyncGenerator<HookEventInput>, type) => {
      const endpoint = await setUp({ respond });
      const { status, headers, body } = await host.ask(endpoint, post(addMessage('thr_1')));
      expect([status, headers['content-type']]).toEqual([200, type]);
      expect(headers).toMatchObject({
        'cache-control': expect.stringContaining('no-cache'),
        'x-accel-buffering': 'no',
      });
      const expected = await all(respond(undefined as never));
      expect(fromHook(body)).toEqual(expected);
      expect(endpoint.chatkit.server.openRuns).toBe(0);
    },
  );

  it('a stream of lines of JSON', async () => {
    const endpoint = await setUp({ respond: everything });
    const asked = post(addMessage('thr_1'));
    const { headers, body } = await host.ask(endpoint, {
      ...asked,
      headers: { ...asked.headers, accept: 'application/x-ndjson' },
    });
    expect(headers['content-type']).toMatch(/^application\/x-ndjson/);
    const lines = body.toString('utf8').trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'thread.item.done' });
  });

  it('a stream with the silences of a slow hook', async () => {
    const endpoint = await setUp({
      heartbeatMs: 1,
      async *respond() {
        const until = performance.now() + 20;
        while (performance.now() < until) await turnOfTheLoop();
        yield progress('late');
      },
    });
    const { body } = await host.ask(endpoint, post(addMessage('thr_1')));
    const events = framesOf(body.toString('utf8').replaceAll(/^:.*\n\n/gm, ''));
    expect(events.at(-1)).toEqual(progress('late'));
  });

  it.each([false, true])('JSON, a refusal and the health, with X-Powered-By %s', async (poweredBy) => {
    const endpoint = await setUp({
      mount: (app, chatkit) => app.set('x-powered-by', poweredBy).use('/chatkit', chatkit),
    });
    const found = await host.ask(endpoint, post(getThread('thr_1')));
    expect([found.status, found.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(found.body.toString())).toMatchObject({ id: 'thr_1' });

    const refused = await host.ask(endpoint, post(getThread('thr_2')));
    expect([refused.status, refused.headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
    expect(JSON.parse(refused.body.toString())).toMatchObject({ error: { code: 'not_found' } });

    const health = await host.ask(endpoint, { method: 'GET', path: '/chatkit' });
    expect([health.status, JSON.parse(health.body.toString())]).toEqual([200, { status: 'ok' }]);
  });

  it('the headers of a stream, with X-Powered-By off', async () => {
    const endpoint = await setUp({ mount: (app, chatkit) => app.set('x-powered-by', false).use('/chatkit', chatkit) });
    const { headers } = await host.ask(endpoint, post(addMessage('thr_1')));
    expect(headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  });

  it('files: a form, an announced upload, a download and a part of it', async () => {
    const endpoint = await startUploads({ version, before: () => host.before });
    const form = new Response(formOf(png));
    const uploaded = await host.ask(endpoint, {
      path: '/chatkit/upload',
      headers: { 'content-type': form.headers.get('content-type')! },
      body: Buffer.from(await form.arrayBuffer()),
    });
    expect([uploaded.status, JSON.parse(uploaded.body.toString())]).toEqual([
      200,
      expect.objectContaining({ type: 'image', mime_type: 'image/png' }),
    ]);
    const { preview_url } = JSON.parse(uploaded.body.toString()) as { preview_url: string };
    const { pathname, search } = new URL(preview_url);
    const shown = await host.ask(endpoint, { method: 'GET', path: pathname + search });
    expect([shown.status, shown.headers['content-type']]).toEqual([200, 'image/png']);
    expect(shown.body.equals(png)).toBe(true);
    const part = await host.ask(endpoint, {
      method: 'GET',
      path: pathname + search,
      headers: { range: 'bytes=8-11' },
    });
    expect([part.status, part.body]).toEqual([206, png.subarray(8, 12)]);

    const announced = await host.ask(
      endpoint,
      post({ type: 'attachments.create', params: { name: 'a.pdf', size: pdf.length, mime_type: 'application/pdf' } }),
    );
    const { upload_descriptor } = JSON.parse(announced.body.toString()) as { upload_descriptor: { url: string } };
    const to = new URL(upload_descriptor.url);
    const sent = await host.ask(endpoint, {
      method: 'PUT',
      path: to.pathname + to.search,
      headers: { 'content-type': 'application/pdf' },
      body: pdf,
    });
    expect([sent.status, sent.body.toString()]).toEqual([200, '{}']);
  });
}
