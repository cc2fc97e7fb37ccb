// Reports failures of an agent's tools, because the SDK catches the error of a tool and reports it only to the model.
// From version 0.15 on, the SDK omits the reason.
import { consoleLogger, type Logger } from '../../logger';
import type { AgentContext } from './agent-context';

/** The part of a call's details that is read. Earlier versions of the SDK do not pass details. */
export interface ToolErrorDetails {
  readonly toolCall?: { readonly name?: unknown } | undefined;
}

/**
 * The `errorFunction` of a tool. Logs the error with the turn's logger, and returns its message for the model:
 *
 * ```ts
 * const weather = tool({ name: 'weather', parameters, execute, errorFunction: toolErrorFunction });
 * ```
 *
 * Throw only errors whose message the model may see. Without an AgentContext, the console is the logger.
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
/** The text that the SDK uses without an `errorFunction`. Up to version 0.14 the reason follows the text. */
const sdkDefault = 'An error occurred while running the tool. Please try again.';

/** The result of a tool that threw. */
export interface ToolFailure {
  tool: string | undefined;
  /** The text for the model. */
  output: string;
  /** True when {@link toolErrorFunction} has logged the failure. */
  isLogged: boolean;
}

/** Returns the failure of a tool from an item of a run's stream; null for any other item. */
export function readToolFailure(given: unknown): ToolFailure | null {
  const { type, output, rawItem } = (given ?? {}) as { type?: unknown; output?: unknown; rawItem?: { name?: unknown } };
  if (type !== 'tool_call_output_item' || typeof output !== 'string') return null;
  const isLogged = output.startsWith(reasonFollows);
  if (!isLogged && !output.startsWith(sdkDefault)) return null;
  const tool = typeof rawItem?.name === 'string' ? rawItem.name : undefined;
  return { tool, output, isLogged };
}
