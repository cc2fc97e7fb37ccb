// chatkit-express/agents: converts runs of the Agents SDK (`@openai/agents`) into events of a hook. It does not load
// the SDK.
export { accumulateText } from './accumulate-text';
export { AgentContext, type AgentContextOptions, type AgentTurn } from './agent-context';
export { type AgentResume, type AgentRunState, resumeOf } from './approvals';
export { type StreamedAgentRun } from './agent-run';
export { sinceLastResponse } from './previous-response';
export { streamAgentResponse, type StreamAgentResponseOptions } from './stream-agent-response';
export { toolErrorFunction, type ToolErrorDetails } from './tool-errors';
export { type AgentContent, type AgentInput, toAgentInput, type ToAgentInputOptions } from './to-agent-input';
// Exported again, so that an agent needs one import.
export { recentItems } from '../openai/history';
export { ModelError } from '../openai/model-error';
export { type ModelRequestOptions } from '../openai/model-request';
export { ResponseStreamConverter } from '../openai/response-stream-converter';
export { ThreadItemConverter } from '../openai/thread-item-converter';
