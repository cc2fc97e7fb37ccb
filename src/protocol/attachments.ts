// Files and images that belong to a user's message.
import { z } from 'zod';
import { JsonObjectSchema } from './json';
import { defaulted, openObject, optional } from './schema';

/** Where the client sends the bytes: exactly `PUT` sends them raw with these headers, `POST` as a form with the field `file`. */
export const UploadDescriptorSchema = openObject({
  url: z.string(),
  method: z.enum(['POST', 'PUT']),
  headers: defaulted(z.record(z.string(), z.string()), () => ({})),
});
export type UploadDescriptor = z.infer<typeof UploadDescriptorSchema>;

const base = {
  id: z.string().min(1),
  name: z.string(),
  mime_type: z.string(),
  upload_descriptor: optional(UploadDescriptorSchema),
  thread_id: optional(z.string()),
  /** The server's own notes. Never sent to a client. */
  metadata: optional(JsonObjectSchema),
};

export const FileAttachmentSchema = openObject({ ...base, type: z.literal('file') });
export type FileAttachment = z.infer<typeof FileAttachmentSchema>;

/** `preview_url` is loaded by an `<img>`, without headers, so it carries its own proof; `lazy` makes the client ask for it. */
export const ImageAttachmentSchema = openObject({ ...base, type: z.literal('image'), preview_url: z.string() });
export type ImageAttachment = z.infer<typeof ImageAttachmentSchema>;

export const AttachmentSchema = z.discriminatedUnion('type', [FileAttachmentSchema, ImageAttachmentSchema]);
export type Attachment = z.infer<typeof AttachmentSchema>;
export type AttachmentInput = z.input<typeof AttachmentSchema>;
