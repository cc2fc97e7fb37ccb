// A thread: the title, the status and the private notes of a conversation. Its items are stored separately.
import { z } from 'zod';
import type { ClientThreadItem } from './items';
import type { JsonObject } from './json';
import { named, namedUnion } from './named-schema';
import type { Page } from './pagination';
import { defaulted, jsonObject, openObject, optional } from './schema';

/** The status of a thread that accepts messages. */
export interface ActiveStatus {
  type: 'active';
}
/** The status of a thread that is read-only for the present. The composer shows the reason. */
export interface LockedStatus {
  type: 'locked';
  reason?: string | undefined;
}
/** The status of a thread that is finished. The page shows the reason instead of the composer. */
export interface ClosedStatus {
  type: 'closed';
  reason?: string | undefined;
}
/** The status of a thread, which decides whether the thread accepts messages. */
export type ThreadStatus = ActiveStatus | LockedStatus | ClosedStatus;
export const ThreadStatusSchema = namedUnion<ThreadStatus>()(
  z.discriminatedUnion('type', [
    openObject({ type: z.literal('active') }),
    openObject({ type: z.literal('locked'), reason: optional(z.string()) }),
    openObject({ type: z.literal('closed'), reason: optional(z.string()) }),
  ]),
);

/** A thread as an application may write it: `status` and `metadata` may be left out. */
export interface ThreadInput {
  /** Not empty. */
  id: string;
  /** ISO 8601 with an offset. The server writes UTC with `Z`. */
  created_at: string;
  title?: string | undefined;
  /** Default `{ type: 'active' }`. */
  status?: ThreadStatus | undefined;
  /** The hosts from which the page may load the images of this thread's answers. Default: all hosts. */
  allowed_image_domains?: string[] | undefined;
  /** The application's own notes, which are never sent to a client. Default `{}`. */
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

/** A thread as a client receives it: with empty `metadata` and a page of its items. */
export interface ClientThread extends Omit<Thread, 'metadata'> {
  metadata: Record<string, never>;
  items: Page<ClientThreadItem>;
}
