// For custom front ends: a client of the endpoint, and the state of a chat.
export { AnswerStream } from './answer-stream';
export { Chat } from './chat';
export type { ChatOptions, ChatProblem, ClientAction, ClientToolCall } from './chat-options';
export {
  ChatKitClient,
  type ChatKitClientOptions,
  type ListOptions,
  type OpenRun,
  type RequestOptions,
  type StreamOptions,
} from './client';
export { RequestError } from './request-error';
export { sendUpload } from './send-upload';
export type { ChatError, ChatNotice, ChatRun, ChatState, Loading } from './state';
export type { UploadAnswer, UploadOptions, UploadRequest, UploadSender, UploadStrategy } from './uploads';
export type {
  AnswerTo,
  Item,
  ItemOf,
  JsonRequestType,
  MessageInput,
  StreamEvent,
  StreamRequestType,
  ThreadInfo,
} from './wire';
