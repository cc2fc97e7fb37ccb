// Files on their way in. Their bytes go from the connection to the attachment store, and only a few are in memory.
import type { Readable } from 'node:stream';
import type { BytesKey } from '../attachments/attachment-store';
import { ChatKitError, NotFoundError } from '../errors';
import type { ResolvedOptions } from '../options';
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
  /** Empty when the client did not say. */
  mimeType: string;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
}

/** Who is sending, and where to. */
type UploadScope<TContext> = Pick<RequestScope<TContext>, 'options' | 'context'>;

/**
 * Takes a file that was not announced, and saves its description.
 *
 * The description is stored before the first byte: whatever cuts this short, even the process's end, leaves either
 * nothing or a description by which the bytes are found and swept.
 * @param sizeAtMost In bytes, as far as the request tells.
 * @throws ChatKitError when it is refused, and whatever the stores throw. Nothing is left behind.
 */
export async function receiveFile<TContext>(
  file: IncomingFile,
  sizeAtMost: number,
  scope: UploadScope<TContext>,
): Promise<Attachment> {
  const { attachmentStore, store, uploads } = scope.options;
  if (!attachmentStore) throw new ChatKitError('not_implemented', 'This server does not take attachments');
  if (!movesBytes(attachmentStore)) {
    scope.options.logger.error(
      {},
      'a file was sent to the endpoint, but the `attachmentStore` keeps no bytes: let the page announce files',
    );
    throw new ChatKitError('not_implemented', 'This server does not take files itself: announce them');
  }
  const name = cleanFileName(file.name);
  return withUploadStream(file, { max: uploads.maxBytes }, async (stream) => {
    const mime_type = checkType(file.mimeType, await stream.head());
    checkAccepted(uploads.accept, { name, mimeType: mime_type });
    const params = { name, size: Math.min(sizeAtMost, uploads.maxBytes), mime_type };
    const described = AttachmentSchema.parse(await attachmentStore.createAttachment(params, scope.context));
    const key: BytesKey = { owner: attachmentStore.ownerOf(scope.context), id: described.id };
    const begun = { owner: key.owner, size: params.size, created_at: new Date().toISOString() };
    try {
      await store.saveAttachment(withUpload(described, { ...begun, stage: 'arriving' }), scope.context);
      const details = { mimeType: mime_type, name: described.name, signal: file.signal };
      const { size } = await attachmentStore.writeBytes(key, stream.release(), details);
      const whole = withUpload(described, { ...begun, size, stage: 'checked' });
      await store.saveAttachment(whole, scope.context);
      if (file.signal.aborted) throw endedEarly(); // nobody will ever know its id
      return whole;
    } catch (error) {
      await discard(key, scope);
      throw error;
    }
  });
}

/** Takes back a file that was received: its request was refused after all. Never rejects. */
export async function discardFile<TContext>(attachment: Attachment, scope: UploadScope<TContext>): Promise<void> {
  const owner = uploadOf(attachment)?.owner;
  if (owner !== undefined) await discard({ owner, id: attachment.id }, scope);
}

/** The bytes first: as long as the description is there, they can be found. */
async function discard<TContext>(key: BytesKey, { options, context }: UploadScope<TContext>): Promise<void> {
  try {
    await options.attachmentStore?.deleteBytes(key);
    await options.store.deleteAttachment(key.id, context);
  } catch (error) {
    const fields = { err: error, attachment_id: key.id };
    options.logger.error(fields, 'what a broken upload has left could not be removed');
  }
}

/**
 * Takes the bytes of a file that was announced. The signed payload is all that is known of it: no context comes with
 * it, and the attachment may be deleted by now. What was taken is not taken again, so bytes that are in a message never change.
 * @throws ChatKitError `conflict` when they are there already; the others as {@link receiveFile}.
 */
export async function receiveAnnounced<TContext>(
  file: IncomingFile,
  { owner, id, size, mimeType, name }: UploadPayload,
  { attachmentStore, uploads }: ResolvedOptions<TContext>,
): Promise<void> {
  if (!attachmentStore) throw new ChatKitError('not_implemented', 'This server does not take attachments');
  const sent = mediaType(file.mimeType);
  if (sent !== mimeType && sent !== mediaType('')) {
    throw new ChatKitError('unsupported_media_type', `The file was announced as ${mimeType}, and is sent as ${sent}`);
  }
  const key = { owner, id };
  if (await isThere(attachmentStore.statBytes(key))) {
    throw new ChatKitError('conflict', 'The file was uploaded before');
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

/** Destroys the stream when the client leaves, and lets go of the source whichever way `use` ends. */
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
    // Why the bytes were stopped says more than what that did to whoever was writing them.
    throw stream.errored instanceof ChatKitError ? stream.errored : error;
  } finally {
    signal.removeEventListener('abort', leave);
    stream.destroy();
  }
}
