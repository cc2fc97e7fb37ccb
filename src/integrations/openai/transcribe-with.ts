// transcribeWith(): transcribes dictation with a speech model.
import type { Audio } from '../../hooks';
import type { BaseOptions } from '../../options';

/** The part of the `openai` client that is called. */
export interface TranscriptionClient {
  audio: {
    transcriptions: {
      create(body: {
        file: File;
        model: string;
        response_format: 'json';
        language?: string;
        prompt?: string;
      }): PromiseLike<{ text: string }>;
    };
  };
}

/** Options of {@link transcribeWith}. */
export interface TranscribeOptions {
  /** The model, such as `gpt-4o-mini-transcribe` or `whisper-1`. */
  model: string;
  /** The language by ISO 639-1, such as `de`. Default: detected by the model. */
  language?: string | undefined;
  /** Names and words that are likely in the recording. Default: none. */
  prompt?: string | undefined;
}

/**
 * Makes the `transcribe` hook of chatkitMiddleware: `transcribe: transcribeWith(client, { model })`. An error of the
 * provider is `internal` for the client, and is logged.
 */
export function transcribeWith<TContext = unknown>(
  client: TranscriptionClient,
  { model, language, prompt }: TranscribeOptions,
): NonNullable<BaseOptions<TContext>['transcribe']> {
  return async ({ audio }) => {
    const { text } = await client.audio.transcriptions.create({
      file: fileOf(audio),
      model,
      response_format: 'json',
      ...(language !== undefined && { language }),
      ...(prompt !== undefined && { prompt }),
    });
    return { text };
  };
}

/** The extensions of file names, by which the API recognises the format. */
const endings: Record<string, string> = {
  'audio/webm': 'webm',
  'video/webm': 'webm',
  'audio/mp4': 'mp4',
  'audio/x-m4a': 'm4a',
  'audio/m4a': 'm4a',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/flac': 'flac',
};

function fileOf({ data, mediaType }: Audio): File {
  const ending = endings[mediaType] ?? mediaType.split('/')[1] ?? 'webm';
  return new File([Uint8Array.from(data)], `dictation.${ending}`, { type: mediaType });
}
