// Another middleware ends or destroys the response: a timeout, a load shedder. The process goes on, and no run is left.
import type { Response } from 'express';
import { Gate } from '../support/gate';
import { progress } from '../support/items';
import { addMessage, getThread } from '../support/requests';
import { expressVersions, start, thread } from './endpoint';
import { frame, streamOptions } from './frames';
import { added, delta, steered } from './hooks';
import { post, requestBytes } from './raw-client';
import { heldUp, noRuns, turnOfTheLoop, watched } from './server-side';

const timedOut = (response: Response) => response.status(503).json({ late: true });

describe.each(expressVersions)('on Express %i', (version) => {
  describe.each([
    ['a stream', addMessage('thr_1')],
    ['a JSON answer', getThread('thr_1')],
  ])('that answers in place of %s', (_name, body) => {
    it('before the request is read, leaves nothing to do', async () => {
      const { responses, before } = watched();
      const [asked, prepared] = [new Gate(), new Gate()];
      const endpoint = await start({
        version,
        before,
        respond: steered().respond,
        context: async () => {
          asked.open();
          await prepared.passed;
          return {};
        },
      });
      const load = jest.spyOn(endpoint.store, 'loadThread');
      const client = await post(endpoint, body);
      await asked.passed;

      timedOut(responses[0]!);
      prepared.open();

      const { status, body: answer } = await client.response();
      expect([status, answer]).toEqual([503, '{"late":true}']);
      await noRuns(endpoint);
      expect(load).not.toHaveBeenCalled();
    });

    it.each([
      ['well', () => Promise.resolve(thread)],
      ['badly', () => Promise.reject(new Error('down'))],
    ])('before a preparation that ends %s, is heard', async (_end, loadThread) => {
      const { responses, before } = watched();
      const [asked, prepared] = [new Gate(), new Gate()];
      const hook = steered();
      const endpoint = await start({ version, before, respond: hook.respond });
      jest.spyOn(endpoint.store, 'loadThread').mockImplementation(async () => {
        asked.open();
        await prepared.passed;
        return loadThread();
      });
      const client = await post(endpoint, body);
      await asked.passed;

      const release = heldUp(responses[0]!.socket!);
      timedOut(responses[0]!);
      prepared.open();
      for (let turn = 0; turn < 20; turn++) await turnOfTheLoop();
      release();

      const { status, body: answer } = await client.response();
      expect([status, answer]).toEqual([503, '{"late":true}']);
      await noRuns(endpoint);
      endpoint.logger.take('error'); // of the store
    });
  });

  it('ends the run when the stream is ended', async () => {
    const { responses, before } = watched();
    const hook = steered();
    const endpoint = await start({ version, before, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    hook.say(added(), delta('so far'));
    await client.bodyUpTo('"delta":"so far"}}\n\n');

    responses[0]!.end();
    hook.say(delta(' and no further'), progress('x'));

    const { body } = await client.response();
    expect(body).not.toContain('no further');
    await hook.left;
    await noRuns(endpoint);
  });

  it('ends the run when the stream is destroyed', async () => {
    const { responses, before } = watched();
    const hook = steered();
    const endpoint = await start({ version, before, respond: hook.respond });
    const client = await post(endpoint, addMessage('thr_1'));
    hook.say(progress('x'));
    await client.bodyUpTo('"x"}\n\n');

    responses[0]!.destroy();
    hook.say(progress('y'));

    await client.end();
    await hook.left;
    await noRuns(endpoint);
    expect(endpoint.chatkit.server.openRuns).toBe(0);
  });
});

it('writes nothing more to a stream that was ended, while its last bytes wait', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  const { responses, before } = watched();
  const hook = steered();
  const endpoint = await start({ before, respond: hook.respond, heartbeatMs: 1_000 });
  const client = await post(endpoint, addMessage('thr_1'));
  hook.say(progress('x'));
  await client.bodyUpTo('"x"}\n\n');
  const release = heldUp(responses[0]!.socket!);

  responses[0]!.end();
  hook.say(progress('y'));
  jest.advanceTimersByTime(1_500);
  await turnOfTheLoop();
  jest.useRealTimers();
  release();

  const { body } = await client.response();
  expect(body.endsWith('"x"}\n\n')).toBe(true);
  await noRuns(endpoint);
});

it('goes on serving the connection of a stream that was ended, whatever its hook says then', async () => {
  const { responses, before } = watched();
  const hook = steered();
  const endpoint = await start({ before, respond: hook.respond });
  const client = await post(endpoint, addMessage('thr_1'));
  await client.bodyUpTo(frame(streamOptions));
  hook.say(progress('before'));
  await client.bodyUpTo(frame(progress('before')));

  responses[0]!.end();
  hook.say(progress('after'));
  expect((await client.response()).body.endsWith(frame(progress('before')))).toBe(true);
  client.write(requestBytes(endpoint, { body: getThread('thr_1') }));

  const [, json] = await client.responses(2);
  expect(JSON.parse(json!.body)).toMatchObject({ id: 'thr_1' });
});
