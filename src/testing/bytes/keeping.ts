// Bytes that wait to be kept: they can be read, and are removed when they are old, unless they were kept first.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { allDone } from '../trial';
import type { BytesKey } from '../../attachments/attachment-store';
import { type BytesCase, type BytesTrial, details, makeBytes, outcome } from './trial';

/** Returns a time after all earlier writes. */
const later = () => new Date(Date.now() + 60_000);

async function writeLoose({ store }: BytesTrial, key: BytesKey, bytes: Buffer): Promise<void> {
  const { signal } = new AbortController();
  await store.writeBytes(key, Readable.from([bytes]), { ...details, signal, untilKept: true });
}

const cases: Record<string, (trial: BytesTrial) => Promise<void>> = {
  'are read like others, and deleted like others': async (trial) => {
    const { store, key, read, same, equal, missing } = trial;
    await writeLoose(trial, key('a'), makeBytes(1000));
    same(await read(key('a')), makeBytes(1000));
    same(await read(key('a'), { start: 10, end: 20 }), makeBytes(1000).subarray(10, 21));
    equal((await store.statBytes(key('a'))).size, 1000);
    await store.deleteBytes(key('a'));
    await missing(key('a'));
  },

  'are removed once they are old, and those that were kept stay': async (trial) => {
    const { store, key, write, read, same, missing } = trial;
    for (const id of ['loose', 'kept']) await writeLoose(trial, key(id), makeBytes(1000));
    await write(key('plain'), makeBytes(10));
    await store.keepBytes?.(key('kept'));
    await store.keepBytes?.(key('kept'));
    await store.keepBytes?.(key('plain'));
    await store.removeUnfinished?.(new Date(Date.now() - 60_000));
    same(await read(key('loose')), makeBytes(1000));
    await store.removeUnfinished?.(later());
    await missing(key('loose'));
    same(await read(key('kept')), makeBytes(1000));
    same(await read(key('plain')), makeBytes(10));
    await store.deleteBytes(key('kept'));
    await missing(key('kept'));
  },

  'do not replace what was kept, and are gone with it': async (trial) => {
    const { store, key, read, same, missing } = trial;
    await writeLoose(trial, key('a'), makeBytes(1000, 1));
    await store.keepBytes?.(key('a'));
    await writeLoose(trial, key('a'), makeBytes(1000, 2));
    same(await read(key('a')), makeBytes(1000, 1));
    await store.keepBytes?.(key('a'));
    same(await read(key('a')), makeBytes(1000, 1));
    await store.deleteBytes(key('a'));
    await missing(key('a'));
  },

  'cannot be kept when they are not there': async ({ store, key, equal }) => {
    equal(await outcome(store.keepBytes?.(key('a')) ?? Promise.resolve()), 'NotFoundError');
  },

  'are kept and read only if they are those that were checked': async (trial) => {
    const { store, key, read, same, equal } = trial;
    await writeLoose(trial, key('a'), makeBytes(1000, 1));
    const { etag: before } = await store.statBytes(key('a'));
    await writeLoose(trial, key('a'), makeBytes(1000, 2));
    const { etag } = await store.statBytes(key('a'));
    if (before === undefined || etag === undefined) return;
    equal(await outcome(store.readBytes(key('a'), undefined, before)), 'rejected');
    equal(await outcome(store.keepBytes?.(key('a'), before) ?? Promise.resolve()), 'rejected');
    const part = await buffer(await store.readBytes(key('a'), { start: 10, end: 20 }, etag));
    same(part, makeBytes(1000, 2).subarray(10, 21));
    await store.keepBytes?.(key('a'), etag);
    await store.keepBytes?.(key('a'), before); // already permanent
    await writeLoose(trial, key('a'), makeBytes(1000, 3));
    same(await read(key('a')), makeBytes(1000, 2));
  },

  'are kept by two at once': async (trial) => {
    const { store, key, read, same, equal } = trial;
    for (let round = 0; round < 20; round++) {
      const one = key(`a_${round}`);
      await writeLoose(trial, one, makeBytes(100, round));
      const { etag } = await store.statBytes(one);
      const keeps = [1, 2, 3].map(async () => outcome(store.keepBytes?.(one, etag) ?? Promise.resolve()));
      equal(await Promise.all(keeps), ['resolved', 'resolved', 'resolved']);
      same(await read(one), makeBytes(100, round));
    }
  },

  'are kept or removed, when both are wanted at once': async (trial) => {
    const { store, key, read, same, missing } = trial;
    for (let round = 0; round < 20; round++) {
      const one = key(`a_${round}`);
      await writeLoose(trial, one, makeBytes(100, round));
      let kept = '';
      await allDone([
        outcome(store.keepBytes?.(one) ?? Promise.resolve()).then((how) => (kept = how)),
        store.removeUnfinished?.(later()) ?? Promise.resolve(),
      ]);
      if (kept === 'resolved') same(await read(one), makeBytes(100, round));
      else await missing(one);
    }
  },
};

/** The cases for stores with `keepBytes`. */
export const keeping: readonly BytesCase[] = Object.entries(cases).map(([name, check]) => ({
  name: `bytes that nobody may want ${name}`,
  check: async (trial) => {
    if (trial.store.keepBytes) await check(trial);
  },
}));
