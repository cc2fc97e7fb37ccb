// Chooses the model by the environment. Without a key the assistant answers by keyword.

import type { LanguageModel } from 'ai';

interface ProviderBase {
  /** The name of the provider, for the page. */
  name: string;
  /** The models that the user can choose. The first is the default. */
  models: readonly [string, ...string[]];
  systemPrompt: string;
}

/** A provider that the client of `openai` asks. */
export interface OpenAIProvider extends ProviderBase {
  /**
   * The API of the provider: the Responses API for OpenAI, which can show more, and Chat Completions for all others.
   */
  api: 'responses' | 'chat';
  apiKey: string;
  /** Default: OpenAI's, or OPENAI_BASE_URL. */
  baseURL?: string | undefined;
}

/** A provider that the client of `@anthropic-ai/sdk` asks. */
export interface AnthropicProvider extends ProviderBase {
  api: 'anthropic';
  apiKey: string;
  /** Default: that of Anthropic, or ANTHROPIC_BASE_URL. */
  baseURL?: string | undefined;
}

/** A model of the AI SDK, whose provider the model knows. */
interface AiProvider extends ProviderBase {
  api: 'ai-sdk';
  model: LanguageModel;
}

export type Provider = OpenAIProvider | AnthropicProvider | AiProvider;

type Environment = Readonly<Record<string, string | undefined>>;

const defaultPrompt = 'You are a helpful assistant in a demo of ChatKit. Answer in Markdown, and briefly.';

/**
 * Returns the model of the AI SDK, if there is one. Else returns the first provider for which the environment has a key
 * (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY, OPENROUTER_API_KEY), or OLLAMA_BASE_URL; null for none. MODEL_NAME is one model, or
 * several separated by commas. SYSTEM_PROMPT is the prompt.
 */
export function providerOf(env: Environment, aiModel: LanguageModel | null = null): Provider | null {
  const systemPrompt = env['SYSTEM_PROMPT'] || defaultPrompt;
  if (aiModel) {
    const name = typeof aiModel === 'string' ? aiModel : aiModel.modelId;
    return { name: 'the AI SDK', api: 'ai-sdk', model: aiModel, models: [name], systemPrompt };
  }
  const models = (ownModel: string): Provider['models'] => {
    const [first = ownModel, ...others] = (env['MODEL_NAME'] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    return [first, ...others];
  };
  const { OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY, OPENROUTER_API_KEY, OLLAMA_BASE_URL } = env;
  if (OPENAI_API_KEY) {
    return { name: 'OpenAI', api: 'responses', apiKey: OPENAI_API_KEY, models: models('gpt-4.1-mini'), systemPrompt };
  }
  if (ANTHROPIC_API_KEY) {
    const own = models('claude-haiku-5-5');
    return { name: 'Anthropic', api: 'anthropic', apiKey: ANTHROPIC_API_KEY, models: own, systemPrompt };
  }
  if (GEMINI_API_KEY) {
    const baseURL = 'https://generativelanguage.googleapis.com/v1beta/openai/';
    return {
      name: 'Gemini',
      api: 'chat',
      apiKey: GEMINI_API_KEY,
      baseURL,
      models: models('gemini-2.5-flash'),
      systemPrompt,
    };
  }
  if (OPENROUTER_API_KEY) {
    const baseURL = 'https://openrouter.ai/api/v1';
    const own = models('openai/gpt-4.1-mini');
    return { name: 'OpenRouter', api: 'chat', apiKey: OPENROUTER_API_KEY, baseURL, models: own, systemPrompt };
  }
  if (OLLAMA_BASE_URL) {
    const baseURL = OLLAMA_BASE_URL.replace(/(?:\/v1)?\/*$/, '/v1');
    return { name: 'Ollama', api: 'chat', apiKey: 'ollama', baseURL, models: models('llama3.2'), systemPrompt };
  }
  return null;
}

/**
 * The public facts about the model, without the key and the prompt. `provider` is null if the assistant answers by
 * keyword. `tools` is true if the tools of the composer work, which Chat Completions does not support.
 */
export function publicPart(provider: Provider | null) {
  if (!provider) return { provider: null, model: null, models: [], tools: true };
  const { name, api, models } = provider;
  return { provider: name, model: models[0], models, tools: api === 'responses' };
}

/** Returns the model that the user chose if the server offers it, because a page can send any name. */
export function pickedModel({ models }: Provider, picked: string | undefined): string {
  return picked !== undefined && models.includes(picked) ? picked : models[0];
}
