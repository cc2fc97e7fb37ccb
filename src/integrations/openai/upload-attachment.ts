// uploadAttachment(): uploads an attachment to OpenAI, for files that are too large for each request.
import type { Readable } from 'node:stream';
import type { Turn } from '../../hooks';
import type { Attachment } from '../../protocol';

/** The part of the `openai` client that is called. */
export interface FilesClient {
  files: {
    create(body: { file: File; purpose: 'user_data' }, options?: { signal?: AbortSignal }): PromiseLike<{ id: string }>;
  };
}

/** The part of a hook's turn that is needed. */
export type UploadTurn<TContext> = Pick<Turn<TContext>, 'store' | 'context'> & {
  signal?: AbortSignal;
  attachments: { read(attachment: Attachment): Promise<Readable> };
};

/** The key of the file's id in the attachment's metadata, which never leaves the server. */
const key = 'openai_file_id';

/**
 * Uploads an attachment once and resolves to the file's id, for an `input_file` or `input_image` with `file_id`. The id
 * is stored with the attachment, so that later turns upload nothing. The bytes are in memory during the upload.
 *
 * The file stays at OpenAI until you delete it. Its id is `attachment.metadata.openai_file_id`.
 *
 * @throws ChatKitError `not_found` for a missing attachment; the errors of the client.
 */
export async function uploadAttachment<TContext>(
  client: FilesClient,
  turn: UploadTurn<TContext>,
  attachment: Attachment,
): Promise<string> {
  return uploadOnce(turn, attachment, key, (file, options) =>
    client.files.create({ file, purpose: 'user_data' }, options),
  );
}

/**
 * Uploads an attachment, unless its metadata has the id of an earlier upload.
 * @param key the key of the id in the attachment's metadata.
 */
export async function uploadOnce<TContext>(
  { store, context, signal, attachments }: UploadTurn<TContext>,
  attachment: Attachment,
  key: string,
  upload: (file: File, options: { signal?: AbortSignal }) => PromiseLike<{ id: string }>,
): Promise<string> {
  const stored = await store.loadAttachment(attachment.id, context);
  const known = stored.metadata?.[key];
  if (typeof known === 'string') return known;
  const chunks: Buffer[] = [];
  for await (const chunk of await attachments.read(attachment)) chunks.push(chunk as Buffer);
  const file = new File([Buffer.concat(chunks)], attachment.name, { type: attachment.mime_type });
  const { id } = await upload(file, { signal });
  const now = await store.loadAttachment(attachment.id, context); // the attachment may have changed during the upload
  await store.saveAttachment({ ...now, metadata: { ...now.metadata, [key]: id } }, context);
  return id;
}
