// A request whose thread is being answered: the option `runs.onBusyThread`, and retries of the message that is answered.
import type { BusyPolicy, RespondTurn, ThreadItem } from 'chatkit-express';
import { ada, type Context, type Core, openStream, serve, storedItems } from '../support/core';
import { eventually, Gate, idle } from '../support/gate';
import { added, assistantMessage, done, textDelta, toolCall } from '../support/items';
import { addMessage, createThread, customAction, renameThread, retryAfter, toolOutput } from '../support/requests';
import { controlled, openRuns, stop, takeEvents } from '../support/runs';

interface Call {
  turn: RespondTurn<Context>;
  /** The title of the thread when the hook began. */
  title: string | undefined;
  end: Gate;
  isHalf: boolean;
}

/** A core each of whose answers waits for the test. */
function held(onBusyThread: BusyPolicy | undefined) {
  const calls: Call[] = [];
  const acted = new Gate();
  const core = serve({
    runs: { onBusyThread },
    async *respond(turn) {
      const call: Call = { turn, end: new Gate(), title: turn.thread.title, isHalf: false };
      calls.push(call);
      const count = calls.length;
      yield added(assistantMessage(turn.thread, `m_${count}`, ''));
      yield textDelta(`m_${count}`, `half of ${count}`);
      call.isHalf = true; // the run has taken the half, and asks for more
      await call.end.passed;
      yield done(assistantMessage(turn.thread, `m_${count}`, `answer ${count}`));
    },
    async *action({ thread, generateId, action }) {
      if (action.type === 'wait') await acted.passed;
      yield done(assistantMessage(thread, generateId('message'), 'acted'));
    },
  });
  core.store.generateThreadId = () => 'thr_1';
  return { core, calls, acted };
}

const textOf = (item: ThreadItem) =>
  item.type === 'user_message' || item.type === 'assistant_message'
    ? item.content.map((part) => ('text' in part ? part.text : '')).join('')
    : item.type;

const texts = async (core: Core) => (await storedItems(core, 'thr_1')).map(textOf);

/** Waits until the hook was called this often, and each answer is half done or aborted. */
async function begun(calls: Call[], count: number): Promise<void> {
  const hasBegun = ({ isHalf, turn }: Call) => isHalf || turn.signal.aborted;
  await eventually(() => calls.length >= count && calls.slice(0, count).every(hasBegun));
}

async function ended({ server }: Core): Promise<void> {
  await eventually(() => server.openRuns === 0);
}

/** The id of the first message of the thread. */
const firstMessage = async (core: Core) => (await storedItems(core, 'thr_1'))[0]!.id;

test.each<[BusyPolicy | undefined]>([[undefined], ['allow']])('%s: two messages are both answered', async (policy) => {
  const { core, calls } = held(policy);
  await openStream(core, createThread('one'));
  await openStream(core, addMessage('thr_1', 'two'));
  await begun(calls, 2);
  expect(calls.map(({ turn }) => turn.signal.aborted)).toEqual([false, false]);
  for (const { end } of calls) end.open();
  await ended(core);
  expect(await texts(core)).toEqual(['one', 'two', 'answer 1', 'answer 2']);
});

describe('refuse', () => {
  test('refuses requests with 409 before anything is stored, and accepts them afterwards', async () => {
    const { core, calls } = held('refuse');
    await openStream(core, createThread('one'));
    await begun(calls, 1);
    const refused = { code: 'conflict', message: 'This thread is being answered' };
    const requests = [
      addMessage('thr_1', 'two'),
      customAction({ thread_id: 'thr_1' }),
      retryAfter('thr_1', await firstMessage(core)),
    ];
    for (const request of requests) await expect(core.server.process(request, ada)).rejects.toMatchObject(refused);
    expect(calls[0]!.turn.signal.aborted).toBe(false);
    calls[0]!.end.open();
    await ended(core);
    await openStream(core, addMessage('thr_1', 'three'));
    await begun(calls, 2);
    calls[1]!.end.open();
    await ended(core);
    expect(await texts(core)).toEqual(['one', 'answer 1', 'three', 'answer 2']);
  });

  test('accepts a message of another thread', async () => {
    const { core, calls } = held('refuse');
    await openStream(core, createThread('one'));
    core.store.generateThreadId = () => 'thr_2';
    await openStream(core, createThread('two'));
    await begun(calls, 2);
    expect(await openRuns(core, 'thr_2')).toHaveLength(1);
  });

  test('is not left behind by a request whose write failed', async () => {
    const { core, calls } = held('refuse');
    await core.store.saveThread({ id: 'thr_1', created_at: '2026-01-02T03:04:05.000Z' } as never, ada);
    const failing = jest.spyOn(core.store, 'addThreadItem').mockRejectedValueOnce(new Error('no database'));
    await expect(core.server.process(addMessage('thr_1', 'one'), ada)).rejects.toThrow('no database');
    failing.mockRestore();
    expect(await openRuns(core, 'thr_1')).toEqual([]);
    await openStream(core, addMessage('thr_1', 'two'));
    await begun(calls, 1);
  });

  test('does not refuse the result of a client tool, which is stored: its hook waits', async () => {
    const { core, calls, acted } = held('refuse');
    await core.store.saveThread({ id: 'thr_1', created_at: '2026-01-02T03:04:05.000Z' } as never, ada);
    await core.store.addThreadItem('thr_1', toolCall({ id: 'thr_1' }, 'call_1'), ada);
    await openStream(core, customAction({ thread_id: 'thr_1', action: { type: 'wait' } }));
    await openStream(core, toolOutput('thr_1', 'result'));
    expect((await openRuns(core, 'thr_1')).map(({ status }) => status)).toEqual(['running', 'queued']);
    await idle();
    expect(calls).toHaveLength(0);
    acted.open();
    await begun(calls, 1);
    expect(calls[0]!.turn.completed).toMatchObject([{ id: 'call_1', output: 'result' }]);
  });
});

describe('queue', () => {
  test('stores messages at once, and answers them one after the other, each with the thread as it is then', async () => {
    const { core, calls } = held('queue');
    await openStream(core, createThread('one'));
    await begun(calls, 1);
    const second = await openStream(core, addMessage('thr_1', 'two'));
    await openStream(core, addMessage('thr_1', 'three'));
    expect(await texts(core)).toEqual(['one', 'two', 'three']);
    expect((await openRuns(core, 'thr_1')).map(({ status }) => status)).toEqual(['running', 'queued', 'queued']);
    expect((await takeEvents(second, 2)).map(({ type }) => type)).toEqual(['thread.item.done', 'stream_options']);
    await idle();
    expect(calls).toHaveLength(1);
    await core.server.process(renameThread('thr_1', 'renamed'), ada);
    calls[0]!.end.open();
    await begun(calls, 2);
    expect(calls[1]!.title).toBe('renamed');
    expect(calls[1]!.turn.input).toMatchObject({ content: [{ text: 'two' }] });
    expect((await openRuns(core, 'thr_1')).map(({ status }) => status)).toEqual(['running', 'queued']);
    calls[1]!.end.open();
    await begun(calls, 3);
    calls[2]!.end.open();
    await ended(core);
    expect(await texts(core)).toEqual(['one', 'two', 'three', 'answer 1', 'answer 2', 'answer 3']);
  });

  test('lets ten wait, and refuses the next before it is stored', async () => {
    const { core, calls } = held('queue');
    await openStream(core, createThread('message'));
    await begun(calls, 1);
    for (let index = 0; index < 10; index++) await openStream(core, addMessage('thr_1', 'message'));
    await expect(core.server.process(addMessage('thr_1', 'too many'), ada)).rejects.toMatchObject({ code: 'conflict' });
    expect(await texts(core)).toEqual(Array.from({ length: 11 }, () => 'message'));
    calls[0]!.end.open();
    await begun(calls, 2);
    await openStream(core, addMessage('thr_1', 'fits'));
    expect((await texts(core)).at(-1)).toBe('fits');
  });

  test('continues after an answer that was stopped, and after a message that was stopped while it waited', async () => {
    const { core, calls } = held('queue');
    await openStream(core, createThread('one'));
    await begun(calls, 1);
    const waiting = await openStream(core, addMessage('thr_1', 'two'));
    await openStream(core, addMessage('thr_1', 'three'));
    expect(await stop(core, { run_id: waiting.runId })).toEqual({ stopped: 1 });
    const [running] = await openRuns(core, 'thr_1');
    expect(await stop(core, { run_id: running!.id })).toEqual({ stopped: 1 });
    await begun(calls, 2);
    expect(calls[1]!.turn.input).toMatchObject({ content: [{ text: 'three' }] });
  });

  test('an action that waited is given its widget as it is then', async () => {
    const senders: unknown[] = [];
    const end = new Gate();
    const core = serve({
      runs: { onBusyThread: 'queue' },
      async *respond({ thread }) {
        await end.passed;
        yield { type: 'thread.item.replaced', item: widget(thread.id, 'new') };
      },
      async *action({ sender, thread }) {
        senders.push(sender?.copy_text);
        yield done(assistantMessage(thread, 'm_1', 'acted'));
      },
    });
    const widget = (thread_id: string, copy_text: string) => ({
      type: 'widget' as const,
      id: 'w_1',
      thread_id,
      created_at: '2026-01-02T03:04:05.000Z',
      widget: { type: 'Card' as const, children: [] },
      copy_text,
    });
    core.store.generateThreadId = () => 'thr_1';
    await openStream(core, createThread('one'));
    await core.store.addThreadItem('thr_1', widget('thr_1', 'old'), ada);
    await openStream(core, customAction({ thread_id: 'thr_1', item_id: 'w_1' }));
    end.open();
    await ended(core);
    expect(senders).toEqual(['new']);
  });

  test('close() ends the messages that wait', async () => {
    const { core, calls } = held('queue');
    await openStream(core, createThread('one'));
    await begun(calls, 1);
    await openStream(core, addMessage('thr_1', 'two'));
    await core.server.close();
    expect(calls).toHaveLength(1);
    expect(core.server.openRuns).toBe(0);
  });
});

describe('replace', () => {
  test('ends the earlier answer, which keeps what it had said, before the message is stored', async () => {
    const reasons: string[] = [];
    const { core, calls } = held('replace');
    await openStream(core, createThread('one'));
    await begun(calls, 1);
    calls[0]!.turn.signal.addEventListener('abort', () => reasons.push('aborted'));
    await openStream(core, addMessage('thr_1', 'two'));
    await begun(calls, 2);
    expect(reasons).toEqual(['aborted']);
    calls[1]!.end.open();
    await ended(core);
    expect(await texts(core)).toEqual(['one', 'half of 1', 'sdk_hidden_context', 'two', 'answer 2']);
  });

  test('gives an action the thread with the changes of the answer that it ended', async () => {
    const titles: unknown[] = [];
    const answering = new Gate();
    const core = serve({
      runs: { onBusyThread: 'replace' },
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'm_1', ''));
        thread.title = 'renamed by the answer';
        answering.open();
        await new Gate().passed;
      },
      async *action({ thread }) {
        titles.push(thread.title);
        yield done(assistantMessage(thread, 'm_2', 'acted'));
      },
    });
    core.store.generateThreadId = () => 'thr_1';
    await openStream(core, createThread('one'));
    await answering.passed;
    await openStream(core, customAction({ thread_id: 'thr_1' }));
    await ended(core);
    expect(titles).toEqual(['renamed by the answer']);
  });

  test('of three messages at once answers the last, and stores all', async () => {
    const { core, calls } = held('replace');
    await openStream(core, createThread('one'));
    await begun(calls, 1);
    const streams = await Promise.all(
      ['two', 'three', 'four'].map((text) => openStream(core, addMessage('thr_1', text))),
    );
    await eventually(async () => (await openRuns(core, 'thr_1')).length === 1);
    const [open] = await openRuns(core, 'thr_1');
    expect(open!.id).toBe(streams[2]!.runId);
    const said = (await texts(core)).filter((text) => ['one', 'two', 'three', 'four'].includes(text));
    expect(said).toEqual(['one', 'two', 'three', 'four']);
  });

  test('does not end the answers of another thread', async () => {
    const { core, calls } = held('replace');
    await openStream(core, createThread('one'));
    core.store.generateThreadId = () => 'thr_2';
    await openStream(core, createThread('two'));
    await begun(calls, 2);
    expect(calls.map(({ turn }) => turn.signal.aborted)).toEqual([false, false]);
  });
});

describe.each<[BusyPolicy | undefined]>([[undefined], ['allow'], ['queue'], ['replace']])('with %s', (policy) => {
  test('a retry of the message that is being answered replaces its answer', async () => {
    const { core, calls } = held(policy);
    const answer = await core.server.process(createThread('one'), ada, controlled);
    await begun(calls, 1);
    await openStream(core, retryAfter('thr_1', await firstMessage(core)));
    await begun(calls, 2);
    expect(calls[0]!.turn.signal.aborted).toBe(true);
    if (answer.kind !== 'stream') throw new Error('answered with JSON');
    const events = await takeEvents(answer.events);
    expect(events.at(-1)).toMatchObject({ type: 'thread.item.done', item: { content: [{ text: 'half of 1' }] } });
    calls[1]!.end.open();
    await ended(core);
    expect(await texts(core)).toEqual(['one', 'answer 2']);
  });

  test('two retries of one message at once leave the answer of the later one', async () => {
    const { core, calls } = held(policy);
    await openStream(core, createThread('one'));
    await begun(calls, 1);
    calls[0]!.end.open();
    await ended(core);
    const retry = retryAfter('thr_1', await firstMessage(core));
    const streams = await Promise.all([openStream(core, retry), openStream(core, retry), openStream(core, retry)]);
    await eventually(async () => (await openRuns(core, 'thr_1')).length === 1);
    const [open] = await openRuns(core, 'thr_1');
    expect(open!.id).toBe(streams[2].runId);
    await eventually(() => {
      for (const { end } of calls) end.open();
      return core.server.openRuns === 0;
    });
    expect(await texts(core)).toEqual(['one', expect.stringMatching(/^answer /)]);
  });
});

test('a retry of another message waits with queue, and replaces all that came meanwhile', async () => {
  const { core, calls } = held('queue');
  await openStream(core, createThread('one'));
  await begun(calls, 1);
  calls[0]!.end.open();
  await ended(core);
  await openStream(core, addMessage('thr_1', 'two'));
  await begun(calls, 2);
  await openStream(core, retryAfter('thr_1', await firstMessage(core)));
  await idle();
  expect(calls).toHaveLength(2);
  calls[1]!.end.open();
  await begun(calls, 3);
  calls[2]!.end.open();
  await ended(core);
  expect(await texts(core)).toEqual(['one', 'answer 3']);
});
