// input.transcribe: dictation.
import { ChatKitError } from '../errors';
import type { JsonOperation } from './operation';
import { invalidField } from './refuse';

/** Base64, also without its padding. */
function isBase64(text: string): boolean {
  const letters = text.endsWith('=') ? text.replace(/={1,2}$/, '') : text;
  // One letter is six bits: no byte ends there.
  return /^[A-Za-z0-9+/]+$/.test(letters) && letters.length % 4 !== 1;
}

export const transcribe: JsonOperation<'input.transcribe'> = async ({ audio_base64, mime_type }, scope) => {
  const { options, context } = scope;
  if (!options.transcribe) {
    options.logger.error({}, 'dictation came and there is no hook for it: add `transcribe` to the options');
    throw new ChatKitError('not_implemented', 'This server does not take dictation');
  }
  if (!isBase64(audio_base64)) throw invalidField(['audio_base64'], 'is not base64');
  const data = Buffer.from(audio_base64, 'base64');
  if (data.length > options.maxAudioBytes) {
    throw new ChatKitError('too_large', `A dictation can have ${options.maxAudioBytes} bytes`);
  }
  const mediaType = mime_type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const { text } = await options.transcribe({ audio: { data, mimeType: mime_type, mediaType }, context });
  return { text };
};
