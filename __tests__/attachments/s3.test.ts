// S3AttachmentStore on a real server that checks signatures: presigned URLs, uploads that break off, errors, options.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { type BytesKey, ChatKitError, NotFoundError } from 'chatkit-express';
import { S3AttachmentStore, type S3AttachmentStoreOptions } from 'chatkit-express/s3';
import { describeWithS3, type S3Server, startS3 } from '../support/s3-server';

const mib = 1024 * 1024;

describeWithS3('S3AttachmentStore on a server', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  }, 120_000);
  afterAll(() => server?.stop());

  // Each test has a folder of its own.
  let count = 0;
  let prefix = '';
  beforeEach(() => void (prefix = `test/${++count}/`));
  const makeStore = (more: Partial<S3AttachmentStoreOptions<unknown>> = {}) =>
    new S3AttachmentStore({ client: server.client(), bucket: server.bucket, owner: () => 'shared', prefix, ...more });
  const key: BytesKey = { owner: 'ann@example.com', id: 'atc_1' };
  const write = (store: S3AttachmentStore, bytes: Buffer | string, to = key) =>
    store.writeBytes(to, Readable.from([Buffer.from(bytes)]), { ...details, signal: new AbortController().signal });
  const details = { mimeType: 'text/plain', name: 'a.txt' };

  /** Signs with the time of 61 seconds ago. */
  const aMinuteAgo = async <Result>(sign: () => Promise<Result>) => {
    jest.useFakeTimers({
      now: Date.now() - 61_000,
      doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'],
    });
    try {
      return await sign();
    } finally {
      jest.useRealTimers();
    }
  };

  describe('a presigned PUT', () => {
    const upload = { mimeType: 'text/plain', size: 5, name: 'a.txt', expiresInMs: 60_000 };
    // As the client of ChatKit sends it: with the descriptor's headers and one of its own.
    const put = async (url: string, body: string, type = 'text/plain') =>
      fetch(url, { method: 'PUT', body, headers: { 'content-type': type, 'chatkit-frame-instance-id': 'f' } });

    test.each<[string, S3ClientConfig]>([
      ['as it comes', {}],
      ['that adds checksums only where they are required', { requestChecksumCalculation: 'WHEN_REQUIRED' }],
    ])('stores the bytes, signed by a client %s', async (_says, config) => {
      const store = makeStore({ client: server.client(config) });
      const { url, method, headers } = await store.createUploadDescriptor(key, upload);
      expect({ method, headers }).toEqual({ method: 'PUT', headers: { 'content-type': 'text/plain' } });
      // Else the service compares what the browser sends with the checksum of nothing.
      expect(url).not.toMatch(/checksum/i);
      expect((await put(url, 'hello')).status).toBe(200);
      expect(await store.statBytes(key)).toMatchObject({ size: 5, mimeType: 'text/plain' });
      expect(await text(await store.readBytes(key))).toBe('hello');
      expect(await server.objects(prefix)).toEqual([`${prefix}.waiting/ann!40example!2ecom/atc_1`]);
    });

    const change = (from: string | RegExp, to: string) => (url: string) => {
      const changed = url.replace(from, to);
      expect(changed).not.toBe(url);
      return changed;
    };
    test.each<[string, { body?: string; type?: string; change?: (url: string) => string; expiresInMs?: number }]>([
      ['fewer bytes', { body: 'hell' }],
      ['more bytes', { body: 'hello!' }],
      ['no bytes', { body: '' }],
      ['another type', { type: 'text/html' }],
      ['another id', { change: change('atc_1', 'atc_2') }],
      ['another owner', { change: change('ann', 'bob') }],
      ['another bucket', { change: change('/attachments/', '/other/') }],
      ['a later expiry', { change: change('X-Amz-Expires=60', 'X-Amz-Expires=61') }],
      ['an unsigned type', { change: change('content-type%3B', '') }],
      ['a changed signature', { change: change(/(X-Amz-Signature=)(.)/, '$1z') }],
      ['no signature', { change: change(/\?.*/, '') }],
    ])('is refused with %s, and nothing is stored', async (_says, tries) => {
      const store = makeStore();
      const { url } = await store.createUploadDescriptor(key, upload);
      const answer = await put(tries.change?.(url) ?? url, tries.body ?? 'hello', tries.type);
      expect(answer.status).toBe(403);
      expect(await server.objects(prefix)).toEqual([]);
    });

    test.each([undefined, '', 'application/octet-stream'])(
      'of a file without a type takes the type %j',
      async (type) => {
        const store = makeStore();
        const unknown = { ...upload, mimeType: 'application/octet-stream' };
        const { url, headers } = await store.createUploadDescriptor(key, unknown);
        expect(headers).toEqual({ 'content-type': 'application/octet-stream' });
        const send = async (body: string) =>
          fetch(url, {
            method: 'PUT',
            body: Buffer.from(body),
            headers: type === undefined ? {} : { 'content-type': type },
          });
        expect((await send('hello!')).status).toBe(403);
        expect((await send('hello')).status).toBe(200);
        expect((await store.statBytes(key)).size).toBe(5);
      },
    );

    test('is for PUT only', async () => {
      const store = makeStore();
      const { url } = await store.createUploadDescriptor(key, upload);
      expect((await put(url, 'hello')).status).toBe(200);
      expect((await fetch(url)).status).toBe(403);
      expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
      expect((await store.statBytes(key)).size).toBe(5);
    });

    test('is refused when it has expired', async () => {
      const { url } = await aMinuteAgo(() => makeStore().createUploadDescriptor(key, upload));
      expect((await put(url, 'hello')).status).toBe(403);
      expect(await server.objects(prefix)).toEqual([]);
    });

    test.each([
      [0, '1'],
      [1999, '1'],
      [15 * 60_000, '900'],
      [30 * 24 * 60 * 60_000, '604800'],
    ])('of %d ms expires after %s s', async (expiresInMs, seconds) => {
      const { url } = await makeStore().createUploadDescriptor(key, { ...upload, expiresInMs });
      expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe(seconds);
    });

    test('is signed for the name that browsers know', async () => {
      const publicClient = server.client({ endpoint: server.url.replace('127.0.0.1', 'localhost') });
      const store = makeStore({ publicClient });
      const { url } = await store.createUploadDescriptor(key, upload);
      expect(new URL(url).hostname).toBe('localhost');
      expect((await put(url, 'hello')).status).toBe(200);
      const read = await store.createDownloadUrl(key, { ...details, disposition: 'inline', expiresInMs: 60_000 });
      expect(new URL(read).hostname).toBe('localhost');
      expect(await (await fetch(read)).text()).toBe('hello');
    });
  });

  describe('a presigned GET', () => {
    const download = { mimeType: 'image/png', name: 'a.png', disposition: 'inline', expiresInMs: 60_000 } as const;

    test.each([
      ['a.png', 'inline', 'inline; filename="a.png"'],
      ['a "b".txt', 'attachment', 'attachment; filename="a \\"b\\".txt"'],
      ['é\u202E.png', 'inline', `inline; filename="??.png"; filename*=UTF-8''%C3%A9%E2%80%AE.png`],
      ['a\r\nx: y', 'attachment', `attachment; filename="a??x: y"; filename*=UTF-8''a%0D%0Ax%3A%20y`],
      ['\ud800.png', 'inline', `inline; filename="?.png"; filename*=UTF-8''%EF%BF%BD.png`],
    ] as const)(
      'of %j answers with the type and the disposition that are asked for',
      async (name, disposition, header) => {
        const store = makeStore();
        await write(store, 'hello');
        const url = await store.createDownloadUrl(key, { ...download, name, disposition });
        expect(url).not.toMatch(/checksum/i);
        const answer = await fetch(url);
        expect(answer.status).toBe(200);
        expect(answer.headers.get('content-type')).toBe('image/png');
        expect(answer.headers.get('content-disposition')).toBe(header);
        expect(await answer.text()).toBe('hello');
      },
    );

    test('gives ranges, as a video asks for them', async () => {
      const store = makeStore();
      await write(store, 'hello');
      const answer = await fetch(await store.createDownloadUrl(key, download), { headers: { range: 'bytes=1-2' } });
      expect(answer.status).toBe(206);
      expect(await answer.text()).toBe('el');
    });

    test.each([
      ['another id', 'atc_1', 'atc_2'],
      ['another owner', 'ann', 'bob'],
      ['another type', 'image%2Fpng', 'text%2Fhtml'],
      ['another disposition', 'inline', 'attachment'],
      ['no signature', /\?.*/, ''],
    ])('is refused with %s', async (_says, from, to) => {
      const store = makeStore();
      await write(store, 'hello');
      await write(store, 'other', { ...key, id: 'atc_2' });
      const url = await store.createDownloadUrl(key, download);
      const changed = url.replace(from, to);
      expect(changed).not.toBe(url);
      expect((await fetch(changed)).status).toBe(403);
    });

    test('is refused when it has expired', async () => {
      const store = makeStore();
      await write(store, 'hello');
      const url = await aMinuteAgo(() => store.createDownloadUrl(key, download));
      expect((await fetch(url)).status).toBe(403);
    });
  });

  describe('an upload through the middleware', () => {
    /** Gives these bytes and then nothing, without an end. */
    const waiting = (size: number) => {
      let left = size;
      return new Readable({
        read(wanted) {
          if (left > 0) this.push(Buffer.alloc(Math.min(wanted, left), 7));
          left -= wanted;
        },
      });
    };
    /** Resolves when the client has sent a request of this kind. */
    const sent = (client: S3Client, name: string) =>
      new Promise<void>((resolve) => {
        client.middlewareStack.add(
          (next, context) => async (args) => {
            const result = await next(args);
            if (context.commandName === name) resolve();
            return result;
          },
          { step: 'initialize' },
        );
      });

    test.each<[string, S3ClientConfig]>([
      ['with checksums', {}],
      [
        'without checksums',
        { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
      ],
    ])('goes in parts %s, and is read as it was sent', async (_says, config) => {
      const store = makeStore({ client: server.client(config) });
      // Seven letters, so that no two parts are the same. More parts than there are buffers.
      const bytes = Buffer.alloc(31 * mib, 'chatkit');
      const pieces = Array.from({ length: 496 }, (_row, index) => bytes.subarray(index * 65536, (index + 1) * 65536));
      const info = await store.writeBytes(key, Readable.from(pieces), {
        ...details,
        signal: new AbortController().signal,
      });
      expect(info).toMatchObject({ size: 31 * mib, mimeType: 'text/plain' });
      expect(info.etag).toMatch(/^[0-9a-f]{32}-7$/);
      const chunks: Buffer[] = [];
      for await (const chunk of await store.readBytes(key)) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
      expect(await server.unfinished()).toEqual([]);
    });

    test.each([
      [0, 1],
      [5 * mib - 1, 1],
      [5 * mib, 1],
      [5 * mib + 1, 2],
      [10 * mib, 2],
      [10 * mib + 1, 3],
    ])('of %d bytes takes %d requests', async (size, requests) => {
      const client = server.client();
      const names: string[] = [];
      client.middlewareStack.add(
        (next, context) => (args) => {
          names.push(context.commandName!);
          return next(args);
        },
        { step: 'initialize' },
      );
      expect((await write(makeStore({ client }), Buffer.alloc(size))).size).toBe(size);
      const parts = Array.from({ length: requests }, () => 'UploadPartCommand');
      const inParts = ['CreateMultipartUploadCommand', ...parts, 'CompleteMultipartUploadCommand'];
      expect(names).toEqual(requests === 1 ? ['PutObjectCommand'] : inParts);
      expect((await makeStore().statBytes(key)).size).toBe(size);
    });

    test('that is aborted after parts have arrived leaves no parts', async () => {
      const client = server.client();
      const partSent = sent(client, 'UploadPartCommand');
      const abort = new AbortController();
      const source = waiting(12 * mib);
      const writing = makeStore({ client }).writeBytes(key, source, { ...details, signal: abort.signal });
      await partSent;
      expect(await server.unfinished()).toEqual([`${prefix}ann!40example!2ecom/atc_1`]);
      const reason = new Error('the client left');
      abort.abort(reason);
      await expect(writing).rejects.toBe(reason);
      expect(source.destroyed).toBe(true);
      expect(await server.unfinished()).toEqual([]);
      expect(await server.objects(prefix)).toEqual([]);
    });

    test('that is aborted when all has been read leaves no object', async () => {
      const client = server.client();
      const abort = new AbortController();
      const reason = new Error('the client left');
      client.middlewareStack.add(
        (next, context) => (args) => {
          if (context.commandName === 'PutObjectCommand') abort.abort(reason);
          return next(args);
        },
        { step: 'initialize' },
      );
      const writing = makeStore({ client }).writeBytes(key, Readable.from([Buffer.from('hello')]), {
        ...details,
        signal: abort.signal,
      });
      await expect(writing).rejects.toBe(reason);
      expect(await server.objects(prefix)).toEqual([]);
    });

    test('ends with the error of the service, also while the source waits, and leaves no parts', async () => {
      const client = server.client();
      const failure = new Error('no more room');
      client.middlewareStack.add(
        (next, context) => (args) =>
          context.commandName === 'UploadPartCommand' ? Promise.reject(failure) : next(args),
        { step: 'initialize' },
      );
      const source = waiting(6 * mib);
      const writing = makeStore({ client }).writeBytes(key, source, {
        ...details,
        signal: new AbortController().signal,
      });
      await expect(writing).rejects.toBe(failure);
      expect(source.destroyed).toBe(true);
      expect(await server.unfinished()).toEqual([]);
      expect(await server.objects(prefix)).toEqual([]);
    });

    test('fails with what went wrong first, also when its parts cannot be removed then', async () => {
      const client = server.client();
      const partSent = sent(client, 'UploadPartCommand');
      client.middlewareStack.add(
        (next, context) => (args) =>
          context.commandName === 'AbortMultipartUploadCommand' ? Promise.reject(new Error('gone')) : next(args),
        { step: 'initialize' },
      );
      const source = Readable.from(
        (async function* () {
          yield Buffer.alloc(6 * mib);
          await partSent;
          throw new Error('cut off');
        })(),
      );
      const signal = new AbortController().signal;
      await expect(makeStore({ client }).writeBytes(key, source, { ...details, signal })).rejects.toThrow('cut off');
      expect(await server.unfinished()).toHaveLength(1);
      await makeStore().removeUnfinished(new Date(Date.now() + 60_000));
      expect(await server.unfinished()).toEqual([]);
    });

    test('fifty at once, each cut off at another point, leave nothing', async () => {
      const store = makeStore();
      const uploads = Array.from({ length: 50 }, async (_row, index) => {
        const source = Readable.from(
          (async function* () {
            for (let sent = 0; sent < (index / 50) * 7 * mib; sent += 65536) yield Buffer.alloc(65536);
            throw new Error('cut off');
          })(),
        );
        const signal = new AbortController().signal;
        await store.writeBytes({ owner: 'ann', id: `atc_${index}` }, source, { ...details, signal });
      });
      for (const upload of await Promise.allSettled(uploads))
        expect(upload).toMatchObject({ status: 'rejected', reason: { message: 'cut off' } });
      expect(await server.objects(prefix)).toEqual([]);
      expect(await server.unfinished()).toEqual([]);
    }, 60_000);

    test('is sent part by part: the source is read no further than that', async () => {
      const client = server.client();
      let release = () => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      let partsBegun = 0;
      let begun = () => {};
      const bothBegun = new Promise<void>((resolve) => (begun = resolve));
      client.middlewareStack.add(
        (next, context) => async (args) => {
          if (context.commandName === 'UploadPartCommand') {
            if (++partsBegun === 2) begun();
            await held;
          }
          return next(args);
        },
        { step: 'initialize' },
      );
      let given = 0;
      const source = new Readable({
        read(wanted) {
          const rest = 30 * mib - given;
          const size = Math.min(wanted, rest);
          given += size;
          this.push(size > 0 ? Buffer.alloc(size) : null);
        },
      });
      const writing = makeStore({ client }).writeBytes(key, source, {
        ...details,
        signal: new AbortController().signal,
      });
      await bothBegun;
      // What could be read on without waiting has been read by then.
      for (let turn = 0; turn < 1000; turn++) await new Promise(setImmediate);
      expect(given).toBeLessThanOrEqual(16 * mib); // two parts on their way, and one that waits
      release();
      expect((await writing).size).toBe(30 * mib);
    });
  });

  describe('errors', () => {
    test('bytes that are not there are not found, and the error of the service is the cause', async () => {
      const store = makeStore();
      const stat = await store.statBytes(key).catch((error: unknown) => error);
      expect(stat).toBeInstanceOf(NotFoundError);
      expect(stat).toMatchObject({ cause: { name: 'NotFound', $metadata: { httpStatusCode: 404 } } });
      const read = await store.readBytes(key).catch((error: unknown) => error);
      expect(read).toBeInstanceOf(NotFoundError);
      expect(read).toMatchObject({ cause: { name: 'NoSuchKey' } });
    });

    test('a bucket that is not there is no missing file', async () => {
      const store = makeStore({ bucket: 'nowhere' });
      await expect(store.readBytes(key)).rejects.toMatchObject({ name: 'NoSuchBucket' });
      await expect(write(store, 'hello')).rejects.toMatchObject({ name: 'NoSuchBucket' });
    });

    test('wrong credentials are told as they are', async () => {
      const credentials = { accessKeyId: 'test-key', secretAccessKey: 'wrong' };
      const store = makeStore({ client: server.client({ credentials }) });
      const expected = { name: 'SignatureDoesNotMatch', $metadata: { httpStatusCode: 403 } };
      await expect(store.readBytes(key)).rejects.toMatchObject(expected);
      await expect(write(store, 'hello')).rejects.toMatchObject(expected);
      await expect(store.deleteBytes(key)).rejects.toMatchObject(expected);
      await expect(store.removeUnfinished(new Date())).rejects.toMatchObject(expected);
      await expect(store.statBytes(key)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    });

    test('a service that cannot be reached is told as it is', async () => {
      const store = makeStore({ client: server.client({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 }) });
      await expect(store.statBytes(key)).rejects.toThrow('ECONNREFUSED');
    });

    test('bytes that stop half way are an error to who reads them', async () => {
      const half = createServer((_request, response) => {
        response.writeHead(200, { 'content-length': 10 });
        response.write('hello', () => response.destroy());
      });
      half.listen(0, '127.0.0.1');
      await once(half, 'listening');
      const { port } = half.address() as AddressInfo;
      const store = makeStore({ client: server.client({ endpoint: `http://127.0.0.1:${port}` }) });
      await expect(store.readBytes(key).then(text)).rejects.toThrow('aborted');
      half.close();
    });
  });

  describe('removeUnfinished', () => {
    const begin = async (Key: string) => {
      await server.client().send(new CreateMultipartUploadCommand({ Bucket: server.bucket, Key }));
    };

    test('aborts what began before, below its prefix and nowhere else', async () => {
      const store = makeStore();
      await begin(`${prefix}ann/a`);
      await begin(`${prefix}bob/a`);
      await begin(`${prefix.slice(0, -1)}0/ann/a`);
      await write(store, 'hello');
      // moto has one time for all uploads.
      const { Uploads = [] } = await server.client().send(new ListMultipartUploadsCommand({ Bucket: server.bucket }));
      const times = Uploads.map(({ Initiated }) => Initiated!.getTime());
      await store.removeUnfinished(new Date(Math.min(...times)));
      expect(await server.unfinished()).toHaveLength(3);
      await store.removeUnfinished(new Date(Math.max(...times) + 1));
      expect(await server.unfinished()).toEqual([`${prefix.slice(0, -1)}0/ann/a`]);
      expect(await text(await store.readBytes(key))).toBe('hello');
      await makeStore({ prefix: 'test' }).removeUnfinished(new Date(Date.now() + 60_000));
      expect(await server.unfinished()).toEqual([]);
    });

    test('goes through all pages', async () => {
      const client = server.client();
      const starts: unknown[] = [];
      // Pages of two, by S3's rules: the next one begins after the last upload of the one before. moto has no pages.
      client.middlewareStack.add(
        (next, context) => async (args) => {
          if (context.commandName !== 'ListMultipartUploadsCommand') return next(args);
          const { KeyMarker, UploadIdMarker, ...input } = args.input as ListMultipartUploadsCommandInput;
          starts.push(KeyMarker);
          const answer = await next({ ...args, input });
          const output = answer.output as ListMultipartUploadsCommandOutput;
          const all = output.Uploads ?? [];
          const start = all.findIndex(({ Key, UploadId }) => Key === KeyMarker && UploadId === UploadIdMarker) + 1;
          expect(start > 0).toBe(KeyMarker !== undefined);
          output.Uploads = all.slice(start, start + 2);
          output.IsTruncated = start + 2 < all.length;
          output.NextKeyMarker = output.Uploads.at(-1)?.Key;
          output.NextUploadIdMarker = output.Uploads.at(-1)?.UploadId;
          return answer;
        },
        { step: 'initialize' },
      );
      for (let index = 0; index < 5; index++) await begin(`${prefix}ann/a_${index}`);
      await makeStore({ client }).removeUnfinished(new Date(Date.now() + 60_000));
      expect(await server.unfinished()).toEqual([]);
      expect(starts).toEqual([undefined, expect.any(String), expect.any(String)]);
    });

    test('deletes what waits since before, below its prefix and nowhere else, page by page', async () => {
      const put = async (Key: string) => {
        await server.client().send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: 'x' }));
      };
      const client = server.client();
      client.middlewareStack.add(
        (next, context) => async (args) =>
          next(
            context.commandName === 'ListObjectsV2Command' ? { ...args, input: { ...args.input, MaxKeys: 2 } } : args,
          ),
        { step: 'initialize' },
      );
      const waiting = Array.from({ length: 5 }, (_row, index) => `${prefix}.waiting/ann/a_${index}`);
      const others = [`${prefix}ann/a_1`, `${prefix}waiting/a_1`];
      for (const name of [...waiting, ...others]) await put(name);
      await makeStore({ client }).removeUnfinished(new Date(Date.now() - 60_000));
      expect(await server.objects(prefix)).toHaveLength(7);
      await makeStore({ client }).removeUnfinished(new Date(Date.now() + 60_000));
      expect(await server.objects(prefix)).toEqual(others);
    });

    test('does not mind an upload that is finished meanwhile', async () => {
      for (const id of ['a', 'b']) await begin(`${prefix}ann/${id}`);
      const other = makeStore();
      const client = server.client();
      let isFirst = true;
      client.middlewareStack.add(
        (next, context) => async (args) => {
          const wasFirst = isFirst && context.commandName === 'AbortMultipartUploadCommand';
          if (wasFirst) {
            isFirst = false;
            await other.removeUnfinished(new Date(Date.now() + 60_000));
          }
          return next(args);
        },
        { step: 'initialize' },
      );
      await makeStore({ client }).removeUnfinished(new Date(Date.now() + 60_000));
      expect(isFirst).toBe(false);
      expect(await server.unfinished()).toEqual([]);
    });
  });

  describe('keepBytes', () => {
    const loose = (store: S3AttachmentStore, bytes: string) => {
      const { signal } = new AbortController();
      return store.writeBytes(key, Readable.from([Buffer.from(bytes)]), { ...details, signal, untilKept: true });
    };
    /** A client that fails the first `times` copies with this error. */
    const failing = (name: string, status: number, times: number, copied: unknown[] = []) => {
      const client = server.client();
      client.middlewareStack.add(
        (next, context) => async (args) => {
          if (context.commandName !== 'CopyObjectCommand') return next(args);
          copied.push(args.input);
          if (copied.length > times) return next(args);
          throw Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
        },
        { step: 'initialize' },
      );
      return client;
    };

    test('copies the object with its type, and leaves nothing at the key of the upload', async () => {
      const store = makeStore();
      await loose(store, 'hello');
      await store.keepBytes(key);
      expect(await store.statBytes(key)).toMatchObject({ size: 5, mimeType: 'text/plain' });
      expect(await server.objects(prefix)).toEqual([`${prefix}ann!40example!2ecom/atc_1`]);
    });

    test('copies without the condition where the service does not support it, and does not ask again', async () => {
      const copied: { IfNoneMatch?: string }[] = [];
      const store = makeStore({ client: failing('NotImplemented', 501, 1, copied) });
      await loose(store, 'hello');
      await store.keepBytes(key);
      expect(await text(await store.readBytes(key))).toBe('hello');
      await store.deleteBytes(key);
      await loose(store, 'again');
      await store.keepBytes(key);
      expect(copied.map(({ IfNoneMatch }) => IfNoneMatch)).toEqual(['*', undefined, undefined]);
    });

    test('tries again while another copy is under way', async () => {
      const store = makeStore({ client: failing('ConditionalRequestConflict', 409, 2) });
      await loose(store, 'hello');
      await store.keepBytes(key);
      expect(await text(await store.readBytes(key))).toBe('hello');
    });

    test('gives up in the end, and the bytes can still be kept', async () => {
      await loose(makeStore(), 'hello');
      const store = makeStore({ client: failing('ConditionalRequestConflict', 409, 5) });
      await expect(store.keepBytes(key)).rejects.toMatchObject({ code: 'conflict' });
      await store.keepBytes(key);
      expect(await text(await store.readBytes(key))).toBe('hello');
    });

    test('fails with the error of the service for another fault', async () => {
      const store = makeStore({ client: failing('SlowDown', 503, 1) });
      await loose(store, 'hello');
      await expect(store.keepBytes(key)).rejects.toThrow('SlowDown');
    });

    test('does not replace what another call has kept since it looked', async () => {
      const other = makeStore();
      const client = server.client();
      client.middlewareStack.add(
        (next, context) => async (args) => {
          if (context.commandName === 'CopyObjectCommand') {
            await other.keepBytes(key);
            await loose(other, 'later');
          }
          return next(args);
        },
        { step: 'initialize' },
      );
      await loose(other, 'hello');
      await makeStore({ client }).keepBytes(key);
      expect(await text(await other.readBytes(key))).toBe('hello');
    });
  });

  test('without `prefix` it is in the bucket itself', async () => {
    const store = makeStore({ prefix: undefined });
    await write(store, 'hello', { owner: store.ownerOf({}), id: 'atc_1' });
    const head = new HeadObjectCommand({ Bucket: server.bucket, Key: 'shared/atc_1' });
    expect(await server.client().send(head)).toMatchObject({ ContentLength: 5 });
  });

  test('what another program put there is read with its type', async () => {
    const Key = `${prefix}ann/a`;
    await server
      .client()
      .send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: 'x', ContentType: 'image/png' }));
    expect(await makeStore().statBytes({ owner: 'ann', id: 'a' })).toMatchObject({ size: 1, mimeType: 'image/png' });
  });
});

describe('the options', () => {
  const client = new S3Client({ region: 'us-east-1' });
  const good: S3AttachmentStoreOptions<unknown> = { client, bucket: 'b', owner: () => 'shared' };

  test.each<[string, object, RegExp]>([
    ['no client', { client: undefined }, /`client` must be an `S3Client`/],
    ['a client of another kind', { client: { send: 1 } }, /`client` must be an `S3Client`/],
    [
      'a public client of another kind',
      { publicClient: 'https://s3.example.com' },
      /`publicClient` must be an `S3Client`/,
    ],
    ['no bucket', { bucket: undefined }, /`bucket` must be/],
    ['an empty bucket', { bucket: '' }, /`bucket` must be/],
    ['a prefix from the root', { prefix: '/a' }, /`prefix` must be/],
    ['a prefix that is too long', { prefix: 'é'.repeat(251) }, /`prefix` must be/],
    ['no owner', { owner: undefined }, /`owner` must be a function/],
    ['an owner that is no function', { owner: 'ann' }, /`owner` must be a function/],
    ['parts that are too small', { partSize: 1024 }, /`partSize` must be/],
    ['parts that are too large', { partSize: 5 * 1024 ** 3 + 1 }, /`partSize` must be/],
    ['half a part', { partSize: 6e6 + 0.5 }, /`partSize` must be/],
    ['no queue', { queueSize: 0 }, /`queueSize` must be/],
  ])('%s is refused', (_says, more, message) => {
    const make = () => new S3AttachmentStore({ ...good, ...more });
    expect(make).toThrow(message);
    expect(make).toThrow(ChatKitError);
  });

  test('nothing at all is refused', () => {
    expect(() => new S3AttachmentStore(undefined as never)).toThrow(/`client` must be/);
  });

  test('a request without an owner is refused', () => {
    const store = new S3AttachmentStore<{ userId: string }>({ client, bucket: 'b', owner: ({ userId }) => userId });
    expect(store.ownerOf({ userId: 'ann' })).toBe('ann');
    expect(() => store.ownerOf({ userId: '' })).toThrow('The request has no owner');
  });
});
