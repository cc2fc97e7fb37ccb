// Each method on its own: what it stores, returns, replaces and deletes, and its behaviour without a row.
import type { ItemIdType } from '../stores/ids';
import { itemOfEachType, makeAttachment, makeItem, makeNote, makeThread } from './documents';
import { type Case, checkList, query, type Trial } from './trial';

const itemIdTypes: ItemIdType[] = ['message', 'tool_call', 'task', 'workflow', 'sdk_hidden_context'];

const threads: Record<string, (trial: Trial) => Promise<void>> = {
  'get fresh ids, and so do their items': async ({ store, ann, equal }) => {
    const threadIds = Array.from({ length: 50 }, () => store.generateThreadId(ann));
    equal(new Set(threadIds).size, 50);
    for (const type of itemIdTypes) {
      const itemIds = Array.from({ length: 50 }, () => store.generateItemId(type, makeThread('t'), ann));
      equal(new Set(itemIds).size, 50);
      equal(
        [...threadIds, ...itemIds].filter((id) => typeof id !== 'string' || id === ''),
        [],
      );
    }
  },

  'are stored whole': async ({ store, ann, equal, threadsOf }) => {
    const thread = makeThread('t', {
      title: 'Title',
      status: { type: 'closed', reason: 'done' },
      allowed_image_domains: ['images.example'],
      metadata: { list: [1, 'two', null, true, { deep: [] }] },
    });
    await store.saveThread(thread, ann);
    equal(await store.loadThread('t', ann), thread);
    equal(await threadsOf(ann), [thread]);
  },

  'are replaced whole, and keep their items': async ({ store, ann, equal, itemsOf, threadsOf }) => {
    await store.saveThread(makeThread('t', { title: 'old', metadata: { old: true } }), ann);
    await store.addThreadItem('t', makeItem('t', 'i'), ann);
    await store.saveThread(makeThread('t', { metadata: { new: true } }), ann);
    equal(await store.loadThread('t', ann), makeThread('t', { metadata: { new: true } }));
    equal(await threadsOf(ann), [makeThread('t', { metadata: { new: true } })]);
    equal(await itemsOf('t', ann), [makeItem('t', 'i')]);
  },

  'are not found before they are saved and after they are deleted': async ({ store, ann, notFound }) => {
    await notFound(store.loadThread('t', ann));
    await notFound(store.loadThreadItems('t', query(), ann));
    await store.deleteThread('t', ann);
    await store.saveThread(makeThread('t'), ann);
    await store.deleteThread('t', ann);
    await store.deleteThread('t', ann);
    await notFound(store.loadThread('t', ann));
    await notFound(store.loadThreadItems('t', query(), ann));
  },

  'take their items with them, so that a thread made again with the id is empty': async (trial) => {
    const { store, ann, notFound, equal } = trial;
    for (const id of ['t', 'other']) {
      await store.saveThread(makeThread(id), ann);
      await store.addThreadItem(id, makeItem(id, 'i'), ann);
    }
    await store.deleteThread('t', ann);
    await notFound(store.loadItem('t', 'i', ann));
    await store.saveThread(makeThread('t'), ann);
    await checkList(trial, (page) => store.loadThreadItems('t', page, ann), []);
    await notFound(store.loadItem('t', 'i', ann));
    equal(await store.loadItem('other', 'i', ann), makeItem('other', 'i'));
  },

  'leave their attachments when they are deleted, and may say which those are': async ({ store, ann, equal }) => {
    // `unknown`, because a store may return ids or nothing.
    const deleteThread = async (id: string): Promise<unknown> => store.deleteThread(id, ann);
    await store.saveThread(makeThread('t'), ann);
    await store.saveThread(makeThread('other'), ann);
    const attachments = [
      makeAttachment('one', { thread_id: 't' }),
      makeAttachment('two', { thread_id: 't' }),
      makeAttachment('elsewhere', { thread_id: 'other' }),
      makeAttachment('nowhere'),
      makeAttachment('gone', { thread_id: 't' }),
    ];
    for (const attachment of attachments) await store.saveAttachment(attachment, ann);
    await store.saveAttachment(makeAttachment('moved', { thread_id: 'other' }), ann);
    await store.saveAttachment(makeAttachment('moved', { thread_id: 't' }), ann);
    await store.deleteAttachment('gone', ann);
    const checkIds = async (ids: string[]) => {
      const given: unknown = await deleteThread('t');
      if (given !== undefined) equal(Array.isArray(given) ? given.toSorted() : given, ids);
    };
    await checkIds(['moved', 'one', 'two']);
    for (const attachment of attachments.slice(0, -1))
      equal(await store.loadAttachment(attachment.id, ann), attachment);
    // A second call finds no thread, but returns the remaining attachments, because a clean-up may have been
    // interrupted.
    await store.deleteAttachment('one', ann);
    await checkIds(['moved', 'two']);
    equal((await deleteThread('never')) ?? [], []);
  },
};

const items: Record<string, (trial: Trial) => Promise<void>> = {
  'of every type are stored whole, and hidden ones are in the pages': async ({ store, ann, equal, itemsOf }) => {
    await store.saveThread(makeThread('t'), ann);
    const all = itemOfEachType('t');
    for (const item of all) await store.addThreadItem('t', item, ann);
    equal(await itemsOf('t', ann), all);
    for (const item of all) equal(await store.loadItem('t', item.id, ann), item);
  },

  'belong to one thread: the same id in another is another item': async ({ store, ann, equal, notFound, itemsOf }) => {
    for (const id of ['a', 'b']) await store.saveThread(makeThread(id), ann);
    await store.addThreadItem('a', makeItem('a', 'i', 'in a'), ann);
    await notFound(store.loadItem('b', 'i', ann));
    await notFound(store.loadThreadItems('b', query({ after: 'i' }), ann));
    await store.addThreadItem('b', makeItem('b', 'i', 'in b'), ann);
    equal(await store.loadItem('a', 'i', ann), makeItem('a', 'i', 'in a'));
    equal(await store.loadItem('b', 'i', ann), makeItem('b', 'i', 'in b'));
    await store.deleteThreadItem('b', 'i', ann);
    equal(await store.loadItem('a', 'i', ann), makeItem('a', 'i', 'in a'));
    await store.deleteThread('b', ann);
    equal(await itemsOf('a', ann), [makeItem('a', 'i', 'in a')]);
  },

  'are deleted, or nothing happens when they or their thread are not there': async (trial) => {
    const { store, ann, notFound } = trial;
    await store.deleteThreadItem('t', 'i', ann);
    await notFound(store.loadItem('t', 'i', ann));
    await store.saveThread(makeThread('t'), ann);
    await store.deleteThreadItem('t', 'i', ann);
    await notFound(store.loadItem('t', 'i', ann));
    for (const id of ['i', 'j']) await store.addThreadItem('t', makeItem('t', id), ann);
    await store.deleteThreadItem('t', 'i', ann);
    await store.deleteThreadItem('t', 'i', ann);
    await notFound(store.loadItem('t', 'i', ann));
    await checkList(trial, (page) => store.loadThreadItems('t', page, ann), ['j']);
  },
};

const puts: Record<string, (trial: Trial, method: 'addThreadItem' | 'saveItem') => Promise<void>> = {
  'adds at the end, and replaces in place': async ({ store, ann, equal, itemsOf }, method) => {
    await store.saveThread(makeThread('t'), ann);
    for (const id of ['z', 'y', 'x']) await store[method]('t', makeNote('t', id, { old: true }), ann);
    await store[method]('t', makeItem('t', 'y', 'new'), ann);
    equal(await itemsOf('t', ann), [
      makeNote('t', 'z', { old: true }),
      makeItem('t', 'y', 'new'),
      makeNote('t', 'x', { old: true }),
    ]);
    equal(await store.loadItem('t', 'y', ann), makeItem('t', 'y', 'new'));
  },

  'throws when the thread is not there, and does not bring it back': async (trial, method) => {
    const { store, ann, notFound } = trial;
    await notFound(store[method]('t', makeItem('t', 'i'), ann));
    await notFound(store.loadThread('t', ann));
    await store.saveThread(makeThread('t'), ann);
    await store.addThreadItem('t', makeItem('t', 'i'), ann);
    await store.deleteThread('t', ann);
    for (const id of ['i', 'new']) await notFound(store[method]('t', makeItem('t', id), ann));
    await notFound(store.loadThread('t', ann));
    await notFound(store.loadThreadItems('t', query(), ann));
    await checkList(trial, (page) => store.loadThreads(page, ann), []);
    await store.saveThread(makeThread('t'), ann);
    await checkList(trial, (page) => store.loadThreadItems('t', page, ann), []);
  },
};

const attachments: Record<string, (trial: Trial) => Promise<void>> = {
  'are saved whole, replaced whole, and deleted': async ({ store, ann, equal, notFound }) => {
    await notFound(store.loadAttachment('f', ann));
    await store.deleteAttachment('f', ann);
    const uploading = makeAttachment('f', {
      type: 'image',
      preview_url: 'https://files.example/f?proof=1',
      upload_descriptor: { url: 'https://files.example/f', method: 'PUT', headers: { 'x-proof': '1' } },
      metadata: { bucket: ['a', { b: 1 }] },
    });
    await store.saveAttachment(uploading, ann);
    await store.saveAttachment(makeAttachment('g'), ann);
    equal(await store.loadAttachment('f', ann), uploading);
    await store.saveAttachment(makeAttachment('f', { thread_id: 'of a thread that is not there' }), ann);
    equal(await store.loadAttachment('f', ann), makeAttachment('f', { thread_id: 'of a thread that is not there' }));
    await store.deleteAttachment('f', ann);
    await store.deleteAttachment('f', ann);
    await notFound(store.loadAttachment('f', ann));
    equal(await store.loadAttachment('g', ann), makeAttachment('g'));
  },

  'are attached to one thread, and not taken away from it': async ({ store, ann, equal, notFound }) => {
    const attached = (id: string, thread_id: string) => makeAttachment(id, { thread_id, name: `in ${thread_id}` });
    await notFound(store.attachToThread(attached('f', 't'), ann));
    await notFound(store.loadAttachment('f', ann)); // a deleted attachment is not stored again
    await store.saveAttachment(makeAttachment('f'), ann);
    for (const thread_id of ['t', 't']) await store.attachToThread(attached('f', thread_id), ann);
    await notFound(store.attachToThread(attached('f', 'u'), ann));
    equal(await store.loadAttachment('f', ann), attached('f', 't'));
    equal((await store.deleteThread('u', ann)) ?? [], []); // a store that returns no ids returns nothing
    equal((await store.deleteThread('t', ann)) ?? ['f'], ['f']);
    await store.saveAttachment(makeAttachment('f'), ann);
    await store.attachToThread(attached('f', 'u'), ann);
    equal(await store.loadAttachment('f', ann), attached('f', 'u'));
  },
};

export const methods: readonly Case[] = [
  ...Object.entries(threads).map(([name, check]) => ({ name: `threads ${name}`, check })),
  ...Object.entries(items).map(([name, check]) => ({ name: `items ${name}`, check })),
  ...(['addThreadItem', 'saveItem'] as const).flatMap((method) =>
    Object.entries(puts).map(([name, check]) => ({
      name: `${method} ${name}`,
      check: (trial: Trial) => check(trial, method),
    })),
  ),
  ...Object.entries(attachments).map(([name, check]) => ({ name: `attachments ${name}`, check })),
];
