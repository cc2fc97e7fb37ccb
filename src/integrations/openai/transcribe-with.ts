// transcribeWith(): transcribes dictation with a speech model.
import type { Audio } from '../../hooks';
import type { BaseOptions } from '../../options';
import { isObject } from '../../protocol/json';

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
 * Transcribes a recording with any other model. `file` has a name that fits its type. Returns the text, or an object with the
 * text, as `experimental_transcribe` of `ai` does.
 */
export type TranscribeFile = (audio: Audio & { file: File }) => Transcript | PromiseLike<Transcript>;
type Transcript = string | { readonly text: string };

type TranscribeHook<TContext> = NonNullable<BaseOptions<TContext>['transcribe']>;

/**
 * Makes the `transcribe` hook of chatkitMiddleware: `transcribe: transcribeWith(client, { model })`. A function asks a model of
 * any other package: `transcribeWith(({ data }) => transcribe({ model, audio: data }))`. An error of the provider, and a
 * transcript that is not a text, is `internal` for the client, and is logged.
 */
export function transcribeWith<TContext = unknown>(
  client: TranscriptionClient,
  options: TranscribeOptions,
): TranscribeHook<TContext>;
export function transcribeWith<TContext = unknown>(transcribe: TranscribeFile): TranscribeHook<TContext>;
export function transcribeWith<TContext = unknown>(
  source: TranscriptionClient | TranscribeFile,
  options: Partial<TranscribeOptions> = {},
): TranscribeHook<TContext> {
  const transcribe = typeof source === 'function' ? source : askClient(source, options);
  return async ({ audio }) => {
    const answer: unknown = await transcribe({ ...audio, file: fileOf(audio) });
    const text: unknown = isObject(answer) ? answer['text'] : answer;
    if (typeof text !== 'string') throw new TypeError(`A transcript is a text, not ${typeof text}`);
    return { text };
  };
}

function askClient(
  client: TranscriptionClient,
  { model = '', language, prompt }: Partial<TranscribeOptions>,
): TranscribeFile {
  return ({ file }) =>
    client.audio.transcriptions.create({
      file,
      model,
      response_format: 'json',
      ...(language !== undefined && { language }),
      ...(prompt !== undefined && { prompt }),
    });
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
