// Conditional operations that look first and write afterwards.
import type { Thread, ThreadItem } from 'chatkit-express';
import { setImmediate } from 'node:timers/promises';
import { Store } from '../../../src/stores/store';
import type { Fault, SuiteStore } from './fault';

type Name =
  'insertItem' | 'insertItemIfActive' | 'updateThread' | 'createThread' | 'completeItem' | 'replaceItemsAfter';

/** An operation made of the others, as its default is. */
const madeOfOthers =
  (name: Name): Fault['make'] =>
  (right) => ({
    [name]: (...args: never[]) => (Store.prototype[name] as (...given: never[]) => unknown).apply(right, args),
  });

/** Changes a document that was read a moment before. */
const late =
  (change: (thread: Thread, given: Parameters<SuiteStore['updateThread']>[1]) => Thread): Fault['make'] =>
  (right) => ({
    updateThread: async (threadId, given, context) => {
      const thread = await right.loadThread(threadId, context);
      await setImmediate();
      const changed = change(thread, given);
      await right.saveThread(changed, context);
      return changed;
    },
  });

const everyField = late((thread, { title, status, allowed_image_domains, metadata }) => {
  const { title: _title, allowed_image_domains: _domains, ...rest } = thread;
  const entries = new Map([...Object.entries(thread.metadata), ...Object.entries(metadata?.set ?? {})]);
  for (const key of metadata?.remove ?? []) entries.delete(key);
  const [newTitle, domains] = [
    title === undefined ? thread.title : title,
    allowed_image_domains === undefined ? thread.allowed_image_domains : allowed_image_domains,
  ];
  return {
    ...rest,
    ...(status && { status }),
    ...(typeof newTitle === 'string' && { title: newTitle }),
    ...(Array.isArray(domains) && { allowed_image_domains: domains }),
    metadata: Object.fromEntries(entries),
  };
});

export const racing: Record<string, Fault> = {
  'brings a thread back by a rename': { foundBy: /race: a renamed thread that is deleted/, make: everyField },
  'brings a thread back by its metadata': { foundBy: /race: a thread whose metadata changes/, make: everyField },
  'loses a title or the metadata': { foundBy: /race: a new title and a new key/, make: everyField },
  'loses a key of the metadata': { foundBy: /race: two new keys/, make: everyField },
  'changes a thread with the default operation': {
    foundBy: /race: two new keys/,
    make: madeOfOthers('updateThread'),
  },
  'completes a call twice': { foundBy: /race: of two outputs/, make: madeOfOthers('completeItem') },
  'counts the pending calls of a turn too early': {
    foundBy: /race: of the calls of one turn/,
    make: (right) => ({
      completeItem: async (threadId, item, completion, context) => {
        const items = completion.turn.filter((id) => id !== item.id).map((id) => right.loadItem(threadId, id, context));
        const others = (await Promise.all(items)) as (ThreadItem & { status?: string })[];
        const { repeated } = await right.completeItem(threadId, item, completion, context);
        return { pending: others.filter(({ status }) => status === 'pending').length, repeated };
      },
    }),
  },
  'creates a thread twice': { foundBy: /race: of two threads with one id/, make: madeOfOthers('createThread') },
  'inserts an item twice': { foundBy: /race: of two items with one id/, make: madeOfOthers('insertItem') },
  'adds a message to a thread that was locked a moment before': {
    foundBy: /race: a thread that is locked/,
    make: (right) => ({
      insertItemIfActive: async (threadId, item, context) => {
        const { status } = await right.loadThread(threadId, context);
        await setImmediate();
        if (status.type === 'active') return right.insertItem(threadId, item, context);
        return right.insertItemIfActive(threadId, item, context);
      },
    }),
  },
  'adds a message to any locked thread': {
    foundBy: /insertItemIfActive is refused while the thread is locked/,
    make: (right) => ({ insertItemIfActive: (id, item, context) => right.insertItem(id, item, context) }),
  },
  'replaces an answer row by row': {
    foundBy: /race: an answer that is replaced/,
    make: madeOfOthers('replaceItemsAfter'),
  },
  'brings a thread back by an answer': {
    foundBy: /race: a thread that is answered again/,
    make: (right) => ({
      replaceItemsAfter: async (threadId, itemId, end, item, context) => {
        const thread = await right.loadThread(threadId, context);
        await setImmediate();
        await right.saveThread(thread, context);
        await right.replaceItemsAfter(threadId, itemId, end, item, context).catch(() => undefined);
      },
    }),
  },
  'takes a repetition of a completion for another one': {
    foundBy: /completeItem succeeds again for the same attempt/,
    make: (right) => ({
      completeItem: (threadId, item, { turn }, context) =>
        right.completeItem(threadId, item, { turn, attempt: `${Math.random()}` }, context),
    }),
  },
  'deletes what was added later': {
    foundBy: /deleteItemsAfter deletes up to the end/,
    make: (right) => ({
      deleteItemsAfter: (id, itemId, _end, context) => right.deleteItemsAfter(id, itemId, null, context),
    }),
  },
  'merges the values of metadata': {
    foundBy: /updateThread changes and removes single keys/,
    make: (right) => ({
      updateThread: async (threadId, change, context) => {
        const { metadata } = await right.loadThread(threadId, context);
        const set = Object.entries(change.metadata?.set ?? {}).map(([key, value]) => {
          const isMerged = typeof value === 'object' && value !== null && !Array.isArray(value);
          return [key, isMerged ? { ...(metadata[key] as object), ...value } : value];
        });
        const merged = { ...change, metadata: { ...change.metadata, set: Object.fromEntries(set) as object } };
        return right.updateThread(threadId, merged as typeof change, context);
      },
    }),
  },
};
