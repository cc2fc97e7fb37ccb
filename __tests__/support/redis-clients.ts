// Clients of both packages, for tests that run with each.
import Redis from 'ioredis';
import { createClient } from 'redis';
import type { RedisClient } from 'chatkit-express/redis';

/** A connected client. */
export interface TestClient {
  client: RedisClient;
  close(): Promise<void>;
}

export const redisClients: Record<'redis' | 'ioredis', (url: string) => Promise<TestClient>> = {
  async redis(url) {
    const client = createClient({ url, socket: { reconnectStrategy: 50 } });
    client.on('error', () => undefined);
    await client.connect();
    return { client, close: async () => client.destroy() };
  },
  async ioredis(url) {
    const client = new Redis(url, { retryStrategy: () => 50 });
    client.on('error', () => undefined);
    await client.ping();
    return { client, close: async () => client.disconnect() };
  },
};
