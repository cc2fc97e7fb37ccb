// Separates the calls of tools that run in the user's page.
import { clientToolCall } from '../../answers/client-tool-call';
import type { AnswerTurn } from '../../answers/new-item';
import type { HookEventInput, JsonObject } from '../../protocol';
import { ModelError } from './model-error';

/** A function call of the model. Validate `arguments`, because the model wrote the JSON, which can be malformed. */
export interface FunctionCall {
  callId: string;
  name: string;
  arguments: string;
}

/**
 * Separates the calls of a model. Calls whose name is in `clientTools` become items for the page, in order. All others
 * are returned to the caller.
 * @throws ModelError `invalid_arguments`
 */
export function splitCalls(
  turn: AnswerTurn,
  calls: readonly FunctionCall[],
  clientTools: readonly string[] = [],
): { events: HookEventInput[]; functionCalls: FunctionCall[]; clientToolCalled: boolean } {
  const forPage = calls.filter(({ name }) => clientTools.includes(name));
  return {
    events: forPage.flatMap((call) => pageCall(turn, call)),
    functionCalls: calls.filter(({ name }) => !clientTools.includes(name)),
    clientToolCalled: forPage.length > 0,
  };
}

function pageCall(turn: AnswerTurn, { callId, name, arguments: args }: FunctionCall): HookEventInput[] {
  return clientToolCall(turn, { callId, name, arguments: parseArguments(name, args) });
}

/** Reads the arguments of a call. `''`, `null` and `[]` are `{}`. JSON within a JSON string is read. */
function parseArguments(name: string, text: string): JsonObject {
  let value: unknown;
  try {
    value = valueOf(text);
    if (typeof value === 'string') value = valueOf(value);
  } catch (cause) {
    throw new ModelError('invalid_arguments', `The model called ${name} with arguments that are not JSON`, { cause });
  }
  if (value === null || (Array.isArray(value) && value.length === 0)) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  throw new ModelError('invalid_arguments', `The model called ${name} with arguments that are not a JSON object`);
}

function valueOf(text: string): unknown {
  return text.trim() === '' ? null : JSON.parse(text);
}
