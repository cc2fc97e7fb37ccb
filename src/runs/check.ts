// Checks the events of a hook before they are stored or sent. The result is a copy of our own, with defaults.
import { type Logger, sharedLogger } from '../logger';
import {
  type HookEvent,
  HookEventSchema,
  type Thread,
  type ThreadItem,
  ThreadItemSchema,
  type Schema,
  ThreadSchema,
} from '../protocol';
import { copyJson } from '../protocol/json';
import { eachUnknown } from '../protocol/widgets/unknown';
import { isPromise, yieldRemedy } from './hook-mistakes';

/**
 * A hook yielded a value that is not an event of the protocol. This is a mistake in the application, so it is only
 * logged.
 */
export class InvalidEventError extends Error {
  /** The event as the hook yielded it. */
  readonly event: unknown;

  constructor(message: string, event: unknown, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvalidEventError';
    this.event = event;
  }
}

/** An update that adds text to a message. An answer has hundreds of these events. */
export interface TextDeltaEvent {
  type: 'thread.item.updated';
  item_id: string;
  update: { type: 'assistant_message.content_part.text_delta'; content_index: number; delta: string };
}

/**
 * Returns a copy of `event` when it is a well-formed text delta, else undefined. A schema would cost more than all
 * other work for the delta.
 */
export function asTextDelta(event: unknown): TextDeltaEvent | undefined {
  const { type, item_id, update } = event as { [Key in keyof TextDeltaEvent]?: unknown };
  if (type !== 'thread.item.updated' || typeof item_id !== 'string' || item_id === '') return undefined;
  if (typeof update !== 'object' || update === null) return undefined;
  const { type: kind, content_index, delta } = update as { [Key in keyof TextDeltaEvent['update']]?: unknown };
  if (kind !== 'assistant_message.content_part.text_delta' || typeof delta !== 'string') return undefined;
  if (typeof content_index !== 'number' || !Number.isSafeInteger(content_index) || content_index < 0) return undefined;
  return { type, item_id, update: { type: kind, content_index, delta } };
}

/**
 * Returns a checked copy of an event, with defaults filled in.
 * @throws InvalidEventError which names the invalid field.
 */
export function checkEvent(event: unknown): HookEvent {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw notAnEvent(event);
  const parsed = HookEventSchema.safeParse(copied(event, event));
  if (parsed.success) return parsed.data;
  const { type } = event as { type?: unknown };
  if (yieldRemedy(event) !== undefined) throw notAnEvent(event);
  if (type === 'thread.updated' || type === 'thread.created') {
    throw new InvalidEventError(
      `a hook yielded ${type}: change \`turn.thread\` instead, the server sends the event`,
      event,
    );
  }
  const name = typeof type === 'string' ? type : 'something without a type';
  throw new InvalidEventError(
    `a hook yielded ${name} that is not well formed: ${describe(parsed.error, event)}`,
    event,
  );
}

function notAnEvent(event: unknown): InvalidEventError {
  return new InvalidEventError(yieldRemedy(event) ?? 'a hook yielded something that is not an event', event);
}

/**
 * Returns a checked copy of a thread that a hook has changed.
 * @throws InvalidEventError which names the invalid field.
 */
export const checkThread = (thread: unknown): Thread => checkWith(ThreadSchema, thread, 'a hook left the thread');

/**
 * Returns a checked copy of an item that a hook has returned.
 * @throws InvalidEventError which names the invalid field.
 */
export const checkItem = (item: unknown): ThreadItem => checkWith(ThreadItemSchema, item, 'a hook returned an item');

/** The warnings that each logger has received, so that each is logged once. */
const reportedOf = new WeakMap<Logger, Set<string>>();
/** The maximum number of remembered names. A model that writes widgets may invent any number of names. */
const maxNames = 1000;

/**
 * Warns about each part of an event's widget that this version does not know or does not expect, once for each logger.
 * Replaces texts in the event that are not strings by strings.
 */
export function noteUnknownWidgetParts(event: HookEvent | ThreadItem, logger: Logger): void {
  const widget = widgetOf(event);
  if (!widget) return;
  const shared = sharedLogger(logger);
  let reported = reportedOf.get(shared);
  if (!reported) reportedOf.set(shared, (reported = new Set()));
  eachUnknown(widget, (name) => {
    if (reported.has(name) || reported.size >= maxNames) return;
    reported.add(name);
    logger.warn(
      { name },
      'a widget has a part that this version does not know or does not expect there; sent all the same',
    );
  });
}

function widgetOf(event: HookEvent | ThreadItem): unknown {
  if (event.type === 'widget') return event.widget;
  if ('item' in event) return widgetOf(event.item);
  if (event.type !== 'thread.item.updated') return undefined;
  if (event.update.type === 'widget.root.updated') return event.update.widget;
  return event.update.type === 'widget.component.updated' ? event.update.component : undefined;
}

/** Corrects an item that names another thread than the thread it is stored in, and logs a warning. */
export function correctThread(item: ThreadItem, threadId: string, logger: Logger): void {
  if (item.thread_id === threadId) return;
  const fields = { thread_id: threadId, item_id: item.id, item_thread_id: item.thread_id };
  logger.warn(fields, 'an item named another thread than its own; corrected');
  item.thread_id = threadId;
}

/** Stores the id of its run with a call that waits for a result, unless the call has the id of an earlier run. */
export function markPendingCall(item: ThreadItem, runId: string): void {
  if (item.type === 'client_tool_call' && item.status === 'pending') item.run_id ??= runId;
}

function checkWith<T>(schema: Schema<T, unknown>, value: unknown, what: string): T {
  const parsed = schema.safeParse(copied(value, value));
  if (parsed.success) return parsed.data;
  throw new InvalidEventError(`${what} that is not well formed: ${describe(parsed.error, value)}`, value);
}

function copied(value: unknown, event: unknown): unknown {
  try {
    return copyJson(value);
  } catch (error) {
    throw new InvalidEventError('a hook yielded something that JSON cannot hold', event, { cause: error });
  }
}

type Issues = readonly { path: PropertyKey[]; message: string }[];

function describe({ issues }: { issues: Issues }, value: unknown): string {
  return issues
    .map(({ path, message }) => {
      const hint = isPromise(valueAt(value, path)) ? ' (a promise: write `await` before the promise)' : '';
      return `${path.map(String).join('.') || 'event'}: ${message}${hint}`;
    })
    .join('; ');
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (Object(at) as Record<PropertyKey, unknown>)[key], value);
}
