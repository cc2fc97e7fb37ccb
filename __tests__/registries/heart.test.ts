// What a registry does while its database is away, and when it is back.
import { setTimeout } from 'node:timers/promises';
import type { Beat, BeatOutcome, RunBackend } from '../../src/registries/backend';
import { SharedRunRegistry } from '../../src/registries/shared-registry';
import type { RunSnapshot } from '../../src/runs/registry';
import { RecordingLogger } from '../support/recording-logger';

const nothing: BeatOutcome = { held: [], taken: [], requests: { cancels: [], readers: [] }, counts: [] };

/** A database that is reached or not, as a test says. */
class ScriptedBackend {
  readonly name = 'ScriptedBackend';
  isAway = false;
  /** `at` is the time of the answer, in milliseconds. */
  readonly beats: (Beat & { at: number })[] = [];
  readonly ends: string[] = [];
  lost: string | undefined;

  async #reach<T>(value: T): Promise<T> {
    if (this.isAway) throw new Error('away');
    return value;
  }

  async beat(beat: Beat): Promise<BeatOutcome> {
    await this.#reach(undefined);
    this.beats.push({ ...beat, at: performance.now() });
    return { ...nothing, held: beat.runs.map(({ id }) => id).filter((id) => id !== this.lost) };
  }

  begin = () =>
    this.#reach({ kind: 'begun', token: 1, createdAt: '', status: 'running', replaced: [], awaited: [] } as const);
  end = async ({ id }: { id: string }) => void this.ends.push(await this.#reach(id));
  listen = async () => undefined;
  leave = () => this.#reach(undefined);
  fence = <T>(_key: unknown, write: () => Promise<T>) => write();
  isFenced = () => false;
}

const host = () => ({
  cancel: async () => true,
  pendingItems: () => [],
  follow: () => Promise.reject(new Error('unused')),
  forget: () => undefined,
  version: 0,
  snapshot: (): RunSnapshot => ({ pending: [] }),
  lose: jest.fn(),
});

const leaseMs = 200;

function start() {
  const backend = new ScriptedBackend();
  const registry = new SharedRunRegistry(backend as unknown as RunBackend, { leaseMs, heartbeatMs: 40 });
  const logger = new RecordingLogger();
  registry.open({ logger, needsCounts: false, canRecover: () => true, recover: async () => undefined });
  return { backend, registry, logger };
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await setTimeout(5);
}

const messages = ({ lines }: RecordingLogger) => lines.map(({ message }) => message);

test('takes nothing over before the database has answered for the time of a lease, also after an outage', async () => {
  const { backend, registry, logger } = start();
  // From the first answer to the heartbeat that takes over.
  const waitsMs = async () => {
    await until(() => backend.beats.some(({ maxTaken }) => maxTaken > 0));
    return backend.beats.find(({ maxTaken }) => maxTaken > 0)!.at - backend.beats[0]!.at;
  };
  expect(await waitsMs()).toBeGreaterThanOrEqual(leaseMs - 20);
  backend.isAway = true;
  await until(() => messages(logger).includes('the registry of runs is away; open runs continue'));
  backend.beats.splice(0);
  backend.isAway = false;
  expect(await waitsMs()).toBeGreaterThanOrEqual(leaseMs - 20);
  expect(messages(logger)).toEqual([
    'the registry of runs is away; open runs continue',
    'the registry of runs is back',
  ]);
  await registry.close();
});

test('an outage does not take a run down: its writes go on, and its end is recorded later', async () => {
  const { backend, registry } = start();
  const lease = await registry.begin({ id: 'run_1', thread_id: 'thr_1', policy: 'allow' });
  if ('joins' in lease) throw new Error('it joins');
  const run = host();
  lease.attach(run);
  backend.isAway = true;
  await setTimeout(2 * leaseMs); // so that the lease would have run out
  expect(await lease.guard?.(async () => 'written')).toBe('written');
  await lease.end(0);
  expect([run.lose.mock.calls.length, backend.ends]).toEqual([0, []]);
  backend.isAway = false;
  await until(() => backend.ends.length > 0);
  expect(backend.ends).toEqual(['run_1']);
  // Until then the lease was renewed.
  expect(backend.beats.some(({ runs }) => runs.some(({ id }) => id === 'run_1'))).toBe(true);
  await registry.close();
});

test('a begin is refused while the database is away, and nothing is kept of it', async () => {
  const { backend, registry } = start();
  backend.isAway = true;
  await expect(registry.begin({ id: 'run_1', thread_id: 'thr_1', policy: 'allow' })).rejects.toThrow('away');
  backend.isAway = false;
  await until(() => backend.beats.length > 1);
  expect(backend.beats.every(({ runs }) => runs.length === 0)).toBe(true);
  await registry.close();
});

test('a process that was paused asks before it writes', async () => {
  const { backend, registry } = start();
  const lease = await registry.begin({ id: 'run_1', thread_id: 'thr_1', policy: 'allow' });
  if ('joins' in lease) throw new Error('it joins');
  const run = host();
  lease.attach(run);
  backend.lost = 'run_1';
  const pausedUntil = performance.now() + 2 * leaseMs;
  while (performance.now() < pausedUntil); // no heartbeat, as in a process that is stopped
  const write = jest.fn(async () => undefined);
  await expect(lease.guard?.(write)).rejects.toMatchObject({ code: 'conflict' });
  expect(write).not.toHaveBeenCalled();
  expect(run.lose).toHaveBeenCalledTimes(1);
  await registry.close();
});

test.each([
  [{ leaseMs: 0 }, '`leaseMs`'],
  [{ leaseMs: 1.5 }, '`leaseMs`'],
  [{ heartbeatMs: '5' as never }, '`heartbeatMs`'],
  [{ leaseMs: 900, heartbeatMs: 600 }, 'twice'],
  [{ snapshotMs: -1 }, '`snapshotMs`'],
])('refuses %j', (options, says) => {
  expect(() => new SharedRunRegistry(new ScriptedBackend() as unknown as RunBackend, options)).toThrow(says);
});

test('accepts the least lease', () => {
  const options = { leaseMs: 1200, heartbeatMs: 600 };
  expect(new SharedRunRegistry(new ScriptedBackend() as unknown as RunBackend, options)).toBeDefined();
});
