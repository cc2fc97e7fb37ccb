// GET on the mount path: readiness, with the store's ping or the `health` option; `?live`: liveness.
import { MemoryStore } from 'chatkit-express';
import { Gate, never } from '../support/gate';
import { addMessage } from '../support/requests';
import { type Endpoint, expressVersions, start } from './endpoint';
import { steered } from './hooks';
import { post, RawClient, requestBytes } from './raw-client';

/** A store whose ping a test steers. */
class PingedStore extends MemoryStore {
  pings = 0;
  answer: () => Promise<void> = () => Promise.resolve();

  override ping(): Promise<void> {
    this.pings++;
    return this.answer();
  }
}

const message = (text: string) => ({ message: text, error: { code: 'unavailable', message: text } });
const notReady = message('The server is not ready');

async function probe(endpoint: Endpoint, path = '/chatkit') {
  const client = await RawClient.open(endpoint);
  client.write(requestBytes({ path }, { method: 'GET' }));
  const { status, headers, body } = await client.response();
  const answer: unknown = JSON.parse(body);
  return { status, retryAfter: headers['retry-after'], connection: headers['connection'], body: answer };
}

/** Moves the clock that readiness reads, so that the next probe asks again. The clock stands still otherwise. */
let clock = 0;
const nextSecond = () => (clock += 1000);
beforeEach(() => {
  clock = 1000;
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
});
afterEach(() => jest.restoreAllMocks());

describe.each(expressVersions)('on Express %i', (version) => {
  it('is ready with a store that answers its ping, and with one that has no ping', async () => {
    for (const store of [new PingedStore(), new MemoryStore()]) {
      expect(await probe(await start({ version, store }))).toMatchObject({
        status: 200,
        connection: 'keep-alive',
        body: { status: 'ok' },
      });
    }
  });

  it('is not ready while the store does not answer, and ready again after that', async () => {
    const store = new PingedStore();
    const endpoint = await start({ version, store });
    store.answer = () => Promise.reject(new Error('the database is down'));
    expect(await probe(endpoint)).toEqual({ status: 503, retryAfter: '1', connection: 'close', body: notReady });
    expect(JSON.stringify((await probe(endpoint)).body)).not.toContain('database');
    expect(endpoint.logger.take('warn')).toMatchObject([
      { message: 'a readiness check failed', fields: { check: 'store.ping' } },
    ]);
    nextSecond();
    expect((await probe(endpoint)).status).toBe(503);
    expect(endpoint.logger.take('warn')).toEqual([]); // reported once
    nextSecond();
    store.answer = () => Promise.resolve();
    expect((await probe(endpoint)).status).toBe(200);
    nextSecond();
    store.answer = () => Promise.reject(new Error('again'));
    expect((await probe(endpoint)).status).toBe(503);
    expect(endpoint.logger.take('warn')).toHaveLength(1);
  });

  it('is live all the same, and while closing', async () => {
    const store = new PingedStore();
    store.answer = () => Promise.reject(new Error('the database is down'));
    const endpoint = await start({ version, store });
    expect(await probe(endpoint, '/chatkit?live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await probe(endpoint, '/chatkit/?live=1')).toMatchObject({ status: 200 });
    expect(store.pings).toBe(0);
    await endpoint.chatkit.close();
    expect(await probe(endpoint, '/chatkit?live')).toMatchObject({ status: 200, connection: 'close' });
  });

  it('is not ready from the first moment of close()', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    await post(endpoint, addMessage('thr_1'));
    await hook.started;
    expect((await probe(endpoint)).status).toBe(200);
    const closing = endpoint.chatkit.close({ drainMs: 600_000 });
    const body = message('The server is shutting down');
    expect(await probe(endpoint)).toEqual({ status: 503, retryAfter: '1', connection: 'close', body });
    hook.end();
    await closing;
    expect((await probe(endpoint)).status).toBe(503);
  });

  it.each<[string, unknown, number]>([
    ['false', false, 503],
    ['an error', new Error('down'), 503],
    ['true', true, 200],
    ['a description', { ok: true }, 200],
  ])('answers as `health` means where it returns %s', async (_what, returned, status) => {
    const endpoint = await start({ version, health: (async () => returned) as never });
    expect(await probe(endpoint)).toMatchObject({ status });
    const lines = endpoint.logger.take('warn');
    if (status === 200) expect(lines).toEqual([]);
    else expect(lines[0]?.fields).toMatchObject({ err: { message: expect.stringContaining('`health` returned') } });
  });
});

it('requests within a second share a ping', async () => {
  const store = new PingedStore();
  const free = new Gate();
  store.answer = () => free.passed;
  const endpoint = await start({ store });
  const probes = [probe(endpoint), probe(endpoint), probe(endpoint)];
  free.open();
  for (const { status } of await Promise.all(probes)) expect(status).toBe(200);
  clock += 900;
  await probe(endpoint);
  expect(store.pings).toBe(1);
  clock += 100;
  await probe(endpoint);
  expect(store.pings).toBe(2);
});

it('does not wait longer than two seconds for a ping', async () => {
  const store = new PingedStore();
  store.answer = () => never;
  const endpoint = await start({ store });
  const original = setTimeout;
  const asked: number[] = [];
  // Two seconds pass in a millisecond.
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((callback: () => void, ms: number) => {
    asked.push(ms);
    return original(callback, ms === 2000 ? 1 : ms);
  }) as typeof setTimeout);
  expect(await probe(endpoint)).toMatchObject({ status: 503 });
  expect(asked).toContain(2000);
  expect(endpoint.logger.take('warn')).toHaveLength(1);
});

it('asks the `health` option in place of the store', async () => {
  const store = new PingedStore();
  const health = jest.fn<Promise<void>, []>().mockResolvedValue(undefined);
  const endpoint = await start({ store, health });
  expect((await probe(endpoint)).status).toBe(200);
  nextSecond();
  health.mockRejectedValueOnce(new Error('the model is down'));
  expect(await probe(endpoint)).toMatchObject({ status: 503, retryAfter: '1' });
  nextSecond();
  health.mockImplementationOnce(() => {
    throw new Error('at once');
  });
  expect((await probe(endpoint)).status).toBe(503);
  expect([health.mock.calls.length, store.pings]).toEqual([3, 0]);
  endpoint.logger.take('warn');
});

it('refuses a `health` that is not a function', async () => {
  await expect(start({ health: true as never })).rejects.toThrow('`health` must be a function');
});
