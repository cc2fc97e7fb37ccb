// Leases: an unsent attachment is out of reach before its bytes are deleted, so that no message can use it.
import { NotFoundError } from '../errors';
import { makeAttachment, makeThread, numbered } from './documents';
import { allDone, type Case, type Trial } from './trial';

const later = () => new Date(Date.now() + 60_000);
const earlier = () => new Date(Date.now() - 60_000);

/** Returns true when the store leases attachments, which is optional. */
async function leases({ store, contextOf }: Trial): Promise<boolean> {
  const context = contextOf('prober');
  await store.saveAttachment(makeAttachment('probe'), context);
  const leased = await store.leaseUnsentAttachments({ before: later(), limit: 10 });
  for (const { owner, attachment } of leased) await store.deleteLeasedAttachment({ owner, id: attachment.id });
  if (leased.length === 0) await store.deleteAttachment('probe', context);
  return leased.length > 0;
}

const cases: Record<string, (trial: Trial) => Promise<void>> = {
  'takes what is old enough and in no thread': async ({ store, ann, equal }) => {
    const whole = makeAttachment('f', { metadata: { own: [1] }, kept: { by: 'the server' } });
    await store.saveThread(makeThread('t'), ann);
    await store.saveAttachment(whole, ann);
    await store.saveAttachment(makeAttachment('attached', { thread_id: 't' }), ann);
    await store.saveAttachment(makeAttachment('later'), ann);
    await store.saveAttachment(makeAttachment('later', { thread_id: 't' }), ann);
    equal(await store.leaseUnsentAttachments({ before: earlier(), limit: 10 }), []);
    const leased = await store.leaseUnsentAttachments({ before: later(), limit: 10 });
    equal(
      leased.map(({ attachment }) => attachment),
      [whole],
    );
    for (const id of ['attached', 'later'])
      equal(await store.loadAttachment(id, ann), makeAttachment(id, { thread_id: 't' }));
  },

  'takes it out of reach, until it is deleted': async ({ store, ann, equal, notFound }) => {
    await store.saveAttachment(makeAttachment('f'), ann);
    const [first] = await store.leaseUnsentAttachments({ before: later(), limit: 10 });
    await notFound(store.loadAttachment('f', ann));
    await notFound(store.saveAttachment(makeAttachment('f', { thread_id: 't' }), ann));
    await notFound(store.saveAttachment(makeAttachment('f'), ann));
    await notFound(store.attachToThread(makeAttachment('f', { thread_id: 't' }), ann));
    // The next sweep leases it again, because a sweep may have been interrupted.
    equal(await store.leaseUnsentAttachments({ before: later(), limit: 10 }), [first]);
    const lease = { owner: first?.owner ?? '', id: 'f' };
    await store.deleteLeasedAttachment(lease);
    await store.deleteLeasedAttachment(lease);
    equal(await store.leaseUnsentAttachments({ before: later(), limit: 10 }), []);
    await store.saveAttachment(makeAttachment('f', { name: 'again' }), ann);
    equal(await store.loadAttachment('f', ann), makeAttachment('f', { name: 'again' }));
    // The lease was for the deleted row, and does not apply to the new row with its id.
    await store.deleteLeasedAttachment(lease);
    equal(await store.loadAttachment('f', ann), makeAttachment('f', { name: 'again' }));
  },

  'takes no more than asked for, and first what was never taken': async ({ store, ann, equal }) => {
    const ids = numbered(5, 'f');
    for (const id of ids) await store.saveAttachment(makeAttachment(id), ann);
    const lease = async (limit: number) =>
      (await store.leaseUnsentAttachments({ before: later(), limit })).map(({ attachment }) => attachment.id);
    const [first, second] = [await lease(2), await lease(2)];
    equal([first.length, second.length, new Set([...first, ...second]).size], [2, 2, 4]);
    const third = await lease(2);
    equal(
      ids.filter((id) => ![...first, ...second].includes(id)).filter((id) => !third.includes(id)),
      [],
    );
  },

  'and a message at the same moment: one of them gets it': async ({ store, ann, equal }) => {
    for (const id of numbered(30, 'f')) {
      await store.saveAttachment(makeAttachment(id), ann);
      const attach = async () => {
        try {
          await store.attachToThread(makeAttachment(id, { thread_id: 't' }), ann);
          return true;
        } catch (error) {
          if (error instanceof NotFoundError) return false;
          throw error;
        }
      };
      const lease = () => store.leaseUnsentAttachments({ before: later(), limit: 10 });
      let leased: Awaited<ReturnType<typeof lease>> = [];
      let isAttached = false;
      await allDone([attach().then((attached) => (isAttached = attached)), lease().then((found) => (leased = found))]);
      equal([id, leased.length], [id, isAttached ? 0 : 1]);
      for (const { owner } of leased) await store.deleteLeasedAttachment({ owner, id });
    }
  },

  'goes with attaching in one step: of two threads that want an attachment at once, one gets it': async (trial) => {
    const { store, ann, equal } = trial;
    for (const id of numbered(30, 'f')) {
      await store.saveAttachment(makeAttachment(id), ann);
      const outcomes = await Promise.allSettled(
        ['t', 'u'].map((thread_id) => store.attachToThread(makeAttachment(id, { thread_id }), ann)),
      );
      const winners = ['t', 'u'].filter((_thread, index) => outcomes[index]?.status === 'fulfilled');
      equal(winners, [(await store.loadAttachment(id, ann)).thread_id]);
    }
  },
};

const ownersApart: typeof cases = {
  'keeps owners apart': async ({ store, contextOf, equal, notFound }) => {
    const owners = ['user_a', 'user_b', 'x'.repeat(2000), 'o\0dd', '%'];
    for (const owner of owners) await store.saveAttachment(makeAttachment('f', { name: owner }), contextOf(owner));
    const leased = await store.leaseUnsentAttachments({ before: later(), limit: 10 });
    equal(leased.map(({ attachment }) => attachment.name).toSorted(), owners.toSorted());
    for (const [index, { owner, attachment }] of leased.entries()) {
      await store.deleteLeasedAttachment({ owner, id: 'f' });
      await store.saveAttachment(makeAttachment('f', { thread_id: 't' }), contextOf(attachment.name));
      for (const other of leased.slice(index + 1)) {
        await notFound(store.loadAttachment('f', contextOf(other.attachment.name)));
      }
    }
  },
};

const casesOf = (named: typeof cases): readonly Case[] =>
  Object.entries(named).map(([name, check]) => ({
    name: `a lease of attachments that were never sent ${name}`,
    check: async (trial) => {
      if (await leases(trial)) await check(trial);
    },
  }));

export const leasing = casesOf(cases);
/** The cases for stores with owners. */
export const leasingOfOwners = casesOf(ownersApart);
