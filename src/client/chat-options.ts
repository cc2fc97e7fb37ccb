// The options of a chat, and what it reports.
import type { Action } from '../protocol';
import type { RequestError } from './request-error';
import type { ItemOf } from './wire';

/** A call of a tool that runs in the page. */
export type ClientToolCall = ItemOf<'client_tool_call'>;

/** The action of a widget, as its button has it. */
export interface ClientAction extends Action {
  /** `client` for an action of the page itself. Default `server`. */
  handler?: 'server' | 'client' | undefined;
  /** False for an action that is answered with JSON. Default true. */
  streaming?: boolean | undefined;
  loadingBehavior?: string | undefined;
}

/** A problem outside of the thread. */
export interface ChatProblem {
  message: string;
  /** The HTTP status. Undefined when there was no answer. */
  status?: number | undefined;
  /** The type of the request. */
  during: string;
  error?: RequestError | undefined;
}

/** Options of {@link Chat}. */
export interface ChatOptions {
  /**
   * Runs a client tool. Resolves to its result, which is sent to the server when the stream has ended. Without it the
   * calls are reported as a problem.
   */
  onClientTool?: ((call: ClientToolCall) => Promise<unknown>) | undefined;
  /** Called for each `client_effect`. */
  onEffect?: ((name: string, data: Record<string, unknown>) => void) | undefined;
  /** Called for an action of a widget whose handler is `client`. */
  onWidgetAction?: ((action: ClientAction, item: ItemOf<'widget'>) => void) | undefined;
  /**
   * Called for each problem outside of the thread: a refused request, an event that cannot be read, a Stop that did not
   * reach the server. Default: writes a warning to the console.
   */
  onProblem?: ((problem: ChatProblem) => void) | undefined;
  /** The number of rows of each page. Default 9999, as in the official client. Servers return fewer. */
  pageSize?: number | undefined;
  /** Returns the time of a message that the server has not confirmed. Default: the current time. */
  now?: (() => Date) | undefined;
}

/** Writes a problem to the console. */
export function warnOf({ message, during }: ChatProblem): void {
  console.warn(`chatkit-express: ${message} (${during})`);
}
