// uploadAttachment(): uploads an attachment to Anthropic, for files that are too large for each request.
import type { Attachment } from '../../protocol';
import { type UploadTurn, uploadOnce } from '../openai/upload-attachment';

interface AnthropicFiles {
  upload(body: { file: File }, options?: { signal?: AbortSignal }): PromiseLike<{ id: string }>;
}

/** The part of the client of Anthropic that is called: `files` since version 1, before that `beta.files`. */
export interface AnthropicFilesClient {
  readonly files?: AnthropicFiles | undefined;
  readonly beta?: { readonly files?: AnthropicFiles | undefined } | undefined;
}

/**
 * Uploads an attachment once and resolves to the file's id, for an `input_file` or `input_image` with `file_id`. The id
 * is stored with the attachment, so that later turns upload nothing. The bytes are in memory during the upload.
 *
 * The file stays at Anthropic until you delete it. Its id is `attachment.metadata.anthropic_file_id`.
 *
 * @throws ChatKitError `not_found` for a missing attachment; the errors of the client; TypeError for a client without
 * the Files API.
 */
export async function uploadAttachment<TContext>(
  client: AnthropicFilesClient,
  turn: UploadTurn<TContext>,
  attachment: Attachment,
): Promise<string> {
  const given = client as AnthropicFilesClient | null | undefined;
  const files = [given?.files, given?.beta?.files].find((one) => typeof one?.upload === 'function');
  if (!files)
    throw new TypeError('The client has no files.upload: pass the client of @anthropic-ai/sdk, 0.60 or newer');
  return uploadOnce(turn, attachment, 'anthropic_file_id', (file, options) => files.upload({ file }, options));
}
