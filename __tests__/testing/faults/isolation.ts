// Owners who meet.
import type { Attachment } from 'chatkit-express';
import { everybody, type Fault } from './fault';

/** Looks at the owner's own rows, and then at those that everybody saved. */
const ownerless = async <T>(own: Promise<T>, others: () => Promise<T>): Promise<T> => own.catch(others);

export const isolation: Record<string, Fault> = {
  "shows another owner's thread": {
    foundBy: /another owner's rows are not found: loadThread$/,
    make: (right) => ({
      saveThread: async (thread, context) => {
        await right.saveThread(thread, everybody);
        await right.saveThread(thread, context);
      },
      loadThread: (id, context) => ownerless(right.loadThread(id, context), () => right.loadThread(id, everybody)),
    }),
  },
  "shows another owner's attachment": {
    foundBy: /another owner's rows are not found: loadAttachment/,
    make: (right) => ({
      saveAttachment: (attachment: Attachment) => right.saveAttachment(attachment, everybody),
      loadAttachment: (id: string) => right.loadAttachment(id, everybody),
      deleteAttachment: (id: string) => right.deleteAttachment(id, everybody),
    }),
  },
  "deletes another owner's attachment": {
    foundBy: /another owner's rows are not deleted: deleteAttachment/,
    make: (right) => ({
      deleteAttachment: async (id) => {
        for (const userId of ['user_a', 'user_b']) await right.deleteAttachment(id, { userId });
      },
    }),
  },
  "deletes another owner's thread": {
    foundBy: /another owner's rows are not deleted: deleteThread$/,
    make: (right) => ({
      deleteThread: async (id) => {
        for (const userId of ['user_a', 'user_b']) await right.deleteThread(id, { userId });
        return [];
      },
    }),
  },
  "pages after another owner's cursor": {
    foundBy: /another owner's rows are not found: loadThreads after a cursor/,
    make: (right) => {
      const ids = new Set<string | null>([null]);
      return {
        saveThread: async (thread, context) => {
          await right.saveThread(thread, context);
          ids.add(thread.id);
        },
        loadThreads: (query, context) =>
          right.loadThreads(query, context).catch((error: unknown) => {
            if (ids.has(query.after)) return { data: [], has_more: false };
            throw error;
          }),
      };
    },
  },
  "writes into another owner's thread": {
    foundBy: /another owner's rows are not found: saveItem of a known item/,
    make: (right) => ({
      saveItem: (threadId, item, context) =>
        ownerless(right.saveItem(threadId, item, context), () => right.saveItem(threadId, item, { userId: 'user_a' })),
    }),
  },
  'has one space for all owners': {
    foundBy: /owners see their own threads only/,
    make: (right) =>
      Object.fromEntries(
        (['loadThread', 'saveThread', 'loadThreads', 'deleteThread', 'loadThreadItems', 'addThreadItem'] as const).map(
          (method) => [
            method,
            (...given: unknown[]) =>
              (right[method] as (...given: unknown[]) => unknown)(...given.slice(0, -1), everybody),
          ],
        ),
      ),
  },
  'takes owners without their case': {
    foundBy: /owners of any name/,
    make: (right) => ({
      saveThread: (thread, { userId }) => right.saveThread(thread, { userId: userId.toLowerCase() }),
      loadThreads: (query, { userId }) => right.loadThreads(query, { userId: userId.toLowerCase() }),
    }),
  },
};
