// chatkit-express/s3: attachments' bytes in a bucket of Amazon S3, or of another service with the same interface. Clients
// send and read them by presigned URLs; what comes through the middleware is streamed on in parts.
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type MultipartUpload,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import contentDisposition from 'content-disposition';
import { ChatKitError, NotFoundError } from '../errors';
import type { UploadDescriptor } from '../protocol';
import { checkOwner } from '../stores/owner';
import {
  AttachmentStore,
  type ByteRange,
  type BytesDetails,
  type BytesInfo,
  type BytesKey,
  type DownloadUrlDetails,
  type UploadDescriptorDetails,
} from './attachment-store';
import { objectKey } from './s3-key';
import { smallestPart, uploadStream } from './s3-upload';

/** In seconds: a week, S3's limit for a presigned URL. */
const longestExpiry = 7 * 24 * 60 * 60;

/** Options of {@link S3AttachmentStore}. */
export interface S3AttachmentStoreOptions<TContext> {
  /** Yours to construct: region, credentials, endpoint, retries and time limits are its own. Not destroyed by the store. */
  client: S3Client;
  /** The bucket's name. It must be there; the store does not create it, and needs no public access to it. */
  bucket: string;
  /**
   * Names the owner of a request, such as `(context) => context.userId`. Not async. What it throws, the request fails
   * with. `() => 'shared'` for one space that everybody sees.
   */
  owner: (context: TContext) => string;
  /**
   * A folder within the bucket, such as `chatkit/attachments`: a slash is added. At most 500 bytes. Default: none, the
   * whole bucket. Two stores must not share one: `removeUnfinished` clears all that is below it.
   */
  prefix?: string | undefined;
  /**
   * Signs the URLs that browsers use, where they reach the service by another name than the server does: a client like
   * the other one with the `endpoint` that browsers know. It sends nothing itself. Default: `client`.
   */
  publicClient?: S3Client | undefined;
  /**
   * In bytes: how much of an upload through the middleware is sent at a time. At least 5 MiB; a file can have 10,000 parts.
   * Default 5 MiB, so files of up to 48 GiB.
   */
  partSize?: number | undefined;
  /**
   * How many parts of one upload are sent at once. Each upload holds at most this many and one more in memory. Default 2.
   */
  queueSize?: number | undefined;
}

/**
 * Keeps attachments' bytes in a bucket.
 *
 * - Two-phase uploads go straight to the bucket: the presigned `PUT` holds the browser to the declared size and
 *   type, or to the size where the type is `application/octet-stream`. It can be used again until it expires.
 * - An upload through the middleware is one request where it fits into a part, else a multipart upload, which is
 *   aborted when anything fails. What a crash leaves is cleared by `removeUnfinished`, or by a lifecycle rule.
 * - Reading and `preview_url` lead to presigned `GET`s with the type and the disposition that the server says.
 *
 * Errors of the service pass as they are, but for bytes that are not there: NotFoundError with the service's error as
 * `cause`. S3 tells missing bytes only to who may list the bucket (`s3:ListBucket`), and says 403 to others.
 */
export class S3AttachmentStore<TContext = unknown> extends AttachmentStore<TContext> {
  readonly #client: S3Client;
  readonly #signer: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #owner: (context: TContext) => string;
  readonly #partSize: number;
  readonly #queueSize: number;

  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Sends nothing. */
  constructor(options: S3AttachmentStoreOptions<TContext>) {
    super();
    const { client, bucket, prefix = '', owner, publicClient = client } = options ?? {};
    const { partSize = smallestPart, queueSize = 2 } = options ?? {};
    for (const [name, given] of Object.entries({ client, publicClient })) {
      if (typeof given?.send === 'function' && typeof given.config === 'object') continue;
      refuse(`\`${name}\` must be an \`S3Client\` of @aws-sdk/client-s3`);
    }
    if (typeof bucket !== 'string' || bucket === '') refuse('`bucket` must be the name of a bucket');
    if (typeof prefix !== 'string' || prefix.startsWith('/') || Buffer.byteLength(prefix) > 500)
      refuse('`prefix` must be a text of at most 500 bytes that does not begin with a slash');
    if (typeof owner !== 'function')
      refuse(
        '`owner` must be a function that names the owner of a request, such as `(context) => context.userId`. ' +
          "Where everybody is to see everything, say so: `owner: () => 'shared'`",
      );
    if (!Number.isSafeInteger(partSize) || partSize < smallestPart || partSize > 1024 * smallestPart)
      refuse('`partSize` must be a number of bytes, at least 5 MiB and at most 5 GiB');
    if (!Number.isSafeInteger(queueSize) || queueSize < 1) refuse('`queueSize` must be a whole number, at least 1');
    this.#client = client;
    this.#signer = withoutChecksums(publicClient);
    this.#bucket = bucket;
    this.#prefix = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
    this.#owner = owner;
    this.#partSize = partSize;
    this.#queueSize = queueSize;
  }

  override ownerOf(context: TContext): string {
    return checkOwner(this.#owner(context));
  }

  override async writeBytes(key: BytesKey, source: Readable, details: BytesDetails): Promise<BytesInfo> {
    const { signal, mimeType } = details;
    const { size, etag } = await uploadStream(source, {
      client: this.#client,
      object: this.#object(key),
      mimeType,
      partSize: this.#partSize,
      queueSize: this.#queueSize,
      signal,
    });
    if (signal.aborted) {
      // Aborted while the last request was on its way: the object is whole by now.
      await this.deleteBytes(key);
      throw signal.reason;
    }
    return { size, etag: bareEtag(etag), mimeType };
  }

  override async readBytes(key: BytesKey, range?: ByteRange): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    const { Body } = await found(this.#client.send(new GetObjectCommand({ ...this.#object(key), Range })));
    // In Node the SDK gives the response itself; its type also names what browsers get.
    return Body as Readable;
  }

  override async statBytes(key: BytesKey): Promise<BytesInfo> {
    const head = await found(this.#client.send(new HeadObjectCommand(this.#object(key))));
    return {
      size: head.ContentLength ?? 0,
      etag: bareEtag(head.ETag),
      lastModified: head.LastModified,
      mimeType: head.ContentType,
    };
  }

  override async deleteBytes(key: BytesKey): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#object(key)));
  }

  override async createUploadDescriptor(key: BytesKey, details: UploadDescriptorDetails): Promise<UploadDescriptor> {
    const { mimeType, size, expiresInMs } = details;
    const command = new PutObjectCommand({ ...this.#object(key), ContentType: mimeType, ContentLength: size });
    // A signed header must come as it was signed, so the service itself refuses another type or size.
    const signableHeaders = new Set(['host', 'content-length']);
    // With a file that has no type of its own, some browsers send this one and some none.
    if (mimeType !== 'application/octet-stream') signableHeaders.add('content-type');
    const url = await getSignedUrl(this.#signer, command, {
      expiresIn: expirySeconds(expiresInMs),
      signableHeaders,
    });
    return { url, method: 'PUT', headers: { 'content-type': mimeType } };
  }

  override async createDownloadUrl(key: BytesKey, details: DownloadUrlDetails): Promise<string> {
    const { mimeType, disposition, expiresInMs } = details;
    const name = Buffer.from(details.name).toString(); // broken UTF-16 cannot be encoded
    // What a URL makes of Latin letters is no longer the Latin-1 that a header is in.
    const fallback = name.replace(/[^\x20-\x7e]/g, '?');
    const command = new GetObjectCommand({
      ...this.#object(key),
      ResponseContentType: mimeType,
      ResponseContentDisposition: contentDisposition(name, { type: disposition, fallback }),
    });
    return getSignedUrl(this.#signer, command, { expiresIn: expirySeconds(expiresInMs) });
  }

  /** Aborts multipart uploads below the prefix that began before this time, whichever process began them. */
  override async removeUnfinished(before: Date): Promise<void> {
    // Listed to the end first: a page begins after an upload, and not every service finds the place of one that is gone.
    for (const { Key, UploadId, Initiated } of await this.#listUnfinished()) {
      if (!Initiated || Initiated >= before) continue;
      await this.#client
        .send(new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId }))
        .catch((error: unknown) => {
          // Completed or aborted since it was listed.
          if (nameOf(error) !== 'NoSuchUpload') throw error;
        });
    }
  }

  async #listUnfinished(): Promise<MultipartUpload[]> {
    const uploads: MultipartUpload[] = [];
    for (let page: Partial<ListMultipartUploadsCommandOutput> = {}; ;) {
      page = await this.#client.send(
        new ListMultipartUploadsCommand({
          Bucket: this.#bucket,
          Prefix: this.#prefix,
          KeyMarker: page.NextKeyMarker,
          UploadIdMarker: page.NextUploadIdMarker,
        }),
      );
      uploads.push(...(page.Uploads ?? []));
      if (!page.IsTruncated) return uploads;
    }
  }

  #object(key: BytesKey): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: objectKey(this.#prefix, key) };
  }
}

/**
 * The client that signs URLs. By default newer SDKs put a checksum into them, for a PUT that of an empty body, which the
 * service then compares with what the browser sends.
 */
function withoutChecksums(client: S3Client): S3Client {
  const whenRequired = async () => 'WHEN_REQUIRED' as const;
  const config: S3Client['config'] = {
    ...client.config,
    requestChecksumCalculation: whenRequired,
    responseChecksumValidation: whenRequired,
  };
  return new Proxy(client, {
    get: (target, name): unknown => (name === 'config' ? config : Reflect.get(target, name)),
  });
}

function expirySeconds(expiresInMs: number): number {
  return Math.min(Math.max(Math.floor(expiresInMs / 1000), 1), longestExpiry);
}

/** S3 sends it in quotes. */
function bareEtag(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', '');
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/** What the service answers, where the object is there. */
async function found<Output>(answer: Promise<Output>): Promise<Output> {
  try {
    return await answer;
  } catch (error) {
    // An answer to HEAD has no body to name the error in. A bucket that is missing is a fault of the set-up.
    if (!['NoSuchKey', 'NotFound'].includes(nameOf(error) ?? '')) throw error;
    throw new NotFoundError('The bytes are not there', { cause: error });
  }
}

function refuse(message: string): never {
  throw new ChatKitError('invalid_request', `S3AttachmentStore: ${message}`);
}
