// Chooses the model by the environment. Without a key the assistant answers by keyword.

export interface Provider {
  /** The name of the provider, for the page. */
  name: string;
  /**
   * The API of the provider: the Responses API for OpenAI, which can show more, and Chat Completions for all others.
   */
  api: 'responses' | 'chat';
  apiKey: string;
  /** Default: OpenAI's, or OPENAI_BASE_URL. */
  baseURL?: string | undefined;
  /** The models that the user can choose. The first is the default. */
  models: readonly [string, ...string[]];
  systemPrompt: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const defaultPrompt = 'You are a helpful assistant in a demo of ChatKit. Answer in Markdown, and briefly.';

/**
 * Returns the first provider for which the environment has a key (OPENAI_API_KEY, GEMINI_API_KEY, OPENROUTER_API_KEY),
 * or OLLAMA_BASE_URL; null for none. MODEL_NAME is one model, or several separated by commas. SYSTEM_PROMPT is the
 * prompt.
 */
export function providerOf(env: Environment): Provider | null {
  const systemPrompt = env['SYSTEM_PROMPT'] || defaultPrompt;
  const models = (ownModel: string): Provider['models'] => {
    const [first = ownModel, ...others] = (env['MODEL_NAME'] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    return [first, ...others];
  };
  const { OPENAI_API_KEY, GEMINI_API_KEY, OPENROUTER_API_KEY, OLLAMA_BASE_URL } = env;
  if (OPENAI_API_KEY) {
    return { name: 'OpenAI', api: 'responses', apiKey: OPENAI_API_KEY, models: models('gpt-4.1-mini'), systemPrompt };
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
