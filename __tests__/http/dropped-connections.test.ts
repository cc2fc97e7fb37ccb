// A thousand connections dropped half way, in every way there is: no run, timer, listener, socket or memory is left.
import { once } from 'node:events';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { HookEventInput, RespondTurn } from 'chatkit-express';
import { progress } from '../support/items';
import { addMessage, createThread } from '../support/requests';
import { type Endpoint, expressVersions, start } from './endpoint';
import { added, delta } from './hooks';
import { RawClient, requestBytes } from './raw-client';
import { noRuns, turnOfTheLoop } from './server-side';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Hooks that differ in what they do when their client goes. */
const hooks: ((turn: RespondTurn<unknown>) => AsyncIterable<HookEventInput>)[] = [
  async function* listens({ signal }) {
    yield progress('said');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
  async function* neverSettles() {
    yield progress('said');
    await new Promise(() => undefined);
  },
  async function* waitsBetweenWords() {
    yield progress('said');
    for (;;) {
      await turnOfTheLoop();
      yield progress('more');
    }
  },
];

/** Says more than the system's buffers take. */
async function* talksOnAndOn({ thread }: RespondTurn<unknown>): AsyncGenerator<HookEventInput> {
  yield added('msg_1', thread);
  yield progress('said');
  for (let count = 0; count < 20_000; count++) yield delta('x'.repeat(1_000));
}

/** Ways to begin, each up to where a client is dropped. */
const beginnings: ((endpoint: Endpoint, client: RawClient) => Promise<unknown>)[] = [
  (endpoint, client) => {
    client.write(requestBytes(endpoint, { body: addMessage('thr_1') }));
    return client.until(([first]) => first?.body.includes('"said"') === true);
  },
  (endpoint, client) => {
    client.write(requestBytes(endpoint, { body: createThread() }));
    return client.headers();
  },
  (endpoint, client) => {
    client.write(requestBytes(endpoint, { body: createThread() })); // and is gone at once
    return Promise.resolve();
  },
  (endpoint, client) => {
    client.write(requestBytes(endpoint, { body: addMessage('thr_1', 'x'.repeat(1_000)) }).subarray(0, 800));
    return turnOfTheLoop();
  },
];

const listenersOf = (endpoint: Endpoint) =>
  [process, process.stdout, endpoint.server, endpoint.app].map((emitter) =>
    Object.fromEntries(emitter.eventNames().map((name) => [name, emitter.listenerCount(name)])),
  );

/** Connects, begins, leaves. */
async function drop(endpoint: Endpoint, index: number): Promise<void> {
  const client = await RawClient.open(endpoint);
  await beginnings[Math.floor(index / hooks.length) % beginnings.length]!(endpoint, client);
  client.socket.pause();
  const closed = once(client.socket, 'close');
  if (index % 3 === 0) client.socket.resetAndDestroy();
  else if (index % 3 === 1) client.socket.destroy();
  else client.socket.end().resume();
  await closed;
}

it.each(expressVersions)(
  '1,000 dropped connections leave nothing behind (Express %i)',
  async (version) => {
    const remembered: WeakRef<object>[] = [];
    const remember = (...objects: object[]) => remembered.push(...objects.map((object) => new WeakRef(object)));
    let begun = 0;
    const endpoint = await start({
      version,
      maxQueuedEvents: 10,
      respond(turn) {
        remember(turn, turn.thread);
        begun++;
        // Few of those that fill the buffers of the system: that takes a while.
        return begun % 25 === 0 ? talksOnAndOn(turn) : hooks[begun % hooks.length]!(turn);
      },
      context: (request, response) => {
        const context = {};
        remember(request, response, context);
        return context;
      },
    });
    const sockets = new Set<Promise<unknown>>();
    endpoint.server.on('connection', (socket) => {
      remember(socket);
      const closed = once(socket, 'close').catch(() => undefined); // reset
      sockets.add(closed);
    });
    const listeners = listenersOf(endpoint);
    const timers = [jest.spyOn(globalThis, 'setInterval'), jest.spyOn(globalThis, 'setTimeout')];

    for (let wave = 0; wave < 4; wave++) {
      await Promise.all(Array.from({ length: 250 }, (_, index) => drop(endpoint, index)));
    }
    await Promise.all(sockets);
    await noRuns(endpoint);

    expect(sockets.size).toBe(1_000);
    expect(begun).toBeGreaterThan(500);
    expect(await promisify(endpoint.server.getConnections.bind(endpoint.server))()).toBe(0);
    expect(listenersOf(endpoint)).toEqual(listeners);
    expect(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket'))).toEqual([]);
    // The heartbeats, which keep no process alive and so are no active resource.
    const heartbeats = timers
      .flatMap((spy) => spy.mock.results)
      .map(({ value }) => value as NodeJS.Timeout & { _destroyed: boolean });
    expect(heartbeats.length).toBeGreaterThan(500);
    expect(heartbeats.filter((timer) => !timer._destroyed)).toEqual([]);

    for (const spy of timers) spy.mockRestore(); // and forget what was given to them
    heartbeats.length = 0;
    endpoint.logger.lines.length = 0;
    expect(remembered.length).toBeGreaterThan(5_000);
    const alive = () => remembered.filter((reference) => reference.deref() !== undefined).length;
    for (let round = 0; round < 10 && alive() > 0; round++) {
      await turnOfTheLoop();
      collectGarbage();
      await turnOfTheLoop();
    }
    expect(alive()).toBe(0);
  },
  60_000,
);
