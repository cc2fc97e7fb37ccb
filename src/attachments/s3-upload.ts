// One stream into one object of a bucket: in a single request where it fits into a part, else as a multipart upload. Its
// memory is a few buffers that are filled again and again. The SDK's own lib-storage makes new ones for every part, which
// a gigabyte turns into three times the memory; it also reads on when a part has failed.
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

/** S3's own limits of a multipart upload: how small a part may be, in bytes, and how many there may be. */
export const smallestPart = 5 * 1024 * 1024;
const mostParts = 10_000;
/** In bytes: what a first buffer begins with. Most files are small. */
const firstBuffer = 64 * 1024;

/** Where a stream goes, and how. */
export interface UploadPlan {
  client: S3Client;
  object: { Bucket: string; Key: string };
  mimeType: string;
  /** In bytes. */
  partSize: number;
  /** How many parts are on their way at once. */
  queueSize: number;
  signal: AbortSignal;
}

/**
 * Sends all that the source gives. When the source fails, a request fails or the signal is aborted, the source is
 * destroyed, what is on its way arrives, the multipart upload is aborted, and the call rejects with what went wrong first.
 * @returns The size in bytes, and the ETag as the service says it.
 * @throws ChatKitError `too_large` when there would be too many parts.
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

/** The parts of one upload, and the buffers that they are in. */
class Parts {
  readonly #plan: UploadPlan;
  readonly #source: Readable;
  #uploadId: string | undefined;
  readonly #done: CompletedPart[] = [];
  readonly #sending = new Set<Promise<void>>();
  readonly #free: Buffer[] = [];
  /** Buffers that there are: one is filled while the others are on their way. */
  #count = 1;
  #sent = 0;

  constructor(plan: UploadPlan, source: Readable) {
    this.#plan = plan;
    this.#source = source;
  }

  /** Sends a full buffer, to which more will follow, and gives one to go on with. */
  async exchange(full: Buffer): Promise<Buffer> {
    await this.#send(full);
    if (this.#count <= this.#plan.queueSize) {
      this.#count++;
      return Buffer.allocUnsafeSlow(this.#plan.partSize);
    }
    while (this.#free.length === 0) await Promise.race(this.#sending);
    return this.#free.pop() as Buffer;
  }

  /** Sends the rest, and makes the object of it all. */
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

  /** Leaves no part behind, as far as the service lets it. What stays is for `removeUnfinished`. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#sending);
    if (this.#uploadId === undefined) return;
    const abort = new AbortMultipartUploadCommand({ ...this.#plan.object, UploadId: this.#uploadId });
    await this.#plan.client.send(abort).catch(() => undefined); // what went wrong first is what is told
  }

  async #send(body: Buffer): Promise<void> {
    if (this.#sent === mostParts) throw new ChatKitError('too_large', 'The file has too many parts');
    this.#uploadId ??= await this.#begin();
    const PartNumber = ++this.#sent;
    const sending = this.#sendPart(body, PartNumber);
    this.#sending.add(sending);
    sending.then(
      () => this.#sending.delete(sending),
      // The source may have nothing more to say for a long time.
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
    // The parts get a checksum by this setting, and S3 wants to know of which kind before they come.
    const isChecked = (await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
    const ChecksumAlgorithm = isChecked ? 'CRC32' : undefined;
    const create = new CreateMultipartUploadCommand({ ...object, ContentType: mimeType, ChecksumAlgorithm });
    const { UploadId } = await client.send(create);
    if (UploadId === undefined) throw new Error('The service began a multipart upload without an id');
    return UploadId;
  }
}
