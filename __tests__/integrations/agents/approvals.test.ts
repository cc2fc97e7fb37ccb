// Tools of agents that need an approval: the user is asked, and the run continues with the decision.
import type { HookEventInput, RespondTurn, ThreadItem } from 'chatkit-express';
import { AgentContext, resumeOf, streamAgentResponse, type StreamAgentResponseOptions } from 'chatkit-express/agents';
import { everyRun, modelOf, type Sdk, sdks } from '../../support/agents';
import { ask, type Context, type Core, serve, startThread, storedItems } from '../../support/core';
import { messageFrames, responseFrames } from '../../support/model-frames';
import { type ModelServer, startModelServer } from '../../support/model-server';
import { addMessage, retryAfter, structuredInput } from '../../support/requests';

let model: ModelServer;
beforeEach(async () => (model = await startModelServer()));
afterEach(() => model.close());

interface Played {
  core: Core;
  threadId: string;
  ran: unknown[];
  decide(...values: string[]): Promise<{ type: string }[]>;
}

const secret = 'a secret of the context';
const parameters = { type: 'object', properties: {}, required: [], additionalProperties: true } as never;

interface How {
  options?: StreamAgentResponseOptions;
  /** How the run is continued. Default: by the second argument of the function. */
  continues?: 'argument' | 'resumeOf' | 'never';
  api?: 'responses' | 'chat';
  hosted?: boolean;
}

/** A server whose agent has a tool that needs an approval, and one that does not. */
async function play(
  sdk: Sdk,
  { options = {}, continues = 'argument', api = 'responses', hosted }: How = {},
): Promise<Played> {
  const ran: unknown[] = [];
  const execute = (input: unknown, runContext: { context: unknown } | undefined) => {
    AgentContext.of(runContext);
    ran.push(input);
    return 'removed';
  };
  const common = { description: 'd', strict: false, parameters } as const;
  const tools = [
    sdk.tool({ ...common, name: 'remove', needsApproval: true, execute }),
    sdk.tool({ ...common, name: 'look', execute: () => 'seen' }),
    ...(hosted
      ? [sdk.hostedMcpTool({ serverLabel: 'files', serverUrl: 'https://mcp.example', requireApproval: 'always' })]
      : []),
  ];
  const core = serve({
    async *respond(turn: RespondTurn<Context>): AsyncGenerator<HookEventInput> {
      const chat = Object.assign(new AgentContext(turn), { secret });
      const agent = new sdk.Agent({ name: 'a', instructions: 'answer', model: modelOf(sdk, model.url, api), tools });
      const runOf = async (input: unknown, resume: Awaited<ReturnType<typeof resumeOf>>) => {
        const state =
          resume &&
          continues !== 'never' &&
          resume.applyTo(
            await sdk.RunState.fromStringWithContext(agent as never, resume.state, new sdk.RunContext(chat) as never),
          );
        return sdk.run(agent, (state || input) as never, { context: chat, stream: true, signal: turn.signal } as never);
      };
      const source = continues === 'resumeOf' ? await runOf('Hello', await resumeOf(chat)) : runOf;
      yield* streamAgentResponse(chat, source as never, options);
    },
  });
  const { threadId } = await startThread(core);
  const decide = async (...values: string[]) => {
    const form = (await storedItems(core, threadId)).findLast(({ type }) => type === 'structured_input');
    if (form?.type !== 'structured_input') throw new Error('there is no form');
    const answers = form.inputs.map(({ id }, at) => [id, { values: [values[at]!] }] as const);
    return ask(core, structuredInput(threadId, form.id, Object.fromEntries(answers)));
  };
  return { core, threadId, ran, decide };
}

const texts = (items: readonly ThreadItem[]) =>
  items.flatMap((item) => (item.type === 'assistant_message' ? item.content.map(({ text }) => text) : []));
const forms = (items: readonly ThreadItem[]) =>
  items.flatMap((item) => (item.type === 'structured_input' ? [item.inputs.map(({ question }) => question)] : []));
const inputOf = (index: number) => JSON.stringify(model.requests[index]!.body);

describe.each(everyRun)('%s', (_name, { sdk, api, says, calls }) => {
  test('an approved tool is executed once, with the context of the new turn', async () => {
    model.reply(calls('remove', { path: '/' }), says('Removed'));
    const { core, threadId, ran, decide } = await play(sdk, { api });
    expect(forms(await storedItems(core, threadId))).toEqual([['Allow remove with {"path":"/"}?']]);
    expect(ran).toEqual([]);
    await decide('Approve');
    expect(ran).toEqual([{ path: '/' }]);
    expect(texts(await storedItems(core, threadId))).toEqual(['Removed']);
    expect(inputOf(1)).toContain('removed');
    expect(model.requests).toHaveLength(2);
  });

  test('the model is told of a rejected tool, which is not executed', async () => {
    model.reply(calls('remove'), says('I left it'));
    const { core, threadId, ran, decide } = await play(sdk, { api });
    await decide('Reject');
    expect(ran).toEqual([]);
    expect(texts(await storedItems(core, threadId))).toEqual(['I left it']);
    expect(inputOf(1)).toMatch(/not approved/i);
  });
});

describe.each(sdks)('with @openai/agents %s', (_version, sdk) => {
  const call = (name: string, id: string) => [
    { type: 'response.output_item.added', output_index: 0, item: { ...callItem(name, id), arguments: '' } },
    { type: 'response.output_item.done', output_index: 0, item: callItem(name, id) },
  ];
  const callItem = (name: string, id: string) => ({
    ...{ type: 'function_call', id: `fc_${id}`, call_id: id, name, arguments: `{"id":"${id}"}`, status: 'completed' },
  });

  test('several calls are one form, each with its own decision', async () => {
    model.reply(
      responseFrames([...call('remove', 'c1'), ...call('look', 'c2'), ...call('remove', 'c3')]),
      responseFrames(messageFrames('Half done')),
    );
    const { core, threadId, ran, decide } = await play(sdk);
    expect(forms(await storedItems(core, threadId))).toEqual([
      ['Allow remove with {"id":"c1"}?', 'Allow remove with {"id":"c3"}?'],
    ]);
    await decide('Reject', 'Approve');
    expect(ran).toEqual([{ id: 'c3' }]);
    expect(texts(await storedItems(core, threadId))).toEqual(['Half done']);
  });

  test('the state has nothing of the context', async () => {
    model.reply(responseFrames(call('remove', 'c1')), responseFrames(messageFrames('Removed')));
    const { core, threadId, decide } = await play(sdk);
    expect(JSON.stringify(await storedItems(core, threadId))).not.toContain(secret);
    await decide('Approve');
  });

  test('a call of a hosted MCP server is asked about, and the decision is sent to the provider', async () => {
    const request = {
      ...{
        type: 'mcp_approval_request',
        id: 'mcpr_1',
        name: 'erase',
        server_label: 'files',
        arguments: '{"all":true}',
      },
    };
    model.reply(
      responseFrames([
        { type: 'response.output_item.added', output_index: 0, item: request },
        { type: 'response.output_item.done', output_index: 0, item: request },
      ]),
      responseFrames(messageFrames('Erased')),
    );
    const { core, threadId, decide } = await play(sdk, { hosted: true, options: { keepResponseId: true } });
    expect(forms(await storedItems(core, threadId))).toEqual([['Allow erase of files with {"all":true}?']]);
    await decide('Approve');
    expect(texts(await storedItems(core, threadId))).toEqual(['Erased']);
    const { input } = model.requests[1]!.body as { input: { type: string }[] };
    expect(input.find(({ type }) => type === 'mcp_approval_response')).toMatchObject({
      ...{ approval_request_id: 'mcpr_1', approve: true },
    });
  });

  test('after another message the tool is not run, and a late yes only shows a notice', async () => {
    model.reply(responseFrames(call('remove', 'c1')), responseFrames(messageFrames('As you like')));
    const { core, threadId, ran, decide } = await play(sdk);
    await ask(core, addMessage(threadId, 'Never mind'));
    const events = await decide('Approve');
    expect(events.at(-1)).toMatchObject({ type: 'notice', level: 'warning' });
    expect(ran).toEqual([]);
    expect(model.requests).toHaveLength(2);
  });

  test('a retry of the message asks again', async () => {
    model.reply(
      responseFrames(call('remove', 'c1')),
      responseFrames(call('remove', 'c1')),
      responseFrames(messageFrames('Removed')),
    );
    const { core, threadId, ran, decide } = await play(sdk);
    const [message] = await storedItems(core, threadId);
    await ask(core, retryAfter(threadId, message!.id));
    await decide('Approve');
    expect(ran).toHaveLength(1);
    expect(forms(await storedItems(core, threadId))).toHaveLength(1);
  });

  test('one approval after another, and the whole run is remembered once', async () => {
    model.reply(
      responseFrames([...messageFrames('I will do it'), ...call('remove', 'c1')]),
      responseFrames(call('remove', 'c2')),
      responseFrames(messageFrames('Both removed')),
      responseFrames(messageFrames('Bye')),
    );
    const { core, threadId, ran, decide } = await play(sdk, { options: { remember: true } });
    await decide('Approve');
    await decide('Approve');
    expect(ran).toHaveLength(2);
    await ask(core, addMessage(threadId, 'Thanks'));
    const { input } = model.requests[3]!.body as { input: { type?: string; role?: string }[] };
    expect(input.map(({ type, role }) => (type === 'message' || type === undefined ? role : type))).toEqual([
      'user',
      'assistant',
      'function_call',
      'function_call_output',
      'function_call',
      'function_call_output',
      'assistant',
      'user',
    ]);
  });

  test('a run that the hook has made continues with resumeOf', async () => {
    model.reply(responseFrames(call('remove', 'c1')), responseFrames(messageFrames('Removed')));
    const { core, threadId, ran, decide } = await play(sdk, { continues: 'resumeOf' });
    await decide('Approve');
    expect(ran).toHaveLength(1);
    expect(texts(await storedItems(core, threadId))).toEqual(['Removed']);
  });

  test('a hook that does not continue the run is reported', async () => {
    model.reply(responseFrames(call('remove', 'c1')), responseFrames(messageFrames('What?')));
    const { core, ran, decide } = await play(sdk, { continues: 'never' });
    await decide('Approve');
    expect(ran).toEqual([]);
    expect(core.logger.takeWarnings()).toMatchObject([
      { message: 'a run does not continue with the approval that the user has decided on' },
    ]);
  });
});
