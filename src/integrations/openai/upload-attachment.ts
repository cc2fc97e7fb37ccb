// uploadAttachment(): an attachment as a file of OpenAI's, for files that are too large to be sent with each request.
import type { Readable } from 'node:stream';
import type { Turn } from '../../hooks';
import type { Attachment } from '../../protocol';

/** What is called of the client of `openai`. */
export interface FilesClient {
  files: {
    create(body: { file: File; purpose: 'user_data' }, options?: { signal?: AbortSignal }): PromiseLike<{ id: string }>;
  };
}

/** What is needed of a hook's turn. */
export type UploadTurn<TContext> = Pick<Turn<TContext>, 'store' | 'context'> & {
  signal?: AbortSignal;
  attachments: { read(attachment: Attachment): Promise<Readable> };
};

/** Where the file's id is kept: in the attachment's metadata, which never leaves the server. */
const key = 'openai_file_id';

/**
 * Uploads an attachment once and gives the file's id, for an `input_file` or `input_image` with `file_id`. The id is kept
 * with the attachment, so that later turns upload nothing. The bytes are in memory while they are sent.
 *
 * The file stays with OpenAI until you delete it: `attachment.metadata.openai_file_id` says which it is.
 *
 * @throws ChatKitError `not_found` for an attachment that is gone, and what the client throws.
 */
export async function uploadAttachment<TContext>(
  client: FilesClient,
  { store, context, signal, attachments }: UploadTurn<TContext>,
  attachment: Attachment,
): Promise<string> {
  const stored = await store.loadAttachment(attachment.id, context);
  const known = stored.metadata?.[key];
  if (typeof known === 'string') return known;
  const chunks: Buffer[] = [];
  for await (const chunk of await attachments.read(attachment)) chunks.push(chunk as Buffer);
  const file = new File([Buffer.concat(chunks)], attachment.name, { type: attachment.mime_type });
  const { id } = await client.files.create({ file, purpose: 'user_data' }, { signal });
  const now = await store.loadAttachment(attachment.id, context); // it may have changed meanwhile
  await store.saveAttachment({ ...now, metadata: { ...now.metadata, [key]: id } }, context);
  return id;
}
