// input.transcribe: dictation.
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { JsonOperation, Scope } from './operation';
import { invalidField } from './refuse';

/** Base64, also without its padding. */
function isBase64(text: string): boolean {
  const letters = text.endsWith('=') ? text.replace(/={1,2}$/, '') : text;
  // One letter is six bits: no byte ends there.
  return /^[A-Za-z0-9+/]+$/.test(letters) && letters.length % 4 !== 1;
}

export const transcribe: JsonOperation<'input.transcribe'> = async ({ audio_base64, mime_type }, scope) => {
  checkHook(scope.options);
  if (!isBase64(audio_base64)) throw invalidField(['audio_base64'], 'is not base64');
  return transcribeAudio(Buffer.from(audio_base64, 'base64'), mime_type, scope);
};

/**
 * What the hook hears in a recording.
 * @throws ChatKitError `not_implemented`, `too_large`
 */
export async function transcribeAudio<TContext>(
  data: Buffer,
  mimeType: string,
  { options, context }: Pick<Scope<TContext>, 'options' | 'context'>,
): Promise<{ text: string }> {
  checkHook(options);
  if (data.length > options.maxAudioBytes) throw tooMuchAudio(options);
  const mediaType = mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const { text } = (await options.transcribe({ audio: { data, mimeType, mediaType }, context })) as { text: unknown };
  if (typeof text !== 'string') throw new TypeError('transcribe has to give { text }, and text has to be a string');
  return { text };
}

/** @throws ChatKitError `not_implemented` */
export function checkHook<TContext>(
  options: ResolvedOptions<TContext>,
): asserts options is ResolvedOptions<TContext> & Required<Pick<ResolvedOptions<TContext>, 'transcribe'>> {
  if (options.transcribe) return;
  options.logger.error({}, 'dictation came and there is no hook for it: add `transcribe` to the options');
  throw new ChatKitError('not_implemented', 'This server does not take dictation');
}

export function tooMuchAudio({ maxAudioBytes }: { maxAudioBytes: number }): ChatKitError {
  return new ChatKitError('too_large', `A dictation can have ${maxAudioBytes} bytes`);
}
