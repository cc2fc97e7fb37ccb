// uploadStream where a real server would take too long: the most parts that S3 takes.
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { uploadStream } from '../../src/attachments/s3-upload';

const partsOf = async (count: number) => {
  const sent: string[] = [];
  const client = {
    config: { requestChecksumCalculation: async () => 'WHEN_REQUIRED' },
    send: async (command: object) => {
      sent.push(command.constructor.name);
      return { UploadId: 'upload', ETag: '"etag"' };
    },
  } as unknown as S3Client;
  const upload = uploadStream(Readable.from([Buffer.alloc(count)]), {
    client,
    object: { Bucket: 'b', Key: 'k' },
    mimeType: 'text/plain',
    partSize: 1,
    queueSize: 2,
    signal: new AbortController().signal,
  });
  const result = await upload.catch((error: unknown) => error);
  return { result, sent, parts: sent.filter((name) => name === 'UploadPartCommand').length };
};

/** Uploads a file of two parts, or of one; the client leaves when `leaves` says so. */
async function abortedUpload(size: number, leaves: 'at the end' | 'during the last request' | 'never') {
  const left = new AbortController();
  const sent: string[] = [];
  const last = Math.ceil(size / 5);
  const client = {
    config: { requestChecksumCalculation: async () => 'WHEN_REQUIRED' },
    send: async (command: object) => {
      sent.push(command.constructor.name);
      const parts = sent.filter((name) => name === 'UploadPartCommand').length;
      if (leaves === 'during the last request' && parts === last) left.abort(new Error('left'));
      return { UploadId: 'upload', ETag: '"etag"' };
    },
  } as unknown as S3Client;
  const source = Readable.from([Buffer.alloc(size)]);
  if (leaves === 'at the end') source.once('end', () => left.abort(new Error('left')));
  const object = { Bucket: 'b', Key: 'k' };
  const plan = { client, object, mimeType: 'text/plain', partSize: 5, queueSize: 2, signal: left.signal };
  const result = await uploadStream(source, plan).catch((error: unknown) => error);
  return { result, sent };
}

test.each([
  ['of one part', 5, 'at the end', []],
  [
    'of two parts',
    6,
    'at the end',
    ['CreateMultipartUploadCommand', 'UploadPartCommand', 'AbortMultipartUploadCommand'],
  ],
  [
    'of two parts',
    6,
    'during the last request',
    ['CreateMultipartUploadCommand', 'UploadPartCommand', 'UploadPartCommand', 'AbortMultipartUploadCommand'],
  ],
] as const)(
  'a client that leaves a file %s (%i bytes) %s leaves nothing in the bucket',
  async (_what, size, when, all) => {
    const { result, sent } = await abortedUpload(size, when);
    expect(result).toEqual(new Error('left'));
    expect(sent).toEqual(all);
  },
);

test('a client that stays has its file in the bucket', async () => {
  expect(await abortedUpload(5, 'never')).toEqual({ result: { size: 5, etag: '"etag"' }, sent: ['PutObjectCommand'] });
  expect((await abortedUpload(6, 'never')).sent.at(-1)).toBe('CompleteMultipartUploadCommand');
});

test('10,000 parts are taken', async () => {
  const { result, sent, parts } = await partsOf(10_000);
  expect(result).toEqual({ size: 10_000, etag: '"etag"' });
  expect(parts).toBe(10_000);
  expect(sent.at(-1)).toBe('CompleteMultipartUploadCommand');
});

test('one more is refused, and the upload is aborted', async () => {
  const { result, sent } = await partsOf(10_001);
  expect(result).toMatchObject({ code: 'too_large' });
  expect(sent).not.toContain('CompleteMultipartUploadCommand');
  expect(sent.at(-1)).toBe('AbortMultipartUploadCommand');
});
