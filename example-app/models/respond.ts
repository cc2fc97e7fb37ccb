// `respond` with a model behind it. A message that is one of the keywords, and nothing else, still shows the keyword.
import Anthropic from '@anthropic-ai/sdk';
import type { ChatKitOptions, HookEvents } from 'chatkit-express';
import { transcribeWith } from 'chatkit-express/openai';
import OpenAI from 'openai';
import { answers } from '../answers';
import { respond as respondByKeyword } from '../assistant';
import type { DemoContext, ModelTurn } from '../demo-turn';
import { textOf } from '../say';
import type { OpenAIProvider, Provider } from './provider';
import { respondWithAiSdk } from './respond-with-ai-sdk';
import { respondWithAnthropic } from './respond-with-anthropic';
import { respondWithChat } from './respond-with-chat';
import { respondWithResponses } from './respond-with-responses';

const keywords = new Set(['help', ...answers.map(({ keyword }) => keyword)]);

export function respondWith(provider: Provider): ChatKitOptions<DemoContext>['respond'] {
  const ask = askerOf(provider);
  return (turn) => {
    const isKeyword = turn.input && keywords.has(textOf(turn.input).toLowerCase());
    // The questions of the keyword `questions` are not the model's.
    if (isKeyword || turn.completed.some(({ type }) => type === 'structured_input')) return respondByKeyword(turn);
    return ask(turn);
  };
}

function askerOf(provider: Provider): (turn: ModelTurn) => HookEvents {
  if (provider.api === 'ai-sdk') return (turn) => respondWithAiSdk(turn, provider.model, provider.systemPrompt);
  if (provider.api === 'anthropic') {
    const { apiKey, baseURL } = provider;
    const anthropic = new Anthropic({ apiKey, baseURL });
    return (turn) => respondWithAnthropic(turn, anthropic, provider);
  }
  const client = clientOf(provider);
  const ask = provider.api === 'responses' ? respondWithResponses : respondWithChat;
  return (turn) => ask(turn, client, provider);
}

/** Dictation by a speech model, where the provider has one; else undefined. */
export function transcribeBy(provider: Provider): ChatKitOptions<DemoContext>['transcribe'] {
  if (provider.api !== 'responses') return undefined;
  return transcribeWith(clientOf(provider), { model: 'gpt-4o-mini-transcribe' });
}

function clientOf({ apiKey, baseURL }: OpenAIProvider): OpenAI {
  return new OpenAI({ apiKey, baseURL });
}
