// The tests of a registry that several processes share.
import assert from 'node:assert/strict';
import type { RunRegistry } from '../runs/registry';
import type { RegistryTest } from './registry-alone';
import { FakeHost, type Instance, lease, newRun, openInstance, read, refusedWith, start, until } from './run-trial';

type Check = (
  a: Instance,
  b: Instance,
  /** Stops a registry as the death of its process does, or continues it as after a pause. */
  abandon: (registry: RunRegistry) => void,
) => Promise<void>;

const tests: [string, Check][] = [
  [
    'an open run is listed and found by another process, and its end is',
    async (a, b) => {
      const run = newRun();
      const host = await start(a.registry, run, 60_000);
      assert.deepEqual(await b.registry.list(run.thread_id), await a.registry.list(run.thread_id));
      assert.equal((await b.registry.find(run.id))?.status, 'running');
      await host.end();
      assert.deepEqual(await b.registry.list(run.thread_id), []);
      assert.equal((await b.registry.find(run.id))?.status, 'ended');
    },
  ],
  [
    'a run that was kept is found by no process',
    async (a, b) => {
      const run = newRun();
      await (await start(a.registry, run, 100)).end();
      await until('the run is gone', async () => (await b.registry.find(run.id)) === undefined);
    },
  ],
  [
    'cancel reaches a run of another process, and waits for its end',
    async (a, b) => {
      const run = newRun();
      const host = await start(a.registry, run);
      assert.equal(await b.registry.cancel([run.id], 'stopped'), 1);
      assert.deepEqual(host.cancels, ['stopped']);
      assert.equal(await b.registry.cancel([run.id], 'stopped'), 0);
    },
  ],
  [
    'a run that another process has cancelled before it is attached is cancelled when it is',
    async (a, b) => {
      const run = newRun();
      const begun = await lease(a.registry, run);
      const cancelled = b.registry.cancel([run.id], 'stopped');
      const host = new FakeHost(begun);
      assert.equal(await cancelled, 1);
      assert.deepEqual(host.cancels, ['stopped']);
    },
  ],
  [
    'a run is followed in another process: from its start, from an event, from a snapshot',
    async (a, b) => {
      const run = newRun();
      const host = await start(a.registry, run);
      host.say('a', 'b');
      const readers = await Promise.all([0, 1, undefined].map((after) => b.registry.follow(run.id, after)));
      host.say('c');
      const texts = await Promise.all(readers.map((reader, index) => read(reader, 3 - Math.min(index, 1))));
      assert.deepEqual(texts, [
        ['a', 'b', 'c'],
        ['b', 'c'],
        ['snapshot', 'c'],
      ]);
      assert.deepEqual(
        readers.map((reader) => reader?.done),
        [false, false, false],
      );
      host.say('d');
      await host.end();
      assert.deepEqual(await Promise.all(readers.map((reader) => read(reader))), [['d'], ['d'], ['d']]);
    },
  ],
  [
    'events that are read in another process have their numbers',
    async (a, b) => {
      const run = newRun();
      const host = await start(a.registry, run);
      host.say('a', 'b', 'c');
      await host.end();
      const kept = newRun();
      const other = await start(a.registry, kept, 60_000);
      other.say('a', 'b', 'c');
      await other.end();
      const reader = await b.registry.follow(kept.id, 1);
      assert.ok(reader);
      assert.equal(await b.registry.follow(run.id, 1), undefined);
      const counts: unknown[] = [];
      while (!reader.done) {
        for (const [index, event] of (reader.take() ?? []).entries()) {
          counts.push([event.type === 'progress_update' && event.text, reader.countAt(index)]);
        }
        if (!reader.done) await new Promise<void>((resolve) => reader.whenReady(resolve));
      }
      assert.deepEqual(counts, [
        ['b', 2],
        ['c', 3],
      ]);
    },
  ],
  [
    'a run is followed in another process before its first event, and arrives as it is written',
    async (a, b) => {
      const run = newRun();
      const host = await start(a.registry, run);
      const follower = await b.registry.follow(run.id, 0);
      host.say('first');
      const texts = await read(follower, 1);
      for (let block = 0; block < 30; block++) {
        host.say(`block ${block}`);
        await until('the block is read', async () => {
          texts.push(...(follower?.take() ?? []).map((event) => (event.type === 'progress_update' ? event.text : '')));
          return texts.at(-1) === `block ${block}`;
        });
      }
      assert.equal(texts.length, 31);
      await host.end();
    },
  ],
  [
    'a reader in another process that leaves is a reader no more',
    async (a, b) => {
      const run = newRun();
      const host = await start(a.registry, run);
      host.say('a');
      const reader = await b.registry.follow(run.id, 0);
      assert.equal(host.isRead, true);
      reader?.leave();
      await until('the run has no reader', () => {
        host.say('b');
        return !host.isRead;
      });
      await host.end();
    },
  ],
  [
    'refuse, queue and replace hold across processes',
    async (a, b) => {
      const run = newRun();
      const first = await start(a.registry, run);
      const other = (policy: 'refuse' | 'queue' | 'replace') => newRun({ thread_id: run.thread_id, policy });
      await refusedWith('conflict', b.registry.begin(other('refuse')));
      const queued = await lease(b.registry, other('queue'));
      assert.deepEqual(
        (await a.registry.list(run.thread_id)).map(({ status }) => status),
        ['running', 'queued'],
      );
      await Promise.all([queued.turn, first.end()]);
      const second = new FakeHost(queued);
      const third = await lease(a.registry, other('replace'));
      assert.deepEqual([second.cancels, third.hasWaited], [['replaced'], true]);
      await third.end(0);
    },
  ],
  [
    'of runs that refuse, at once in two processes, one begins',
    async (a, b) => {
      for (let times = 0; times < 5; times++) {
        const run = newRun({ policy: 'refuse' });
        const calls = Array.from({ length: 10 }, (_, index) =>
          (index % 2 ? a : b).registry.begin({ ...run, id: newRun().id }),
        );
        const leases = (await Promise.allSettled(calls)).flatMap((one) =>
          one.status === 'fulfilled' && 'end' in one.value ? [one.value] : [],
        );
        assert.equal(leases.length, 1);
        await leases[0]?.end(0);
      }
    },
  ],
  [
    'a key is joined in another process, and its run can be followed from the start',
    async (a, b) => {
      const run = newRun({ key: newRun().id });
      const host = await start(a.registry, run);
      host.say('a');
      assert.deepEqual(await b.registry.begin({ ...run, id: newRun().id }), { joins: run.id });
      const reader = await b.registry.follow(run.id, 0);
      await host.end();
      assert.deepEqual(await read(reader), ['a']);
      await until('the run is gone', async () => (await b.registry.find(run.id)) === undefined);
      const again = await b.registry.begin({ ...run, id: newRun().id });
      assert.ok('end' in again);
      await again.end(0);
    },
  ],
  [
    'the items that a run has begun are seen in another process a moment later',
    async (a, b) => {
      const run = newRun();
      const host = await start(a.registry, run);
      host.write('Hello');
      await until('the snapshot is there', async () => (await b.registry.pendingItems(run.thread_id)).length === 1);
      assert.deepEqual(await b.registry.pendingItems(run.thread_id), host.pending);
      await host.end();
      assert.deepEqual(await b.registry.pendingItems(run.thread_id), []);
    },
  ],
  [
    'the runs of other processes are counted, by owner',
    async (a, b) => {
      const owner = newRun().id;
      const hosts = [await start(a.registry, newRun({ owner })), await start(a.registry, newRun({ owner }))];
      await until('they are counted', () => b.registry.elsewhere(owner) === 2);
      assert.ok(b.registry.elsewhere() >= 2);
      assert.equal(a.registry.elsewhere(owner), 0);
      for (const host of hosts) await host.end();
      await until('they are not counted', () => b.registry.elsewhere(owner) === 0);
    },
  ],
  [
    'forgetOwner ends and forgets the runs of other processes',
    async (a, b) => {
      const owner = newRun().id;
      const runs = [newRun({ owner }), newRun({ owner })];
      const hosts = [];
      for (const run of runs) hosts.push(await start(a.registry, run, 60_000));
      await hosts[1]?.end();
      await b.registry.forgetOwner(owner);
      assert.deepEqual(hosts[0]?.cancels, ['closed']);
      for (const { id } of runs) assert.equal(await b.registry.find(id), undefined);
    },
  ],
  [
    'a run keeps its lease for many times the duration of a lease',
    async (a, b) => {
      const run = newRun();
      const host = await start(a.registry, run);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      assert.equal(host.isLost, false);
      assert.deepEqual(
        b.lost.filter(({ record }) => record.id === run.id),
        [],
      );
      await host.end();
    },
  ],
  [
    'a run whose process has died is taken over once, with its last snapshot',
    async (a, b, abandon) => {
      const run = newRun({ recovery: 'how' });
      const host = await start(a.registry, run);
      host.checkpoint = { at: 7 };
      host.write('Hello');
      await until('the snapshot is there', async () => (await b.registry.pendingItems(run.thread_id)).length === 1);
      abandon(a.registry);
      b.recover = async ({ lease: taken }) => {
        new FakeHost(taken);
      };
      await until('it is taken over', () => b.lost.some(({ record }) => record.id === run.id));
      const found = b.lost.filter(({ record }) => record.id === run.id);
      assert.deepEqual(
        found.map(({ snapshot, recovery, record, cancelled }) => [snapshot, recovery, record.thread_id, cancelled]),
        [[{ pending: host.pending, checkpoint: { at: 7 } }, 'how', run.thread_id, undefined]],
      );
      assert.equal(await b.registry.cancel([run.id], 'stopped'), 1);
      assert.equal(b.lost.filter(({ record }) => record.id === run.id).length, 1);
    },
  ],
  [
    'a process that has lost a run writes nothing, ends nothing, and is told',
    async (a, b, abandon) => {
      const run = newRun();
      const begun = await lease(a.registry, run);
      const host = new FakeHost(begun);
      let writes = 0;
      const write = async () => {
        writes++;
      };
      await begun.guard?.(write);
      assert.equal(writes, 1);
      abandon(a.registry);
      let successor: FakeHost | undefined;
      b.recover = async ({ lease: taken }) => {
        successor = new FakeHost(taken);
      };
      await until('it is taken over', () => successor);
      await refusedWith('conflict', begun.guard?.(write) ?? Promise.resolve());
      assert.deepEqual([writes, host.isLost], [1, true]);
      await begun.end(0);
      assert.equal((await b.registry.find(run.id))?.status, 'running');
      await successor?.end();
    },
  ],
  [
    'a run that was to be cancelled when its process died is taken over with the reason',
    async (a, b, abandon) => {
      const run = newRun();
      await start(a.registry, run);
      abandon(a.registry);
      const cancelled = b.registry.cancel([run.id], 'stopped');
      await until('it is taken over', () => b.lost.some(({ record }) => record.id === run.id));
      assert.equal(b.lost.find(({ record }) => record.id === run.id)?.cancelled, 'stopped');
      assert.equal(await cancelled, 1);
    },
  ],
  [
    'a run that could not be taken over is taken over again',
    async (a, b, abandon) => {
      const run = newRun();
      await start(a.registry, run);
      abandon(a.registry);
      let times = 0;
      b.recover = async ({ lease: taken, record }) => {
        if (record.id === run.id && ++times === 1) throw new Error('the store is away');
        await taken.end(0);
      };
      await until('it is taken over twice', () => times === 2);
    },
  ],
];

/** The tests of a registry that several processes share. */
export const sharedTests = (abandon: (registry: RunRegistry) => void): RegistryTest[] =>
  tests.map(([name, check]) => ({
    name,
    check: async (create) => check(openInstance(await create()), openInstance(await create()), abandon),
  }));
