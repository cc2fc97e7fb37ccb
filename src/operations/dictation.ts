// input.transcribe: dictation.
import { ChatKitError } from '../errors';
import type { JsonOperation } from './operation';
import { invalidField } from './refuse';

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

export const transcribe: JsonOperation<'input.transcribe'> = async ({ audio_base64, mime_type }, scope) => {
  const { options, context } = scope;
  if (!options.transcribe) {
    options.logger.error({}, 'dictation came and there is no hook for it: add `transcribe` to the options');
    throw new ChatKitError('not_implemented', 'This server does not take dictation');
  }
  if (!base64.test(audio_base64)) throw invalidField(['audio_base64'], 'is not base64');
  const data = Buffer.from(audio_base64, 'base64');
  if (data.length > options.maxAudioBytes) {
    throw new ChatKitError('too_large', `A dictation can have ${options.maxAudioBytes} bytes`);
  }
  const mediaType = mime_type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const { text } = await options.transcribe({ audio: { data, mimeType: mime_type, mediaType }, context });
  return { text };
};
