// transcribeWith(): dictation by a speech model.
import type { Audio } from '../../hooks';
import type { BaseOptions } from '../../options';

/** What is called of the client of `openai`. */
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
  /** Such as `gpt-4o-mini-transcribe` or `whisper-1`. */
  model: string;
  /** ISO 639-1, such as `de`. Default: the model finds out. */
  language?: string | undefined;
  /** Names and words that are likely to be said. Default: none. */
  prompt?: string | undefined;
}

/**
 * The `transcribe` hook of chatkitMiddleware: `transcribe: transcribeWith(client, { model })`. What the provider throws is
 * told to the client as `internal`, and is whole in the log.
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

/** The API goes by the ending of the file's name. */
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
