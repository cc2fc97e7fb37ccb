// Runs over HTTP: their routes, the numbers of events, and connections that break.
import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { MemoryStore, type ThreadItem, type ThreadStreamEvent } from 'chatkit-express';
import type { Request } from 'express';
import request from 'supertest';
import { applyItemEvent } from '../../src/protocol/reducer';
import { sized } from '../support/sizes';
import { addMessage, createThread } from '../support/requests';
import { type Endpoint, expressVersions, start, thread } from './endpoint';
import { added, delta, done, steered } from './hooks';
import { post, RawClient } from './raw-client';
import { noRuns, until } from './server-side';

const everythingButDate = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];
const control = { 'chatkit-run-control': '1' };
const runIdOf = ({ headers }: { headers: Record<string, string> }) => headers['chatkit-run-id']!;

/** The events of a part of a stream, and the number of the last one that has a number. */
function read(body: string): { events: ThreadStreamEvent[]; after: number | undefined } {
  const frames = body.split('\n\n').slice(0, -1); // what is after the last empty line is not whole
  const events: ThreadStreamEvent[] = [];
  let after: number | undefined;
  for (const frame of frames) {
    for (const line of frame.split('\n')) {
      if (line.startsWith('id: ')) after = Number(line.slice(4));
      if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)) as ThreadStreamEvent);
    }
  }
  return { events, after };
}

const pageAfter = (events: readonly ThreadStreamEvent[]) =>
  events.reduce<readonly ThreadItem[]>((items, event) => applyItemEvent(items, event), []);

it('gives a message with a key a time that `Date.parse` reads', async () => {
  const endpoint = await start();
  jest.useFakeTimers({ now: Date.parse('2026-01-02T03:04:05.048Z'), doNotFake: everythingButDate });
  try {
    const answer = await post(endpoint, createThread(), { 'idempotency-key': 'key' });
    const { body } = await answer.bodyUpTo('"allow_cancel":true}}\n\n');
    const [, time] = /"created_at":"([^"]+)"/.exec(body)!;
    expect(time).toMatch(/^2026-01-02T03:04:05\.048\d{6}Z$/);
    expect(Date.parse(time!)).toBe(Date.now());
  } finally {
    jest.useRealTimers();
  }
});

describe('the mark at the end of a stream', () => {
  const say = async (headers: Record<string, string>) => {
    const endpoint = await start({
      async *respond() {
        yield done('Hello');
      },
    });
    const answer = await request(endpoint.app)
      .post('/chatkit')
      .set(headers)
      .buffer()
      .parse(asText)
      .send(addMessage('thr_1'));
    return { endpoint, answer, body: answer.body as string };
  };
  const asText = (response: request.Response, whole: (error: null, text: string) => void) => {
    let text = '';
    const stream = response as unknown as NodeJS.ReadableStream;
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stream.on('end', () => whole(null, text));
  };
  const ndjson = { accept: 'application/x-ndjson' };

  it('is a comment for a client that can continue, also after the end of the run', async () => {
    const { endpoint, answer, body } = await say(control);
    expect(body).toMatch(/\n\nid: 3\ndata: [^\n]+\n\n: end\n\n$/);
    const again = await request(endpoint.app).get(`/chatkit/runs/${runIdOf(answer)}/events?after=3`);
    expect(again.text).toBe(': end\n\n');
  });

  it('is a blank line with a space in lines of JSON, which have no numbers', async () => {
    const { body } = await say({ ...control, ...ndjson });
    const lines = body.split('\n');
    expect(lines.slice(-2)).toEqual([' ', '']);
    expect(lines.slice(0, -2).map((line) => Object.keys(JSON.parse(line) as object))).toEqual([
      ['type', 'item'],
      ['type', 'stream_options'],
      ['type', 'item'],
    ]);
  });

  it.each([{}, ndjson])('is left out for other clients: %j', async (headers) => {
    const { body } = await say(headers);
    expect(body).toMatch(/}\n{1,2}$/);
    expect(body).not.toMatch(/^(:| )/m);
  });
});

describe.each(expressVersions)('on Express %i', (version) => {
  it('names the run of a stream, lists it, streams its events, and stops it', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'), control);
    hook.say(added(), delta('half'));
    const { headers, body } = await client.bodyUpTo('"half"}}\n\n');
    const id = runIdOf({ headers });
    expect(id).toMatch(/^run_[\w-]+$/);
    expect(body).toContain('id: 1\ndata: {"type":"thread.item.done"');
    expect(read(body).after).toBe(4);

    const list = await request(endpoint.app).get('/chatkit/runs?thread_id=thr_1');
    expect([list.status, list.body]).toEqual([
      200,
      { data: [{ id, thread_id: 'thr_1', status: 'running', created_at: expect.any(String) }], has_more: false },
    ]);
    expect(list.headers['cache-control']).toBe('no-store');

    client.socket.destroy();
    const joined = await RawClient.open(endpoint);
    joined.write(`GET /chatkit/runs/${id}/events HTTP/1.1\r\nhost: x\r\n\r\n`);
    const snapshot = await joined.bodyUpTo('\n\n');
    expect(snapshot.headers).toMatchObject({ 'content-type': 'text/event-stream', 'chatkit-run-id': id });
    expect(read(snapshot.body)).toMatchObject({ after: 4, events: [{}, {}, { type: 'thread.item.added' }] });
    expect(snapshot.body.match(/^id: /gm)).toHaveLength(1); // a snapshot counts as a whole
    hook.say(delta(' more'));
    expect(read((await joined.bodyUpTo('more"}}\n\n')).body).after).toBe(5);

    const stopped = await request(endpoint.app).post('/chatkit/runs/stop').send({ thread_id: 'thr_1' });
    expect([stopped.status, stopped.body]).toEqual([200, { stopped: 1 }]);
    expect((await hook.started).signal.aborted).toBe(true);
    const { complete } = (await joined.until(([first]) => first?.complete === true))[0]!;
    expect(complete).toBe(true);
    const again = await request(endpoint.app).post('/chatkit/runs/stop').send({ run_id: id });
    expect([again.status, again.body]).toEqual([200, { stopped: 0 }]);
    const after = await request(endpoint.app).get(`/chatkit/runs/${id}/events?after=4`);
    expect(read(after.text).events.map(({ type }) => type)).toEqual(['thread.item.updated', 'thread.item.done']);
  });

  it('does not number the events of a page that does not report Stop', async () => {
    const endpoint = await start({ version });
    const { text, headers } = await request(endpoint.app).post('/chatkit').send(addMessage('thr_1'));
    expect(text).not.toContain('id: ');
    expect(headers['chatkit-run-id']).toMatch(/^run_/);
  });

  it.each<[string, string, number, string | null]>([
    ['no thread', 'GET /runs', 400, 'thread_id'],
    ['an empty thread', 'GET /runs?thread_id=', 400, 'thread_id'],
    ['two threads', 'GET /runs?thread_id=a&thread_id=b', 400, 'thread_id'],
    ['a thread with a long id', `GET /runs?thread_id=${'t'.repeat(5000)}`, 400, 'thread_id'],
    ['an unknown thread', 'GET /runs?thread_id=thr_unknown', 404, null],
    ['an unknown run', 'GET /runs/run_unknown/events', 404, null],
    ['a run with a long id', `GET /runs/${'r'.repeat(5000)}/events`, 400, 'id'],
    ['a run that cannot be decoded', 'GET /runs/%E0%A4%A/events', 404, null],
    ['a negative count', 'GET /runs/run_1/events?after=-1', 400, 'after'],
    ['half a count', 'GET /runs/run_1/events?after=1.5', 400, 'after'],
    ['an empty count', 'GET /runs/run_1/events?after=', 400, 'after'],
    ['a count that is text', 'GET /runs/run_1/events?after=x', 400, 'after'],
    ['a count that is too long', 'GET /runs/run_1/events?after=9999999999999999', 400, 'after'],
    ['two counts', 'GET /runs/run_1/events?after=1&after=2', 400, 'after'],
    ['no path', 'GET /runs/run_1', 404, null],
    ['a longer path', 'GET /runs/run_1/events/more', 404, null],
    ['a list by POST', 'POST /runs', 405, null],
    ['a Stop by GET', 'GET /runs/stop', 405, null],
    ['events by POST', 'POST /runs/run_1/events', 405, null],
  ])('refuses %s', async (_what, line, status, field) => {
    const { app } = await start({ version });
    const [method, path] = line.split(' ');
    const answer = await request(app)[method === 'GET' ? 'get' : 'post'](`/chatkit${path!}`);
    expect(answer.status).toBe(status);
    if (field === null) return;
    expect(answer.body.error).toMatchObject({ code: 'invalid_request', issues: [{ path: [field] }] });
    expect(answer.body.message).toContain(`${field}: `);
  });

  it.each([
    ['text', 'text/plain', '{"thread_id":"thr_1"}', 415],
    ['a form', 'application/x-www-form-urlencoded', 'thread_id=thr_1', 415],
    ['nothing', 'application/json', '', 400],
    ['what is not JSON', 'application/json', '{', 400],
    ['a long body', 'application/json', `{"thread_id":"${'t'.repeat(40_000)}"}`, 413],
    ['a deep body', 'application/json', `{"thread_id":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400],
    ['an unknown thread', 'application/json', '{"thread_id":"thr_unknown"}', 404],
    ['an unknown run', 'application/json', '{"run_id":"run_unknown"}', 404],
    ['a thread', 'application/json', '{"thread_id":"thr_1"}', 200],
  ])('answers a Stop with %s', async (_what, type, body, status) => {
    const { app } = await start({ version });
    const answer = await request(app).post('/chatkit/runs/stop').set('content-type', type).send(body);
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.body).toEqual({ stopped: 0 });
  });

  it('asks `context` for each request of a run', async () => {
    const refused = new Error('who are you?');
    const asked: string[] = [];
    const endpoint = await start({
      version,
      context: ({ url }: Request) => {
        asked.push(url);
        if (url.startsWith('/runs')) throw Object.assign(refused, { status: 401 });
        return {};
      },
    });
    const { headers } = await request(endpoint.app).post('/chatkit').set(control).send(addMessage('thr_1'));
    const events = `/runs/${headers['chatkit-run-id']!}/events`;
    for (const path of ['/runs?thread_id=thr_1', events])
      await request(endpoint.app).get(`/chatkit${path}`).expect(401);
    await request(endpoint.app).post('/chatkit/runs/stop').send({ thread_id: 'thr_1' }).expect(401);
    expect(asked).toEqual(['/', '/runs?thread_id=thr_1', events, '/runs/stop']);
  });

  it('hides the runs of another owner', async () => {
    const hook = steered();
    const store = new MemoryStore<{ user: string }>({ owner: ({ user }) => user });
    await store.saveThread(thread, { user: 'ada' });
    const endpoint = await start({
      version,
      store: store,
      respond: hook.respond,
      context: ({ headers }: Request) => ({ user: String(headers['x-user']) }),
    });
    const client = await post(endpoint, addMessage('thr_1'), { ...control, 'x-user': 'ada' });
    const id = runIdOf(await client.headers());
    for (const [user, status] of [
      ['eve', 404, null],
      ['ada', 200],
    ] as const) {
      const as = { 'x-user': user };
      await request(endpoint.app).get('/chatkit/runs?thread_id=thr_1').set(as).expect(status);
      await request(endpoint.app).post('/chatkit/runs/stop').set(as).send({ run_id: id }).expect(status);
      await request(endpoint.app).get(`/chatkit/runs/${id}/events`).set(as).expect(status);
    }
  });

  it('lets a page of another origin send its header and read the id of the run', async () => {
    const { app } = await start({ version });
    const origin = { origin: 'https://page.example' };
    const preflight = await request(app)
      .options('/chatkit/runs/stop')
      .set({ ...origin, 'access-control-request-method': 'POST' })
      .set('access-control-request-headers', 'chatkit-run-control, content-type, idempotency-key');
    expect(preflight.headers['access-control-allow-headers']).toContain('chatkit-run-control');
    const { headers } = await request(app).post('/chatkit').set(origin).send(addMessage('thr_1'));
    expect(headers['access-control-expose-headers']).toContain('chatkit-run-id');
  });
});

/** A proxy that can cut all its connections after so many bytes of a response. */
async function cuttingProxy({ port }: Endpoint) {
  const sockets = new Set<Socket>();
  const state = { cutAfter: Infinity };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let passed = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      const rest = chunk.subarray(0, Math.max(0, state.cutAfter - passed));
      passed += chunk.length;
      client.write(rest);
      if (passed < state.cutAfter) return;
      upstream.destroy();
      client.end();
    });
    upstream.on('close', () => client.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: address.port, state, close };
}

describe('a proxy that cuts the connection', () => {
  const words = Array.from({ length: 60 }, (_, index) => `word ${index} `);
  const answer = [
    done('first', 'msg_0'),
    added(),
    ...words.map((word) => delta(word)),
    done(words.join('')),
    done('last', 'msg_2'),
  ];

  /** Reads a run through the proxy, and continues each time that the connection breaks. */
  async function collect(endpoint: Endpoint, cuts: number[]) {
    const proxy = await cuttingProxy(endpoint);
    const target = { ...endpoint, port: proxy.port };
    const events: ThreadStreamEvent[] = [];
    let runId: string | undefined;
    let after = 0;
    const key = { ...control, 'idempotency-key': 'one press of Send' };
    for (let posts = 0; ; posts++) {
      proxy.state.cutAfter = cuts.shift() ?? Infinity;
      let client: RawClient;
      if (runId === undefined || after === 0) client = await post(target, addMessage('thr_1', 'Hello'), key);
      else {
        client = await RawClient.open(target);
        client.write(`GET /chatkit/runs/${runId}/events?after=${after} HTTP/1.1\r\nhost: x\r\n\r\n`);
      }
      await until(() => client.closed || /\r\n0\r\n\r\n$/.test(client.bytes.toString('latin1')));
      const [response] = await client.until(() => true).catch(() => []);
      client.socket.destroy();
      if (!response) continue;
      runId = response.headers['chatkit-run-id'] ?? runId;
      const part = read(response.body);
      events.push(...part.events);
      after += part.events.length;
      if (part.after !== undefined) expect(part.after).toBe(after);
      if (response.complete) {
        await proxy.close();
        return { events, posts };
      }
    }
  }

  const serve = async () => {
    const hook = { calls: 0 };
    const endpoint = await start({
      async *respond() {
        hook.calls++;
        for (const event of answer) {
          yield event;
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    });
    return { endpoint, hook };
  };
  const withoutTimes = (events: ThreadStreamEvent[]) =>
    JSON.parse(
      JSON.stringify(events, (key, value: unknown) =>
        key === 'created_at' || (key === 'id' && /^msg_\w{9,}/.test(String(value))) ? 'x' : value,
      ),
    ) as unknown;

  it.each(Array.from({ length: sized(20, 200) }, (_, index) => index))(
    'somewhere %#: nothing is missing or twice',
    async () => {
      const uncut = await serve();
      const whole = await collect(uncut.endpoint, []);
      expect(whole.posts).toBe(0);
      const cut = await serve();
      const cuts = Array.from({ length: 4 }, () => 1 + Math.floor(Math.random() * 4000));
      const { events, posts } = await collect(cut.endpoint, [...cuts]);
      expect({ cuts, events: withoutTimes(events) }).toEqual({ cuts, events: withoutTimes(whole.events) });
      expect({ cuts, calls: cut.hook.calls }).toEqual({ cuts, calls: 1 });
      expect(posts).toBeGreaterThan(0);
      await noRuns(cut.endpoint);
      const stored = await cut.endpoint.store.loadThreadItems('thr_1', { limit: 100, after: null, order: 'asc' }, {});
      expect(pageAfter(events)).toEqual(stored.data.map((item) => expect.objectContaining({ id: item.id })));
      expect(stored.data).toHaveLength(4);
    },
  );

  it('before a thread was announced: the repetition by key joins the run', async () => {
    const endpoint = await start({
      async *respond({ thread: own }) {
        yield done('Hi', 'msg_1', own);
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const key = { ...control, 'idempotency-key': 'k' };
    const first = await post(endpoint, createThread(), key);
    const id = runIdOf(await first.headers());
    first.socket.destroy();
    const again = await post(endpoint, createThread(), key);
    const response = await again.response();
    expect(runIdOf(response)).toBe(id);
    expect(read(response.body).events.map(({ type }) => type)).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'thread.item.done',
    ]);
  });
});
