// chatkit-express/openai: converts answers of the `openai` package, and of other clients with the same formats, into
// the events of a hook.
export { type ResponseOutputItem, type ResponseStreamEventLike } from './response-events';
export {
  type Base64Image,
  type ContainerFileCitation,
  type FileCitation,
  type IncompleteReason,
  ResponseStreamConverter,
  type UrlCitation,
} from './response-stream-converter';
export { type AttachmentLookup, type FileDecisions } from './file-decisions';
export { type FileForm } from './file-form';
export { inferenceOptionsOf, recentItems } from './history';
export {
  type ChatContentPart,
  type ChatMessage,
  type ChatToolCall,
  type InputContent,
  type InputFile,
  type InputFunctionCall,
  type InputFunctionCallOutput,
  type InputImage,
  type InputItem,
  type InputMessage,
  type InputText,
} from './input-types';
export {
  type AttachmentReader,
  type Input,
  ThreadItemConverter,
  type ThreadItemConverterOptions,
} from './thread-item-converter';
export { type FunctionCall } from './client-tools';
export { type RememberLimit } from '../remembered';
export { type RememberTurn } from './remember-answer';
export { ModelError } from './model-error';
export { type ModelRequestOptions } from './model-request';
export { retryByName, type RetryTurn } from './retry-by-name';
export {
  type ChatChunkLike,
  streamChatCompletion,
  type StreamChatCompletionOptions,
  type StreamedChatCompletion,
  type StreamedChatMessage,
} from './stream-chat-completion';
export {
  type OutputItemOf,
  type StreamedResponse,
  streamResponse,
  type StreamResponseOptions,
  type StreamTurn,
} from './stream-response';
export {
  chatkitSessions,
  type ChatKitSessionsOptions,
  type ClientSecret,
  createChatKitSession,
  type SessionOptions,
  type SessionsClient,
} from './chatkit-sessions';
export {
  type AskForTitle,
  type ChatClient,
  type TitleOptions,
  type TitleRequest,
  titleThread,
  type TitleThreadOptions,
} from './title-thread';
export {
  type TranscribeFile,
  type TranscribeOptions,
  transcribeWith,
  type TranscriptionClient,
} from './transcribe-with';
export { type FilesClient, uploadAttachment, type UploadTurn } from './upload-attachment';
