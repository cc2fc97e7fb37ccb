// A file that a provider refuses, where an agent is asked: the run is made again without the file, now and later.
import type { RespondTurn } from 'chatkit-express';
import { AgentContext, streamAgentResponse } from 'chatkit-express/agents';
import { collect, everyRun, modelOf, toolOf } from '../../support/agents';
import type { Context } from '../../support/core';
import { type ModelServer, startModelServer } from '../../support/model-server';
import { refusal, sentIn, turnWithFiles } from '../../support/refused-file';

let model: ModelServer;
beforeEach(async () => (model = await startModelServer()));
afterEach(() => model.close());

const whole = ['file', 'image', 'text'];
const asked = () => model.requests.map(({ body }) => sentIn(body));

describe.each(everyRun)('%s', (_version, { sdk, api, says, calls }) => {
  async function answer(turn: RespondTurn<Context>, tools: ReturnType<typeof toolOf>[] = []) {
    const context = new AgentContext<Context>(turn);
    const agent = new sdk.Agent({
      name: 'assistant',
      model: modelOf(sdk, model.url, api),
      tools,
    } as never);
    const { events, error } = await collect(
      streamAgentResponse(context, (input) => sdk.run(agent, input as never, { context, stream: true })),
    );
    const texts = events.flatMap((event) =>
      event.type === 'thread.item.done' && event.item.type === 'assistant_message'
        ? event.item.content.map(({ text }) => text)
        : [],
    );
    return { texts, error };
  }

  test('the file that the error names is sent by its name, in the next turn as well', async () => {
    const { turn, logger, metadata } = await turnWithFiles();
    model.reply(refusal('Invalid file: a.pdf'), says('Read'), says('Again'));
    expect(await answer(turn)).toEqual({ texts: ['Read'], error: null });
    expect(await metadata()).toEqual([{ mine: 1, sent_to_model_as: 'name' }, { mine: 1 }, { mine: 1 }]);
    expect(await answer(turn)).toEqual({ texts: ['Again'], error: null });
    expect(asked()).toEqual([whole, ['name', 'image', 'text'], ['name', 'image', 'text']]);
    expect(logger.take('warn')).toMatchObject([{ fields: { attachment_id: 'atc_a.pdf' } }]);
  });

  test('another error is thrown at once', async () => {
    const { turn } = await turnWithFiles();
    model.reply(refusal('The model is overloaded, try again'));
    expect((await answer(turn)).error).toMatchObject({ status: 400 });
    expect(asked()).toEqual([whole]);
  });

  test('tools that have run do not run again', async () => {
    const { turn } = await turnWithFiles();
    let runs = 0;
    model.reply(calls('count'), refusal('The file could not be read'));
    expect((await answer(turn, [toolOf(sdk, 'count', () => `${++runs}`)])).error).toMatchObject({ status: 400 });
    expect(runs).toBe(1);
    expect(model.requests).toHaveLength(2);
  });
});
