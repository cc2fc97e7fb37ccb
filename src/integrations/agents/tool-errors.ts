// Failures of an agent's tools: what the model and the log are told. The SDK catches what a tool throws, tells nobody but
// the model, and since 0.15 not even the model what it was.
import { consoleLogger, type Logger } from '../../logger';
import type { AgentContext } from './agent-context';

/** The part of the SDK's details of a call that is read. Earlier versions of the SDK do not pass it. */
export interface ToolErrorDetails {
  readonly toolCall?: { readonly name?: unknown } | undefined;
}

/**
 * The `errorFunction` of a tool. It logs what the tool threw with the turn's logger, and returns the reason for the model:
 *
 * ```ts
 * const weather = tool({ name: 'weather', parameters, execute, errorFunction: toolErrorFunction });
 * ```
 *
 * The model reads the error's message: throw errors whose message it may know. Outside a run with an AgentContext the log
 * line goes to the console.
 */
export function toolErrorFunction(
  runContext: { readonly context: unknown } | undefined,
  error: unknown,
  details?: ToolErrorDetails,
): string {
  const { logger = consoleLogger, thread } = (runContext?.context ?? {}) as Partial<AgentContext>;
  const tool = details?.toolCall?.name;
  const fields = { err: error, ...(thread && { thread_id: thread.id }), ...(typeof tool === 'string' && { tool }) };
  logToolFailure(logger, fields);
  return `${reasonFollows}${error instanceof Error ? error.message : String(error)}`;
}

/** Writes the log line of a tool that threw. */
export function logToolFailure(logger: Logger, fields: Record<string, unknown>): void {
  logger.error(fields, 'a tool of an agent failed');
}

const reasonFollows = 'The tool failed: ';
/** What the SDK tells the model without an `errorFunction`. Up to 0.14 the reason follows. */
const sdkDefault = 'An error occurred while running the tool. Please try again.';

/** The result of a tool that threw. */
export interface ToolFailure {
  tool: string | undefined;
  /** What the model was told. */
  output: string;
  /** Whether {@link toolErrorFunction} has logged it. */
  isLogged: boolean;
}

/** Reads an item of a run's stream: the result of a tool that threw; null for any other. */
export function readToolFailure(given: unknown): ToolFailure | null {
  const { type, output, rawItem } = (given ?? {}) as { type?: unknown; output?: unknown; rawItem?: { name?: unknown } };
  if (type !== 'tool_call_output_item' || typeof output !== 'string') return null;
  const isLogged = output.startsWith(reasonFollows);
  if (!isLogged && !output.startsWith(sdkDefault)) return null;
  const tool = typeof rawItem?.name === 'string' ? rawItem.name : undefined;
  return { tool, output, isLogged };
}
