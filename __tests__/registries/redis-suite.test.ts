// The suite of registries, over a real Redis and with both clients: with signals, and without them.
import { RedisRunRegistry } from 'chatkit-express/redis';
import { runRegistrySuite } from 'chatkit-express/testing';
import { redisClients, type TestClient } from '../support/redis-clients';
import { describeOnRedis } from '../support/redis-server';

describeOnRedis('on Redis', (on) => {
  describe.each(['redis', 'ioredis'] as const)('with %s', (name) => {
    let made: TestClient | undefined;
    beforeAll(async () => {
      made = await redisClients[name](on.server.url);
    });
    afterAll(() => made?.close());

    for (const listen of [true, false]) {
      runRegistrySuite({
        name: `RedisRunRegistry ${listen ? 'with signals' : 'without signals'}`,
        create: (times) => new RedisRunRegistry({ client: made!.client, ...times, listen }),
        test,
      });
    }
  });
});
