// chatkit-express/anthropic: converts answers of `@anthropic-ai/sdk` into the events of a hook. It does not load the SDK.
export {
  type AnthropicBlock,
  type AnthropicDocument,
  type AnthropicImage,
  type AnthropicMessage,
  type AnthropicText,
  type AnthropicToolResult,
  type AnthropicToolUse,
} from './message-content';
export {
  type AnthropicCitation,
  type AnthropicFile,
  type AnthropicServerCall,
  type AnthropicStopDetails,
  MessageStreamConverter,
} from './message-stream-converter';
export { type MessageSource, type StreamedMessage, streamMessage, type StreamMessageOptions } from './stream-message';
export { type MessageEventLike, type MessageStreamLike } from './stream-source';
export { toMessageParams, type ToMessageParamsOptions } from './to-message-params';
export { type AnthropicFilesClient, uploadAttachment } from './upload-attachment';
export { type RememberLimit } from '../remembered';
// The other helpers of an answer, so that they need not be imported from elsewhere.
export { type FunctionCall } from '../openai/client-tools';
export { inferenceOptionsOf, recentItems } from '../openai/history';
export { ModelError } from '../openai/model-error';
export { type RememberTurn } from '../openai/remember-answer';
export { ThreadItemConverter } from '../openai/thread-item-converter';
export { titleThread } from '../openai/title-thread';
export { type UploadTurn } from '../openai/upload-attachment';
