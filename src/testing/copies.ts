// Copies: a caller may change an argument after the call, and may change a result.
import type { Attachment } from '../protocol';
import { makeAttachment, makeNote, makeThread } from './documents';
import { type Case, query, type Trial } from './trial';

/** Changes every object and array in `value`, however deep. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const child of Object.values(value) as unknown[]) spoil(child);
  if (Array.isArray(value)) value.push('spoilt');
  else (value as Record<string, unknown>)['spoilt'] = true;
}

const thread = () => makeThread('t', { metadata: { list: [{ deep: 1 }] }, allowed_image_domains: ['a.example'] });
const item = () => makeNote('t', 'i', { list: [{ deep: [1] }] });
const attachment = (): Attachment => makeAttachment('f', { metadata: { list: [{ deep: 1 }] } });

async function checkUnspoilt({ store, ann, equal, itemsOf, threadsOf }: Trial): Promise<void> {
  equal(await store.loadThread('t', ann), thread());
  equal(await threadsOf(ann), [thread()]);
  equal(await store.loadItem('t', 'i', ann), item());
  equal(await itemsOf('t', ann), [item()]);
  equal(await store.loadAttachment('f', ann), attachment());
}

const takesIn = (method: 'addThreadItem' | 'saveItem') => async (trial: Trial) => {
  const { store, ann } = trial;
  const given = { thread: thread(), item: item(), attachment: attachment() };
  await store.saveThread(given.thread, ann);
  await store[method]('t', given.item, ann);
  await store.saveAttachment(given.attachment, ann);
  spoil(given);
  await checkUnspoilt(trial);
};

export const copies: readonly Case[] = [
  { name: 'copies are taken of what is given (addThreadItem)', check: takesIn('addThreadItem') },
  { name: 'copies are taken of what is given (saveItem)', check: takesIn('saveItem') },
  {
    name: 'copies are given of what is stored',
    check: async (trial) => {
      const { store, ann } = trial;
      await store.saveThread(thread(), ann);
      await store.addThreadItem('t', item(), ann);
      await store.saveAttachment(attachment(), ann);
      for (const load of [
        () => store.loadThread('t', ann),
        () => store.loadThreads(query(), ann),
        () => store.loadItem('t', 'i', ann),
        () => store.loadThreadItems('t', query(), ann),
        () => store.loadAttachment('f', ann),
      ]) {
        spoil(await load());
        await checkUnspoilt(trial);
      }
    },
  },
  {
    name: 'nothing is written into what is given, nor kept frozen',
    check: async ({ store, ann, equal }) => {
      await store.saveThread(Object.freeze(makeThread('t')), ann);
      await store.addThreadItem('t', Object.freeze(makeNote('t', 'i', 1)), ann);
      await store.saveAttachment(Object.freeze(makeAttachment('f')), ann);
      const loaded = await store.loadThread('t', ann);
      loaded.title = 'mine';
      equal(await store.loadThread('t', ann), makeThread('t'));
      equal(await store.loadItem('t', 'i', ann), makeNote('t', 'i', 1));
      equal(await store.loadAttachment('f', ann), makeAttachment('f'));
    },
  },
];
