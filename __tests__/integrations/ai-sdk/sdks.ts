// The versions of `ai` that Jest can load, each with a provider of its time.
import * as ai6 from 'ai';
import * as ai5 from 'ai5';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createOpenAICompatible as createOpenAICompatible5 } from 'ai-sdk-openai5';
import type { MakeModel, Sdk } from './play';

export const chat6: MakeModel = (baseURL) => createOpenAICompatible({ name: 'local', baseURL, apiKey: 'key' })('m');
const chat5: MakeModel = (baseURL) => createOpenAICompatible5({ name: 'local', baseURL, apiKey: 'key' })('m');

export const sdk6 = ai6 as unknown as Sdk;
/** Each version, and its model in the format of Chat Completions. */
export const sdks: [string, Sdk, MakeModel][] = [
  ['ai 5', ai5, chat5],
  ['ai 6', sdk6, chat6],
];
