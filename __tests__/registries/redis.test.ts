// The registry on Redis apart from its contract: clients, keys, lost connections, lost data, and clusters.
import { setTimeout as wait } from 'node:timers/promises';
import { RedisRunRegistry, type RedisRunRegistryOptions } from 'chatkit-express/redis';
import { runRegistrySuite } from 'chatkit-express/testing';
import Redis, { Cluster } from 'ioredis';
import { createClient, createClientPool, createCluster, RESP_TYPES } from 'redis';
import { RedisRunBackend } from '../../src/registries/redis/backend';
import { redisCalls } from '../../src/registries/redis/client';
import { lease, newRun, openInstance, read, start, until } from '../../src/testing/run-trial';
import { redisClients, type TestClient } from '../support/redis-clients';
import { describeOnRedis, startRedis } from '../support/redis-server';
import { sized } from '../support/sizes';

const times = { leaseMs: 600, heartbeatMs: 200 };
/** Signals that do not arrive make each test with these fail by its timeout. */
const slowTimes = { leaseMs: 60_000, heartbeatMs: 30_000 };
const never = () => Promise.resolve(null);

describe('options', () => {
  const client = createClient();
  const make = (options: Record<string, unknown>) => () => new RedisRunRegistry({ client, ...options });

  test.each([
    ['nothing', undefined],
    ['a URL', 'redis://127.0.0.1'],
    ['an object', {}],
    ['a client of redis 3', { connected: true, eval: never, evalsha: never, duplicate: never }],
    ['a client over HTTP', { eval: never, evalsha: never }],
  ])('the client is refused: %s', (_name, given) => {
    expect(make({ client: given })).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringContaining('`client` must be a client'),
      }),
    );
  });

  test('clients of both packages are accepted', () => {
    expect(make({})).not.toThrow();
    expect(make({ client: createCluster({ rootNodes: [] }) })).not.toThrow();
    expect(make({ client: new Redis({ lazyConnect: true }) })).not.toThrow();
  });

  test('a client that cannot be duplicated needs `listen: false`', () => {
    const pool = createClientPool();
    expect(make({ client: pool })).toThrow('set `listen: false`');
    expect(make({ client: pool, listen: false })).not.toThrow();
  });

  test.each([
    ...['', '{a}', 'a}', 'a'.repeat(101), '\ud800', 5, null].map((prefix) => ({ prefix })),
    ...['yes', 1, null].map((listen) => ({ listen })),
    ...[0, 1.5, Number.NaN, '5', 604_800_001, null].map((keepLostMs) => ({ keepLostMs })),
    { leaseMs: 100, heartbeatMs: 51 },
  ])('%p is refused', (options) => {
    expect(make(options)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  test.each([
    ...['a', 'é', 'a:b', 'a'.repeat(100)].map((prefix) => ({ prefix })),
    { listen: false },
    ...[1, 604_800_000].map((keepLostMs) => ({ keepLostMs })),
    { leaseMs: 100, heartbeatMs: 50 },
  ])('%p is accepted', (options) => {
    expect(make(options)).not.toThrow();
  });
});

describeOnRedis('on Redis', (on) => {
  let client: TestClient;
  let ops: ReturnType<typeof createClient>;
  beforeAll(async () => {
    client = await redisClients.redis(on.server.url);
    ops = createClient({ url: on.server.url, socket: { reconnectStrategy: 20 } });
    ops.on('error', () => undefined);
    await ops.connect();
  });
  afterAll(async () => {
    await client?.close();
    ops?.destroy();
  });
  afterEach(() => ops.flushAll());

  const backendOf = (given: unknown = client.client, timeoutMs = 1000) =>
    new RedisRunBackend({
      name: 'test',
      calls: redisCalls('test', given, timeoutMs),
      prefix: 'chatkit',
      isListening: true,
      lifetimeMs: 60_000,
    });
  const row = (id: string) => ({
    ...{ id, threadId: `thr_${id}`, instance: 'one', owner: 'ann', key: 'key', answers: null, recovery: 'how' },
  });
  const rule = { policy: 'allow', maxQueued: null, queuesReplaced: false, leaseMs: 600 } as const;
  const beatOf = (ids: string[], more = {}) => ({
    instance: 'one',
    leaseMs: 600,
    runs: ids.map((id) => ({ id, token: 1, status: 'running' as const, snapshot: null })),
    maxTaken: 0,
    needsCounts: false,
    ...more,
  });

  /** Follows a run of one process in another one, and stops it there. Needs signals, because the heartbeat is slow. */
  const scenario = async (
    one: RedisRunRegistryOptions['client'],
    other: RedisRunRegistryOptions['client'],
    prefix?: string,
  ) => {
    const registries = [one, other].map((each) => new RedisRunRegistry({ client: each, prefix, ...slowTimes }));
    const [a, b] = registries.map((registry) => openInstance(registry));
    await wait(300); // so that both listen
    const run = newRun();
    const host = await start(a!.registry, run);
    host.say('a');
    const reader = await b!.registry.follow(run.id, 0);
    expect(await read(reader, 1)).toEqual(['a']);
    expect(await b!.registry.cancel([run.id], 'stopped')).toBe(1);
    expect(await read(reader)).toEqual([]);
    for (const registry of registries) await registry.close();
  };

  describe('keys', () => {
    const all = () => ops.keys('*');

    test('begin with the prefix, expire, and are gone after the end', async () => {
      const registries = [1, 2].map(() => new RedisRunRegistry({ client: client.client, prefix: 'a:b', ...times }));
      const [a, b] = registries.map((registry) => openInstance(registry));
      const check = async (least: number) => {
        const keys = await all();
        expect(keys.length).toBeGreaterThanOrEqual(least);
        expect(keys.filter((key) => !key.startsWith('{a:b}:runs:'))).toEqual([]);
        for (const key of keys) expect([key, await ops.pTTL(key)]).not.toEqual([key, -1]);
      };
      const run = newRun({ owner: 'ann', key: 'key', recovery: 'how', answers: 'msg_1' });
      const host = await start(a!.registry, run, 300);
      host.write('Hello');
      host.say('a');
      await check(6);
      const reader = await b!.registry.follow(run.id, 0);
      await read(reader, 1);
      await check(10);
      const again = await lease(b!.registry, newRun({ thread_id: run.thread_id, policy: 'queue', owner: 'ann' }));
      const cancelled = b!.registry.cancel([run.id], 'stopped');
      await check(10);
      await Promise.all([cancelled, again.turn]);
      await check(6);
      await again.end(0);
      await until('no key is left', async () => (await all()).length === 0);
      for (const registry of registries) await registry.close();
    });

    test('no key is left after many runs of one owner and one thread', async () => {
      const registry = new RedisRunRegistry({ client: client.client, ...times });
      openInstance(registry);
      const threadId = newRun().thread_id;
      const run = () => newRun({ thread_id: threadId, owner: 'ann', key: newRun().id });
      const hosts = await Promise.all(Array.from({ length: 50 }, () => start(registry, run(), 400)));
      await Promise.all(hosts.map((host) => host.end()));
      await until('no key is left', async () => (await ops.dbSize()) === 0);
      expect(await ops.dbSize()).toBe(0);
      await registry.close();
    });

    test('a run is kept for a process that starts later, and is gone when none does', async () => {
      const options = { client: client.client, ...times, keepLostMs: 2000 };
      const died = new RedisRunRegistry(options);
      openInstance(died);
      const [taken, left] = [newRun({ recovery: 'how', owner: 'ann', key: 'k' }), newRun({ recovery: 'how' })];
      const host = await start(died, taken);
      host.write('Hello');
      await until(
        'the snapshot is stored',
        async () => (await ops.hGet(`{chatkit}:runs:run:${taken.id}`, 'snapshot')) !== null,
      );
      died.abandon();
      const heir = openInstance(new RedisRunRegistry(options));
      await until('it is taken over', () => heir.lost.length > 0);
      expect(heir.lost.map(({ record, snapshot }) => [record.id, snapshot?.pending])).toEqual([
        [taken.id, host.pending],
      ]);
      await lease(heir.registry, left);
      (heir.registry as unknown as { abandon(): void }).abandon();
      expect(await ops.dbSize()).toBeGreaterThan(0);
      await until('no key is left', async () => (await ops.dbSize()) === 0);
    });

    test('applications with different prefixes do not see each other', async () => {
      const [a, b] = ['a', 'b'].map((prefix) => new RedisRunRegistry({ client: client.client, prefix, ...times }));
      const run = newRun({ policy: 'refuse' });
      const first = await lease(a!, run);
      const second = await lease(b!, run);
      await expect(a!.begin({ ...run, id: newRun().id })).rejects.toMatchObject({ code: 'conflict' });
      await Promise.all([first.end(0), second.end(0)]);
    });

    test('a thread can have any id', async () => {
      const registry = new RedisRunRegistry({ client: client.client, ...times });
      const ids = ['\ud800', '\ufffd', '\0', 'é\u2028"\\', 'x'.repeat(2000), 'a:b', ' '];
      for (const id of ids) await lease(registry, newRun({ thread_id: id }));
      for (const id of ids) expect((await registry.list(id)).map(({ thread_id }) => thread_id)).toEqual([id]);
      await registry.close();
    });
  });

  test('only the clock of Redis counts', async () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(0);
    try {
      const backend = backendOf();
      const begun = await backend.begin(row('run_1'), rule);
      const { held, taken } = await backend.beat(beatOf(['run_1'], { maxTaken: 10 }));
      now.mockRestore();
      expect([held, taken]).toEqual([['run_1'], []]);
      expect(begun).toMatchObject({ kind: 'begun' });
      expect(Math.abs(Date.parse((begun as { createdAt: string }).createdAt) - Date.now())).toBeLessThan(60_000);
    } finally {
      now.mockRestore();
    }
  });

  describe('a client that is not connected', () => {
    test.each(['redis', 'ioredis'] as const)('is reported, and works once it is connected (%s)', async (name) => {
      const made = createClient({ url: on.server.url });
      const given = name === 'redis' ? made : new Redis(on.server.url, { lazyConnect: true });
      const backend = backendOf(given);
      if (name === 'redis') {
        await expect(backend.list('thr_1')).rejects.toMatchObject({
          code: 'unavailable',
          message: expect.stringContaining('the client is not connected'),
        });
        await made.connect();
      }
      expect(await backend.list('thr_1')).toEqual([]); // a lazy client of ioredis connects now
      if (given instanceof Redis) given.disconnect();
      else given.destroy();
      await until('it is closed', async () =>
        backend.list('thr_1').then(
          () => false,
          (error: unknown) => (error as Error).message.includes('the client is not connected'),
        ),
      );
    });

    test.each(['redis', 'ioredis'] as const)(
      'a server that cannot be reached is reported in time (%s)',
      async (name) => {
        const given =
          name === 'redis' ? createClient({ socket: { port: 1 } }) : new Redis({ port: 1, maxRetriesPerRequest: null });
        given.on('error', () => undefined);
        if (!(given instanceof Redis)) given.connect().catch(() => undefined);
        await expect(backendOf(given, 300).list('thr_1')).rejects.toMatchObject({ code: 'unavailable' });
        await expect(
          backendOf(given, 300).listen(
            () => undefined,
            () => undefined,
          ),
        ).rejects.toThrow();
        if (given instanceof Redis) given.disconnect();
        else given.destroy();
      },
    );
  });

  describe.each(['redis', 'ioredis'] as const)('with %s', (name) => {
    let made: TestClient;
    beforeAll(async () => {
      made = await redisClients[name](on.server.url);
    });
    afterAll(() => made?.close());

    test('a server that does not answer is reported, and a run that begins too late is ended', async () => {
      const backend = backendOf(made.client, 200);
      await backend.list('thr_1');
      on.server.signal('SIGSTOP');
      try {
        await expect(backend.begin(row('run_1'), rule)).rejects.toMatchObject({ code: 'unavailable' });
      } finally {
        on.server.signal('SIGCONT');
      }
      await until(
        'nothing is left',
        async () => (await ops.dbSize()) === 0 && (await backend.find('run_1')) === undefined,
      );
    });

    test('scripts that the server has forgotten are sent again', async () => {
      const backend = backendOf(made.client);
      await backend.list('thr_1');
      await ops.scriptFlush();
      expect(await backend.list('thr_1')).toEqual([]);
    });

    test('signals are lost with their connection, once, and arrive again after a further `listen`', async () => {
      const backend = backendOf(made.client);
      const received: unknown[] = [];
      const lost = jest.fn();
      await backend.listen((signal) => received.push(signal), lost);
      await backend.begin(row('run_1'), rule);
      await backend.cancel(['run_1'], 'stopped');
      await until('the signal arrives', () => received.length === 1);
      expect(received).toEqual([{ kind: 'look', instance: 'one' }]);
      await ops.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
      await until('it is lost', () => lost.mock.calls.length > 0);
      const stop = await backend.listen((signal) => received.push(signal), lost);
      await backend.cancel(['run_1'], 'stopped');
      await until('the signal arrives', () => received.length === 2);
      await stop?.();
      await backend.end({ id: 'run_1', token: 1 }, 0);
      expect(lost).toHaveBeenCalledTimes(1);
      expect(received).toHaveLength(2);
      await until('the connection is closed', async () => {
        const clients = await ops.sendCommand<string>(['CLIENT', 'LIST', 'TYPE', 'pubsub']);
        return clients.length === 0;
      });
    });

    test('a server that has lost its data gets the open runs back, from a process that was not frozen', async () => {
      const backend = backendOf(made.client);
      const back = () =>
        until('Redis is back', () =>
          backend.list('thr_1').then(
            () => true,
            () => false,
          ),
        );
      await backend.begin(row('run_1'), rule);
      const start = performance.now();
      await backend.beat(beatOf(['run_1']));
      await on.server.kill();
      await on.server.start();
      await back();
      // The process beats in time, however long this machine took for the restart.
      const early = jest.spyOn(performance, 'now').mockImplementation(() => start + 300);
      const restored = await backend.beat(beatOf(['run_1'])).finally(() => early.mockRestore());
      expect(restored.held).toEqual(['run_1']);
      expect(await backend.begin({ ...row('run_2'), threadId: 'thr_run_1' }, rule)).toEqual({
        kind: 'joined',
        id: 'run_1',
      });
      expect(await ops.hGet('{chatkit}:runs:run:run_1', 'recovery')).toBe('how');

      await on.server.kill();
      await on.server.start();
      await back();
      const now = performance.now();
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => now + 60_000);
      const { held } = await backend.beat(beatOf(['run_1'])).finally(() => clock.mockRestore());
      expect(held).toEqual([]);
    });

    test('a run that is missing on the same server is lost', async () => {
      const backend = backendOf(made.client);
      await backend.begin(row('run_1'), rule);
      await backend.beat(beatOf(['run_1']));
      await ops.del('{chatkit}:runs:run:run_1');
      expect((await backend.beat(beatOf(['run_1']))).held).toEqual([]);
    });
  });

  test('a reply that is lost loses no events, and brings none twice', async () => {
    const target = client.client as unknown as Record<string, unknown>;
    let losses = 0;
    const losing = new Proxy(target, {
      get(_target, property) {
        const value = target[property as string];
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...values: unknown[]) => unknown;
        if (property !== 'evalSha') return call;
        return async (sha: string, options: { arguments: string[] }) => {
          const reply = await call(sha, options);
          // A collection that has brought mail.
          const mail = Array.isArray(reply) && Array.isArray(reply[0]) ? (reply[0] as unknown[])[2] : undefined;
          if (!(Array.isArray(mail) && mail.length > 0) || losses++ % 2 === 1) return reply;
          throw new Error('the connection broke');
        };
      },
    });
    const [a, b] = [client.client, losing as never].map((each) =>
      openInstance(new RedisRunRegistry({ client: each, ...times })),
    );
    const run = newRun();
    const host = await start(a!.registry, run);
    const reader = await b!.registry.follow(run.id, 0);
    const expected = Array.from({ length: 5 }, (_, index) => `event ${index}`);
    const texts: string[] = [];
    for (const text of expected) {
      host.say(text);
      texts.push(...(await read(reader, 1)));
    }
    await host.end();
    texts.push(...(await read(reader)));
    expect(texts).toEqual(expected);
    expect(losses).toBeGreaterThan(4);
    for (const { registry } of [a!, b!]) await registry.close();
  });

  describe('a client that sends each command twice, as after a lost connection', () => {
    // Not the heartbeat, whose second reply names no run that the first one has taken over.
    const twice = () => {
      const target = client.client as unknown as Record<string, unknown>;
      return new Proxy(target, {
        get(_target, property) {
          const value = target[property as string];
          if (typeof value !== 'function') return value;
          const call = value.bind(target) as (...values: unknown[]) => unknown;
          if (property !== 'evalSha') return call;
          return async (sha: string, options: unknown) => {
            const reply = await call(sha, options);
            const isBeat = Array.isArray(reply) && reply.length === 7;
            return isBeat ? reply : call(sha, options);
          };
        },
      }) as never;
    };
    runRegistrySuite({
      name: 'RedisRunRegistry',
      create: (given) => new RedisRunRegistry({ client: twice(), ...given }),
      test: (says, run, timeoutMs) => {
        const isQuick = /cancel|key|from its start|replace|never began/.test(says) && !/taken over|lease/.test(says);
        if (isQuick) test(says, run, timeoutMs);
      },
    });
  });

  test('a client of ioredis with `keyPrefix`, and a client of redis that returns bytes', async () => {
    const prefixed = new Redis(on.server.url, { keyPrefix: 'app:', stringNumbers: true });
    await scenario(prefixed, prefixed);
    const bytes = createClient({ url: on.server.url }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    await bytes.connect();
    await scenario(bytes, bytes);
    const lazy = new Redis(on.server.url, { lazyConnect: true });
    await scenario(client.client, lazy);
    for (const each of [prefixed, lazy]) each.disconnect();
    bytes.destroy();
  });

  test('a user who may neither publish nor subscribe does without signals', async () => {
    await ops.sendCommand(['ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '+@all', 'resetchannels']);
    const limited = new Redis(on.server.url, { username: 'app', password: 'secret' });
    const [a, b] = [1, 2].map(() => openInstance(new RedisRunRegistry({ client: limited, ...times })));
    const run = newRun();
    await start(a!.registry, run);
    expect(await b!.registry.cancel([run.id], 'stopped')).toBe(1);
    for (const { registry } of [a!, b!]) await registry.close();
    limited.disconnect();
  });

  test('a cluster: every prefix has one slot, with both clients', async () => {
    // Two nodes need seconds to meet.
    const count = sized(1, 2);
    const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
    const nodes = await Promise.all(Array.from({ length: count }, () => startRedis(...settings)));
    const clients = nodes.map(({ url }) => createClient({ url }));
    try {
      for (const [index, each] of clients.entries()) {
        await each.connect();
        const slots = [index * (16384 / count), (index + 1) * (16384 / count) - 1].map(String);
        await each.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', ...slots]);
        await each.sendCommand(['CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1)]);
        await each.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(nodes[0]!.port)]);
      }
      const isReady = async (each: (typeof clients)[number]) => {
        const info = await each.sendCommand<string>(['CLUSTER', 'INFO']);
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}`);
      };
      await until('the cluster is ready', async () => (await Promise.all(clients.map(isReady))).every(Boolean));
      const one = createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) });
      await one.connect();
      const other = new Cluster(nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
      for (const prefix of ['chatkit', 'a', 'b', 'c'].slice(0, 2 * count)) await scenario(one, other, prefix);
      one.destroy();
      other.disconnect();
    } finally {
      for (const each of clients) each.destroy();
      await Promise.all(nodes.map((node) => node.stop()));
    }
  }, 120_000);
});
