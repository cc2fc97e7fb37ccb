// chatkit-express/redis: shares the runs of several processes through Redis. Imports no client.
import { ChatKitError } from '../errors';
import { resolveRegistryOptions, type SharedRegistryOptions } from './options';
import { RedisRunBackend } from './redis/backend';
import { type RedisClient, redisCalls } from './redis/client';
import { SharedRunRegistry } from './shared-registry';

export { type SharedRegistryOptions } from './options';
export { type IoRedisClient, type NodeRedisClient, type RedisClient } from './redis/client';

/** Options of {@link RedisRunRegistry}. */
export interface RedisRunRegistryOptions extends SharedRegistryOptions {
  /**
   * The client, which the application connects before the server starts, and closes after the server has closed. It may
   * be used for other commands as well.
   */
  client: RedisClient;
  /**
   * Begins the name of each key, as `{prefix}:runs`. Applications that share a Redis server need different prefixes. At
   * most 100 characters, without braces. Default `chatkit`.
   */
  prefix?: string | undefined;
  /**
   * True to receive signals with pub/sub, on a duplicate of the client. False to do without a second connection: then Stop
   * from another process takes up to a heartbeat. Default true.
   */
  listen?: boolean | undefined;
  /**
   * For how long a run whose process has died can be taken over, in milliseconds. After that its keys expire, so that
   * nothing is left when every process has died. Default 3,600,000, which is one hour.
   */
  keepLostMs?: number | undefined;
}

const name = 'RedisRunRegistry';
/** The longest time that a call waits for Redis, in milliseconds. */
const maxTimeoutMs = 2000;

/**
 * Shares the runs of several processes through Redis. Redis knows who may make an answer, but cannot refuse the writes of
 * the application's store: see docs/runs.md.
 */
export class RedisRunRegistry extends SharedRunRegistry {
  /** @throws ChatKitError `invalid_request` for an option that is not valid. */
  constructor(options: RedisRunRegistryOptions) {
    const { client, prefix = 'chatkit', listen = true, keepLostMs = 3_600_000, ...shared } = checked(options);
    const { leaseMs } = resolveRegistryOptions(name, shared);
    const calls = redisCalls(name, client, Math.min(leaseMs, maxTimeoutMs));
    if (listen && !calls.canListen) {
      throw refused('`client` cannot be duplicated to receive signals: set `listen: false`');
    }
    const lifetimeMs = 2 * leaseMs + keepLostMs;
    super(new RedisRunBackend({ name, calls, prefix, isListening: listen, lifetimeMs }), shared);
  }
}

function checked(options: RedisRunRegistryOptions): RedisRunRegistryOptions {
  const { prefix, listen, keepLostMs } = Object(options) as RedisRunRegistryOptions;
  if (prefix !== undefined && !(typeof prefix === 'string' && /^[^{}\p{Surrogate}]{1,100}$/u.test(prefix))) {
    throw refused('`prefix` must be a text of 1 to 100 characters without braces');
  }
  if (listen !== undefined && typeof listen !== 'boolean') throw refused('`listen` must be true or false');
  if (keepLostMs !== undefined && !(Number.isSafeInteger(keepLostMs) && keepLostMs >= 1 && keepLostMs <= 604_800_000)) {
    throw refused('`keepLostMs` must be a whole number of milliseconds from 1 to 604,800,000');
  }
  return Object(options) as RedisRunRegistryOptions;
}

function refused(message: string): ChatKitError {
  return new ChatKitError('invalid_request', `${name}: ${message}`);
}
