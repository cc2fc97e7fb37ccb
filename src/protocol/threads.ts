// A thread: the conversation's name, state and private notes. Its items are stored beside it.
import { z } from 'zod';
import type { ClientThreadItem } from './items';
import type { JsonObject } from './json';
import { named, namedUnion } from './named-schema';
import type { Page } from './pagination';
import { defaulted, jsonObject, openObject, optional } from './schema';

/** A thread that takes messages. */
export interface ActiveStatus {
  type: 'active';
}
/** A thread that is read-only for now. The composer shows the reason. */
export interface LockedStatus {
  type: 'locked';
  reason?: string | undefined;
}
/** A thread that is finished. The reason takes the place of the composer. */
export interface ClosedStatus {
  type: 'closed';
  reason?: string | undefined;
}
/** Says whether a thread takes messages. */
export type ThreadStatus = ActiveStatus | LockedStatus | ClosedStatus;
export const ThreadStatusSchema = namedUnion<ThreadStatus>()(
  z.discriminatedUnion('type', [
    openObject({ type: z.literal('active') }),
    openObject({ type: z.literal('locked'), reason: optional(z.string()) }),
    openObject({ type: z.literal('closed'), reason: optional(z.string()) }),
  ]),
);

/** A thread as it may be written: `status` and `metadata` may be left out. */
export interface ThreadInput {
  /** Not empty. */
  id: string;
  /** ISO 8601 with an offset. The server writes UTC with `Z`. */
  created_at: string;
  title?: string | undefined;
  /** Default `{ type: 'active' }`. */
  status?: ThreadStatus | undefined;
  /** The hosts that images in this thread's answers may be loaded from; all hosts when missing. */
  allowed_image_domains?: string[] | undefined;
  /** The application's own notes. Never sent to a client. Default `{}`. */
  metadata?: JsonObject | undefined;
}
/** A thread as it is stored and passed to hooks. */
export interface Thread extends ThreadInput {
  status: ThreadStatus;
  metadata: JsonObject;
}
export const ThreadSchema = named<Thread, ThreadInput>()(
  openObject({
    id: z.string().min(1),
    created_at: z.iso.datetime({ offset: true }),
    title: optional(z.string()),
    status: defaulted(ThreadStatusSchema, () => ({ type: 'active' as const })),
    allowed_image_domains: optional(z.array(z.string())),
    metadata: defaulted(jsonObject, () => ({})),
  }),
);

/** A thread as a client sees it: `metadata` is empty, and a page of its items is there. */
export interface ClientThread extends Omit<Thread, 'metadata'> {
  metadata: Record<string, never>;
  items: Page<ClientThreadItem>;
}
