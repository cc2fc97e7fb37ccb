// The tests of a registry that one process needs.
import assert from 'node:assert/strict';
import type { RunRegistry } from '../runs/registry';
import { FakeHost, lease, newRun, openInstance, read, refusedWith, start, until } from './run-trial';

/** A test of a registry. `create` makes a registry of another process each time. */
export interface RegistryTest {
  name: string;
  check: (create: () => Promise<RunRegistry>) => Promise<void>;
}

type Check = (registry: RunRegistry) => Promise<void>;

const tests: [string, Check][] = [
  [
    'an open run is listed and found until its end',
    async (registry) => {
      const first = newRun();
      const second = newRun({ thread_id: first.thread_id });
      const hosts = [await start(registry, first), await start(registry, second)];
      const listed = await registry.list(first.thread_id);
      assert.deepEqual(
        listed.map(({ id, thread_id, status }) => [id, thread_id, status]),
        [first, second].map(({ id, thread_id }) => [id, thread_id, 'running']),
      );
      assert.ok(listed.every(({ created_at }) => Math.abs(Date.parse(created_at) - Date.now()) < 60_000));
      assert.deepEqual(await registry.find(first.id), listed[0]);
      assert.deepEqual(await registry.list('thr_other'), []);
      for (const host of hosts) await host.end();
      assert.deepEqual(await registry.list(first.thread_id), []);
      assert.equal(await registry.find(first.id), undefined);
      assert.ok(hosts.every(({ isForgotten }) => isForgotten));
    },
  ],
  [
    'a run that has ended is kept and can be followed, then is forgotten',
    async (registry) => {
      const run = newRun();
      const host = await start(registry, run, 300);
      host.say('a', 'b');
      await host.end();
      assert.equal((await registry.find(run.id))?.status, 'ended');
      assert.deepEqual(await registry.list(run.thread_id), []);
      assert.deepEqual(await read(await registry.follow(run.id, 1)), ['b']);
      await until('the run is forgotten', async () => (await registry.find(run.id)) === undefined);
      assert.equal(host.isForgotten, true);
      assert.equal(await registry.follow(run.id, undefined), undefined);
    },
  ],
  [
    'a reader follows an open run from its start, from an event, and from a snapshot',
    async (registry) => {
      const run = newRun();
      const host = await start(registry, run);
      host.say('a', 'b');
      const readers = await Promise.all([0, 1, undefined].map((after) => registry.follow(run.id, after)));
      host.say('c');
      await host.end();
      const texts = await Promise.all(readers.map((reader) => read(reader)));
      assert.deepEqual(texts, [
        ['a', 'b', 'c'],
        ['b', 'c'],
        ['snapshot', 'c'],
      ]);
    },
  ],
  [
    'a reader waits for a run that is not attached, and learns that it never began',
    async (registry) => {
      const run = newRun();
      const begun = await lease(registry, run);
      const reader = registry.follow(run.id, undefined);
      await begun.end(0);
      assert.equal(await reader, undefined);
      assert.equal(await registry.follow('run_unknown', undefined), undefined);
    },
  ],
  [
    'cancel ends the open runs, and counts only those that it has ended',
    async (registry) => {
      const [first, second] = [newRun(), newRun()];
      const hosts = [await start(registry, first), await start(registry, second, 1000)];
      await hosts[1]?.end();
      const ids = [first.id, second.id, 'run_unknown'];
      assert.equal(await registry.cancel(ids, 'stopped'), 1);
      assert.deepEqual(
        hosts.map(({ cancels }) => cancels),
        [['stopped'], []],
      );
      assert.equal(await registry.cancel(ids, 'stopped'), 0);
    },
  ],
  [
    'a run that is cancelled before it is attached is cancelled when it is',
    async (registry) => {
      const run = newRun();
      const begun = await lease(registry, run);
      const cancelled = registry.cancel([run.id], 'stopped');
      const host = new FakeHost(begun);
      assert.equal(await cancelled, 1);
      assert.deepEqual(host.cancels, ['stopped']);
    },
  ],
  [
    'pendingItems returns the items of the open runs, in their order',
    async (registry) => {
      const run = newRun();
      const { thread_id } = run;
      const [first, second] = [await start(registry, run), await start(registry, newRun({ thread_id }))];
      first.write('one');
      second.write('two');
      assert.deepEqual(await registry.pendingItems(thread_id), [...first.pending, ...second.pending]);
      assert.deepEqual(await registry.pendingItems('thr_other'), []);
      for (const host of [first, second]) await host.end();
      assert.deepEqual(await registry.pendingItems(thread_id), []);
    },
  ],
  [
    'allow begins a second run of the thread',
    async (registry) => {
      const run = newRun();
      const host = await start(registry, run);
      const second = await lease(registry, newRun({ thread_id: run.thread_id }));
      assert.deepEqual([second.hasWaited, second.turn, host.cancels], [false, undefined, []]);
      await Promise.all([second.end(0), host.end()]);
    },
  ],
  [
    'refuse refuses a run while the thread has an open one, and accepts it afterwards',
    async (registry) => {
      const run = newRun({ policy: 'refuse', answers: 'msg_1' });
      const host = await start(registry, run);
      await refusedWith('conflict', registry.begin({ ...run, id: newRun().id }));
      assert.deepEqual((await registry.list(run.thread_id)).length, 1);
      await host.end();
      await (await lease(registry, { ...run, id: newRun().id })).end(0);
    },
  ],
  [
    'refuse lets a run wait whose request is stored',
    async (registry) => {
      const run = newRun({ policy: 'refuse' });
      const host = await start(registry, run);
      const second = await lease(registry, { ...run, id: newRun().id, isStored: true });
      assert.equal((await registry.list(run.thread_id))[1]?.status, 'queued');
      await Promise.all([second.turn, host.end()]);
      await second.end(0);
    },
  ],
  [
    'queue lets runs wait for all earlier ones, and refuses the eleventh',
    async (registry) => {
      const run = newRun({ policy: 'queue' });
      const first = await start(registry, run);
      const waiting = [];
      for (let count = 0; count < 10; count++) waiting.push(await lease(registry, { ...run, id: newRun().id }));
      await refusedWith('conflict', registry.begin({ ...run, id: newRun().id }));
      const begun: number[] = [];
      const turns = waiting.map(({ turn }, index) => turn?.then(() => begun.push(index)));
      await first.end();
      for (const [index, one] of waiting.entries()) {
        await turns[index];
        assert.deepEqual(begun, [...Array(index + 1).keys()]);
        await one.end(0);
      }
    },
  ],
  [
    'replace cancels the open runs and waits for their end',
    async (registry) => {
      const run = newRun({ policy: 'replace' });
      const host = await start(registry, run);
      const second = await lease(registry, { ...run, id: newRun().id });
      assert.deepEqual([host.cancels, second.hasWaited, second.turn], [['replaced'], true, undefined]);
      await second.end(0);
    },
  ],
  [
    'replace lets a run wait in its turn whose request is stored',
    async (registry) => {
      const run = newRun({ policy: 'replace' });
      const host = await start(registry, run);
      const second = await lease(registry, { ...run, id: newRun().id, isStored: true });
      await second.turn;
      assert.deepEqual([host.cancels, second.hasWaited], [['replaced'], true]);
      await second.end(0);
    },
  ],
  [
    'a run replaces the open run that answers the same message, and no other',
    async (registry) => {
      const run = newRun({ answers: 'msg_1' });
      const hosts = [await start(registry, run)];
      hosts.push(await start(registry, { ...run, id: newRun().id, answers: 'msg_2' }));
      const again = await start(registry, { ...run, id: newRun().id });
      assert.deepEqual(
        [...hosts, again].map(({ cancels }) => cancels),
        [['replaced'], [], []],
      );
      for (const host of [hosts[1], again]) await host?.end();
    },
  ],
  [
    'the key of a run that is open or kept is joined, before anything is refused or replaced',
    async (registry) => {
      const run = newRun({ key: 'key', policy: 'replace', answers: 'msg_1' });
      const host = await start(registry, run, 300);
      const join = () => registry.begin({ ...run, id: newRun().id });
      assert.deepEqual(await join(), { joins: run.id });
      assert.deepEqual(host.cancels, []);
      const other = await lease(registry, newRun({ key: 'other' }));
      await other.end(0);
      await host.end();
      assert.deepEqual(await join(), { joins: run.id });
      await until('the key is forgotten', async () => (await registry.find(run.id)) === undefined);
      const again = await join();
      assert.ok('end' in again);
      await again.end(0);
    },
  ],
  [
    'of many runs that refuse, at once, one begins',
    async (registry) => {
      const run = newRun({ policy: 'refuse' });
      const begun = await Promise.allSettled(
        Array.from({ length: 20 }, () => registry.begin({ ...run, id: newRun().id })),
      );
      const leases = begun.flatMap((one) => (one.status === 'fulfilled' && 'end' in one.value ? [one.value] : []));
      assert.equal(leases.length, 1);
      await leases[0]?.end(0);
    },
  ],
  [
    'of many runs of one key, at once, one begins and the others join it',
    async (registry) => {
      const run = newRun({ key: 'many' });
      const begun = await Promise.all(Array.from({ length: 20 }, () => registry.begin({ ...run, id: newRun().id })));
      const leases = begun.flatMap((one) => ('end' in one ? [one] : []));
      const joined = new Set(begun.flatMap((one) => ('joins' in one ? [one.joins] : [])));
      assert.deepEqual([leases.length, [...joined]], [1, [leases[0]?.id]]);
      await leases[0]?.end(0);
    },
  ],
  [
    'forgetOwner ends and forgets the runs of one owner',
    async (registry) => {
      const [ann, bob] = [newRun().id, newRun().id];
      const runs = [newRun({ owner: ann }), newRun({ owner: ann }), newRun({ owner: bob })];
      const hosts = [];
      for (const run of runs) hosts.push(await start(registry, run, 60_000));
      await hosts[1]?.end();
      await registry.forgetOwner(ann);
      assert.deepEqual(hosts[0]?.cancels, ['closed']);
      const found = await Promise.all(runs.map(async ({ id }) => (await registry.find(id))?.status));
      assert.deepEqual(found, [undefined, undefined, 'running']);
      await hosts[2]?.end();
    },
  ],
  [
    'close forgets the runs that have ended',
    async (registry) => {
      const run = newRun();
      const host = await start(registry, run, 60_000);
      await host.end();
      await registry.close();
      assert.equal(host.isForgotten, true);
    },
  ],
];

/** The tests of any registry. */
export const aloneTests: RegistryTest[] = tests.map(([name, check]) => ({
  name,
  check: async (create) => check(openInstance(await create()).registry),
}));
