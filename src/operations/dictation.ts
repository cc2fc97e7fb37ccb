// Dictation: input.transcribe, and a recording that is sent as a form.
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { IncomingFile } from '../uploads/receive-upload';
import { checkAdmitted } from '../admit';
import { decodeBase64 } from './base64';
import { checkFormSize, type IncomingForm } from './files';
import { GrowingBytes } from './growing-bytes';
import { invalidField } from './lookup';
import type { JsonOperation, OperationScope } from './operation';

export const transcribe: JsonOperation<'input.transcribe'> = async ({ audio_base64, mime_type }, scope) => {
  checkHook(scope.options);
  const audio = scope.audio ?? decodeBase64(audio_base64);
  if (!audio) throw invalidField(['audio_base64'], 'is not base64');
  return transcribeAudio(audio, mime_type, scope);
};

/** Transcribes a recording that is sent as a form, such as by a voice button of the page. */
export async function transcribeForm<TContext>(
  form: IncomingForm,
  scope: Pick<OperationScope<TContext>, 'options' | 'context'>,
): Promise<{ text: string }> {
  const { options } = scope;
  checkHook(options);
  const { data, mimeType } = await form.read({
    maxBytes: checkFormSize(form, options.maxAudioBytes, () => tooMuchAudio(options)),
    receive: async (file) => {
      await checkAdmitted({ type: 'input.transcribe', params: { audio_base64: '', mime_type: file.mimeType } }, scope);
      return readAudio(file, options, form.size ?? 0);
    },
    undo: async () => undefined,
  });
  if (data.length === 0) throw new ChatKitError('invalid_request', 'file: the file is empty');
  return transcribeAudio(data, mimeType, scope);
}

/**
 * Reads the recording into memory, because speech models need all of it. Rejects and stops reading at the limit.
 * @param expected How many bytes are expected, 0 when that is not known.
 */
async function readAudio<TContext>(
  { source, mimeType, signal }: IncomingFile,
  options: ResolvedOptions<TContext>,
  expected: number,
): Promise<{ data: Buffer; mimeType: string }> {
  const bytes = new GrowingBytes({ expected, max: options.maxAudioBytes });
  let size = 0;
  let stop: () => void = () => undefined;
  const whole = new Promise<void>((resolve, reject) => {
    const leave = () => reject(signal.reason as Error);
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > options.maxAudioBytes) reject(tooMuchAudio(options));
      else bytes.append(chunk);
    };
    stop = () => {
      signal.removeEventListener('abort', leave);
      source.off('data', onData).off('end', resolve).pause();
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    source.on('data', onData).once('end', resolve).on('error', reject); // stays: a late error must not end the process
  });
  await whole.finally(stop);
  return { data: bytes.bytes, mimeType };
}

/**
 * Calls the hook for the text of a recording.
 * @throws ChatKitError `not_implemented`, `too_large`
 */
async function transcribeAudio<TContext>(
  data: Buffer,
  mimeType: string,
  { options, context }: Pick<OperationScope<TContext>, 'options' | 'context'>,
): Promise<{ text: string }> {
  checkHook(options);
  if (data.length > options.maxAudioBytes) throw tooMuchAudio(options);
  const mediaType = mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const returned: unknown = await options.transcribe({ audio: { data, mimeType, mediaType }, context });
  const { text } = Object(returned) as { text?: unknown };
  if (typeof text !== 'string') throw new TypeError('`transcribe` must return { text }, and text must be a string');
  return { text };
}

/** @throws ChatKitError `not_implemented` */
function checkHook<TContext>(
  options: ResolvedOptions<TContext>,
): asserts options is ResolvedOptions<TContext> & Required<Pick<ResolvedOptions<TContext>, 'transcribe'>> {
  if (options.transcribe) return;
  options.logger.error({}, 'dictation arrived, but there is no hook for it: add `transcribe` to the options');
  throw new ChatKitError('not_implemented', 'This server does not accept dictation');
}

function tooMuchAudio({ maxAudioBytes }: { maxAudioBytes: number }): ChatKitError {
  return new ChatKitError('too_large', `A dictation may have at most ${maxAudioBytes} bytes`);
}
