// Reads the token counts of a model's response, as the APIs and SDKs that the adapters support name them.
import type { ModelUsage, Turn } from '../hooks';
import { isObject } from '../protocol/json';

/** The part of a turn that receives the counts. A turn that a test has made may lack it. */
type UsageTurn = Partial<Pick<Turn<never>, 'usage'>>;

/** The response that the counts belong to. */
interface CountedResponse {
  usage: unknown;
  model?: unknown;
  provider?: string;
}

/**
 * Reports the counts of one response. Does nothing for a response without counts. A count that is not a number is not known:
 * some servers send null, and some SDKs send NaN.
 */
export function reportUsage(turn: UsageTurn, { usage, model, provider }: CountedResponse): void {
  if (!turn.usage || !isObject(usage)) return;
  const ofInput = detailsOf(usage, [
    'input_tokens_details',
    'prompt_tokens_details',
    'inputTokenDetails',
    'inputTokensDetails',
  ]);
  const ofOutput = detailsOf(usage, [
    'output_tokens_details',
    'completion_tokens_details',
    'outputTokenDetails',
    'outputTokensDetails',
  ]);
  const counted: ModelUsage = {
    inputTokens: countOf(usage, ['input_tokens', 'prompt_tokens', 'inputTokens', 'promptTokens']),
    outputTokens: countOf(usage, ['output_tokens', 'completion_tokens', 'outputTokens', 'completionTokens']),
    cachedInputTokens: countOf(ofInput, ['cached_tokens', 'cacheReadTokens']) ?? countOf(usage, ['cachedInputTokens']),
    cacheWriteTokens: countOf(ofInput, ['cache_write_tokens', 'cacheWriteTokens']),
    reasoningTokens: countOf(ofOutput, ['reasoning_tokens', 'reasoningTokens']) ?? countOf(usage, ['reasoningTokens']),
  };
  if (Object.values(counted).every((count) => count === undefined)) return;
  turn.usage({ ...counted, ...(typeof model === 'string' && { model }), ...(provider !== undefined && { provider }) });
}

/** Returns the details of a count. The Agents SDK has a list with one entry for each response. */
function detailsOf(usage: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  for (const name of names) {
    const [details] = [usage[name]].flat();
    if (isObject(details)) return details;
  }
  return {};
}

function countOf(from: Record<string, unknown>, names: readonly string[]): number | undefined {
  return names.map((name) => from[name]).find((count) => typeof count === 'number' && Number.isFinite(count)) as
    number | undefined;
}
