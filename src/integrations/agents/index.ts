// chatkit-express/agents: runs of the Agents SDK (`@openai/agents`) as events of a hook. It loads nothing of the SDK's.
export { accumulateText } from './accumulate-text';
export { AgentContext, type AgentContextOptions, type AgentTurn } from './agent-context';
export { type StreamedAgentRun } from './agent-run';
export { sinceLastResponse } from './previous-response';
export { streamAgentResponse, type StreamAgentResponseOptions } from './stream-agent-response';
export { toolErrorFunction, type ToolErrorDetails } from './tool-errors';
export { type AgentContent, type AgentInput, toAgentInput, type ToAgentInputOptions } from './to-agent-input';
// The other helpers of an agent's answer, so that they need not be imported from elsewhere.
export { recentItems } from '../openai/history';
export { ModelError } from '../openai/model-error';
export { type ModelRequestOptions } from '../openai/model-request';
export { ResponseStreamConverter } from '../openai/response-stream-converter';
export { ThreadItemConverter } from '../openai/thread-item-converter';
