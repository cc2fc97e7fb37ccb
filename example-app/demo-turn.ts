// The types that the hooks of the example share: the context of a request, and the turns of hooks.
import type { RespondTurn, Turn, UserMessageItem } from 'chatkit-express';

/** The context of a request. The `context` option in app.ts makes it, and the store and every hook receive it. */
export interface DemoContext {
  /** The owner of the threads. */
  userId: string;
  /** Waits as long as a model takes for this number of words. Rejects when the signal is aborted. */
  pause: (words: number, signal: AbortSignal) => Promise<void>;
}

/** The turn of any hook. */
export type DemoTurn = Turn<DemoContext>;

/** The turn of an answer to a message. */
export type MessageTurn = RespondTurn<DemoContext> & { input: UserMessageItem };

/** The turn of an answer by a model. After a client tool it has no input. */
export type ModelTurn = RespondTurn<DemoContext>;
