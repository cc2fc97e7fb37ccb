// transcribeWith(): dictation by a speech model.
import type { Audio } from '../../hooks';
import type { BaseOptions } from '../../options';
import { isObject } from '../../protocol/json';

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
 * Writes down what any other model hears: `file` has a name that fits its type. Returns the text, or an object with the text,
 * as `experimental_transcribe` of `ai` does.
 */
export type TranscribeFile = (audio: Audio & { file: File }) => Transcript | PromiseLike<Transcript>;
type Transcript = string | { readonly text: string };

type TranscribeHook<TContext> = NonNullable<BaseOptions<TContext>['transcribe']>;

/**
 * Returns the `transcribe` hook of chatkitMiddleware: `transcribe: transcribeWith(client, { model })`. A function asks a
 * model of any other package: `transcribeWith(({ data }) => transcribe({ model, audio: data }))`. The client gets `internal`
 * for what the provider throws, and for an answer that is not a text; the log has it whole.
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
