// The option `admit` and the requests that are forms: a file that was not announced, and a recording.
import { type AdmitRequest, ChatKitError } from 'chatkit-express';
import { idle } from '../support/gate';
import { start } from './endpoint';
import { png, startUploads, type User } from './upload-endpoint';

/** An `admit` that refuses all while `isFull` is true, after a while. */
function gatekeeper() {
  const keeper = {
    isFull: false,
    seen: [] as Omit<AdmitRequest<unknown>, 'context'>[],
    users: [] as string[],
    async admit({ context, ...request }: AdmitRequest<unknown>) {
      keeper.seen.push(request);
      keeper.users.push((context as Partial<User>).user ?? '');
      await idle();
      if (keeper.isFull) throw new ChatKitError('too_many_requests', 'Wait a minute', { retryAfterMs: 60_000 });
    },
  };
  return keeper;
}

test('a file is refused before it is described or kept, and the next file is accepted', async () => {
  const keeper = gatekeeper();
  const endpoint = await startUploads({ admit: keeper.admit });
  keeper.isFull = true;
  expect((await endpoint.upload(png)).status).toBe(429);
  expect([endpoint.onDisk(), endpoint.temporary(), await endpoint.rows()]).toEqual([[], [], []]);
  keeper.isFull = false;
  const { status, body } = await endpoint.upload(png);
  expect(status).toBe(200);
  expect(await endpoint.rows()).toEqual([body.id]);
  const file = {
    type: 'attachments.create',
    params: { name: 'a.png', mime_type: 'image/png', size: expect.any(Number) },
  };
  expect(keeper.seen).toEqual([file, file]);
  expect(keeper.users).toEqual(['ann', 'ann']);
  for (const { params } of keeper.seen) expect(params).toMatchObject({ size: expect.any(Number) });
  expect((keeper.seen[1]!.params as { size: number }).size).toBeGreaterThanOrEqual(png.length);
});

test('an announced file is asked about once, when it is announced', async () => {
  const keeper = gatekeeper();
  const endpoint = await startUploads({ admit: keeper.admit });
  const { body } = await endpoint.announce(png);
  const sent = await fetch(body.upload_descriptor.url, {
    method: 'PUT',
    body: new Uint8Array(png),
    headers: { 'content-type': 'image/png' },
  });
  expect(sent.status).toBe(200);
  expect(keeper.seen).toEqual([
    { type: 'attachments.create', params: { name: 'a.png', mime_type: 'image/png', size: png.length } },
  ]);
});

test('a recording is refused before the hook hears it, as a form and as JSON, and the next is accepted', async () => {
  const keeper = gatekeeper();
  const transcribe = jest.fn(() => ({ text: 'Hello' }));
  const { url } = await start({ admit: keeper.admit, transcribe });
  const asForm = () => {
    const data = new FormData();
    data.append('file', new Blob(['sound'], { type: 'audio/webm' }), 'voice.webm');
    return fetch(`${url}/transcribe`, { method: 'POST', body: data });
  };
  const asJson = () =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'input.transcribe', params: { audio_base64: 'c291bmQ=', mime_type: 'audio/webm' } }),
    });
  keeper.isFull = true;
  for (const send of [asForm, asJson]) {
    const refused = await send();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
  }
  expect(transcribe).not.toHaveBeenCalled();
  keeper.isFull = false;
  for (const send of [asForm, asJson]) expect(await (await send()).json()).toEqual({ text: 'Hello' });
  expect(keeper.seen.map(({ type }) => type)).toEqual(Array(4).fill('input.transcribe'));
});
