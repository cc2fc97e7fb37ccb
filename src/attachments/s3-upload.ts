// Uploads a stream to an object of a bucket: in one request if it fits into a part, and in several parts otherwise. The
// buffers are reused. The SDK's own lib-storage allocates new buffers for every part, which needs three times the
// memory for a gigabyte, and it continues to read after a part has failed.
import { addAbortSignal, type Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ChatKitError } from '../errors';

/** S3's limits of a multipart upload: the smallest size of a part, in bytes, and the largest number of parts. */
export const smallestPart = 5 * 1024 * 1024;
const mostParts = 10_000;
/** The initial size of the first buffer, in bytes. It is small, because most files are. */
const firstBuffer = 64 * 1024;

/** The target and the settings of an upload. */
export interface UploadPlan {
  client: S3Client;
  object: { Bucket: string; Key: string };
  mimeType: string;
  /** The size of a part, in bytes. */
  partSize: number;
  /** The number of parts that are sent at once. */
  queueSize: number;
  signal: AbortSignal;
}

/**
 * Sends all bytes of the source. When the source or a request fails or the signal is aborted, the function destroys the
 * source, waits for the requests in progress, aborts the multipart upload, and rejects with the first error.
 * @returns The size in bytes, and the ETag of the service.
 * @throws ChatKitError `too_large` for a file with too many parts.
 */
export async function uploadStream(source: Readable, plan: UploadPlan): Promise<{ size: number; etag?: string }> {
  const parts = new Parts(plan, source);
  addAbortSignal(plan.signal, source);
  try {
    let size = 0;
    let filled = 0;
    let buffer: Buffer = Buffer.allocUnsafeSlow(Math.min(firstBuffer, plan.partSize));
    for await (const chunk of source as AsyncIterable<Buffer>) {
      for (let start = 0; start < chunk.length;) {
        if (filled === plan.partSize) {
          buffer = await parts.exchange(buffer);
          filled = 0;
        } else if (filled === buffer.length) {
          buffer = grown(buffer, plan.partSize);
        }
        const copied = chunk.copy(buffer, filled, start);
        start += copied;
        filled += copied;
        size += copied;
      }
    }
    plan.signal.throwIfAborted();
    return { size, etag: await parts.finish(buffer.subarray(0, filled)) };
  } catch (error) {
    source.destroy();
    await parts.abandon();
    throw plan.signal.aborted ? plan.signal.reason : error;
  }
}

function grown(buffer: Buffer, max: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(buffer.length * 2, max));
  buffer.copy(larger);
  return larger;
}

/** Sends the parts of one upload, and reuses their buffers. */
class Parts {
  readonly #plan: UploadPlan;
  readonly #source: Readable;
  #uploadId: string | undefined;
  readonly #done: CompletedPart[] = [];
  readonly #sending = new Set<Promise<void>>();
  readonly #free: Buffer[] = [];
  /** The number of buffers. One buffer is filled while the others are sent. */
  #count = 1;
  #sent = 0;

  constructor(plan: UploadPlan, source: Readable) {
    this.#plan = plan;
    this.#source = source;
  }

  /** Sends a full buffer, and resolves with the buffer to fill next. */
  async exchange(full: Buffer): Promise<Buffer> {
    await this.#send(full);
    if (this.#count <= this.#plan.queueSize) {
      this.#count++;
      return Buffer.allocUnsafeSlow(this.#plan.partSize);
    }
    while (this.#free.length === 0) await Promise.race(this.#sending);
    return this.#free.pop() as Buffer;
  }

  /** Sends the rest and completes the object. Resolves with its ETag. */
  async finish(rest: Buffer): Promise<string | undefined> {
    const { client, object, mimeType, signal } = this.#plan;
    if (this.#uploadId === undefined) {
      const put = new PutObjectCommand({ ...object, Body: rest, ContentType: mimeType });
      return (await client.send(put)).ETag;
    }
    await this.#send(rest);
    await Promise.all(this.#sending);
    signal.throwIfAborted();
    const MultipartUpload = { Parts: this.#done };
    const complete = { ...object, UploadId: this.#uploadId, MultipartUpload };
    return (await client.send(new CompleteMultipartUploadCommand(complete))).ETag;
  }

  /** Aborts the multipart upload. `removeUnfinished` removes its parts if that fails. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#sending);
    if (this.#uploadId === undefined) return;
    const abort = new AbortMultipartUploadCommand({ ...this.#plan.object, UploadId: this.#uploadId });
    await this.#plan.client.send(abort).catch(() => undefined); // the first error is the one to report
  }

  async #send(body: Buffer): Promise<void> {
    if (this.#sent === mostParts) throw new ChatKitError('too_large', 'The file has too many parts');
    this.#uploadId ??= await this.#begin();
    const PartNumber = ++this.#sent;
    const sending = this.#sendPart(body, PartNumber);
    this.#sending.add(sending);
    sending.then(
      () => this.#sending.delete(sending),
      // Destroyed at once, because the next chunk of the source may take a long time.
      (error: unknown) => this.#source.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #sendPart(body: Buffer, PartNumber: number): Promise<void> {
    const { client, object } = this.#plan;
    const part = new UploadPartCommand({ ...object, UploadId: this.#uploadId, PartNumber, Body: body });
    const { ETag, ChecksumCRC32 } = await client.send(part);
    this.#done[PartNumber - 1] = { PartNumber, ETag, ChecksumCRC32 };
    this.#free.push(body);
  }

  async #begin(): Promise<string> {
    const { client, object, mimeType } = this.#plan;
    // With this setting the parts have a checksum, and S3 requires its algorithm in advance.
    const isChecked = (await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
    const ChecksumAlgorithm = isChecked ? 'CRC32' : undefined;
    const create = new CreateMultipartUploadCommand({ ...object, ContentType: mimeType, ChecksumAlgorithm });
    const { UploadId } = await client.send(create);
    if (UploadId === undefined) throw new Error('The service returned no id for a multipart upload');
    return UploadId;
  }
}
