// Reports the tokens of a message to the turn.

/** The counts of one response of a model, as `turn.usage` takes them. */
interface ReportedUsage {
  provider: string;
  model?: string | undefined;
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  cachedInputTokens?: number | undefined;
  cacheWriteTokens?: number | undefined;
  reasoningTokens?: number | undefined;
}

/** The part of a turn that receives the counts. Turns of tests and of older hooks have no such method. */
export interface UsageTurn {
  usage?: ((usage: ReportedUsage) => void) | undefined;
}

/**
 * Reports the counts of one message. `input_tokens` of the API excludes the tokens that are read from a cache or written to
 * a cache, and the report includes these.
 */
export function reportUsage(
  turn: UsageTurn,
  usage: Readonly<Record<string, unknown>>,
  model: string | undefined,
): void {
  const { input_tokens: input, cache_read_input_tokens: read, cache_creation_input_tokens: written } = usage;
  const { thinking_tokens: thinking } = (usage['output_tokens_details'] ?? {}) as { thinking_tokens?: unknown };
  turn.usage?.({
    provider: 'anthropic',
    model,
    inputTokens: isCount(input) ? input + (countOf(read) ?? 0) + (countOf(written) ?? 0) : undefined,
    outputTokens: countOf(usage['output_tokens']),
    cachedInputTokens: countOf(read),
    cacheWriteTokens: countOf(written),
    reasoningTokens: countOf(thinking),
  });
}

function countOf(value: unknown): number | undefined {
  return isCount(value) ? value : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
