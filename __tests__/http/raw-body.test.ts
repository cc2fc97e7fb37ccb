// Platforms that read the body themselves and leave it in `request.rawBody`, as Cloud Functions and Firebase do.
import { buffer } from 'node:stream/consumers';
import type { RequestHandler } from 'express';
import request from 'supertest';
import { addMessage, getThread } from '../support/requests';
import { expressVersions, start } from './endpoint';
import { formOf, pdf, png, put, startUploads } from './upload-endpoint';

type Left = Record<string, unknown>;

/** Reads the request to its end, and leaves what `leave` makes of the bytes. */
const platform =
  (leave: (bytes: Buffer) => Left): RequestHandler =>
  async (request, _response, next) => {
    Object.assign(request, leave(await buffer(request)));
    next();
  };

const ways: [string, (bytes: Buffer) => Left][] = [
  ['as bytes', (rawBody) => ({ rawBody })],
  ['as a Uint8Array', (bytes) => ({ rawBody: new Uint8Array(bytes) })],
  ['with an empty body beside it', (rawBody) => ({ rawBody, body: {} })],
  ['with an empty body that was marked as parsed', (rawBody) => ({ rawBody, body: {}, _body: true })],
];

describe.each(expressVersions)('on Express %i', (version) => {
  it.each([...ways, ['as text', (bytes: Buffer): Left => ({ rawBody: bytes.toString() })] as const])(
    'reads a body that was left %s',
    async (_name, leave) => {
      const endpoint = await start({ version, before: () => [platform(leave)] });
      const found = await request(endpoint.server).post('/chatkit').send(getThread('thr_1'));
      expect([found.status, (found.body as { id: string }).id]).toEqual([200, 'thr_1']);
      expect((await request(endpoint.server).post('/chatkit').send(addMessage('thr_1', 'é 漢 😀'))).text).toContain(
        'é 漢 😀',
      );
    },
  );

  it('prefers what a parser made of it', async () => {
    const leave = (rawBody: Buffer) => ({ rawBody, body: getThread('thr_1') });
    const endpoint = await start({ version, before: () => [platform(leave)] });
    expect((await request(endpoint.server).post('/chatkit').send({ type: 'else' })).status).toBe(200);
  });

  it('reads it when no bytes ever come from the request itself', async () => {
    const rawBody = Buffer.from(JSON.stringify(getThread('thr_1')));
    const silent: RequestHandler = (request, _response, next) => {
      request.read = () => null;
      request.on = () => request;
      Object.assign(request, { rawBody });
      next();
    };
    const endpoint = await start({ version, before: () => [silent] });
    expect((await request(endpoint.server).post('/chatkit').send(getThread('thr_1'))).status).toBe(200);
  });

  it('refuses what is too large, and takes one byte less', async () => {
    const text = JSON.stringify(getThread('thr_1'));
    for (const [maxBodyBytes, status] of [
      [text.length, 200],
      [text.length - 1, 413],
    ] as const) {
      const endpoint = await start({ version, maxBodyBytes, before: () => [platform((rawBody) => ({ rawBody }))] });
      const answer = await request(endpoint.server).post('/chatkit').type('json').send(text);
      expect(answer.status).toBe(status);
    }
  });

  it('refuses what is not JSON as any other body', async () => {
    const endpoint = await start({ version, before: () => [platform((rawBody) => ({ rawBody }))] });
    const answer = await request(endpoint.server).post('/chatkit').type('json').send('{"type":');
    expect([answer.status, (answer.body as { message: string }).message]).toEqual([400, 'The body is not JSON']);
  });

  it('fails, and says why, when the body is nowhere', async () => {
    const endpoint = await start({ version, before: () => [platform(() => ({}))] });
    expect((await request(endpoint.server).post('/chatkit').send(getThread('thr_1'))).status).toBe(500);
    expect(String(endpoint.logger.take('error')[0]!.fields['err'])).toMatch(/not left in request.body/);
  });

  it.each([...ways, ['in body, as bytes', (body: Buffer): Left => ({ body })] as const])(
    'receives files that were left %s',
    async (_name, leave) => {
      const endpoint = await startUploads({ version, before: () => [platform(leave)] });
      const { status, body } = await endpoint.upload(formOf(png));
      expect([status, body]).toEqual([200, expect.objectContaining({ type: 'image', mime_type: 'image/png' })]);
      for (const method of ['PUT', 'POST']) {
        const { body: announced } = await endpoint.announce(pdf, { name: 'a.pdf', mime_type: 'application/pdf' });
        const { url } = announced.upload_descriptor;
        expect((await put(url, pdf, { type: 'application/pdf', method })).status).toBe(200);
        expect((await endpoint.send([announced.id])).status).toBe(200);
      }
      expect((await endpoint.upload(Buffer.from('<svg'))).status).toBe(415);
    },
  );

  it('receives the file in `rawBody` when `body` has other bytes', async () => {
    const leave = (rawBody: Buffer): Left => ({ rawBody, body: Buffer.from('other') });
    const endpoint = await startUploads({ version, before: () => [platform(leave)] });
    expect(await endpoint.upload(formOf(png))).toMatchObject({ status: 200, body: { mime_type: 'image/png' } });
  });

  it('transcribes a recording that was left there', async () => {
    const endpoint = await start({
      version,
      before: () => [platform((rawBody) => ({ rawBody }))],
      transcribe: ({ audio }) => ({ text: `${audio.data.length} bytes of ${audio.mediaType}` }),
    });
    const form = formOf(Buffer.alloc(10, 1), { name: 'a.webm', type: 'audio/webm' });
    const answer = await fetch(`${endpoint.url}/transcribe`, { method: 'POST', body: form });
    expect(await answer.json()).toEqual({ text: '10 bytes of audio/webm' });
  });
});
