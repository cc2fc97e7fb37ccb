// A thread: the conversation's name, state and private notes. Its items are stored beside it.
import { z } from 'zod';
import { JsonObjectSchema } from './json';
import type { ClientThreadItem } from './items';
import type { Page } from './pagination';
import { defaulted, openObject, optional } from './schema';

export const ThreadStatusSchema = z.discriminatedUnion('type', [
  openObject({ type: z.literal('active') }),
  openObject({ type: z.literal('locked'), reason: optional(z.string()) }),
  openObject({ type: z.literal('closed'), reason: optional(z.string()) }),
]);
export type ThreadStatus = z.infer<typeof ThreadStatusSchema>;

export const ThreadSchema = openObject({
  id: z.string().min(1),
  created_at: z.iso.datetime({ offset: true }),
  title: optional(z.string()),
  status: defaulted(ThreadStatusSchema, () => ({ type: 'active' as const })),
  /** The hosts that images in this thread's answers may be loaded from; all when missing. */
  allowed_image_domains: optional(z.array(z.string())),
  /** The application's own notes. Never sent to a client. */
  metadata: defaulted(JsonObjectSchema, () => ({})),
});
/** A thread as it is stored and given to hooks. */
export type Thread = z.infer<typeof ThreadSchema>;

/** A thread as a client sees it: `metadata` empty, and a page of its items. */
export type ClientThread = Omit<Thread, 'metadata'> & {
  metadata: Record<string, never>;
  items: Page<ClientThreadItem>;
};
