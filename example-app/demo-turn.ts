// The types that the example's hooks share: what a request's context holds, and what a hook is given.
import type { RespondTurn, Turn, UserMessageItem } from 'chatkit-express';

/** Made for each request by the `context` option in app.ts; the store and every hook get it. */
export interface DemoContext {
  /** Whose threads these are. */
  userId: string;
  /** How long the assistant waits between two words, in milliseconds. The tests say 0. */
  pauseMs: number;
}

/** What every hook is given. */
export type DemoTurn = Turn<DemoContext>;

/** What an answer to a message of the user is given: `input` is there. */
export type MessageTurn = RespondTurn<DemoContext> & { input: UserMessageItem };

/** What an answer by a model is given: after a client tool there is no input. */
export type ModelTurn = RespondTurn<DemoContext>;
