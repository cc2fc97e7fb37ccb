// Calls that overlap and are not ready for it.
import type { PageQuery, ThreadItem } from 'chatkit-express';
import { NotFoundError } from '../../../src/errors';
import { setImmediate } from 'node:timers/promises';
import { all, cut, type Fault, type SuiteStore } from './fault';
import type { SuiteUser } from '../../../src/testing';

/** A list of items that is read, changed and written again, with a moment in between for others. */
function readModifyWrite(right: SuiteStore): Partial<SuiteStore> {
  const documents = new Map<string, ThreadItem[]>();
  const keyOf = (threadId: string, { userId }: SuiteUser) => JSON.stringify([userId, threadId]);
  const put = async (threadId: string, item: ThreadItem, context: SuiteUser) => {
    await right.loadThread(threadId, context);
    const items = [...(documents.get(keyOf(threadId, context)) ?? [])];
    await setImmediate();
    const index = items.findIndex(({ id }) => id === item.id);
    items.splice(index < 0 ? items.length : index, 1, structuredClone(item));
    documents.set(keyOf(threadId, context), items);
  };
  return {
    addThreadItem: put,
    saveItem: put,
    loadThreadItems: async (threadId, query, context) => {
      await right.loadThread(threadId, context);
      return cut(structuredClone(documents.get(keyOf(threadId, context)) ?? []), query);
    },
    deleteThread: async (threadId, context) => {
      documents.delete(keyOf(threadId, context));
      return right.deleteThread(threadId, context);
    },
  };
}

export const overlapping: Record<string, Fault> = {
  'loses items that are added at once': { foundBy: /50 items added at once/, make: readModifyWrite },
  'loses what two writers add to one thread': {
    foundBy: /two writers on one thread lose nothing/,
    make: readModifyWrite,
  },
  'shows items in another order than the one they end up in': {
    foundBy: /a reader who follows a thread forward/,
    make: (right) => {
      // As with numbers that a sequence gives before the row is committed.
      let last = 0;
      const places = new Map<string, number>();
      return {
        addThreadItem: async (threadId, item, context) => {
          places.set(item.id, places.get(item.id) ?? last++);
          if (last % 2) await setImmediate();
          await right.addThreadItem(threadId, item, context);
        },
        loadThreadItems: async (threadId, query, context) => {
          if (last % 8 === 7) await setImmediate();
          const rows = await all((page) => right.loadThreadItems(threadId, page, context));
          return cut(
            rows.toSorted((a, b) => places.get(a.id)! - places.get(b.id)!),
            query,
          );
        },
      };
    },
  },
  'pages by offset': {
    foundBy: /a reader who goes back in a thread/,
    make: (right) => {
      const offsets = new Map<string, number>();
      return {
        loadThreadItems: async (threadId, query, context) => {
          const rows = await all((page) => right.loadThreadItems(threadId, page, context));
          const page = cut(rows, query);
          if (query.order === 'asc') return page;
          const start = query.after === null ? 0 : (offsets.get(query.after) ?? 0);
          const data = rows.toReversed().slice(start, start + query.limit);
          data.forEach(({ id }, index) => offsets.set(id, start + index + 1));
          const has_more = start + data.length < rows.length;
          return { data, has_more, ...(has_more && { after: data.at(-1)!.id }) };
        },
      };
    },
  },
  'saves an item in two steps': {
    foundBy: /saves at once leave one of the versions whole/,
    make: (right) => ({
      saveItem: async (threadId, item, context) => {
        const known = await right.loadItem(threadId, item.id, context).catch(() => item);
        await right.saveItem(threadId, { ...known, ...item, ...contentOf(known) }, context);
        await setImmediate();
        await right.saveItem(threadId, item, context);
      },
    }),
  },
  'saves a thread with the items that it had': {
    foundBy: /saves of a thread lose none of the items added meanwhile/,
    make: (right) => ({
      saveThread: async (thread, context) => {
        const load = (page: PageQuery) => right.loadThreadItems(thread.id, page, context);
        const before = await all(load).catch(() => []);
        await setImmediate();
        await right.saveThread(thread, context);
        for (const { id } of await all(load)) {
          if (!before.some((item) => item.id === id)) await right.deleteThreadItem(thread.id, id, context);
        }
      },
    }),
  },
  'looks whether an attachment is free, and then attaches it': {
    foundBy: /of two threads that want an attachment at once, one gets it/,
    make: (right) => ({
      attachToThread: async (attachment, context) => {
        const { thread_id } = await right.loadAttachment(attachment.id, context);
        if (thread_id !== undefined && thread_id !== attachment.thread_id) throw new NotFoundError('in another thread');
        await setImmediate();
        await right.saveAttachment(attachment, context);
      },
    }),
  },
  'lets a thread take the attachment of another': {
    foundBy: /attachments are attached to one thread, and not taken away from it/,
    make: (right) => ({
      attachToThread: async (attachment, context) => {
        await right.loadAttachment(attachment.id, context);
        await right.saveAttachment(attachment, context);
      },
    }),
  },
  'fails on an id that is being added': {
    foundBy: /the same id saved at once is one row/,
    make: (right) => {
      const adding = new Set<string>();
      return {
        saveAttachment: async (attachment, context) => {
          if (adding.has(attachment.id)) throw new Error('duplicate key value violates unique constraint');
          adding.add(attachment.id);
          await setImmediate();
          await right.saveAttachment(attachment, context);
          adding.delete(attachment.id);
        },
      };
    },
  },
  'brings a thread back that was deleted during an add': {
    foundBy: /a thread deleted during adds leaves nothing behind/,
    make: (right) => ({
      addThreadItem: async (threadId, item, context) => {
        const thread = await right.loadThread(threadId, context);
        await setImmediate();
        const gone = await right.loadThread(threadId, context).catch(() => undefined);
        if (!gone) await right.saveThread(thread, context);
        await right.addThreadItem(threadId, item, context);
      },
    }),
  },
  'fails with its own error when a thread is deleted during an add': {
    foundBy: /a thread deleted during adds leaves nothing behind/,
    make: (right) => ({
      addThreadItem: async (threadId, item, context) => {
        await right.loadThread(threadId, context);
        await setImmediate();
        await right.addThreadItem(threadId, item, context).catch(() => {
          throw new Error('insert violates foreign key constraint');
        });
      },
    }),
  },
};

function contentOf(item: ThreadItem): object {
  return item.type === 'hidden_context_item' ? { content: { ...(item.content as object), torn: true } } : {};
}
