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
