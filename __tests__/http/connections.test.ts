// Several requests at once, and one after the other on a connection.
import type { Socket } from 'node:net';
import { type Endpoint, expressVersions, start, thread } from './endpoint';
import { framesOf } from './frames';
import { added, delta, done, steered } from './hooks';
import { Gate } from '../support/gate';
import { progress } from '../support/items';
import { addMessage, getThread } from '../support/requests';
import { post, RawClient, requestBytes } from './raw-client';
import { turnOfTheLoop, until } from './server-side';

const bytes = (endpoint: Endpoint, body: unknown) => requestBytes(endpoint, { body });

describe.each(expressVersions)('on Express %i', (version) => {
  it('two clients talk in one thread at once, each with its own answer', async () => {
    const hooks = { one: steered(), two: steered() };
    const endpoint = await start({
      version,
      respond: (turn) => {
        const [part] = turn.input!.content;
        return hooks[part!.text as 'one' | 'two'].respond(turn);
      },
    });
    const one = await post(endpoint, addMessage('thr_1', 'one'));
    await hooks.one.started;
    const two = await post(endpoint, addMessage('thr_1', 'two'));
    await hooks.two.started;

    hooks.one.say(added('msg_a'), delta('from one', 'msg_a'));
    hooks.two.say(added('msg_b'), delta('from two', 'msg_b'));
    await one.bodyUpTo('"from one"}}\n\n');
    await two.bodyUpTo('"from two"}}\n\n');
    one.socket.destroy();
    await hooks.one.left;
    hooks.two.say(done('from two, whole', 'msg_b'));
    hooks.two.end();

    const { body } = await two.response();
    expect(framesOf(body).at(-1)).toMatchObject({ type: 'thread.item.done', item: { id: 'msg_b' } });
    expect(body).not.toContain('from one');
    const { data } = await endpoint.store.loadThreadItems('thr_1', { limit: 9, after: null, order: 'asc' }, {});
    const texts = data.flatMap((item) => ('content' in item && Array.isArray(item.content) ? item.content : []));
    expect(texts.map(({ text }) => text).sort()).toEqual(['from one', 'from two, whole', 'one', 'two']);
  });

  it('a connection carries stream, error, JSON and health one after the other', async () => {
    const endpoint = await start({
      version,
      async *respond() {
        yield progress('x');
      },
    });
    const client = await RawClient.open(endpoint);
    const requests: [Buffer, number][] = [
      [bytes(endpoint, addMessage('thr_1')), 200],
      [bytes(endpoint, getThread('thr_2')), 404],
      [bytes(endpoint, addMessage('thr_1')), 200],
      [bytes(endpoint, '{'), 400],
      [requestBytes(endpoint, { method: 'GET' }), 200],
      [requestBytes(endpoint, { method: 'PUT', body: 'x'.repeat(100_000) }), 405],
      [requestBytes({ path: '/chatkit/x' }, { body: 'x'.repeat(100_000) }), 404],
      [bytes(endpoint, getThread('thr_1')), 200],
    ];
    for (const [index, [request, status]] of requests.entries()) {
      client.write(request);
      const responses = await client.responses(index + 1);
      expect(responses[index]!.status).toBe(status);
    }
    expect(client.closed).toBe(false);
  });

  it('goes on with a connection after a stream that failed', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    await hook.started;
    hook.fail(new Error('no model'));
    await client.response();
    client.write(bytes(endpoint, getThread('thr_1')));
    expect((await client.responses(2))[1]!.status).toBe(200);
    expect(endpoint.logger.take('error')).toHaveLength(1);
  });

  it('answers requests that were sent without waiting, in their order', async () => {
    const endpoint = await start({ version });
    await endpoint.store.saveThread(
      { id: 'thr_2', created_at: thread.created_at, status: { type: 'active' }, metadata: {} },
      {},
    );
    const load = endpoint.store.loadThread.bind(endpoint.store);
    // The first is ready last.
    jest.spyOn(endpoint.store, 'loadThread').mockImplementation(async (id, context) => {
      for (let turn = 0; id === 'thr_1' && turn < 20; turn++) await turnOfTheLoop();
      return load(id, context);
    });
    const client = await RawClient.open(endpoint);
    client.write(Buffer.concat(['thr_1', 'thr_2'].map((id) => bytes(endpoint, getThread(id)))));
    const ids = (await client.responses(2)).map(({ body }) => JSON.parse(body).id);
    expect(ids).toEqual(['thr_1', 'thr_2']);
  });

  it('answers a request that was sent behind a stream after the stream', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await RawClient.open(endpoint);
    client.write(Buffer.concat([addMessage('thr_1'), getThread('thr_1')].map((body) => bytes(endpoint, body))));
    await client.bodyUpTo('"allow_cancel":true}}\n\n');
    hook.say(progress('last'));
    await client.bodyUpTo('"last"}\n\n');
    expect((await client.headers()).complete).toBe(false);
    hook.end();
    const [stream, json] = await client.responses(2);
    expect(stream!.body.endsWith('"last"}\n\n')).toBe(true);
    expect(JSON.parse(json!.body)).toMatchObject({ id: 'thr_1' });
  });

  it('answers streams that were sent without waiting, in their order and whole', async () => {
    const hooks = [steered(), steered()];
    let begun = 0;
    const endpoint = await start({ version, respond: (turn) => hooks[begun++]!.respond(turn) });
    const client = await RawClient.open(endpoint);
    client.write(Buffer.concat([bytes(endpoint, addMessage('thr_1')), bytes(endpoint, addMessage('thr_1'))]));
    await Promise.all(hooks.map(({ started }) => started));
    hooks[1]!.say(...Array.from({ length: 1_000 }, (_, index) => progress(`second ${index}`)));
    hooks[1]!.end();
    for (let turn = 0; turn < 20; turn++) await turnOfTheLoop();
    hooks[0]!.say(progress('first'));
    hooks[0]!.end();
    const [first, second] = await client.responses(2);
    expect(framesOf(first!.body).at(-1)).toEqual(progress('first'));
    expect(framesOf(second!.body).slice(-1_000)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => progress(`second ${index}`)),
    );
  });

  it('leaves no listener on a connection that carries many streams', async () => {
    const held: { gate?: Gate } = {};
    let running = 0;
    const endpoint = await start({
      version,
      async *respond() {
        yield progress('x'.repeat(40_000)); // more than a write may take
        yield progress('y');
        running++;
        await held.gate?.passed;
      },
    });
    const sockets: Socket[] = [];
    endpoint.server.on('connection', (socket) => sockets.push(socket));
    const client = await post(endpoint, addMessage('thr_1'));
    await client.responses(1);
    const listeners = () => sockets[0]!.eventNames().map((name) => [name, sockets[0]!.listenerCount(name)]);
    await turnOfTheLoop();
    const before = listeners();
    for (let count = 2; count <= 100; count++) {
      client.bytes = Buffer.alloc(0);
      client.write(bytes(endpoint, addMessage('thr_1')));
      await client.responses(1);
    }
    await turnOfTheLoop();
    expect(listeners()).toEqual(before);
    held.gate = new Gate();
    client.bytes = Buffer.alloc(0);
    client.write(Buffer.concat(Array.from({ length: 20 }, () => bytes(endpoint, addMessage('thr_1')))));
    await until(() => running === 120);
    held.gate.open();
    await client.responses(20);
    await turnOfTheLoop();
    expect(listeners()).toEqual(before);
    expect(sockets).toHaveLength(1);
    expect(endpoint.chatkit.server.openRuns).toBe(0);
  });

  it('ends the runs of 1,000 pipelined posts as soon as their connection drops', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const reasons: string[] = [];
    let running = 0;
    const endpoint = await start({
      version,
      heartbeatMs: 2 ** 31 - 1, // no heartbeat finds out
      async *respond() {
        running++;
        yield progress('x');
        await new Gate().passed;
      },
      handleStreamCancelled: ({ reason }) => void reasons.push(reason),
    });
    const client = await RawClient.open(endpoint);
    client.write(Buffer.concat(Array.from({ length: 1_000 }, () => bytes(endpoint, addMessage('thr_1')))));
    await until(() => running === 1_000);
    client.socket.destroy();
    await until(() => endpoint.chatkit.server.openRuns === 0);
    expect(reasons).toEqual(Array.from({ length: running }, () => 'disconnected'));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('ends a connection with pipelined streams when the server closes, after the last of them', async () => {
    let running = 0;
    const endpoint = await start({
      version,
      async *respond() {
        running++;
        yield progress('x');
        await new Gate().passed;
      },
    });
    const client = await RawClient.open(endpoint);
    client.write(Buffer.concat(Array.from({ length: 10 }, () => bytes(endpoint, addMessage('thr_1')))));
    await until(() => running === 10);
    await endpoint.chatkit.close();
    const responses = await client.end();
    expect(responses.map(({ complete }) => complete)).toEqual(Array.from({ length: 10 }, () => true));
  });

  it('keeps the runs of pipelined posts while their connection is open', async () => {
    let running = 0;
    const hold = new Gate();
    const endpoint = await start({
      version,
      async *respond() {
        running++;
        await hold.passed;
        yield progress('x');
      },
    });
    const client = await RawClient.open(endpoint);
    client.write(Buffer.concat(Array.from({ length: 10 }, () => bytes(endpoint, addMessage('thr_1')))));
    await until(() => running === 10);
    hold.open();
    const responses = await client.responses(10);
    for (const { body } of responses) expect(framesOf(body).at(-1)).toEqual(progress('x'));
  });

  it('streams to a client of HTTP/1.0 up to the end of the connection', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await RawClient.open(endpoint);
    client.write(bytes(endpoint, addMessage('thr_1')).toString().replace('HTTP/1.1', 'HTTP/1.0'));
    await client.bodyUpTo('"allow_cancel":true}}\n\n');
    hook.say(progress('x'));
    await client.bodyUpTo('"x"}\n\n');
    hook.end();
    const [response] = await client.end();
    expect(response!.headers).not.toHaveProperty('transfer-encoding');
    expect(framesOf(response!.body).at(-1)).toEqual(progress('x'));
  });
});
