// The descriptions of files and images that belong to a user's message.
import { z } from 'zod';
import type { JsonObject } from './json';
import { named, namedUnion } from './named-schema';
import { defaulted, jsonObject, openObject, optional } from './schema';

/** An upload descriptor as an attachment store may write it: `headers` may be left out. */
export interface UploadDescriptorInput {
  url: string;
  /** `PUT` sends the raw bytes with `headers`. `POST` sends a multipart form with the field `file`. */
  method: 'POST' | 'PUT';
  /** Default `{}`. */
  headers?: Record<string, string> | undefined;
}
/** The request with which a client uploads the bytes of an attachment. */
export interface UploadDescriptor extends UploadDescriptorInput {
  headers: Record<string, string>;
}
export const UploadDescriptorSchema = named<UploadDescriptor, UploadDescriptorInput>()(
  openObject({
    url: z.string(),
    method: z.enum(['POST', 'PUT']),
    headers: defaulted(z.record(z.string(), z.string()), () => ({})),
  }),
);

interface AttachmentBaseInput {
  /** Not empty. */
  id: string;
  /** The name of the file. */
  name: string;
  mime_type: string;
  /** Missing after the upload. */
  upload_descriptor?: UploadDescriptorInput | undefined;
  /** The thread of the message that contains the attachment. Missing until a message contains it. */
  thread_id?: string | undefined;
  /** The server's own notes. Never sent to a client. */
  metadata?: JsonObject | undefined;
}
interface AttachmentBase extends AttachmentBaseInput {
  upload_descriptor?: UploadDescriptor | undefined;
}

const base = {
  id: z.string().min(1),
  name: z.string(),
  mime_type: z.string(),
  upload_descriptor: optional(UploadDescriptorSchema),
  thread_id: optional(z.string()),
  metadata: optional(jsonObject),
};

/** A file, as an attachment store may write it. */
export interface FileAttachmentInput extends AttachmentBaseInput {
  type: 'file';
}
/** A file. */
export interface FileAttachment extends AttachmentBase {
  type: 'file';
}
const fileAttachment = openObject({ ...base, type: z.literal('file') });
export const FileAttachmentSchema = named<FileAttachment, FileAttachmentInput>()(fileAttachment);

/** An image, as an attachment store may write it. */
export interface ImageAttachmentInput extends AttachmentBaseInput {
  type: 'image';
  /**
   * The URL of the image, which an `<img>` loads without headers, so that the URL itself must grant access. With `lazy`
   * the client requests the URL with `attachments.get_preview`.
   */
  preview_url: string;
}
/** An image. */
export interface ImageAttachment extends AttachmentBase {
  type: 'image';
  /**
   * The URL of the image, which an `<img>` loads without headers, so that the URL itself must grant access. With `lazy`
   * the client requests the URL with `attachments.get_preview`.
   */
  preview_url: string;
}
const imageAttachment = openObject({ ...base, type: z.literal('image'), preview_url: z.string() });
export const ImageAttachmentSchema = named<ImageAttachment, ImageAttachmentInput>()(imageAttachment);

/** The description of an attachment, with its defaults filled in. */
export type Attachment = FileAttachment | ImageAttachment;
/** The description of an attachment as an attachment store may write it: keys with a default may be left out. */
export type AttachmentInput = FileAttachmentInput | ImageAttachmentInput;
export const AttachmentSchema = namedUnion<Attachment, AttachmentInput>()(
  z.discriminatedUnion('type', [fileAttachment, imageAttachment]),
);
