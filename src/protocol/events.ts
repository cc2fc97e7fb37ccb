// The events of a stream: an interface and a schema for each type.
import { z } from 'zod';
import { type Icon, IconSchema } from './icons';
import { type ThreadItem, type ThreadItemInput, ThreadItemSchema } from './items';
import type { JsonObject } from './json';
import { named, namedUnion } from './named-schema';
import { defaulted, jsonObject, openObject, optional } from './schema';
import type { ClientThread } from './threads';
import { type ThreadItemUpdate, type ThreadItemUpdateInput, ThreadItemUpdateSchema } from './updates';

/** Shows an item that is not finished yet, as a hook may write the event: keys with a default may be left out. */
export interface ThreadItemAddedEventInput {
  type: 'thread.item.added';
  item: ThreadItemInput;
}
/** Shows an item that is not finished yet. The item is stored with its `thread.item.done`. */
export interface ThreadItemAddedEvent extends ThreadItemAddedEventInput {
  item: ThreadItem;
}
const itemAdded = openObject({ type: z.literal('thread.item.added'), item: ThreadItemSchema });
export const ThreadItemAddedEventSchema = named<ThreadItemAddedEvent, ThreadItemAddedEventInput>()(itemAdded);

/** Changes an item that was added, as a hook may write the event. */
export interface ThreadItemUpdatedEventInput {
  type: 'thread.item.updated';
  item_id: string;
  update: ThreadItemUpdateInput;
}
/** Changes an item that was added and is not finished yet. */
export interface ThreadItemUpdatedEvent extends ThreadItemUpdatedEventInput {
  update: ThreadItemUpdate;
}
const itemUpdated = openObject({
  type: z.literal('thread.item.updated'),
  item_id: z.string().min(1),
  update: ThreadItemUpdateSchema,
});
export const ThreadItemUpdatedEventSchema = named<ThreadItemUpdatedEvent, ThreadItemUpdatedEventInput>()(itemUpdated);

/** Finishes an item and stores it, as a hook may write the event. */
export interface ThreadItemDoneEventInput {
  type: 'thread.item.done';
  item: ThreadItemInput;
}
/** Finishes an item and stores it. The item need not have been added before. */
export interface ThreadItemDoneEvent extends ThreadItemDoneEventInput {
  item: ThreadItem;
}
const itemDone = openObject({ type: z.literal('thread.item.done'), item: ThreadItemSchema });
export const ThreadItemDoneEventSchema = named<ThreadItemDoneEvent, ThreadItemDoneEventInput>()(itemDone);

/** Removes an item from the page and from the store. */
export interface ThreadItemRemovedEvent {
  type: 'thread.item.removed';
  item_id: string;
}
const itemRemoved = openObject({ type: z.literal('thread.item.removed'), item_id: z.string().min(1) });
export const ThreadItemRemovedEventSchema = named<ThreadItemRemovedEvent>()(itemRemoved);

/** Replaces an item on the page and in the store, as a hook may write the event. */
export interface ThreadItemReplacedEventInput {
  type: 'thread.item.replaced';
  item: ThreadItemInput;
}
/** Replaces an item on the page and in the store. */
export interface ThreadItemReplacedEvent extends ThreadItemReplacedEventInput {
  item: ThreadItem;
}
const itemReplaced = openObject({ type: z.literal('thread.item.replaced'), item: ThreadItemSchema });
export const ThreadItemReplacedEventSchema = named<ThreadItemReplacedEvent, ThreadItemReplacedEventInput>()(
  itemReplaced,
);

/** The options that the page has while a stream is open. */
export interface StreamOptions {
  /** Shows a Stop button on the page. */
  allow_cancel: boolean;
}
export const StreamOptionsSchema = named<StreamOptions>()(openObject({ allow_cancel: z.boolean() }));
/** Sets the options of the stream. */
export interface StreamOptionsEvent {
  type: 'stream_options';
  stream_options: StreamOptions;
}
const streamOptions = openObject({ type: z.literal('stream_options'), stream_options: StreamOptionsSchema });
export const StreamOptionsEventSchema = named<StreamOptionsEvent>()(streamOptions);

/** Shows a line of progress under the answer until the next item. */
export interface ProgressUpdateEvent {
  type: 'progress_update';
  text: string;
  icon?: Icon | undefined;
}
const progressUpdate = openObject({
  type: z.literal('progress_update'),
  text: z.string(),
  icon: optional(IconSchema),
});
export const ProgressUpdateEventSchema = named<ProgressUpdateEvent>()(progressUpdate);

/** Something for the page to do without an answer, as a hook may write it: `data` may be left out. */
export interface ClientEffectEventInput {
  type: 'client_effect';
  name: string;
  /** Default `{}`. */
  data?: JsonObject | undefined;
}
/** Something for the page to do without an answer: its `chatkit.effect` event. */
export interface ClientEffectEvent extends ClientEffectEventInput {
  data: JsonObject;
}
const clientEffect = openObject({
  type: z.literal('client_effect'),
  name: z.string(),
  data: defaulted(jsonObject, () => ({})),
});
export const ClientEffectEventSchema = named<ClientEffectEvent, ClientEffectEventInput>()(clientEffect);

/** Tells the user that the answer failed, as a hook may write it: `code` and `allow_retry` may be left out. */
export interface ErrorEventInput {
  type: 'error';
  /** Default `custom`. */
  code?: 'custom' | 'stream.error' | undefined;
  /** Shown when the code is `custom`. */
  message?: string | undefined;
  /** Adds a Retry button. Default false. */
  allow_retry?: boolean | undefined;
}
/** Tells the user that the answer failed. */
export interface ErrorEvent extends ErrorEventInput {
  code: 'custom' | 'stream.error';
  allow_retry: boolean;
}
const error = openObject({
  type: z.literal('error'),
  code: defaulted(z.enum(['custom', 'stream.error']), 'custom'),
  message: optional(z.string()),
  allow_retry: defaulted(z.boolean(), false),
});
export const ErrorEventSchema = named<ErrorEvent, ErrorEventInput>()(error);

/** A message above the composer. */
export interface NoticeEvent {
  type: 'notice';
  level: 'info' | 'warning' | 'danger';
  message: string;
  title?: string | undefined;
}
const notice = openObject({
  type: z.literal('notice'),
  level: z.enum(['info', 'warning', 'danger']),
  message: z.string(),
  title: optional(z.string()),
});
export const NoticeEventSchema = named<NoticeEvent>()(notice);

/** An event with its defaults filled in, as it is stored and sent. */
export type HookEvent =
  | ThreadItemAddedEvent
  | ThreadItemUpdatedEvent
  | ThreadItemDoneEvent
  | ThreadItemRemovedEvent
  | ThreadItemReplacedEvent
  | StreamOptionsEvent
  | ProgressUpdateEvent
  | ClientEffectEvent
  | ErrorEvent
  | NoticeEvent;
/** An event as a hook may write it: keys with a default may be left out. */
export type HookEventInput =
  | ThreadItemAddedEventInput
  | ThreadItemUpdatedEventInput
  | ThreadItemDoneEventInput
  | ThreadItemRemovedEvent
  | ThreadItemReplacedEventInput
  | StreamOptionsEvent
  | ProgressUpdateEvent
  | ClientEffectEventInput
  | ErrorEventInput
  | NoticeEvent;
/** The events that a hook may yield. */
export const HookEventSchema = namedUnion<HookEvent, HookEventInput>()(
  z.discriminatedUnion('type', [
    itemAdded,
    itemUpdated,
    itemDone,
    itemRemoved,
    itemReplaced,
    streamOptions,
    progressUpdate,
    clientEffect,
    error,
    notice,
  ]),
);

/** Announces a new thread. The server sends it. */
export interface ThreadCreatedEvent {
  type: 'thread.created';
  thread: ClientThread;
}
/** Announces a change of the thread. The server sends it: a hook changes `thread` instead. */
export interface ThreadUpdatedEvent {
  type: 'thread.updated';
  thread: ClientThread;
}

/** Every event that a stream can carry. */
export type ThreadStreamEvent = HookEvent | ThreadCreatedEvent | ThreadUpdatedEvent;
