// The types that the hooks of the example share: the context of a request, and the turns of hooks.
import type { RespondTurn, Turn, UserMessageItem } from 'chatkit-express';

/** The context of a request. The `context` option in app.ts makes it, and the store and every hook receive it. */
export interface DemoContext {
  /** The owner of the threads. */
  userId: string;
  /** The pause between two words, in milliseconds. The tests use 0. */
  pauseMs: number;
}

/** The turn of any hook. */
export type DemoTurn = Turn<DemoContext>;

/** The turn of an answer to a message. */
export type MessageTurn = RespondTurn<DemoContext> & { input: UserMessageItem };

/** The turn of an answer by a model. After a client tool it has no input. */
export type ModelTurn = RespondTurn<DemoContext>;
