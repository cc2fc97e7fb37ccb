// chatkit-express/langgraph: streams of LangGraph (`@langchain/langgraph`) as events of a hook. It loads nothing of the SDK.
export { type GraphStreamMode } from './chunks';
export { type GraphSource, GraphStreamConverter, type GraphToolCall } from './graph-stream-converter';
export { type InterruptRequest } from './interrupts';
export { type GraphResume, resumeOf, type ResumeTurn } from './resume';
export {
  type GraphRequest,
  type GraphStream,
  type StreamedGraph,
  streamGraph,
  type StreamGraphOptions,
} from './stream-graph';
export {
  type LangChainContent,
  type LangChainMessage,
  toLangChainMessages,
  type ToLangChainMessagesOptions,
} from './to-langchain-messages';
// The other helpers of an answer, so that they need not be imported from elsewhere.
export { recentItems } from '../openai/history';
export { ModelError } from '../openai/model-error';
export { ThreadItemConverter } from '../openai/thread-item-converter';
export { titleThread } from '../openai/title-thread';
