// What is not there, or should not be.
import type { ThreadItem } from 'chatkit-express';
import { all, type Fault } from './fault';

export const missing: Record<string, Fault> = {
  'gives undefined for what is not there': {
    foundBy: /items are deleted, or nothing happens/,
    make: (right) => ({
      loadItem: (threadId, itemId, context) =>
        right.loadItem(threadId, itemId, context).catch(() => undefined as unknown as ThreadItem),
    }),
  },
  'throws another error for what is not there': {
    foundBy: /attachments are saved whole/,
    make: (right) => ({
      loadAttachment: (id, context) =>
        right.loadAttachment(id, context).catch(() => {
          throw new Error('no rows');
        }),
    }),
  },
  'throws when there is no thread to delete': {
    foundBy: /threads are not found/,
    make: (right) => ({
      deleteThread: async (id, context) => {
        await right.loadThread(id, context);
        return right.deleteThread(id, context);
      },
    }),
  },
  'throws when there is no item to delete': {
    foundBy: /items are deleted, or nothing happens/,
    make: (right) => ({
      deleteThreadItem: async (threadId, itemId, context) => {
        await right.loadItem(threadId, itemId, context);
        await right.deleteThreadItem(threadId, itemId, context);
      },
    }),
  },
  'brings back the items of a deleted thread': {
    foundBy: /threads take their items with them/,
    make: (right) => {
      const deleted = new Map<string, ThreadItem[]>();
      return {
        deleteThread: async (id, context) => {
          const items = await all((page) => right.loadThreadItems(id, page, context)).catch(() => []);
          deleted.set(JSON.stringify([id, context]), items);
          return right.deleteThread(id, context);
        },
        saveThread: async (thread, context) => {
          await right.saveThread(thread, context);
          const key = JSON.stringify([thread.id, context]);
          for (const item of deleted.get(key) ?? []) await right.addThreadItem(thread.id, item, context);
          deleted.delete(key);
        },
      };
    },
  },
  'deletes an item in every thread': {
    foundBy: /items belong to one thread/,
    make: (right) => ({
      deleteThreadItem: async (_threadId, itemId, context) => {
        for (const { id } of await all((page) => right.loadThreads(page, context)))
          await right.deleteThreadItem(id, itemId, context);
      },
    }),
  },
  'deletes the attachments of a deleted thread': {
    foundBy: /threads leave their attachments/,
    make: (right) => ({
      deleteThread: async (id, context) => {
        const ids = await right.deleteThread(id, context);
        for (const attachmentId of ids) await right.deleteAttachment(attachmentId, context);
        return ids;
      },
    }),
  },
  'forgets an attachment of a deleted thread': {
    foundBy: /threads leave their attachments/,
    make: (right) => ({ deleteThread: async (id, context) => (await right.deleteThread(id, context)).slice(1) }),
  },
  'makes the same id twice': {
    foundBy: /threads get fresh ids/,
    make: () => ({ generateThreadId: () => `thr_${Math.floor(Math.random() * 10)}` }),
  },
};
