// Handlers of actions, each with a schema for its payload: the option `actions`, and the helper of the same name.
import type { $ZodType, util } from 'zod/v4/core';
import { ChatKitError, CustomStreamError, type ErrorIssue } from '../errors';
import type { ActionTurn, HookEvents } from '../hooks';
import type { Action, HookEventInput, ThreadItemInput } from '../protocol';
import { isAsyncIterable } from './async-iterable';

/** The argument of a handler: the turn of the action hooks, and the parsed payload. */
export interface TypedActionTurn<TContext, Payload> extends ActionTurn<TContext> {
  /** The result of the schema: with its defaults, and without keys that the schema does not name. */
  payload: Payload;
}

type Updated = { updated_item?: ThreadItemInput | null | undefined } | void;
type Answer = HookEvents | Updated;

/** A zod schema, of zod's own interface or that of zod/mini. */
export interface PayloadSchema<Payload> extends $ZodType<Payload> {
  safeParseAsync(data: unknown): Promise<util.SafeParseResult<unknown>>;
}

/** The handler of one type of action. */
export interface ActionHandler<TContext, Payload> {
  /** The schema of the payload. Without a schema the handler receives no payload, and a payload that is sent is dropped. */
  payload?: PayloadSchema<Payload>;
  /**
   * Handles the action. An async generator answers with a stream, as the `action` hook does. A function that
   * returns `{ updated_item }` or nothing answers once, as the `syncAction` hook does. If the client expects a stream, the
   * item is sent as `thread.item.replaced`. The result of `replaceWidget`, or a promise of it, answers both.
   */
  handle(turn: TypedActionTurn<TContext, Payload>): Answer | Promise<Answer>;
}

/** The handlers by the type of their action. */
export type ActionHandlers<TContext, Payloads> = {
  [Type in keyof Payloads]: ActionHandler<TContext, Payloads[Type]>;
};

/** Handlers as the option `actions` has them. The types of the payloads are known only at run time. */
export type ActionMap<TContext> = ActionHandlers<TContext, Record<string, unknown>>;

/**
 * Returns the handler unchanged. TypeScript infers the type of the payload from the schema:
 *
 * ```ts
 * chatkitMiddleware<User>({ store, respond, actions: {
 *   'todo.done': defineAction({ payload: z.object({ id: z.string() }), handle: (turn) => finish(turn, turn.payload.id) }),
 * } });
 * ```
 */
export function defineAction<TContext, Payload>(
  handler: ActionHandler<TContext, Payload>,
): ActionHandler<TContext, Payload> {
  return handler;
}

/** The two hooks for the options of `chatkitMiddleware`. */
export interface ActionHooks<TContext> {
  action: (turn: ActionTurn<TContext>) => HookEvents;
  syncAction: (turn: ActionTurn<TContext>) => Promise<{ updated_item?: ThreadItemInput | null | undefined }>;
}

/**
 * Returns the hooks `action` and `syncAction`, made from a handler for each type of action.
 *
 * A hook that wraps one of them still refuses before the stream starts, unless the wrapper does slow work first.
 *
 * Use the option `actions` of `chatkitMiddleware` instead. This function will be removed in a later release.
 */
export function actions<TContext>(): <Payloads>(handlers: ActionHandlers<TContext, Payloads>) => ActionHooks<TContext>;
export function actions<Payloads>(handlers: ActionHandlers<unknown, Payloads>): ActionHooks<unknown>;
export function actions(handlers?: ActionMap<unknown>): unknown {
  return handlers ? hooksFor(handlers) : hooksFor;
}

/** The types that the hooks of {@link actions} handle, so that a second handler for a type is found at construction. */
const typesOfHooks = new WeakMap<object, readonly string[]>();

/** Returns the types of actions that both a hook of {@link actions} and the map handle. */
export function handledTwice(hook: unknown, map: object): string[] {
  const types = typeof hook === 'function' ? (typesOfHooks.get(hook) ?? []) : [];
  return types.filter((type) => Object.hasOwn(map, type));
}

function hooksFor<TContext>(handlers: ActionMap<TContext>): ActionHooks<TContext> {
  const hooks: ActionHooks<TContext> = {
    async *action(turn) {
      const checked = await checkAction(handlers, turn.action).catch((error: unknown) => {
        throw asStreamError(error);
      });
      yield* streamAction(checked, turn);
    },
    async syncAction(turn) {
      return answerAction(await checkAction(handlers, turn.action), turn);
    },
  };
  for (const hook of Object.values(hooks)) typesOfHooks.set(hook as object, Object.keys(handlers));
  return hooks;
}

/** An action with a valid payload, and its handler. */
export interface CheckedAction<TContext> {
  handler: ActionHandler<TContext, unknown>;
  payload: unknown;
}

/**
 * Finds the handler of an action and checks the payload, once.
 * @throws ChatKitError `invalid_request` for an unknown type and for a payload that does not fit.
 */
export async function checkAction<TContext>(
  handlers: ActionMap<TContext>,
  { type, payload }: Action,
): Promise<CheckedAction<TContext>> {
  const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
  if (!handler) throw refusal(['action', 'type'], [{ path: [], message: 'there is no such action' }]);
  if (!handler.payload) return { handler, payload: undefined };
  const parsed = await handler.payload.safeParseAsync(payload);
  if (parsed.success) return { handler, payload: parsed.data };
  throw refusal(['action', 'payload'], parsed.error.issues);
}

/** Answers a checked action with a stream. A ChatKitError of the handler is shown to the user. */
export async function* streamAction<TContext>(
  { handler, payload }: CheckedAction<TContext>,
  turn: ActionTurn<TContext>,
): AsyncGenerator<HookEventInput, void, undefined> {
  try {
    const result = await handler.handle({ ...turn, payload });
    if (isAsyncIterable<HookEventInput>(result)) yield* result;
    else if (result?.updated_item) yield { type: 'thread.item.replaced', item: result.updated_item };
  } catch (error) {
    throw asStreamError(error);
  }
}

/** Answers a checked action once. @throws ChatKitError `invalid_request` for a handler that answers with a stream. */
export async function answerAction<TContext>(
  { handler, payload }: CheckedAction<TContext>,
  turn: ActionTurn<TContext>,
): Promise<{ updated_item?: ThreadItemInput | null | undefined }> {
  const result = await handler.handle({ ...turn, payload });
  if (isAsyncIterable(result) && !('updated_item' in result)) {
    throw refusal(['action', 'type'], [{ path: [], message: 'answers with a stream: send threads.custom_action' }]);
  }
  return (result ?? {}) as Exclude<Updated, void>;
}

/** Converts an error for a stream, which shows the message of a CustomStreamError only. */
function asStreamError(error: unknown): unknown {
  return error instanceof ChatKitError ? new CustomStreamError(error.message, { cause: error }) : error;
}

/**
 * Returns the ChatKitError behind an error that {@link actions} threw because of the action itself, or undefined for any
 * other error.
 */
export function refusedAction(error: unknown): ChatKitError | undefined {
  const cause = error instanceof CustomStreamError ? error.cause : error;
  if (!(cause instanceof ChatKitError) || cause.code !== 'invalid_request') return undefined;
  const [first] = cause.issues ?? [];
  return first?.path[0] === 'params' && first.path[1] === 'action' ? cause : undefined;
}

/** Makes an `invalid_request` that names each field at fault. */
function refusal(within: string[], found: readonly { path: PropertyKey[]; message: string }[]): ChatKitError {
  const issues: ErrorIssue[] = found.map(({ path, message }) => ({
    path: ['params', ...within, ...path.map((key) => (typeof key === 'symbol' ? String(key) : key))],
    message,
  }));
  const message = issues.map(({ path, message: what }) => `${path.join('.')}: ${what}`).join('; ');
  return new ChatKitError('invalid_request', message.slice(0, 1000), { issues });
}
