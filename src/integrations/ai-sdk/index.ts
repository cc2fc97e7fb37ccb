// chatkit-express/ai-sdk: answers of the AI SDK (`ai`), and of Mastra, as events of a hook. It loads nothing of the SDK.
export { type MastraApprovalState } from './approvals';
export { type AiMessage, type AiUserPart } from './model-messages';
export {
  type StreamedTextResult,
  streamTextResult,
  type StreamTextResultOptions,
  type TextResultLike,
} from './stream-text-result';
export { type AiFile, type AiSource, type AiToolCall, TextStreamConverter } from './text-stream-converter';
export { toModelMessages, type ToModelMessagesOptions } from './to-model-messages';
export { type RememberLimit } from '../remembered';
// The other helpers of an answer, so that they need not be imported from elsewhere.
export { recentItems } from '../openai/history';
export { ModelError } from '../openai/model-error';
export { ThreadItemConverter } from '../openai/thread-item-converter';
export { titleThread } from '../openai/title-thread';
export { transcribeWith } from '../openai/transcribe-with';
