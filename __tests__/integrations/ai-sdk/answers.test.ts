// Answers through the real `ai`, with the faults of a provider: what the user sees, what is stored, what the log says.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type HookEventInput, MemoryStore, type RespondTurn } from 'chatkit-express';
import { streamTextResult } from 'chatkit-express/ai-sdk';
import { RecordingLogger } from '../../support/recording-logger';
import { startModelServer } from '../../support/model-server';
import { createThread } from '../../support/requests';
import { chatFrames } from '../../support/model-frames';
import { Gate } from '../../support/gate';
import { answerOf, Stage } from './play';
import { faults, type Outcome, outcomeOf } from './faults';
import { sdks } from './sdks';

const hasDelta = (event: { type: string }) => JSON.stringify(event).includes('text_delta');

describe.each(sdks)('%s', (name, sdk, makeModel) => {
  test.each(Object.entries(faults))('%s', async (_fault, fault) => {
    const { outcome, played } = await outcomeOf(sdk, makeModel, fault);
    expect(outcome).toEqual(name === 'ai 5' ? (fault.right5 ?? fault.right) : fault.right);
    // The page has what the store has.
    expect(played.page).toEqual(played.visible);
  });

  test('a slow answer is shown as it comes', async () => {
    const stage = await Stage.open(sdk, makeModel);
    const gate = new Gate();
    const [first, word, ...others] = chatFrames('One two');
    stage.model.reply([first!, word!, gate, ...others]);
    await stage.ask(createThread(), (event) => {
      if (hasDelta(event)) gate.open(undefined);
      return false;
    });
    const played = await stage.played();
    expect(answerOf(played.visible)).toBe('One two');
    expect(played.page).toEqual(played.visible);
  });

  describe('Stop', () => {
    test('ends the request to the model, and keeps half of the answer without an error', async () => {
      const stage = await Stage.open(sdk, makeModel);
      stage.model.reply([...chatFrames('One two').slice(0, 2), new Gate()]);
      await stage.ask(createThread(), hasDelta);
      expect(await (await stage.model.request()).closed.passed).toBe(true);
      const played = await stage.played();
      expect(answerOf(played.visible)).toBe('One ');
      expect(answerOf(played.page)).toBe('One ');
      expect(played.log).toEqual([]);
    });

    test('ends a hook that forgot the signal', async () => {
      const stage = await Stage.open(sdk, makeModel);
      stage.withRequest = ({ abortSignal: _forgotten, ...request }) => request;
      stage.model.reply([...chatFrames('One two').slice(0, 2), new Gate()]);
      await stage.ask(createThread(), hasDelta);
      const played = await stage.played();
      expect(answerOf(played.visible)).toBe('One ');
      expect(played.log).toEqual([]);
    });
  });

  test('the usage is reported, also of an answer that fails', async () => {
    const reported: unknown[] = [];
    const usage = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 };
    const end = chatFrames('Hi');
    for (const failure of [[], [{ error: { message: 'boom' } }]]) {
      const stage = await Stage.open(sdk, makeModel);
      stage.options = { onUsage: (used) => reported.push(used) };
      stage.model.reply([...end.slice(0, -1), { ...(end[1] as object), choices: [], usage }, ...failure, end.at(-1)!]);
      await stage.ask(createThread());
      const { results } = await stage.played();
      if (failure.length === 0) expect(results[0]!.usage).toEqual(reported[0]);
    }
    expect(reported).toHaveLength(2);
    expect(reported[0]).toMatchObject({ inputTokens: 12, outputTokens: 7 });
    expect(reported[1]).toMatchObject({ inputTokens: 12, outputTokens: 7 });
  });
});

test.each(sdks)('%s: a file that the provider refuses is sent by its name', async (_name, sdk, makeModel) => {
  const server = await startModelServer();
  const refusal = { status: 400, body: { error: { message: 'The image a.png cannot be read' } } };
  server.reply(refusal, chatFrames('I see its name'), refusal);
  const store = new MemoryStore<object>();
  const attachment = { id: 'atc_1', type: 'file' as const, name: 'a.png', mime_type: 'image/png' };
  await store.saveAttachment(attachment, {});
  const logger = new RecordingLogger();
  let count = 0;
  const turn = {
    ...{ store, logger, context: {}, thread: { id: 'thr_1' }, generateId: () => `item_${count++}` },
    attachments: { toDataUrl: () => Promise.resolve('data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==') },
  } as unknown as RespondTurn<object>;
  const message = {
    ...{ type: 'user_message' as const, id: 'msg_1', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' },
    ...{ content: [], attachments: [attachment], inference_options: {} },
  };
  const request = async () => {
    const events: HookEventInput[] = [];
    const ask = (messages: unknown) =>
      sdk.streamText({ model: makeModel(server.url), messages, maxRetries: 0, onError() {} });
    for await (const event of streamTextResult(turn, ask, { items: [message] })) events.push(event);
    return JSON.stringify(events);
  };
  expect(await request()).toContain('I see its name');
  const bodies = server.requests.map(({ body }) => JSON.stringify(body));
  expect(bodies.map((body) => body.includes('base64'))).toEqual([true, false]);
  expect(bodies[1]).toContain('a.png');
  expect(logger.take('warn')).toMatchObject([{ message: 'a provider refused a file, so it is sent by its name only' }]);
  // Without a file in the request, the refusal is thrown.
  await expect(request()).rejects.toMatchObject({ statusCode: 400 });
  await server.close();
});

// `ai` 7 declares Node 22. With that these tests have a block more: CI looks for it.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major >= 22) {
  describe('ai 7', () => {
    let outcomes: Record<string, Outcome & { page: unknown; visible: unknown }> = {};
    beforeAll(() => {
      const root = join(__dirname, '..', '..', '..');
      const script = join(__dirname, 'version7.ts');
      const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
      const args = [tsx, '--tsconfig', join(root, 'tsconfig.json'), script];
      outcomes = JSON.parse(
        execFileSync(process.execPath, args, { encoding: 'utf8', cwd: root, stdio: ['ignore', 'pipe', 'inherit'] }),
      ) as typeof outcomes;
    }, 60_000);

    test.each(Object.entries(faults))('%s', (name, { right }) => {
      const { page, visible, ...outcome } = outcomes[name]!;
      expect(outcome).toEqual(right);
      expect(page).toEqual(visible);
    });
  });
}
