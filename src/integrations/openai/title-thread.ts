// titleThread(): asks a model for a title of a new thread.
import { messageText } from '../../answers/message-text';
import { firstCharacters } from '../../answers/title';
import { consoleLogger, type Logger } from '../../logger';
import type { RespondTurn } from '../../hooks';

/** The part of the `openai` client that is called. The client of any compatible provider fits. */
export interface ChatClient {
  chat: {
    completions: {
      create(
        body: { model: string; messages: { role: 'system' | 'user'; content: string }[]; stream?: false },
        options?: { signal?: AbortSignal },
      ): PromiseLike<{ choices: readonly { message?: { content?: string | null } | null }[] }>;
    };
  };
}

/** The request for a title. */
export interface TitleRequest {
  instructions: string;
  /** The beginning of the user's message. */
  message: string;
  /** Aborted when the turn is cancelled, and after `timeoutMs`. */
  signal: AbortSignal;
}

/** Asks any model for a title. Returns its text. */
export type AskForTitle = (request: TitleRequest) => string | PromiseLike<string>;

/** Options of {@link titleThread} with a function. */
export interface TitleOptions {
  /** The model's instructions. Default: write a title of a few words, in the language of the message. */
  instructions?: string | undefined;
  /** The maximum length of the title in characters. A character is never split. Default 80. */
  maxCharacters?: number | undefined;
  /** The maximum time of the request in milliseconds, so that an answer does not wait for its title. Default 20,000. */
  timeoutMs?: number | undefined;
  /** Receives the warnings. Default: the turn's logger. */
  logger?: Logger | undefined;
}

/** Options of {@link titleThread} with a client. */
export interface TitleThreadOptions extends TitleOptions {
  /** The model's name. A small and quick model is enough. */
  model: string;
}

type TitleTurn<TContext> = Pick<RespondTurn<TContext>, 'thread' | 'input' | 'signal'> &
  Partial<Pick<RespondTurn<TContext>, 'logger'>>;

const defaultInstructions =
  'Write a title for a conversation that begins with the following message: at most six words, in the language of the ' +
  'message, without quotation marks and without a full stop. Answer with the title only.';
/** The number of characters of a message that are sent, which is enough for a title. */
const maxMessageCharacters = 2000;

/**
 * Asks a model for a title, and sets it on a thread that has none. Run the function concurrently with the answer:
 *
 * ```ts
 * const titled = titleThread(turn, client, { model });
 * yield* streamResponse(turn, stream);
 * await titled;
 * ```
 *
 * A function asks a model of any other package:
 *
 * ```ts
 * const titled = titleThread(turn, async ({ instructions, message, signal }) => {
 *   const { text } = await generateText({ model, system: instructions, prompt: message, abortSignal: signal });
 *   return text;
 * });
 * ```
 *
 * Does nothing when the thread has a title or the message has no text. Never rejects: a failure is a warning in the
 * log, and the thread has no title.
 */
export function titleThread<TContext>(
  turn: TitleTurn<TContext>,
  client: ChatClient,
  options: TitleThreadOptions,
): Promise<void>;
export function titleThread<TContext>(
  turn: TitleTurn<TContext>,
  ask: AskForTitle,
  options?: TitleOptions,
): Promise<void>;
export async function titleThread<TContext>(
  turn: TitleTurn<TContext>,
  source: ChatClient | AskForTitle,
  options: TitleOptions & Partial<TitleThreadOptions> = {},
): Promise<void> {
  const { thread, input, signal } = turn;
  const { instructions = defaultInstructions, maxCharacters = 80 } = options;
  const logger = options.logger ?? turn.logger ?? consoleLogger;
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 20_000);
  const said = firstCharacters(messageText(input).trim(), maxMessageCharacters);
  if (thread.title || !said) return;
  const ask = typeof source === 'function' ? source : askClient(source, options.model ?? '');
  try {
    const either = AbortSignal.any([signal, timeout]);
    const answer: unknown = await orAborted(ask({ instructions, message: said, signal: either }), either);
    if (typeof answer !== 'string') throw new TypeError(`A title is a text, not ${typeof answer}`);
    const title = cleaned(answer, maxCharacters);
    // The user may have named the thread in the meantime, and a cancelled run must not save a title.
    if (title !== '' && !thread.title && !signal.aborted) thread.title = title;
  } catch (error) {
    if (!signal.aborted)
      logger.warn({ err: error, thread_id: thread.id }, 'a title for a thread could not be generated');
  }
}

/** The answer, or a rejection once the signal is aborted: a function may leave the signal out. */
async function orAborted<T>(answer: T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function askClient(client: ChatClient, model: string): AskForTitle {
  return async ({ instructions, message, signal }) => {
    const answer = await client.chat.completions.create(
      {
        model,
        messages: [
          { role: 'system', content: instructions },
          { role: 'user', content: message },
        ],
      },
      { signal },
    );
    return answer.choices[0]?.message?.content ?? '';
  };
}

/** Returns the first line, without the quotation marks and the full stop that models tend to add. */
function cleaned(text: string, maxCharacters: number): string {
  const [line = ''] = text.trim().split('\n', 1);
  const plain = line.replace(/^["'“„«*#\s]+|["'”“»*.\s]+$/gu, '');
  return firstCharacters(plain, maxCharacters).trim();
}
