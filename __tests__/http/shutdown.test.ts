// close(): what is served until the drain ends, what is waited for, and the deadline.
import { MemoryStore, type Store } from 'chatkit-express';
import { Gate, never } from '../support/gate';
import { assistantMessage } from '../support/items';
import { addMessage, createThread, getThread } from '../support/requests';
import { type Endpoint, expressVersions, start, thread } from './endpoint';
import { frame } from './frames';
import { added, delta, done, steered } from './hooks';
import { post, RawClient, requestBytes } from './raw-client';
import { turnOfTheLoop, until } from './server-side';
import { formOf, png, startUploads, text } from './upload-endpoint';

const long = 600_000;
const rename = { type: 'threads.update', params: { thread_id: 'thr_1', title: 'New' } };
const syncAction = { type: 'threads.sync_custom_action', params: { thread_id: 'thr_1', action: { type: 'like' } } };
const answerOf = async (client: RawClient) => {
  const { status, headers, body } = await client.response();
  return { status, connection: headers['connection'], retryAfter: headers['retry-after'], body };
};

/** Reports whether the promise has settled, after everything that needs no time has happened. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.finally(() => (settled = true));
  for (let tick = 0; tick < 20; tick++) await turnOfTheLoop();
  return settled;
}

/** Makes the next `saveThread` of a store wait for the gate. Returns a promise that settles when it is called. */
function hold(store: Store, gate: Promise<unknown>) {
  const called = new Gate();
  const original = store.saveThread.bind(store);
  jest.spyOn(store, 'saveThread').mockImplementationOnce(async (...args) => {
    called.open();
    await gate;
    await original(...args);
  });
  return called.passed;
}

describe.each(expressVersions)('while draining, on Express %i', (version) => {
  it('an open answer goes on to its own end', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    hook.say(added(), delta('one '));
    await client.bodyUpTo('"one "}}\n\n');

    const closing = endpoint.chatkit.close({ drainMs: long });
    expect(await hasSettled(closing)).toBe(false);
    hook.say(delta('two'), done('one two'));
    hook.end();
    await closing;

    const { body, complete } = await client.response();
    expect([complete, body.includes('"type":"error"')]).toEqual([true, false]);
    expect(body).toContain('"text":"one two"');
    expect((await hook.started).signal.aborted).toBe(false);
  });

  it('ends the connection of an answer that began before', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    hook.say(added(), delta('one'));
    await client.bodyUpTo('"one"}}\n\n');
    const closing = endpoint.chatkit.close({ drainMs: long });
    hook.say(done('one'));
    hook.end();
    await closing;
    expect((await client.end())[0]).toMatchObject({ complete: true });
  });

  it('keeps a connection that carries an answer while nothing closes', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    hook.say(added(), done('one'));
    hook.end();
    await client.response();
    client.write(requestBytes(endpoint, { body: getThread('thr_1') }));
    const [, second] = await client.responses(2);
    expect([second!.status, second!.headers['connection']]).toEqual([200, 'keep-alive']);
  });

  it('serves JSON and refuses new streams, both with `connection: close`', async () => {
    const hook = steered();
    const endpoint = await start({ version, respond: hook.respond });
    await post(endpoint, addMessage('thr_1'));
    await hook.started;
    const closing = endpoint.chatkit.close({ drainMs: long });

    expect(await answerOf(await post(endpoint, getThread('thr_1')))).toMatchObject({
      status: 200,
      connection: 'close',
    });
    expect(await answerOf(await post(endpoint, rename))).toMatchObject({ status: 200, connection: 'close' });
    const refused = { status: 503, connection: 'close', retryAfter: '1' };
    for (const body of [createThread(), addMessage('thr_1')]) {
      expect(await answerOf(await post(endpoint, body))).toMatchObject(refused);
    }
    hook.end();
    await closing;
    expect(await answerOf(await post(endpoint, getThread('thr_1')))).toMatchObject(refused);
    expect((await endpoint.store.loadThread('thr_1', {})).title).toBe('New');
  });

  it('takes uploads, and refuses them once the drain has ended', async () => {
    const hook = steered();
    const uploads = await startUploads({ version, respond: hook.respond });
    const stream = uploads.send([]);
    await hook.started;
    const closing = uploads.chatkit.close({ drainMs: long });
    expect((await uploads.upload(png)).status).toBe(200);
    hook.end();
    await Promise.all([closing, stream]);
    expect((await uploads.upload(png)).status).toBe(503);
    expect(uploads.onDisk()).toHaveLength(1);
  });

  it('cancels what goes on for longer than `drainMs`, and keeps its text', async () => {
    const endpoint = await start({
      version,
      async *respond() {
        yield added();
        yield delta('so far');
        await never;
      },
    });
    const client = await post(endpoint, addMessage('thr_1'));
    await client.bodyUpTo('"so far"}}\n\n');
    await endpoint.chatkit.close({ drainMs: 20 });
    const { body } = await client.response();
    expect(body.endsWith(frame({ type: 'error', code: 'stream.error', allow_retry: true }))).toBe(true);
    const { data } = await endpoint.store.loadThreadItems('thr_1', { limit: 9, after: null, order: 'asc' }, {});
    expect(data[1]).toMatchObject({ content: [{ text: 'so far' }] });
  });
});

describe('close() waits for', () => {
  async function startBusy(setup: Parameters<typeof start>[0] = {}) {
    const free = new Gate();
    const endpoint = await start(setup);
    return { free, endpoint };
  }

  async function expectWait(endpoint: Pick<Endpoint, 'chatkit'>, free: Gate, client: RawClient) {
    const closing = endpoint.chatkit.close();
    expect(await hasSettled(closing)).toBe(false);
    free.open();
    await closing;
    expect(await answerOf(client)).toMatchObject({ status: 200, connection: 'close' });
  }

  it('a rename', async () => {
    const { endpoint, free } = await startBusy();
    const called = hold(endpoint.store, free.passed);
    const client = await post(endpoint, rename);
    await called;
    await expectWait(endpoint, free, client);
    expect((await endpoint.store.loadThread('thr_1', {})).title).toBe('New');
  });

  it('a sync action', async () => {
    const free = new Gate();
    const asked = new Gate();
    const endpoint = await start({
      async syncAction() {
        asked.open();
        await free.passed;
      },
    });
    const client = await post(endpoint, syncAction);
    await asked.passed;
    await expectWait(endpoint, free, client);
  });

  it('an upload', async () => {
    const free = new Gate();
    const uploads = await startUploads();
    const writing = new Gate();
    const write = uploads.files.writeBytes.bind(uploads.files);
    jest.spyOn(uploads.files, 'writeBytes').mockImplementationOnce(async (...args) => {
      writing.open();
      await free.passed;
      return write(...args);
    });
    const upload = uploads.upload(png);
    await writing.passed;
    const closing = uploads.chatkit.close();
    expect(await hasSettled(closing)).toBe(false);
    free.open();
    await closing;
    expect((await upload).status).toBe(200);
    expect(uploads.onDisk()).toHaveLength(1);
  });

  it('dictation', async () => {
    const free = new Gate();
    const asked = new Gate();
    const endpoint = await start({
      async transcribe() {
        asked.open();
        await free.passed;
        return { text: 'Hello' };
      },
    });
    const body = { type: 'input.transcribe', params: { audio_base64: 'aGFsbG8=', mime_type: 'audio/webm' } };
    const client = await post(endpoint, body);
    await asked.passed;
    await expectWait(endpoint, free, client);
  });

  it('responses that are still on their way to a slow reader', async () => {
    const asked = new Gate();
    const endpoint = await start({
      async *respond() {
        asked.open();
        yield added();
        yield delta('x'.repeat(4 * 1024 * 1024));
        yield done('short');
      },
    });
    const client = await RawClient.open(endpoint);
    client.socket.pause();
    client.write(requestBytes(endpoint, { body: addMessage('thr_1') }));
    await asked.passed;
    await until(() => endpoint.chatkit.server.openRuns === 0);
    const closing = endpoint.chatkit.close();
    expect(await hasSettled(closing)).toBe(false);
    client.socket.resume();
    await closing;
    expect(await client.response()).toMatchObject({ status: 200, complete: true });
  });

  it('a sweep, last, and asks it to stop', async () => {
    const removing = new Gate();
    const free = new Gate();
    const uploads = await startUploads({ uploads: { unsentAfterMs: 1 } });
    for (let count = 0; count < 3; count++) await uploads.upload(png);
    jest.spyOn(uploads.files, 'deleteBytes').mockImplementationOnce(async () => {
      removing.open();
      await free.passed;
    });
    const sweeping = (async () => {
      // An attachment is swept once its age in milliseconds is above 1.
      for (;;) {
        const removed = await uploads.chatkit.sweep();
        if (removed > 0) return removed;
      }
    })();
    await removing.passed;
    const closing = uploads.chatkit.close();
    expect(await hasSettled(closing)).toBe(false);
    free.open();
    await closing;
    expect(await sweeping).toBe(1); // of three
    expect(await uploads.chatkit.sweep()).toBe(0);
  });
});

describe('the deadline', () => {
  const abandoned = (endpoint: Endpoint) => {
    const [line] = endpoint.logger.take('warn');
    return line;
  };

  it('ends the wait for a `handleStreamCancelled` that hangs', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond, handleStreamCancelled: () => never });
    await post(endpoint, addMessage('thr_1'));
    await hook.started;
    await endpoint.chatkit.close({ timeoutMs: 20 });
    expect(abandoned(endpoint)).toMatchObject({ fields: { runs: 1, responses: 1, sweep: false, timeout_ms: 20 } });
  });

  it('ends the wait for a store that hangs, and names the request', async () => {
    const endpoint = await start();
    const called = hold(endpoint.store, never);
    await post(endpoint, rename);
    await called;
    await endpoint.chatkit.close({ timeoutMs: 20 });
    expect(abandoned(endpoint)).toMatchObject({ fields: { runs: 0, work: ['threads.update'] } });
  });

  it('ends the wait for a sweep that hangs', async () => {
    const removing = new Gate();
    const uploads = await startUploads({ uploads: { unsentAfterMs: 1 } });
    await uploads.upload(png);
    jest.spyOn(uploads.files, 'deleteBytes').mockImplementationOnce(() => {
      removing.open();
      return never;
    });
    const sweeps = setInterval(() => void uploads.chatkit.sweep(), 1);
    await removing.passed;
    clearInterval(sweeps);
    await uploads.chatkit.close({ timeoutMs: 20 });
    expect(abandoned(uploads as never)).toMatchObject({ fields: { runs: 0, work: [], sweep: true } });
  });

  it('cancels open runs at once, whatever a sweep is doing', async () => {
    const removing = new Gate();
    const hook = steered();
    const uploads = await startUploads({ uploads: { unsentAfterMs: 1 }, respond: hook.respond });
    await uploads.upload(png);
    jest.spyOn(uploads.files, 'deleteBytes').mockImplementationOnce(() => {
      removing.open();
      return never;
    });
    const sweeps = setInterval(() => void uploads.chatkit.sweep(), 1);
    await removing.passed;
    clearInterval(sweeps);
    const stream = uploads.send([]);
    await hook.started;
    const closing = uploads.chatkit.close({ timeoutMs: 200 });
    await hook.left;
    expect((await stream).status).toBe(200);
    await closing;
    abandoned(uploads as never);
  });

  it('is not reached, and nothing is logged, when everything settles in time', async () => {
    const endpoint = await start();
    await endpoint.chatkit.close({ timeoutMs: 60_000 });
    expect(endpoint.logger.take('warn')).toEqual([]);
  });

  it('begins when the drain ends', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    await post(endpoint, addMessage('thr_1'));
    await hook.started;
    const closing = endpoint.chatkit.close({ drainMs: long, timeoutMs: 0 });
    expect(await hasSettled(closing)).toBe(false);
    hook.end();
    await closing;
    endpoint.logger.take('warn'); // the response may not have been sent within 0 ms
  });
});

it('a second call returns the promise of the first', async () => {
  const hook = steered();
  const endpoint = await start({ respond: hook.respond });
  await post(endpoint, addMessage('thr_1'));
  await hook.started;
  const first = endpoint.chatkit.close({ drainMs: long });
  const second = endpoint.chatkit.close({ drainMs: 0 });
  expect(second).toBe(first);
  hook.end();
  await first;
});

it.each([{ drainMs: -1 }, { drainMs: Number.NaN }, { timeoutMs: '5' as never }, { timeoutMs: 2 ** 31 }])(
  'refuses %p and goes on serving',
  async (options) => {
    const endpoint = await start();
    await expect(endpoint.chatkit.close(options)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(endpoint.chatkit.server.closed).toBe(false);
    expect((await answerOf(await post(endpoint, getThread('thr_1')))).status).toBe(200);
  },
);

it.each([{}, { drainMs: 0, timeoutMs: 0 }, { drainMs: 1, timeoutMs: 2 ** 31 - 1 }])('takes %p', async (options) => {
  const endpoint = await start();
  await endpoint.chatkit.close(options);
  expect(endpoint.chatkit.server.closed).toBe(true);
});

it('a run of the core that nothing reads ends as well', async () => {
  const store = new MemoryStore();
  const endpoint = await start({ store, respond: steered().respond });
  await store.saveThread(thread, {});
  await store.addThreadItem('thr_1', assistantMessage(thread, 'msg_0', 'earlier'), {});
  await endpoint.chatkit.server.process(addMessage('thr_1'), {});
  await endpoint.chatkit.close();
  expect(endpoint.chatkit.server.openRuns).toBe(0);
});

it('a form that is announced as text is received while draining as well', async () => {
  const hook = steered();
  const uploads = await startUploads({ respond: hook.respond });
  const stream = uploads.send([]);
  await hook.started;
  const closing = uploads.chatkit.close({ drainMs: long });
  expect((await uploads.upload(formOf(text, { name: 'a.txt', type: 'text/plain' }))).status).toBe(200);
  hook.end();
  await Promise.all([closing, stream]);
});
