// Saves that do less, or more, than they should.
import type { Thread, ThreadItem } from 'chatkit-express';
import { all, type Fault } from './fault';

export const saving: Record<string, Fault> = {
  'moves a saved item to the end': {
    foundBy: /saveItem adds at the end, and replaces in place/,
    make: (right) => ({
      saveItem: async (threadId, item, context) => {
        await right.deleteThreadItem(threadId, item.id, context);
        await right.saveItem(threadId, item, context);
      },
    }),
  },
  'adds an item twice': {
    foundBy: /addThreadItem adds at the end, and replaces in place/,
    make: (right) => ({
      addThreadItem: async (threadId, item, context) => {
        const known = await right.loadItem(threadId, item.id, context).catch(() => undefined);
        await right.addThreadItem(threadId, known ? { ...item, id: `${item.id}_again` } : item, context);
      },
    }),
  },
  'does not replace an item that it has': {
    foundBy: /addThreadItem adds at the end, and replaces in place/,
    make: (right) => ({
      addThreadItem: async (threadId, item, context) => {
        const known = await right.loadItem(threadId, item.id, context).catch(() => undefined);
        if (!known) await right.addThreadItem(threadId, item, context);
      },
    }),
  },
  'moves a saved thread to the end': {
    foundBy: /pages of threads keep the place of a row that is replaced/,
    make: (right) => ({
      saveThread: async (thread, context) => {
        const known = await right.loadThread(thread.id, context).catch(() => undefined);
        const items = known ? await all((page) => right.loadThreadItems(thread.id, page, context)) : [];
        await right.deleteThread(thread.id, context);
        await right.saveThread(thread, context);
        for (const item of items) await right.addThreadItem(thread.id, item, context);
      },
    }),
  },
  'loses the items of a thread that is saved': {
    foundBy: /threads are replaced whole, and keep their items/,
    make: (right) => ({
      saveThread: async (thread, context) => {
        const known = await right.loadThread(thread.id, context).catch(() => undefined);
        if (known) {
          const items = await all((page) => right.loadThreadItems(thread.id, page, context));
          for (const { id } of items) await right.deleteThreadItem(thread.id, id, context);
        }
        await right.saveThread(thread, context);
      },
    }),
  },
  'merges a saved thread with the old one': {
    foundBy: /threads are replaced whole/,
    make: (right) => ({
      saveThread: async (thread, context) => {
        const known = await right.loadThread(thread.id, context).catch(() => undefined);
        await right.saveThread({ ...known, ...thread }, context);
      },
    }),
  },
  'makes a thread for an item that has none': {
    foundBy: /addThreadItem throws when the thread is not there/,
    make: (right) => ({
      addThreadItem: async (threadId, item, context) => {
        await right
          .loadThread(threadId, context)
          .catch(() =>
            right.saveThread(
              { id: threadId, created_at: item.created_at, status: { type: 'active' }, metadata: {} },
              context,
            ),
          );
        await right.addThreadItem(threadId, item, context);
      },
    }),
  },
  'drops an item that has no thread in silence': {
    foundBy: /saveItem throws when the thread is not there/,
    make: (right) => ({
      saveItem: (threadId, item, context) => right.saveItem(threadId, item, context).catch(() => undefined),
    }),
  },
  'keeps the object that it is given': {
    foundBy: /copies are taken of what is given \(saveItem\)/,
    make: (right) => {
      const given = new Map<string, ThreadItem>();
      return {
        saveItem: async (threadId, item, context) => {
          given.set(JSON.stringify([threadId, item.id, context]), item);
          await right.saveItem(threadId, item, context);
        },
        loadItem: async (threadId, itemId, context) => {
          const item = await right.loadItem(threadId, itemId, context);
          return structuredClone(given.get(JSON.stringify([threadId, itemId, context])) ?? item);
        },
      };
    },
  },
  'gives the object that it keeps': {
    foundBy: /copies are given of what is stored/,
    make: (right) => {
      const kept = new Map<string, Thread>();
      return {
        loadThread: async (threadId, context) => {
          const thread = await right.loadThread(threadId, context);
          const key = JSON.stringify([thread, context]);
          kept.set(key, kept.get(key) ?? thread);
          return kept.get(key)!;
        },
      };
    },
  },
  'writes into what it is given': {
    foundBy: /nothing is written into what is given/,
    make: (right) => ({
      saveAttachment: async (attachment, context) => {
        (attachment as { saved_at?: number }).saved_at = 1;
        await right.saveAttachment(attachment, context);
      },
    }),
  },
};
