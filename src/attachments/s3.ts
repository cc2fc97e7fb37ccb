// chatkit-express/s3: an AttachmentStore in a bucket of Amazon S3 or of a compatible service. Clients upload and
// download by presigned URLs. Uploads through the middleware are streamed to the bucket in parts.
import type { Readable } from 'node:stream';
import {
  type _Object,
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type MultipartUpload,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { contentDisposition } from '../content-disposition';
import { ChatKitError, NotFoundError } from '../errors';
import { checkOptionNames } from '../known-options';
import type { UploadDescriptor } from '../protocol';
import { assertOwner } from '../stores/owner';
import {
  AttachmentStore,
  type ByteRange,
  type BytesDetails,
  type BytesInfo,
  type BytesKey,
  type DownloadUrlDetails,
  type UploadDescriptorDetails,
} from './attachment-store';
import { objectKey, waitingKey, waitingPrefix } from './s3-key';
import { smallestPart, uploadStream } from './s3-upload';

/** S3's limit for the lifetime of a presigned URL: a week, in seconds. */
const longestExpiry = 7 * 24 * 60 * 60;
/** The number of attempts to copy while another copy to the same key is in progress. */
const copyAttempts = 5;

/** The bucket and the key of an object. */
type ObjectName = { Bucket: string; Key: string };

/** Options of {@link S3AttachmentStore}. */
export interface S3AttachmentStoreOptions<TContext> {
  /** Your client, with its region, credentials, endpoint, retries and timeouts. The store does not destroy it. */
  client: S3Client;
  /** The name of an existing bucket. The store does not create it, and needs no public access to it. */
  bucket: string;
  /**
   * Returns the owner of a request, such as `(context) => context.userId`. Not async. When it throws, the request fails
   * with that error. Use `() => 'shared'` for one space that all requests share.
   */
  owner: (context: TContext) => string;
  /**
   * The folder within the bucket, such as `chatkit/attachments`. A slash is added. At most 500 bytes. Default: the
   * whole bucket. Two stores must not share a prefix, because `removeUnfinished` removes unfinished uploads below it.
   */
  prefix?: string | undefined;
  /**
   * Signs the URLs for browsers, if they reach the service by another host name than the server does: a client with the
   * `endpoint` for browsers. It sends no requests. Default: `client`.
   */
  publicClient?: S3Client | undefined;
  /**
   * The size of a part of an upload through the middleware, in bytes. At least 5 MiB. A file can have 10,000 parts.
   * Default: 5 MiB, for files of up to 48 GiB.
   */
  partSize?: number | undefined;
  /**
   * The number of parts of one upload that are sent at once. Each upload holds at most one part more in memory.
   * Default: 2.
   */
  queueSize?: number | undefined;
}

/**
 * Keeps the bytes of attachments in a bucket.
 *
 * - Two-phase uploads are sent directly to the bucket. The presigned `PUT` enforces the declared size and type, or only
 *   the size for the type `application/octet-stream`. The URL can be used again until it expires. For that reason its
 *   key is below `{prefix}.waiting/`, and `keepBytes` copies the object to its permanent key.
 * - An upload through the middleware is one request if it fits into a part. Otherwise it is a multipart upload, which
 *   is aborted when a request fails. `removeUnfinished` or a lifecycle rule removes the remains of a crash.
 * - Downloads and `preview_url` use presigned `GET` URLs with the type and the disposition that the server sets.
 *
 * Missing bytes reject with NotFoundError, whose `cause` is the error of the service. Other errors of the service are
 * not changed. S3 reports missing bytes only with the permission `s3:ListBucket`, and answers 403 without it.
 */
export class S3AttachmentStore<TContext = unknown> extends AttachmentStore<TContext> {
  readonly #client: S3Client;
  readonly #signer: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #owner: (context: TContext) => string;
  readonly #partSize: number;
  readonly #queueSize: number;
  /** False once the service has answered that it does not support `If-None-Match` for copies. */
  #copiesOnce = true;

  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Sends nothing. */
  constructor(options: S3AttachmentStoreOptions<TContext>) {
    super();
    checkOptionNames('S3AttachmentStore', options, [
      'client',
      'bucket',
      'owner',
      'prefix',
      'publicClient',
      'partSize',
      'queueSize',
    ]);
    const { client, bucket, prefix = '', owner, publicClient = client } = options ?? {};
    const { partSize = smallestPart, queueSize = 2 } = options ?? {};
    for (const [name, given] of Object.entries({ client, publicClient })) {
      if (typeof given?.send === 'function' && typeof given.config === 'object') continue;
      refuse(`\`${name}\` must be an \`S3Client\` of @aws-sdk/client-s3`);
    }
    if (typeof bucket !== 'string' || bucket === '') refuse('`bucket` must be the name of a bucket');
    if (typeof prefix !== 'string' || prefix.startsWith('/') || Buffer.byteLength(prefix) > 500)
      refuse('`prefix` must be a string of at most 500 bytes that does not begin with a slash');
    if (typeof owner !== 'function')
      refuse(
        '`owner` must be a function that returns the owner of a request, such as `(context) => context.userId`. ' +
          "To share everything between all requests, use `owner: () => 'shared'`",
      );
    if (!Number.isSafeInteger(partSize) || partSize < smallestPart || partSize > 1024 * smallestPart)
      refuse('`partSize` must be a whole number of bytes from 5 MiB to 5 GiB');
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
    return assertOwner(this.#owner(context));
  }

  override async writeBytes(key: BytesKey, source: Readable, details: BytesDetails): Promise<BytesInfo> {
    const { signal, mimeType, untilKept = false } = details;
    const { kept, waiting } = this.#objects(key);
    const object = untilKept ? waiting : kept;
    const { size, etag } = await uploadStream(source, {
      client: this.#client,
      object,
      mimeType,
      partSize: this.#partSize,
      queueSize: this.#queueSize,
      signal,
    });
    if (signal.aborted) {
      // Aborted during the last request, so the object exists by now.
      await this.#delete(object);
      throw signal.reason;
    }
    return { size, etag: bareEtag(etag), mimeType };
  }

  override async readBytes(key: BytesKey, range?: ByteRange, etag?: string): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    const IfMatch = quoted(etag);
    const { Body } = await this.#find(key, (object) =>
      this.#client.send(new GetObjectCommand({ ...object, Range, IfMatch })),
    );
    // In Node the body is always a Readable. The type of the SDK includes the bodies of browsers.
    return Body as Readable;
  }

  override async statBytes(key: BytesKey): Promise<BytesInfo> {
    const head = await this.#find(key, (object) => this.#head(object));
    return {
      size: head.ContentLength ?? 0,
      etag: bareEtag(head.ETag),
      lastModified: head.LastModified,
      mimeType: head.ContentType,
    };
  }

  override async deleteBytes(key: BytesKey): Promise<void> {
    const { kept, waiting } = this.#objects(key);
    // In the order in which `keepBytes` copies an object, so that a concurrent copy leaves nothing behind.
    for (const object of [waiting, kept]) await this.#delete(object);
  }

  /**
   * Copies the object to its permanent key, which no presigned URL can write. At most 5 GiB, S3's limit for a `PUT` and
   * a copy. Of two concurrent calls only one copies, if the service supports `If-None-Match` for copies, as S3 does.
   */
  override async keepBytes(key: BytesKey, etag?: string): Promise<void> {
    const { kept, waiting } = this.#objects(key);
    for (let attempt = 1; !(await unlessMissing(this.#head(kept))); attempt++) {
      try {
        await this.#copy(waiting, kept, etag);
      } catch (error) {
        const name = nameOf(error) ?? '';
        if (name === 'NotImplemented' && this.#copiesOnce) this.#copiesOnce = false;
        else if (name !== 'ConditionalRequestConflict' || attempt === copyAttempts) {
          // A concurrent call may have copied the object.
          if (failedConditions.has(name) && (await unlessMissing(this.#head(kept)))) return;
          throw translated(error);
        }
        continue;
      }
      // `removeUnfinished` deletes the source if this fails.
      await this.#delete(waiting).catch(() => undefined);
      return;
    }
  }

  override async createUploadDescriptor(key: BytesKey, details: UploadDescriptorDetails): Promise<UploadDescriptor> {
    const { mimeType, size, expiresInMs } = details;
    const command = new PutObjectCommand({ ...this.#objects(key).waiting, ContentType: mimeType, ContentLength: size });
    // The service refuses another type or size, because these headers are signed.
    const signableHeaders = new Set(['host', 'content-length']);
    // Not signed for this type, because for a file without a type some browsers send it and some send no type.
    if (mimeType !== 'application/octet-stream') signableHeaders.add('content-type');
    const url = await getSignedUrl(this.#signer, command, {
      expiresIn: expirySeconds(expiresInMs),
      signableHeaders,
    });
    return { url, method: 'PUT', headers: { 'content-type': mimeType } };
  }

  override async createDownloadUrl(key: BytesKey, details: DownloadUrlDetails): Promise<string> {
    const { mimeType, disposition, expiresInMs } = details;
    const name = Buffer.from(details.name).toString(); // replaces lone surrogates, which cannot be encoded
    // Only ASCII, because the service does not return other characters of a URL in the Latin-1 of a header.
    const fallback = name.replace(/[^\x20-\x7e]/g, '?');
    const { kept, waiting } = this.#objects(key);
    const object = (await unlessMissing(this.#head(kept))) ? kept : waiting;
    const command = new GetObjectCommand({
      ...object,
      ResponseContentType: mimeType,
      ResponseContentDisposition: contentDisposition(name, { type: disposition, fallback }),
    });
    return getSignedUrl(this.#signer, command, { expiresIn: expirySeconds(expiresInMs) });
  }

  /**
   * Aborts multipart uploads below the prefix that began before this time, in any process, and deletes objects from
   * before this time that were never made permanent.
   */
  override async removeUnfinished(before: Date): Promise<void> {
    for (const { Key, LastModified } of await this.#listWaiting()) {
      if (Key === undefined || !LastModified || LastModified >= before) continue;
      await this.#delete({ Bucket: this.#bucket, Key });
    }
    // All pages are listed first, because some services cannot continue a listing after an aborted upload.
    for (const { Key, UploadId, Initiated } of await this.#listUnfinished()) {
      if (!Initiated || Initiated >= before) continue;
      await this.#client
        .send(new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId }))
        .catch((error: unknown) => {
          // The upload was completed or aborted since the listing.
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

  async #listWaiting(): Promise<_Object[]> {
    const objects: _Object[] = [];
    for (let page: Partial<ListObjectsV2CommandOutput> = {}; ;) {
      page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: waitingPrefix(this.#prefix),
          ContinuationToken: page.NextContinuationToken,
        }),
      );
      objects.push(...(page.Contents ?? []));
      if (!page.IsTruncated) return objects;
    }
  }

  #objects(key: BytesKey): { kept: ObjectName; waiting: ObjectName } {
    const Bucket = this.#bucket;
    return {
      kept: { Bucket, Key: objectKey(this.#prefix, key) },
      waiting: { Bucket, Key: waitingKey(this.#prefix, key) },
    };
  }

  /** Calls `use` with the object, permanent or not. */
  async #find<Output>(key: BytesKey, use: (object: ObjectName) => Promise<Output>): Promise<Output> {
    const { kept, waiting } = this.#objects(key);
    // The first key is tried again, because the object may be copied in between.
    return (await unlessMissing(use(kept))) ?? (await unlessMissing(use(waiting))) ?? (await orTranslated(use(kept)));
  }

  #head(object: ObjectName) {
    return this.#client.send(new HeadObjectCommand(object));
  }

  async #copy(from: ObjectName, to: ObjectName, etag: string | undefined): Promise<void> {
    const copy = new CopyObjectCommand({
      ...to,
      CopySource: `${from.Bucket}/${encodeURIComponent(from.Key)}`,
      CopySourceIfMatch: quoted(etag),
      ...(this.#copiesOnce && { IfNoneMatch: '*' }),
    });
    await this.#client.send(copy);
  }

  async #delete(object: ObjectName): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(object));
  }
}

/** The names of the errors for a missing object. `NotFound` is the error of HEAD, whose response has no body. */
const missing = new Set(['NoSuchKey', 'NotFound']);
/** The names of the errors for a copy whose source is missing or has changed, or whose target exists. */
const failedConditions = new Set([...missing, 'PreconditionFailed', 'ConditionalRequestConflict']);

/**
 * Returns a client that signs URLs without checksums. By default newer SDKs sign the checksum of an empty body into the
 * URL of a PUT, and the service then refuses the body of the browser.
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

/** Removes the quotes in which S3 returns an ETag. */
function bareEtag(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', '');
}

function quoted(etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : `"${etag}"`;
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/** Resolves with the answer of the service, or with undefined for a missing object. */
async function unlessMissing<Output>(answer: Promise<Output>): Promise<Output | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (missing.has(nameOf(error) ?? '')) return undefined;
    throw translated(error);
  }
}

async function orTranslated<Output>(answer: Promise<Output>): Promise<Output> {
  try {
    return await answer;
  } catch (error) {
    throw translated(error);
  }
}

/** Returns the error for callers. Other errors, such as a missing bucket, are not changed. */
function translated(error: unknown): unknown {
  const name = nameOf(error) ?? '';
  if (missing.has(name)) return new NotFoundError('The bytes do not exist', { cause: error });
  if (!failedConditions.has(name)) return error;
  return new ChatKitError('conflict', 'The bytes have changed since they were checked', { cause: error });
}

function refuse(message: string): never {
  throw new ChatKitError('invalid_request', `S3AttachmentStore: ${message}`);
}
