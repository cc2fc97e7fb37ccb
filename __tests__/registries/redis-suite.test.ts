// The suite of registries, over a real Redis and with both clients: with signals, and without them.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { RedisRunRegistry } from 'chatkit-express/redis';
import { runRegistrySuite } from 'chatkit-express/testing';
import { redisClients, type TestClient } from '../support/redis-clients';
import { hasRedis, noRedis, type RedisServer, startRedis } from '../support/redis-server';
import { isLong } from '../support/sizes';

const isInstalled = hasRedis();
const prefixes = new AsyncLocalStorage<string>();

describe(isInstalled ? 'on Redis' : noRedis, () => {
  // Not in `beforeAll`, which tests that run at the same time do not wait for.
  let server: Promise<RedisServer> | undefined;
  const clients: Promise<TestClient>[] = [];
  afterAll(async () => {
    for (const made of clients) await (await made).close();
    await (await server)?.stop();
  });

  describe.each(['redis', 'ioredis'] as const)('with %s', (name) => {
    let made: Promise<TestClient> | undefined;
    const connect = async () => {
      server ??= startRedis();
      return redisClients[name]((await server).url);
    };
    for (const listen of isLong || name === 'redis' ? [true, false] : [true]) {
      runRegistrySuite({
        name: `RedisRunRegistry ${listen ? 'with signals' : 'without signals'}`,
        async create(times) {
          if (!made) clients.push((made = connect()));
          return new RedisRunRegistry({ client: (await made).client, prefix: prefixes.getStore(), ...times, listen });
        },
        test(says, run, timeoutMs) {
          if (!isInstalled) test.skip(says, run);
          // At the same time, because most of the time is spent waiting. With a prefix of its own, so that no test takes
          // over the runs of another.
          else test.concurrent(says, () => prefixes.run(randomUUID(), run), timeoutMs);
        },
      });
    }
  });
});
