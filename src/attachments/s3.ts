// chatkit-express/s3: attachments' bytes in a bucket of Amazon S3, or of another service with the same interface. Clients
// send and read them by presigned URLs; what comes through the middleware is streamed on in parts.
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
import contentDisposition from 'content-disposition';
import { ChatKitError, NotFoundError } from '../errors';
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

/** In seconds: a week, S3's limit for a presigned URL. */
const longestExpiry = 7 * 24 * 60 * 60;
/** How often a copy is tried when another copy to the same key is under way. */
const copyAttempts = 5;

/** A bucket and a key in it. */
type ObjectName = { Bucket: string; Key: string };

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
 *   type, or to the size where the type is `application/octet-stream`. It can be used again until it expires, so it
 *   leads to a key below `{prefix}.waiting/`, from which `keepBytes` copies the object to its final key.
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
  /** False once the service has answered that it cannot copy on condition that the target is not there. */
  #copiesOnce = true;

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
      // Aborted while the last request was on its way: the object is whole by now.
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
    // In Node the SDK gives the response itself; its type also names what browsers get.
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
    // In the order in which they are copied, so that none slips by.
    for (const object of [waiting, kept]) await this.#delete(object);
  }

  /**
   * Copies the object to its final key, to which no presigned URL leads. At most 5 GiB, S3's limits for a `PUT` and for a
   * copy. Of two calls at once one copies, where the service supports `If-None-Match` for copies, as S3 does.
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
          // Another call may have been faster.
          if (failedConditions.has(name) && (await unlessMissing(this.#head(kept)))) return;
          throw translated(error);
        }
        continue;
      }
      // The bytes are kept. What cannot be deleted here is removed by `removeUnfinished`.
      await this.#delete(waiting).catch(() => undefined);
      return;
    }
  }

  override async createUploadDescriptor(key: BytesKey, details: UploadDescriptorDetails): Promise<UploadDescriptor> {
    const { mimeType, size, expiresInMs } = details;
    const command = new PutObjectCommand({ ...this.#objects(key).waiting, ContentType: mimeType, ContentLength: size });
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
   * Aborts multipart uploads below the prefix that began before this time, whichever process began them, and deletes
   * the objects that no message had by then.
   */
  override async removeUnfinished(before: Date): Promise<void> {
    for (const { Key, LastModified } of await this.#listWaiting()) {
      if (Key === undefined || !LastModified || LastModified >= before) continue;
      await this.#delete({ Bucket: this.#bucket, Key });
    }
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

  /** Uses the object, whichever of its two keys it has. */
  async #find<Output>(key: BytesKey, use: (object: ObjectName) => Promise<Output>): Promise<Output> {
    const { kept, waiting } = this.#objects(key);
    // It may be copied in between.
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

/** The names of the errors for an object that is not there. An answer to HEAD has no body to name the error in. */
const missing = new Set(['NoSuchKey', 'NotFound']);
/** The names of the errors for a copy whose source is not there or has changed, or whose target is there. */
const failedConditions = new Set([...missing, 'PreconditionFailed', 'ConditionalRequestConflict']);

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

function quoted(etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : `"${etag}"`;
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/** The answer of the service, or undefined where the object is not there. */
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

/** Errors that callers know. The others, such as a bucket that is missing, pass as they are. */
function translated(error: unknown): unknown {
  const name = nameOf(error) ?? '';
  if (missing.has(name)) return new NotFoundError('The bytes are not there', { cause: error });
  if (!failedConditions.has(name)) return error;
  return new ChatKitError('conflict', 'The bytes have changed since they were checked', { cause: error });
}

function refuse(message: string): never {
  throw new ChatKitError('invalid_request', `S3AttachmentStore: ${message}`);
}
