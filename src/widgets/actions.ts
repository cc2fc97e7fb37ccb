// actions(): the `action` and `syncAction` hooks from a map of handlers, each with a schema for its payload.
import type { z } from 'zod';
import { ChatKitError, CustomStreamError, type ErrorIssue } from '../errors';
import type { ActionTurn, HookEvents } from '../hooks';
import type { Action, HookEventInput, ThreadItemInput } from '../protocol';
import { isAsyncIterable } from './async-iterable';

/** What a handler is given: the turn of the action hooks, and the payload as its schema left it. */
export interface TypedActionTurn<TContext, Payload> extends ActionTurn<TContext> {
  /** Checked. What the schema does not name is not in it, and its defaults are. */
  payload: Payload;
}

type Updated = { updated_item?: ThreadItemInput | null } | void;
type Answer = HookEvents | Updated;

/** One entry of {@link actions}. */
export interface ActionHandler<TContext, Payload> {
  /** What the payload must be. Without it the action takes none, and what comes is dropped. */
  payload?: z.ZodType<Payload>;
  /**
   * Does what the action asks for. An async generator answers a stream, as the `action` hook does. A function that
   * returns `{ updated_item }` or nothing answers once, as the `syncAction` hook does; for an action that wants a stream
   * its item is sent as `thread.item.replaced`. What `replaceWidget` gives does for both, and so does a promise of it.
   */
  handle(turn: TypedActionTurn<TContext, Payload>): Answer | Promise<Answer>;
}

/** The handlers by the type of their action. */
export type ActionHandlers<TContext, Payloads> = {
  [Type in keyof Payloads]: ActionHandler<TContext, Payloads[Type]>;
};

/** Two hooks for the options of `chatkitMiddleware`. */
export interface ActionHooks<TContext> {
  action: (turn: ActionTurn<TContext>) => HookEvents;
  syncAction: (turn: ActionTurn<TContext>) => Promise<{ updated_item?: ThreadItemInput | null }>;
}

/**
 * The `action` and `syncAction` hooks, made of a handler for each type of action:
 *
 * ```ts
 * chatkitMiddleware({ store, respond, ...actions({
 *   'todo.done': { payload: z.object({ id: z.string() }), handle: (turn) => finish(turn, turn.payload.id) },
 * }) });
 * ```
 *
 * Payloads are untrusted. An action of an unknown type, or with a payload that does not fit, is refused with a 400
 * (`invalid_request`, naming the field) before a stream starts. So is an action with `streaming: false` whose handler
 * streams. A ChatKitError that a handler throws is told to the client: as the answer, or as the stream's `error`.
 *
 * For a context of your own: `actions<Context>()({ … })`, since TypeScript infers all type arguments or none.
 */
export function actions<TContext>(): <Payloads>(handlers: ActionHandlers<TContext, Payloads>) => ActionHooks<TContext>;
export function actions<Payloads>(handlers: ActionHandlers<unknown, Payloads>): ActionHooks<unknown>;
export function actions(handlers?: AnyHandlers): unknown {
  return handlers ? hooksFor(handlers) : hooksFor;
}

// Inside, the payload has just been parsed by the schema beside the handler, which a lookup cannot show.
type AnyHandlers = Record<string, ActionHandler<unknown, unknown>>;

/** Marks an `action` hook that can refuse an action before its stream starts. Of any copy of this module. */
const checkKey = Symbol.for('chatkit-express.action.check');
type Checked = Partial<Record<typeof checkKey, (action: Action) => Promise<unknown>>>;

/** Refuses what the `action` hook would refuse, where it is one that {@link actions} made. @throws ChatKitError */
export async function refuseBadAction(options: { readonly action?: unknown }, action: Action): Promise<void> {
  await (options.action as Checked | undefined)?.[checkKey]?.(action);
}

function hooksFor(handlers: AnyHandlers): ActionHooks<unknown> {
  const check = (action: Action) => checked(handlers, action);
  const action: ActionHooks<unknown>['action'] = (turn) => streamed(turn, check);
  return {
    action: Object.assign(action, { [checkKey]: check }),
    async syncAction(turn) {
      const { handler, payload } = await check(turn.action);
      const result = await handler.handle({ ...turn, payload });
      if (isAsyncIterable(result) && !('updated_item' in result)) {
        throw refusal(['action', 'type'], [{ path: [], message: 'answers with a stream: send threads.custom_action' }]);
      }
      return { updated_item: (result as Exclude<Updated, void> | undefined)?.updated_item };
    },
  };
}

async function* streamed(
  turn: ActionTurn<unknown>,
  check: (action: Action) => ReturnType<typeof checked>,
): AsyncGenerator<HookEventInput, void, undefined> {
  try {
    const { handler, payload } = await check(turn.action);
    const result = await handler.handle({ ...turn, payload });
    if (isAsyncIterable<HookEventInput>(result)) yield* result;
    else if (result?.updated_item) yield { type: 'thread.item.replaced', item: result.updated_item };
  } catch (error) {
    if (error instanceof ChatKitError) throw new CustomStreamError(error.message, { cause: error });
    throw error;
  }
}

async function checked(handlers: AnyHandlers, { type, payload }: Action) {
  const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
  if (!handler) throw refusal(['action', 'type'], [{ path: [], message: 'there is no such action' }]);
  if (!handler.payload) return { handler, payload: undefined };
  const parsed = await handler.payload.safeParseAsync(payload);
  if (parsed.success) return { handler, payload: parsed.data };
  throw refusal(['action', 'payload'], parsed.error.issues);
}

/** An `invalid_request` that names each field at fault. */
function refusal(within: string[], found: readonly { path: PropertyKey[]; message: string }[]): ChatKitError {
  const issues: ErrorIssue[] = found.map(({ path, message }) => ({
    path: ['params', ...within, ...path.map((key) => (typeof key === 'symbol' ? String(key) : key))],
    message,
  }));
  const message = issues.map(({ path, message: what }) => `${path.join('.')}: ${what}`).join('; ');
  return new ChatKitError('invalid_request', message.slice(0, 1000), { issues });
}
