// `respond` with a model behind it. A message that is one of the keywords, and nothing else, still shows the keyword.
import type { ChatKitOptions } from 'chatkit-express';
import { transcribeWith } from 'chatkit-express/openai';
import OpenAI from 'openai';
import { answers } from '../answers';
import { respond as respondByKeyword } from '../assistant';
import type { DemoContext } from '../demo-turn';
import { textOf } from '../say';
import type { Provider } from './provider';
import { respondWithChat } from './respond-with-chat';
import { respondWithResponses } from './respond-with-responses';

const keywords = new Set(['help', ...answers.map(({ keyword }) => keyword)]);

export function respondWith(provider: Provider): ChatKitOptions<DemoContext>['respond'] {
  const client = clientOf(provider);
  const ask = provider.api === 'responses' ? respondWithResponses : respondWithChat;
  return (turn) => {
    const isKeyword = turn.input && keywords.has(textOf(turn.input).toLowerCase());
    // The questions of the keyword `questions` are not the model's.
    if (isKeyword || turn.completed.some(({ type }) => type === 'structured_input')) return respondByKeyword(turn);
    return ask(turn, client, provider);
  };
}

/** Dictation by a speech model, where the provider has one; else undefined. */
export function transcribeBy(provider: Provider): ChatKitOptions<DemoContext>['transcribe'] {
  if (provider.api !== 'responses') return undefined;
  return transcribeWith(clientOf(provider), { model: 'gpt-4o-mini-transcribe' });
}

function clientOf({ apiKey, baseURL }: Provider): OpenAI {
  return new OpenAI({ apiKey, baseURL });
}
