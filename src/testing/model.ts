// A model of Store in plain arrays: the effect of each operation, and the result of a correct store.
import { isDeepStrictEqual } from 'node:util';
import { type Attachment, maxPageSize, type Page, type Thread, type ThreadItem } from '../protocol';
import type { PageQuery } from '../stores/store';
import { plainData } from './plain-data';

interface Row {
  id: string;
}

/**
 * Returns the correct answer. It depends on the received one, because a store may choose the length of a page, and may
 * return no ids from `deleteThread`.
 */
export type Answer = (received: unknown) => unknown;

export const notFound = { not_found: true };
const nothing: Answer = () => ({ value: undefined });
const value =
  (row: unknown): Answer =>
  () => ({ value: row });
const missing: Answer = () => notFound;

/** The rows of one owner. */
export class Space {
  threads: { id: string; thread: Thread; items: ThreadItem[] }[] = [];
  attachments: Attachment[] = [];

  loadThread(threadId: string): Answer {
    const found = find(this.threads, threadId);
    return found ? value(found.thread) : missing;
  }

  saveThread(thread: Thread): Answer {
    const items = find(this.threads, thread.id)?.items ?? [];
    put(this.threads, { id: thread.id, thread, items });
    return nothing;
  }

  loadThreads(query: PageQuery): Answer {
    return page(this.threads, query, ({ thread }) => thread);
  }

  deleteThread(threadId: string): Answer {
    remove(this.threads, threadId);
    const ids = this.attachments.filter(({ thread_id }) => thread_id === threadId).map(({ id }) => id);
    return (received) => {
      const given = (received as { value?: unknown }).value;
      if (given === undefined) return { value: undefined };
      // In the received order, if the ids are correct.
      const same = Array.isArray(given) && isDeepStrictEqual([...(given as unknown[])].sort(), ids.toSorted());
      return { value: same ? given : ids };
    };
  }

  loadThreadItems(threadId: string, query: PageQuery): Answer {
    const found = find(this.threads, threadId);
    return found ? page(found.items, query, (item) => item) : missing;
  }

  putItem(threadId: string, item: ThreadItem): Answer {
    const found = find(this.threads, threadId);
    if (!found) return missing;
    put(found.items, item);
    return nothing;
  }

  loadItem(threadId: string, itemId: string): Answer {
    const item = find(find(this.threads, threadId)?.items ?? [], itemId);
    return item ? value(item) : missing;
  }

  deleteThreadItem(threadId: string, itemId: string): Answer {
    remove(find(this.threads, threadId)?.items ?? [], itemId);
    return nothing;
  }

  saveAttachment(attachment: Attachment): Answer {
    put(this.attachments, attachment);
    return nothing;
  }

  loadAttachment(attachmentId: string): Answer {
    const found = find(this.attachments, attachmentId);
    return found ? value(found) : missing;
  }

  deleteAttachment(attachmentId: string): Answer {
    remove(this.attachments, attachmentId);
    return nothing;
  }
}

/** Returns the result of the store in the form of {@link Answer}. */
export function received(given: unknown): { value: unknown } {
  return { value: plainData(given) ?? undefined };
}

function find<R extends Row>(rows: R[], id: string): R | undefined {
  return rows.find((row) => row.id === id);
}

function put<R extends Row>(rows: R[], row: R): void {
  const index = rows.findIndex(({ id }) => id === row.id);
  if (index < 0) rows.push(row);
  else rows[index] = row;
}

function remove(rows: Row[], id: string): void {
  const index = rows.findIndex((row) => row.id === id);
  if (index >= 0) rows.splice(index, 1);
}

function page<R extends Row>(rows: R[], { limit, after, order }: PageQuery, read: (row: R) => unknown): Answer {
  const ordered = order === 'asc' ? rows : rows.toReversed();
  const seen = ordered.findIndex(({ id }) => id === after);
  if (after !== null && seen < 0) return missing;
  const rest = ordered.slice(seen + 1);
  return (given) => {
    const came = (given as { value?: Partial<Page<unknown>> }).value;
    const max = Math.max(1, Math.min(limit, maxPageSize));
    const data = rest.slice(0, Math.max(1, Math.min(came?.data?.length ?? max, max)));
    const expected = { data: data.map(read), has_more: data.length < rest.length };
    if (expected.has_more) return { value: { ...expected, after: data.at(-1)?.id } };
    // At the end of a list the cursor is missing or null.
    return { value: came?.after === null ? { ...expected, after: null } : expected };
  };
}
