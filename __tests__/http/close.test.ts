// close(): the server stops, and what was being said is kept.
import { once } from 'node:events';
import type { ThreadItem } from 'chatkit-express';
import { type Endpoint, expressVersions, start } from './endpoint';
import { frame } from './frames';
import { added, delta, steered } from './hooks';
import { Gate, never } from '../support/gate';
import { addMessage, createThread, getThread } from '../support/requests';
import { post, RawClient, requestBytes } from './raw-client';
import { turnOfTheLoop } from './server-side';

const retry = frame({ type: 'error', code: 'stream.error', allow_retry: true });
const types = async ({ store }: Endpoint) => (await stored(store)).map(({ type }) => type);
const stored = async (store: Endpoint['store']): Promise<ThreadItem[]> =>
  (await store.loadThreadItems('thr_1', { limit: 100, after: null, order: 'asc' }, {})).data;
const unavailable = (() => {
  const message = 'The server is shutting down';
  return { status: 503, body: JSON.stringify({ message, error: { code: 'unavailable', message } }) };
})();

describe.each(expressVersions)('on Express %i', (version) => {
  it('ends open streams with an error that allows a retry, and keeps what they had said', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    hook.say(added(), delta('so far'));
    await client.bodyUpTo('"so far"}}\n\n');

    await endpoint.chatkit.close();

    expect(await types(endpoint)).toEqual(['user_message', 'assistant_message', 'sdk_hidden_context']);
    expect((await stored(endpoint.store))[1]).toMatchObject({ id: 'msg_1', content: [{ text: 'so far' }] });
    const { body, complete } = await client.response();
    expect([complete, body.endsWith(`"so far"}}\n\n${retry}`)]).toEqual([true, true]);
    expect((await hook.started).signal.aborted).toBe(true);
    await hook.left;
    expect(endpoint.chatkit.server.openRuns).toBe(0);
  });

  it('ends streams whose hooks never settle, and settles itself', async () => {
    const endpoint = await start({
      version,
      async *respond() {
        yield added();
        yield delta('so far');
        await never;
      },
    });
    const clients = await Promise.all(Array.from({ length: 20 }, () => post(endpoint, createThread())));
    await Promise.all(clients.map((client) => client.bodyUpTo('"so far"}}\n\n')));
    expect(endpoint.chatkit.server.openRuns).toBe(20);

    await endpoint.chatkit.close();

    expect(endpoint.chatkit.server.openRuns).toBe(0);
    for (const client of clients) expect((await client.response()).body.endsWith(retry)).toBe(true);
    endpoint.logger.take('warn'); // the item named another thread
  });

  it('settles when what was said is stored, not before', async () => {
    const hook = steered();
    const [asked, written] = [new Gate(), new Gate()];
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    hook.say(added(), delta('so far'));
    await client.bodyUpTo('"so far"}}\n\n');
    const add = endpoint.store.addThreadItem.bind(endpoint.store);
    jest.spyOn(endpoint.store, 'addThreadItem').mockImplementationOnce(async (...args) => {
      asked.open();
      await written.passed;
      await add(...args);
    });

    let settled = false;
    const closing = endpoint.chatkit.close().then(() => (settled = true));
    await asked.passed;
    for (let turn = 0; turn < 20; turn++) await turnOfTheLoop();
    expect(settled).toBe(false);
    written.open();
    await closing;

    expect(await types(endpoint)).toEqual(['user_message', 'assistant_message', 'sdk_hidden_context']);
  });

  it('can be called twice, and with nothing open', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    hook.say(added(), delta('so far'));
    await client.bodyUpTo('"so far"}}\n\n');
    await Promise.all([endpoint.chatkit.close(), endpoint.chatkit.close()]);
    await endpoint.chatkit.close();
    expect(await types(endpoint)).toEqual(['user_message', 'assistant_message', 'sdk_hidden_context']);
  });

  it.each([
    ['a stream', createThread()],
    ['JSON', getThread('thr_1')],
  ])('refuses later requests for %s with 503', async (_name, body) => {
    const respond = jest.fn();
    const endpoint = await start({ version, respond });
    await endpoint.chatkit.close();
    expect(await (await post(endpoint, body)).response()).toMatchObject(unavailable);
    expect(respond).not.toHaveBeenCalled();
    expect((await endpoint.store.loadThreads({ limit: 9, after: null, order: 'asc' }, {})).data).toHaveLength(1);
  });

  it('refuses a request whose body had not come yet', async () => {
    const endpoint = await start({ version });
    const asked = new Gate();
    const bytes = requestBytes(endpoint, { body: addMessage('thr_1') });
    endpoint.server.once('request', () => asked.open());
    const client = await RawClient.open(endpoint);
    client.write(bytes.subarray(0, -5));
    await asked.passed;

    await endpoint.chatkit.close();
    client.write(bytes.subarray(-5));

    expect(await client.response()).toMatchObject(unavailable);
    expect(await types(endpoint)).toEqual([]);
  });

  it('ends the run of a request that was being prepared', async () => {
    const [asked, prepared] = [new Gate(), new Gate()];
    const endpoint = await start({
      version,
      async *respond() {
        await never;
        yield added();
      },
    });
    const add = endpoint.store.addThreadItem.bind(endpoint.store);
    jest.spyOn(endpoint.store, 'addThreadItem').mockImplementationOnce(async (...args) => {
      asked.open();
      await prepared.passed;
      await add(...args);
    });
    const client = await post(endpoint, addMessage('thr_1'));
    await asked.passed;

    const closing = endpoint.chatkit.close();
    prepared.open();
    await closing;

    const { status, body } = await client.response();
    expect([status, body.endsWith(retry)]).toEqual([200, true]);
    expect(await types(endpoint)).toEqual(['user_message', 'sdk_hidden_context']);
    expect(endpoint.chatkit.server.openRuns).toBe(0);
  });

  it('lets the HTTP server close', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'), { connection: 'close' });
    await hook.started;

    await endpoint.chatkit.close();
    const closed = once(endpoint.server, 'close');
    endpoint.server.close();

    await closed;
    expect((await client.end())[0]).toMatchObject({ complete: true });
    endpoint.server.listen(0); // for what closes every endpoint
    await once(endpoint.server, 'listening');
  });

  it('tells `handleStreamCancelled` why', async () => {
    const handle = jest.fn();
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond, handleStreamCancelled: handle });
    await post(endpoint, addMessage('thr_1'));
    await hook.started;
    await endpoint.chatkit.close();
    expect(handle).toHaveBeenCalledTimes(1);
    expect(handle.mock.calls).toMatchObject([[{ reason: 'closed', thread: { id: 'thr_1' }, pendingItems: [] }]]);
  });

  it('waits for a request that was being prepared: what it stores is kept before the process ends', async () => {
    const [asked, prepared] = [new Gate(), new Gate()];
    const endpoint = await start({ version, respond: steered().respond });
    const add = endpoint.store.addThreadItem.bind(endpoint.store);
    jest.spyOn(endpoint.store, 'addThreadItem').mockImplementationOnce(async (...args) => {
      asked.open();
      await prepared.passed;
      await add(...args);
    });
    await post(endpoint, addMessage('thr_1'));
    await asked.passed;

    let settled = false;
    const closing = endpoint.chatkit.close().then(() => (settled = true));
    for (let turn = 0; turn < 20; turn++) await turnOfTheLoop();
    expect(settled).toBe(false);
    prepared.open();
    await closing;
    expect(await types(endpoint)).toEqual(['user_message', 'sdk_hidden_context']);
  });
});
