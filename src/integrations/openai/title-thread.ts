// titleThread(): lets a model name a thread after its first message.
import { consoleLogger, type Logger } from '../../logger';
import type { RespondTurn } from '../../hooks';

/** What is called of the client of `openai`: any provider's will do. */
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

/** Options of {@link titleThread}. */
export interface TitleThreadOptions {
  /** A small and quick one is enough. */
  model: string;
  /** What the model is told to do. Default: a title of a few words, in the language of the message. */
  instructions?: string | undefined;
  /** Longer titles are cut off. Default 80. */
  maxCharacters?: number | undefined;
  /** How long the model may take, in milliseconds: an answer that is there must not wait for its title. Default 20,000. */
  timeoutMs?: number | undefined;
  /** Default: warnings on the console. */
  logger?: Logger | undefined;
}

const defaultInstructions =
  'Write a title for a conversation that begins with the following message: at most six words, in the language of the ' +
  'message, without quotation marks and without a full stop. Answer with the title only.';
/** Enough to tell what a message is about. */
const maxMessageCharacters = 2000;

/**
 * Gives a thread without a title the one that a model finds for the user's message. Start it beside the answer:
 *
 * ```ts
 * const titled = titleThread(turn, client, { model });
 * yield* streamResponse(turn, stream);
 * await titled;
 * ```
 *
 * Does nothing when the thread has a title or there is no message with words. It never rejects: a title is not worth an
 * answer, so a failure is a warning in the log and the thread stays without one.
 */
export async function titleThread<TContext>(
  { thread, input, signal }: Pick<RespondTurn<TContext>, 'thread' | 'input' | 'signal'>,
  client: ChatClient,
  options: TitleThreadOptions,
): Promise<void> {
  const { model, instructions = defaultInstructions, maxCharacters = 80, logger = consoleLogger } = options;
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 20_000);
  const said = input?.content
    .map(({ text }) => text)
    .join('')
    .trim()
    .slice(0, maxMessageCharacters);
  if (thread.title || !said) return;
  try {
    const answer = await client.chat.completions.create(
      {
        model,
        messages: [
          { role: 'system', content: instructions },
          { role: 'user', content: said },
        ],
      },
      { signal: AbortSignal.any([signal, timeout]) },
    );
    const title = cleaned(answer.choices[0]?.message?.content ?? '', maxCharacters);
    // The user may have named it meanwhile, and a cancelled run saves nothing.
    if (title !== '' && !thread.title && !signal.aborted) thread.title = title;
  } catch (error) {
    if (!signal.aborted) logger.warn({ err: error, thread_id: thread.id }, 'a thread could not be given a title');
  }
}

/** The first line, without the quotation marks and the full stop that models cannot leave away. */
function cleaned(text: string, maxCharacters: number): string {
  const [line = ''] = text.trim().split('\n', 1);
  const plain = line.replace(/^["'“„«*#\s]+|["'”“»*.\s]+$/gu, '');
  return Array.from(plain).slice(0, maxCharacters).join('').trim();
}
