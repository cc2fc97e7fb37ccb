// Any model of the AI SDK answers in the example: put it here. This line takes precedence over the keys of the environment.
import type { LanguageModel } from 'ai';

/** For example `anthropic('claude-sonnet-4-5')`, imported from `@ai-sdk/anthropic`. */
export const aiModel: LanguageModel | null = null;
