// Tests the methods behind exportOwner, eraseOwner, purge and sweep, which are optional.
import { NotFoundError } from '../errors';
import type { Attachment } from '../protocol';
import type { IdleThread } from '../stores/store';
import { makeAttachment, makeItem, makeThread, numbered } from './documents';
import { type Case, isInherited, type Trial } from './trial';

const old = '2026-01-01T00:00:00.000Z';
const recent = '2026-01-03T00:00:00.000Z';
const before = new Date('2026-01-02T00:00:00.000Z');

async function listAttachments({ store }: Trial, context: unknown, limit: number): Promise<string[]> {
  const found: Attachment[] = [];
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof store.loadAttachments>> = await store.loadAttachments(
      { limit, after },
      context,
    );
    if (page.data.length > limit) throw new Error('The page has more rows than the limit');
    found.push(...page.data);
    after = page.data.at(-1)?.id ?? null;
    if (!page.has_more || after === null) return found.map(({ id }) => id).sort();
  }
}

async function listIdle({ store }: Trial, limit: number): Promise<IdleThread[]> {
  const found: IdleThread[] = [];
  for (let after: string | null = null, calls = 0; ; calls++) {
    if (calls > 1000) throw new Error('The cursor never reaches the end');
    const page: Awaited<ReturnType<typeof store.loadIdleThreads>> = await store.loadIdleThreads({
      before,
      limit,
      after,
    });
    if (page.data.length > limit) throw new Error('The page has more threads than the limit');
    found.push(...page.data);
    after = page.after;
    if (after === null) return found;
  }
}

const idsOfIdle = (idle: IdleThread[]) => idle.map(({ threadId }) => threadId).sort();

/** Stores a thread of a user whose newest item has a date, or which has no items. */
async function putThread({ store }: Trial, id: string, context: unknown, created_at?: string): Promise<void> {
  await store.saveThread(makeThread(id, { created_at: created_at ?? old }), context);
  if (created_at === undefined) return;
  await store.addThreadItem(id, { ...makeItem(id, 'first'), created_at: old }, context);
  await store.addThreadItem(id, { ...makeItem(id, 'newest'), created_at }, context);
}

const cases: Record<string, (trial: Trial) => Promise<void>> = {
  'loadAttachments lists all attachments of the owner once': async (trial) => {
    const { store, ann, equal } = trial;
    const ids = [...numbered(7, 'f'), 'odd \u0000', 'x'.repeat(2000), '\ud800', 'É'];
    equal(await listAttachments(trial, ann, 3), []);
    for (const id of ids) await store.saveAttachment(makeAttachment(id), ann);
    await store.saveAttachment(makeAttachment('f_0', { thread_id: 't' }), ann);
    for (const limit of [1, 3, 100]) equal(await listAttachments(trial, ann, limit), [...ids].sort());
    const { data } = await store.loadAttachments({ limit: 100, after: null }, ann);
    equal(
      data.find(({ id }) => id === 'f_0'),
      makeAttachment('f_0', { thread_id: 't' }),
    );
  },

  'loadAttachments continues after an attachment that was deleted': async ({ store, ann, equal }) => {
    for (const id of numbered(6, 'f')) await store.saveAttachment(makeAttachment(id), ann);
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const page: Awaited<ReturnType<typeof store.loadAttachments>> = await store.loadAttachments(
        { limit: 2, after },
        ann,
      );
      for (const { id } of page.data) await store.deleteAttachment(id, ann);
      seen.push(...page.data.map(({ id }) => id));
      after = seen.at(-1) ?? null;
      if (!page.has_more) break;
    }
    equal(seen.sort(), numbered(6, 'f'));
  },

  'loadAttachments includes leased attachments': async (trial) => {
    const { store, ann, equal } = trial;
    await store.saveAttachment(makeAttachment('f'), ann);
    await store.leaseUnsentAttachments({ before: new Date(Date.now() + 60_000), limit: 10 });
    equal(await listAttachments(trial, ann, 10), ['f']);
  },

  'loadIdleThreads finds the threads whose newest item is old, of all owners': async (trial) => {
    const { store, ann, bob, equal } = trial;
    for (const id of numbered(5, 'old')) await putThread(trial, id, ann, old);
    for (const id of numbered(5, 'recent')) await putThread(trial, id, ann, recent);
    await putThread(trial, 'empty', ann);
    await putThread(trial, 'odd \u0000 and "', bob, old);
    await store.saveThread(makeThread('renamed', { created_at: old, title: 'a' }), bob);
    await store.addThreadItem('renamed', { ...makeItem('renamed', 'i'), created_at: recent }, bob);
    const expected = [...numbered(5, 'old'), 'empty', 'odd \u0000 and "'].sort();
    for (const limit of [1, 3, 100]) equal(idsOfIdle(await listIdle(trial, limit)), expected);
  },

  'loadIdleThreads counts attachments, and reads dates with an offset': async (trial) => {
    const { store, ann, equal } = trial;
    await putThread(trial, 't', ann, '2026-01-02T01:00:00+02:00');
    await putThread(trial, 'u', ann, '2026-01-01T23:00:00-02:00');
    for (const id of numbered(3, 'f')) await store.saveAttachment(makeAttachment(id, { thread_id: 't' }), ann);
    const idle = await listIdle(trial, 10);
    equal(
      idle.map(({ threadId, attachments }) => [threadId, attachments]),
      [['t', 3]],
    );
  },

  'deleteIdleThread deletes the thread, and leases its attachments': async (trial) => {
    const { store, ann, equal, notFound, threadsOf } = trial;
    await putThread(trial, 't', ann, old);
    await putThread(trial, 'kept', ann, old);
    for (const id of numbered(3, 'f')) await store.saveAttachment(makeAttachment(id, { thread_id: 't' }), ann);
    await store.saveAttachment(makeAttachment('kept', { thread_id: 'kept' }), ann);
    await store.saveAttachment(makeAttachment('unsent'), ann);
    const [idle] = (await listIdle(trial, 10)).filter(({ threadId }) => threadId === 't');
    equal(await store.deleteIdleThread(idle as IdleThread), true);
    equal(await store.deleteIdleThread(idle as IdleThread), false);
    await notFound(store.loadThread('t', ann));
    await notFound(store.loadItem('t', 'newest', ann));
    await notFound(store.loadAttachment('f_0', ann));
    equal(
      (await threadsOf(ann)).map(({ id }) => id),
      ['kept'],
    );
    equal((await store.loadAttachment('kept', ann)).thread_id, 'kept');
    const leased = await store.leaseUnsentAttachments({ before: new Date(1), limit: 10, leaseMs: 60_000 });
    equal(leased.map(({ attachment }) => attachment.id).sort(), numbered(3, 'f'));
    for (const { owner, attachment } of leased) {
      await store.deleteLeasedAttachment({ owner, id: attachment.id });
    }
    equal(await listAttachments(trial, ann, 10), ['kept', 'unsent']);
  },

  'deleteIdleThread keeps a thread with a newer item, and a thread that was created again': async (trial) => {
    const { store, ann, equal } = trial;
    await putThread(trial, 'answered', ann, old);
    await putThread(trial, 'again', ann);
    const idle = await listIdle(trial, 10);
    await store.addThreadItem('answered', { ...makeItem('answered', 'later'), created_at: recent }, ann);
    await store.deleteThread('again', ann);
    await putThread(trial, 'again', ann);
    for (const thread of idle) equal([thread.threadId, await store.deleteIdleThread(thread)], [thread.threadId, false]);
    equal((await store.loadItem('answered', 'later', ann)).id, 'later');
    equal((await store.loadThread('again', ann)).id, 'again');
  },

  'deleteIdleThread and a new item at once: the thread is kept, or the item is refused': async (trial) => {
    const { store, ann, equal } = trial;
    for (let round = 0; round < 20; round++) {
      const id = `t_${round}`;
      await putThread(trial, id, ann, old);
      const [idle] = (await listIdle(trial, 100)).filter(({ threadId }) => threadId === id);
      const calls: (() => Promise<unknown>)[] = [
        () => store.deleteIdleThread(idle as IdleThread),
        () => store.addThreadItem(id, { ...makeItem(id, 'later'), created_at: recent }, ann),
      ];
      const order = round % 2 ? calls.toReversed() : calls;
      const settled = await Promise.allSettled(order.map((call) => call()));
      const [deleted, added] = round % 2 ? settled.toReversed() : settled;
      if (deleted?.status !== 'fulfilled') throw deleted?.reason;
      if (added?.status === 'rejected' && !(added.reason instanceof NotFoundError)) throw added.reason;
      equal([deleted.value, added?.status], deleted.value ? [true, 'rejected'] : [false, 'fulfilled']);
      if (!deleted.value) equal((await store.loadItem(id, 'later', ann)).id, 'later');
    }
  },

  'leases of one duration do not overlap, and one deletion of an attachment counts': async ({ store, ann, equal }) => {
    const later = new Date(Date.now() + 60_000);
    for (const id of numbered(10, 'f')) await store.saveAttachment(makeAttachment(id), ann);
    const lease = () => store.leaseUnsentAttachments({ before: later, limit: 4, leaseMs: 60_000 });
    const leased = (await Promise.all([lease(), lease(), lease(), lease()])).flat();
    equal(new Set(leased.map(({ attachment }) => attachment.id)).size, leased.length);
    leased.push(...(await lease()), ...(await lease()), ...(await lease()));
    equal(leased.map(({ attachment }) => attachment.id).sort(), numbered(10, 'f'));
    equal(await lease(), []);
    const deletions = leased.flatMap(({ owner, attachment: { id } }) =>
      [1, 2].map(() => store.deleteLeasedAttachment({ owner, id })),
    );
    equal((await Promise.all(deletions)).filter((deleted) => deleted !== false).length, 10);
  },
};

const casesOfOwners: typeof cases = {
  'loadAttachments lists the attachments of one owner': async (trial) => {
    const { store, contextOf, equal } = trial;
    const owners = ['user_a', 'user_b', 'x'.repeat(2000), 'o\0dd', '%'];
    for (const owner of owners) {
      for (const id of ['shared', owner]) await store.saveAttachment(makeAttachment(id), contextOf(owner));
    }
    for (const owner of owners) {
      equal(await listAttachments(trial, contextOf(owner), 1), [owner, 'shared'].sort());
    }
  },

  'deleteIdleThread deletes the thread of one owner': async (trial) => {
    const { store, contextOf, equal } = trial;
    const owners = ['user_a', 'user_b', 'x'.repeat(2000), 'o\0dd', '%'];
    // Each owner has ids of its own, because a store may use one space of ids for all owners.
    for (const [index, owner] of owners.entries()) {
      await putThread(trial, `t${index}`, contextOf(owner), old);
      await store.saveAttachment(makeAttachment(`f${index}`, { thread_id: `t${index}` }), contextOf(owner));
    }
    const idle = await listIdle(trial, 2);
    equal(idsOfIdle(idle), ['t0', 't1', 't2', 't3', 't4']);
    for (const [index, thread] of idle.entries()) {
      equal(await store.deleteIdleThread(thread), true);
      equal((await listIdle(trial, 2)).length, owners.length - index - 1);
    }
    const leased = await store.leaseUnsentAttachments({ before: new Date(1), limit: 10, leaseMs: 60_000 });
    equal(leased.length, owners.length);
  },
};

const methods = ['loadAttachments', 'loadIdleThreads', 'deleteIdleThread'] as const;

/** Makes cases for stores with the methods. A store has all of them or none. */
const casesOf = (named: typeof cases): readonly Case[] =>
  Object.entries(named).map(([name, check]) => ({
    name: `retention: ${name}`,
    check: async (trial) => {
      const { store, equal } = trial;
      const missing = methods.filter((method) => typeof store[method] !== 'function' || isInherited(store, method));
      if (missing.length === methods.length) return;
      equal(missing, []);
      await check(trial);
    },
  }));

export const retention = casesOf(cases);
/** The cases for stores with owners. */
export const retentionOfOwners = casesOf(casesOfOwners);
