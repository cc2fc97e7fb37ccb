// Who may do what with a file: every route as another user, without a token, and with one that is not for this.
import { Tokens } from '../../src/uploads/tokens';
import { createdThread, formOf, png, put, startUploads } from './upload-endpoint';

const secret = 'a secret of the tests';

/** Ann has announced `open`, and uploaded `whole`. */
async function withFiles() {
  const uploads = await startUploads({ uploads: { secret } });
  const { body: open } = await uploads.announce(png);
  const { body: whole } = await uploads.upload(png);
  const { body: preview } = await uploads.ask('attachments.get_preview', { attachment_id: whole.id });
  return { uploads, open, whole, uploadUrl: open.upload_descriptor.url, previewUrl: preview.url as string };
}

const get = async (url: string) => (await fetch(url)).status;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('another user', () => {
  test('cannot attach, preview or delete a file, nor start where it was announced', async () => {
    const { uploads, whole, open } = await withFiles();
    for (const id of [whole.id, open.id]) {
      expect(await uploads.send([id], { user: 'bob' })).toMatchObject({ status: 404 });
      expect(await uploads.ask('attachments.get_preview', { attachment_id: id }, 'bob')).toMatchObject({ status: 404 });
      expect(await uploads.ask('attachments.delete', { attachment_id: id }, 'bob')).toMatchObject({ body: {} });
    }
    expect(await uploads.rows()).toHaveLength(2);
    expect(uploads.onDisk()).toEqual([whole.id]);
    expect(await uploads.send([whole.id])).toMatchObject({ status: 200 });
  });

  test('with a token of their own for the same id reaches nothing of the first', async () => {
    const { uploads, whole } = await withFiles();
    const tokens = new Tokens([secret]);
    const payload = { purpose: 'read' as const, owner: 'bob', id: whole.id, mimeType: 'image/png', name: 'a.png' };
    const token = tokens.sign(payload, Date.now() + 60_000);
    expect(await get(`${uploads.url}/attachments/${whole.id}?token=${token}`)).toBe(404);
  });

  test('who is refused by `context` uploads nothing', async () => {
    const uploads = await startUploads();
    const { ChatKitError } = await import('chatkit-express');
    uploads.files.ownerOf = () => {
      throw new ChatKitError('unauthorized', 'Please sign in');
    };
    expect(await uploads.upload(png)).toMatchObject({ status: 401 });
    expect(await uploads.announce(png)).toMatchObject({ status: 401 });
    expect(uploads.onDisk()).toEqual([]);
  });
});

describe('tokens', () => {
  test('are asked for by both routes', async () => {
    const { uploadUrl, previewUrl } = await withFiles();
    for (const rest of ['', '?token=', '?token=a', '?token=a.b', '?token=a.b.c', '?token[]=a', '?token[a]=b']) {
      expect(await get(previewUrl.replace(/\?.*/, rest))).toBe(403);
      expect(await put(uploadUrl.replace(/\?.*/, rest), png)).toMatchObject({ status: 403 });
      expect(await put(uploadUrl.replace(/\?.*/, rest), png, { method: 'POST' })).toMatchObject({ status: 403 });
    }
  });

  test('with any one character changed, left out or added are refused', async () => {
    const { uploadUrl, previewUrl } = await withFiles();
    for (const [url, purpose] of [
      [uploadUrl, 'upload'],
      [previewUrl, 'read'],
    ] as const) {
      const token = new URL(url).searchParams.get('token')!;
      const tokens = new Tokens([secret]);
      const id = /\/(atc_\w+)\?/.exec(url)![1]!;
      expect(tokens.verify(token, { purpose, id })).toMatchObject({ owner: 'ann' });
      for (let index = 0; index < token.length; index++) {
        const other = token[index] === 'A' ? 'B' : 'A';
        for (const changed of [
          token.slice(0, index) + other + token.slice(index + 1),
          token.slice(0, index) + token.slice(index + 1),
          `${token.slice(0, index)}A${token.slice(index)}`,
        ]) {
          expect(() => tokens.verify(changed, { purpose, id })).toThrow(/signed/);
        }
      }
      // Over the wire for some of them: the routes ask the same question.
      const last = token.at(-1) === 'A' ? 'B' : 'A';
      for (const changed of [`B${token.slice(1)}`, token.slice(0, -1) + last, `${token}A`, `${token}=`]) {
        const there = url.replace(token, changed);
        if (purpose === 'read') expect(await get(there)).toBe(403);
        else expect(await put(there, png)).toMatchObject({ status: 403 });
      }
    }
  });

  test('that have expired are refused', async () => {
    const { uploads, uploadUrl, previewUrl } = await withFiles();
    const later = Date.now() + 60 * 60 * 1000;
    jest.spyOn(Date, 'now').mockReturnValue(later + 1);
    expect(await get(previewUrl)).toBe(403);
    expect(await put(uploadUrl, png)).toMatchObject({ status: 403, body: { message: 'token: the URL has expired' } });
    expect(await put(uploadUrl, png, { method: 'POST' })).toMatchObject({ status: 403 });
    expect(uploads.onDisk()).toHaveLength(1);
  });

  test('are good until the very millisecond of their expiry', () => {
    const tokens = new Tokens([secret]);
    const payload = { purpose: 'read', owner: 'ann', id: 'atc_1', mimeType: 'text/plain', name: 'a' } as const;
    const token = tokens.sign(payload, 1_000_000);
    const now = jest.spyOn(Date, 'now').mockReturnValue(999_999);
    expect(tokens.verify(token, { purpose: 'read', id: 'atc_1' })).toMatchObject({ expiresAt: 1_000_000 });
    now.mockReturnValue(1_000_000);
    expect(() => tokens.verify(token, { purpose: 'read', id: 'atc_1' })).toThrow('token: the URL has expired');
  });

  test('are good for their own id only', async () => {
    const { uploads, open, whole, uploadUrl, previewUrl } = await withFiles();
    const { body: second } = await uploads.announce(png);
    expect(await put(uploadUrl.replace(open.id, second.id), png)).toMatchObject({ status: 403 });
    expect(await get(previewUrl.replace(whole.id, open.id))).toBe(403);
    expect(await get(previewUrl.replace(whole.id, 'nothing'))).toBe(403);
  });

  test('are good for their own purpose and methods only', async () => {
    const { uploads, open, whole, uploadUrl, previewUrl } = await withFiles();
    const uploadToken = new URL(uploadUrl).search;
    const readToken = new URL(previewUrl).search;
    expect(await get(`${uploads.url}/attachments/${open.id}${uploadToken}`)).toBe(403);
    expect(await put(`${uploads.url}/upload/${whole.id}${readToken}`, png)).toMatchObject({ status: 403 });
    for (const [url, methods] of [
      [uploadUrl, ['GET', 'DELETE', 'PATCH']],
      [previewUrl, ['PUT', 'POST', 'DELETE', 'PATCH']],
      [`${uploads.url}/upload`, ['GET', 'PUT', 'DELETE']],
    ] as const) {
      for (const method of methods) {
        const response = await fetch(url, { method, ...(method === 'PUT' && { body: 'x' }) });
        expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, expect.any(String)]);
      }
    }
    // PUT takes raw bytes and POST a form: not the other way round.
    const raw = await fetch(uploadUrl, { method: 'POST', headers: { 'content-type': 'image/png' }, body: 'x' });
    expect(raw.status).toBe(415);
  });

  test('hold the upload to the size and the type that were announced', async () => {
    const { uploads, uploadUrl } = await withFiles();
    const longer = Buffer.concat([png, Buffer.alloc(1)]);
    for (const method of ['PUT', 'POST']) {
      expect(await put(uploadUrl, longer, { method })).toMatchObject({ status: 400 });
      expect(await put(uploadUrl, png.subarray(1), { method })).toMatchObject({ status: 400 });
      expect(await put(uploadUrl, png, { method, type: 'image/webp' })).toMatchObject({ status: 415 });
    }
    expect(uploads.onDisk()).toHaveLength(1);
  });

  test('of another secret are refused, and those of an older one are good while it is listed', async () => {
    const payload = { purpose: 'read' as const, owner: 'ann', id: 'a', mimeType: 'text/plain', name: 'a' };
    const old = new Tokens(['the old secret here']).sign(payload, Date.now() + 1000);
    const rotated = new Tokens(['the new secret here', 'the old secret here']);
    expect(rotated.verify(old, { purpose: 'read', id: 'a' })).toMatchObject(payload);
    const fresh = rotated.sign(payload, Date.now() + 1000);
    expect(new Tokens(['the new secret here']).verify(fresh, { purpose: 'read', id: 'a' })).toMatchObject(payload);
    expect(() => new Tokens(['the new secret here']).verify(old, { purpose: 'read', id: 'a' })).toThrow(/signed/);
  });

  test.each(['token', '%74oken', 'tok%65n', 'TOKEN', 'x&token'])('are not in the log, as ?%s=', async (name) => {
    const { uploads, uploadUrl, previewUrl } = await withFiles();
    for (const [url, method] of [
      [previewUrl, 'GET'],
      [previewUrl, 'DELETE'],
      [uploadUrl, 'PUT'],
      [previewUrl.replace('/attachments/', '/elsewhere/'), 'GET'],
    ] as const) {
      const { status } = await fetch(url.replace('token=', `${name}=x`), { method });
      expect(status).toBeGreaterThan(400);
    }
    const logged = JSON.stringify(uploads.logger.lines);
    expect(logged).toContain(new URL(previewUrl).pathname);
    for (const url of [previewUrl, uploadUrl]) {
      expect(logged).not.toContain(new URL(url).searchParams.get('token')!.slice(0, 20));
    }
  });
});

describe('an attachment', () => {
  test('whose bytes never arrived cannot be sent, and nothing is stored', async () => {
    const { uploads, open, whole } = await withFiles();
    const { status, body } = await uploads.send([whole.id, open.id]);
    expect([status, body.message]).toEqual([409, 'params.input.attachments.1: the file has not been uploaded']);
    expect((await uploads.ask('threads.list', {})).body.data.map(({ id }: { id: string }) => id)).toEqual([]);
    expect(await uploads.store.loadAttachment(whole.id, { user: 'ann' })).not.toHaveProperty('thread_id');
  });

  test('of one thread cannot be sent in another, but again in its own', async () => {
    const { uploads, whole } = await withFiles();
    const thread_id = createdThread((await uploads.send([whole.id])).body);
    const { status, body } = await uploads.send([whole.id]);
    expect([status, body.message]).toEqual([409, 'params.input.attachments.0: the attachment is in another thread']);
    expect(await uploads.send([whole.id], { thread_id })).toMatchObject({ status: 200 });
  });

  test('of a message that could not be stored is free again', async () => {
    const { uploads, whole } = await withFiles();
    const save = jest.spyOn(uploads.store, 'saveThread').mockRejectedValueOnce(new Error('the database is away'));
    expect(await uploads.send([whole.id])).toMatchObject({ status: 500 });
    expect(uploads.logger.take('error')).toHaveLength(1);
    save.mockRestore();
    expect(await uploads.store.loadAttachment(whole.id, { user: 'ann' })).not.toHaveProperty('thread_id');
    expect(await uploads.send([whole.id])).toMatchObject({ status: 200 });
  });

  test('that was deleted is gone, with its bytes', async () => {
    const { uploads, whole, previewUrl } = await withFiles();
    expect(await uploads.ask('attachments.delete', { attachment_id: whole.id })).toMatchObject({ body: {} });
    expect(uploads.onDisk()).toEqual([]);
    expect(await get(previewUrl)).toBe(404);
    expect(await uploads.send([whole.id])).toMatchObject({ status: 404 });
  });

  test('that a client tells all about is only what the server knows of it', async () => {
    const uploads = await startUploads();
    const form = formOf(png);
    form.append('id', 'atc_mine');
    form.append('upload', '{"owner":"bob"}');
    const { body } = await uploads.upload(form);
    expect(await uploads.store.loadAttachment(body.id, { user: 'ann' })).toMatchObject({ upload: { owner: 'ann' } });
  });
});
