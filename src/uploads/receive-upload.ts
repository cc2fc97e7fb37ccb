// Receives files. Streams their bytes from the connection to the attachment store, so that few bytes are in memory.
import type { Readable } from 'node:stream';
import type { BytesKey } from '../attachments/attachment-store';
import { ChatKitError, NotFoundError } from '../errors';
import type { ResolvedOptions } from '../options';
import { checkAdmitted } from '../admit';
import type { RequestScope } from '../request-scope';
import { type Attachment, AttachmentSchema } from '../protocol';
import { checkAccepted } from './accept';
import { cleanFileName } from './file-name';
import { endedEarly, UploadStream, type UploadSize } from './upload-stream';
import { checkType, mediaType } from './media-type';
import { movesBytes, uploadOf, withUpload } from './state';
import type { UploadPayload } from './tokens';

/** A file that a client is sending. Its name and type are not verified. */
export interface IncomingFile {
  source: Readable;
  name: string;
  /** Empty when the client did not declare a type. */
  mimeType: string;
  /** Aborted when the client disconnects. */
  signal: AbortSignal;
}

/** The part of a request's scope that receiving a file needs. */
type UploadScope<TContext> = Pick<RequestScope<TContext>, 'options' | 'context'>;

/**
 * Receives a file that was not announced, and saves its description.
 *
 * The description is stored before the first byte, so that a sweep finds the bytes of an upload that was interrupted,
 * even by the end of the process.
 * @param sizeAtMost An upper bound of the size, in bytes.
 * @throws ChatKitError when the file is refused, and the errors of the stores. The file is removed then.
 */
export async function receiveFile<TContext>(
  file: IncomingFile,
  sizeAtMost: number,
  scope: UploadScope<TContext>,
): Promise<Attachment> {
  const { attachmentStore, store, uploads } = scope.options;
  if (!attachmentStore) throw new ChatKitError('not_implemented', 'This server does not accept attachments');
  if (!movesBytes(attachmentStore)) {
    scope.options.logger.error(
      {},
      'a file was sent to the endpoint, but the `attachmentStore` keeps no bytes: let the page announce files',
    );
    throw new ChatKitError('not_implemented', 'This server does not accept files itself. Announce them first');
  }
  const name = cleanFileName(file.name);
  return withUploadStream(file, { max: uploads.maxBytes }, async (stream) => {
    const mime_type = checkType(file.mimeType, await stream.head());
    checkAccepted(uploads.accept, { name, mimeType: mime_type });
    const params = { name, size: Math.min(sizeAtMost, uploads.maxBytes), mime_type };
    await checkAdmitted({ type: 'attachments.create', params }, scope);
    const described = AttachmentSchema.parse(await attachmentStore.createAttachment(params, scope.context));
    const key: BytesKey = { owner: attachmentStore.ownerOf(scope.context), id: described.id };
    const begun = { owner: key.owner, size: params.size, created_at: new Date().toISOString() };
    try {
      await store.saveAttachment(withUpload(described, { ...begun, stage: 'arriving' }), scope.context);
      const details = { mimeType: mime_type, name: described.name, signal: file.signal };
      const { size } = await attachmentStore.writeBytes(key, stream.release(), details);
      const whole = withUpload(described, { ...begun, size, stage: 'checked' });
      await store.saveAttachment(whole, scope.context);
      if (file.signal.aborted) throw endedEarly(); // the client never learns the id
      return whole;
    } catch (error) {
      await discard(key, scope);
      throw error;
    }
  });
}

/** Removes a file that was received, because its request was refused. Never rejects. */
export async function discardFile<TContext>(attachment: Attachment, scope: UploadScope<TContext>): Promise<void> {
  const owner = uploadOf(attachment)?.owner;
  if (owner !== undefined) await discard({ owner, id: attachment.id }, scope);
}

/** Deletes the bytes before the description, because a sweep finds the bytes by their description. */
async function discard<TContext>(key: BytesKey, { options, context }: UploadScope<TContext>): Promise<void> {
  try {
    await options.attachmentStore?.deleteBytes(key);
    await options.store.deleteAttachment(key.id, context);
  } catch (error) {
    const fields = { err: error, attachment_id: key.id };
    options.logger.error(fields, 'the bytes of a broken upload could not be removed');
  }
}

/**
 * Receives the bytes of an announced file. Only the signed payload is known: there is no context, and the attachment
 * may have been deleted. Bytes cannot be uploaded twice, so that the bytes of a message never change.
 * @throws ChatKitError `conflict` when the bytes exist already. Other errors as {@link receiveFile}.
 */
export async function receiveAnnounced<TContext>(
  file: IncomingFile,
  { owner, id, size, mimeType, name }: UploadPayload,
  { attachmentStore, uploads }: ResolvedOptions<TContext>,
): Promise<void> {
  if (!attachmentStore) throw new ChatKitError('not_implemented', 'This server does not accept attachments');
  const sent = mediaType(file.mimeType);
  if (sent !== mimeType && sent !== mediaType('')) {
    throw new ChatKitError('unsupported_media_type', `The file was announced as ${mimeType}, but was sent as ${sent}`);
  }
  const key = { owner, id };
  if (await isThere(attachmentStore.statBytes(key))) {
    throw new ChatKitError('conflict', 'The file was uploaded already');
  }
  await withUploadStream(file, { max: uploads.maxBytes, announced: size }, async (stream) => {
    checkType(mimeType, await stream.head());
    await attachmentStore.writeBytes(key, stream.release(), { mimeType, name, signal: file.signal, untilKept: true });
  });
}

async function isThere(stat: Promise<unknown>): Promise<boolean> {
  try {
    await stat;
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

/** Calls `use` with a stream, which is destroyed when `use` has ended or when the client disconnects. */
async function withUploadStream<T>(
  { source, signal }: IncomingFile,
  size: UploadSize,
  use: (stream: UploadStream) => Promise<T>,
): Promise<T> {
  const stream = new UploadStream(source, size);
  const leave = () => void stream.destroy(endedEarly());
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await use(stream);
  } catch (error) {
    // The error of the stream is the cause, and the error of its reader is the consequence.
    throw stream.errored instanceof ChatKitError ? stream.errored : error;
  } finally {
    signal.removeEventListener('abort', leave);
    stream.destroy();
  }
}
