// The input that an overriding method may return. Any text is allowed instead of a literal, because TypeScript widens
// the literals that such a method returns. A method can therefore be overridden without `as const`.
import type { InputContent } from './input-types';

interface ReturnedText {
  type: string;
  text: string;
}
interface ReturnedImage {
  type: string;
  detail: string;
  image_url?: string | undefined;
  file_id?: string | undefined;
}
/** A file as a data URL. */
interface ReturnedFileData {
  type: string;
  filename?: string | undefined;
  file_data: string;
}
/** A file by its URL. */
interface ReturnedFileUrl {
  type: string;
  filename?: string | undefined;
  file_url: string;
}
/** A file by its id at the provider. */
interface ReturnedFileId {
  type: string;
  file_id: string;
}
export type ReturnedContent =
  ReturnedText | ReturnedImage | ReturnedFileData | ReturnedFileUrl | ReturnedFileId | InputContent;

interface ReturnedMessage {
  type: string;
  role: string;
  content: string | ReturnedContent[];
}
interface ReturnedFunctionCall {
  type: string;
  call_id: string;
  name: string;
  arguments: string;
}
interface ReturnedFunctionCallOutput {
  type: string;
  call_id: string;
  output: string;
}
export type ReturnedInput = ReturnedMessage | ReturnedFunctionCall | ReturnedFunctionCallOutput;
