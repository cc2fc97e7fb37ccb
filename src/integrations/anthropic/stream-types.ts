// The events, blocks and deltas of Anthropic's Messages API. Tests compare each list with the types of the SDK, so that
// a new type breaks the build.

/** The events of a stream. */
export const eventTypes = {
  message_start: 'read',
  message_delta: 'read',
  message_stop: 'read',
  content_block_start: 'read',
  content_block_delta: 'read',
  content_block_stop: 'read',
} as const;

/** Events that the SDK handles, and that other clients pass on. */
const otherEventTypes = { error: 'read', ping: 'ignored', message: 'read' } as const;

/**
 * The blocks of a message. Blocks that are only `kept` show nothing. The provider needs these blocks in the next
 * request.
 */
export const blockTypes = {
  text: 'text',
  thinking: 'thought',
  tool_use: 'call',
  server_tool_use: 'server-call',
  mcp_tool_use: 'server-call',
  web_search_tool_result: 'result',
  web_fetch_tool_result: 'result',
  code_execution_tool_result: 'result',
  bash_code_execution_tool_result: 'result',
  text_editor_code_execution_tool_result: 'result',
  tool_search_tool_result: 'result',
  advisor_tool_result: 'result',
  mcp_tool_result: 'result',
  container_upload: 'file',
  redacted_thinking: 'kept',
  compaction: 'kept',
  fallback: 'kept',
  mcp_tool_listing: 'kept',
} as const;

/** The deltas of a block. `fields` replaces the fields of the block. */
export const deltaTypes = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
  input_json_delta: 'input',
  citations_delta: 'citation',
  compaction_delta: 'fields',
} as const;

/** The meaning of each stop reason. A paused message continues in the next request. */
export const stopReasons = {
  end_turn: 'done',
  stop_sequence: 'done',
  tool_use: 'done',
  pause_turn: 'paused',
  compaction: 'paused',
  max_tokens: 'max_output_tokens',
  model_context_window_exceeded: 'model_context_window_exceeded',
  refusal: 'refusal',
} as const;

/** The tools that Anthropic runs, with the titles of their tasks. */
export const serverTools = {
  web_search: 'Searching the web',
  web_fetch: 'Reading a page',
  code_execution: 'Running code',
  bash_code_execution: 'Running a command',
  text_editor_code_execution: 'Editing a file',
  tool_search_tool_regex: 'Looking for tools',
  tool_search_tool_bm25: 'Looking for tools',
  advisor: 'Asking another model',
} as const;

export type EventType = keyof typeof eventTypes | keyof typeof otherEventTypes;
type BlockType = keyof typeof blockTypes;
export type BlockKind = (typeof blockTypes)[BlockType];
type DeltaType = keyof typeof deltaTypes;
export type DeltaKind = (typeof deltaTypes)[DeltaType];
type StopReason = keyof typeof stopReasons;
export type StopKind = (typeof stopReasons)[StopReason];

/** Returns the type of an event; undefined for an unknown type. */
export function eventTypeOf(type: unknown): EventType | undefined {
  return typeof type === 'string' && (Object.hasOwn(eventTypes, type) || Object.hasOwn(otherEventTypes, type))
    ? (type as EventType)
    : undefined;
}

/**
 * Returns the kind of a block; undefined for an unknown type. The result of a new tool of the server has a type that
 * ends like those of the others.
 */
export function blockKindOf(type: unknown): BlockKind | undefined {
  if (typeof type !== 'string') return undefined;
  if (Object.hasOwn(blockTypes, type)) return blockTypes[type as BlockType];
  return type.endsWith('_tool_result') ? 'result' : undefined;
}

/** Returns the kind of a delta; undefined for an unknown type. */
export function deltaKindOf(type: unknown): DeltaKind | undefined {
  return typeof type === 'string' && Object.hasOwn(deltaTypes, type) ? deltaTypes[type as DeltaType] : undefined;
}

/** Returns the meaning of a stop reason; undefined for an unknown reason. */
export function stopKindOf(reason: string): StopKind | undefined {
  return Object.hasOwn(stopReasons, reason) ? stopReasons[reason as StopReason] : undefined;
}
