// Calls Redis through a client of node-redis or ioredis, which the application creates. Imports neither.
import { setTimeout as sleep } from 'node:timers/promises';
import { ChatKitError } from '../../errors';
import { settlesWithin } from '../../work-in-progress';
import type { Script } from './scripts';

/** The parts of a client of `redis` (node-redis, version 4 or later) that are used: also of a cluster, a sentinel or a pool. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  readonly isReady?: boolean | undefined;
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  duplicate?(): unknown;
}

/** The parts of a client of `ioredis` that are used: also of a cluster. */
export interface IoRedisClient {
  readonly status: string;
  evalsha(sha: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  duplicate(): unknown;
}

/** A client for {@link RedisRunRegistry}. */
export type RedisClient = NodeRedisClient | IoRedisClient;

interface Emitter {
  on(event: string, listener: (...values: never[]) => void): unknown;
}
interface NodeRedisSubscriber extends Emitter {
  connect(): Promise<unknown>;
  subscribe(channel: string, receive: (message: unknown) => void): Promise<unknown>;
  /** Since version 5. */
  destroy?(): unknown;
  disconnect?(): unknown;
}
interface IoRedisSubscriber extends Emitter {
  subscribe(channel: string): Promise<unknown>;
  disconnect(): void;
}

/** How often a client that connects is asked whether it is ready, in milliseconds. */
const readyPollMs = 20;

/** The calls of one registry. */
export interface RedisCalls {
  /** How long a call may take, in milliseconds. */
  readonly timeoutMs: number;
  /**
   * Runs a script with one key. Rejects with ChatKitError `unavailable` when the client is not connected in time, or does
   * not answer in time.
   * @param late Called with a reply that arrives too late.
   */
  run(script: Script, key: string, values: string[], late?: (reply: unknown) => void): Promise<unknown>;
  /** False for a client that cannot be duplicated. */
  readonly canListen: boolean;
  /**
   * Receives the messages of a channel, on a connection of its own. Resolves with a function that ends this.
   * @param lost Called once when the connection is lost.
   */
  listen(channel: string, receive: (message: string) => void, lost: () => void): Promise<() => Promise<void>>;
}

/** The differences between the two packages. */
interface Dialect {
  state(): 'ready' | 'connecting' | 'closed';
  evalSha(sha: string, key: string, values: string[]): Promise<unknown>;
  eval(text: string, key: string, values: string[]): Promise<unknown>;
  canListen: boolean;
  subscribe(channel: string, receive: (message: unknown) => void, lost: (error?: unknown) => void): Subscription;
}

interface Subscription {
  /** Settles when the messages arrive. */
  begun: Promise<unknown>;
  close(): unknown;
}

/**
 * @param timeoutMs How long a call may take.
 * @throws ChatKitError `invalid_request` for any other client.
 */
export function redisCalls(name: string, client: unknown, timeoutMs: number): RedisCalls {
  const dialect = dialectOf(client);
  if (!dialect) {
    const message = `${name}: \`client\` must be a client of the package redis, version 4 or later, or of ioredis`;
    throw new ChatKitError('invalid_request', message);
  }
  const run = async (script: Script, key: string, values: string[]) => {
    try {
      return await dialect.evalSha(script.sha, key, values);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return dialect.eval(script.text, key, values);
    }
  };
  return {
    timeoutMs,
    async run(script, key, values, late) {
      const giveUpAt = performance.now() + timeoutMs;
      await untilReady(name, dialect, giveUpAt);
      return within(name, giveUpAt, run(script, key, values), late);
    },
    canListen: dialect.canListen,
    async listen(channel, receive, lost) {
      await untilReady(name, dialect, performance.now() + timeoutMs);
      return subscribe(dialect, channel, receive, lost, timeoutMs);
    },
  };
}

/**
 * Waits for a client that connects. Otherwise the client would keep a command, and send the command after its caller has
 * given up.
 */
async function untilReady(name: string, dialect: Dialect, giveUpAt: number): Promise<void> {
  for (;;) {
    const state = dialect.state();
    if (state === 'ready') return;
    if (state === 'closed') {
      const message = `${name}: the client is not connected. Connect it before the server starts, and close it after the server`;
      throw new ChatKitError('unavailable', message);
    }
    if (performance.now() >= giveUpAt) throw new ChatKitError('unavailable', `${name}: Redis cannot be reached`);
    await sleep(readyPollMs);
  }
}

/** Rejects when the reply does not arrive in time. */
async function within(
  name: string,
  giveUpAt: number,
  reply: Promise<unknown>,
  late: ((reply: unknown) => void) | undefined,
): Promise<unknown> {
  const settled = reply.then(
    () => undefined,
    () => undefined,
  );
  if (await settlesWithin(Math.max(1, giveUpAt - performance.now()), settled)) {
    try {
      return await reply;
    } catch (error) {
      throw new ChatKitError('unavailable', `${name}: Redis refused a command, or the connection broke`, {
        cause: error,
      });
    }
  }
  reply.then(late, () => undefined);
  throw new ChatKitError('unavailable', `${name}: Redis did not answer in time`);
}

async function subscribe(
  dialect: Dialect,
  channel: string,
  receive: (message: string) => void,
  lost: () => void,
  timeoutMs: number,
): Promise<() => Promise<void>> {
  let isOpen = true;
  let hasBegun = false;
  let failure: unknown;
  let fail!: () => void;
  const failed = new Promise<void>((resolve) => (fail = resolve));
  const subscription = dialect.subscribe(
    channel,
    (message) => {
      if (isOpen) receive(String(message));
    },
    // The client would connect again by itself. The next heartbeat does, so that nobody counts on signals meanwhile.
    (error) => {
      if (!isOpen) return;
      failure = error;
      fail();
      close();
      if (hasBegun) lost();
    },
  );
  const close = () => {
    isOpen = false;
    try {
      void Promise.resolve(subscription.close()).catch(() => undefined);
    } catch {
      // It is closed already.
    }
  };
  const begun = subscription.begun.then(() => (hasBegun = isOpen));
  const isSettled = await settlesWithin(timeoutMs, Promise.race([begun.catch(() => undefined), failed]));
  if (!hasBegun) {
    close();
    if (isSettled && failure === undefined) await begun; // rejects with the reason
    throw new Error('Redis did not begin to send signals', { cause: failure });
  }
  return async () => close();
}

function isUnknownScript(error: unknown): boolean {
  return String((Object(error) as { message?: unknown }).message).startsWith('NOSCRIPT');
}

const has = (value: object, names: readonly string[]) =>
  names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');

function dialectOf(client: unknown): Dialect | undefined {
  if (typeof client !== 'object' || client === null) return undefined;
  const { isOpen, status } = client as { isOpen?: unknown; status?: unknown };
  if (has(client, ['evalSha', 'eval']) && typeof isOpen === 'boolean') return nodeRedis(client as NodeRedisClient);
  if (has(client, ['evalsha', 'eval', 'duplicate']) && typeof status === 'string')
    return ioRedis(client as IoRedisClient);
  return undefined;
}

function nodeRedis(client: NodeRedisClient): Dialect {
  return {
    state() {
      if (!client.isOpen) return 'closed';
      return (client.isReady ?? true) ? 'ready' : 'connecting';
    },
    evalSha: (sha, key, values) => client.evalSha(sha, { keys: [key], arguments: values }),
    eval: (text, key, values) => client.eval(text, { keys: [key], arguments: values }),
    canListen: typeof client.duplicate === 'function',
    subscribe(channel, receive, lost) {
      const copy = client.duplicate?.() as NodeRedisSubscriber;
      for (const event of ['error', 'end', 'reconnecting']) copy.on(event, lost);
      const begun = copy.connect().then(() => copy.subscribe(channel, receive));
      return { begun, close: () => (copy.destroy ? copy.destroy() : copy.disconnect?.()) };
    },
  };
}

function ioRedis(client: IoRedisClient): Dialect {
  return {
    state() {
      if (client.status === 'end') return 'closed';
      // A client that connects with its first command waits for the command.
      return client.status === 'ready' || client.status === 'wait' ? 'ready' : 'connecting';
    },
    evalSha: (sha, key, values) => client.evalsha(sha, 1, key, ...values),
    eval: (text, key, values) => client.eval(text, 1, key, ...values),
    canListen: true,
    subscribe(channel, receive, lost) {
      const copy = client.duplicate() as IoRedisSubscriber;
      for (const event of ['error', 'end', 'close']) copy.on(event, lost);
      copy.on('message', (_channel: unknown, message: unknown) => receive(message));
      return { begun: copy.subscribe(channel), close: () => copy.disconnect() };
    },
  };
}
