// Responses API streams, through the real clients, as the events that a page gets and the items that are stored.
import { ResponseStreamConverter } from 'chatkit-express/openai';
import { ask, openStream, startThread, storedItems } from '../../support/core';
import { Gate } from '../../support/gate';
import { functionCallFrames, messageFrames, reasoningFrames, responseFrames } from '../../support/model-frames';
import { cut } from '../../support/model-server';
import { addMessage, createThread, toolOutput } from '../../support/requests';
import { clientOf, clients, outline, responding, told, useModelServer } from './model';

const model = useModelServer();

describe.each(clients)('%s', (name, Client) => {
  const client = (maxRetries?: number) => clientOf(Client, model.current, maxRetries);

  describe('an answer', () => {
    test('is added, begun, streamed and done, in this order, and stored', async () => {
      model.current.reply(responseFrames(messageFrames('Hello there', { id: 'msg_abc' })));
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      const part = { type: 'output_text', text: '', annotations: [] };
      const item = { id: 'msg_abc', thread_id: threadId, type: 'assistant_message', content: [] };
      const update = (type: string, more: object) => ({
        type: 'thread.item.updated',
        item_id: 'msg_abc',
        update: { type: `assistant_message.content_part.${type}`, content_index: 0, ...more },
      });
      const whole = { ...part, text: 'Hello there' };
      expect(events.slice(3).map((event) => JSON.parse(JSON.stringify(event)))).toMatchObject([
        { type: 'thread.item.added', item },
        update('added', { content: part }),
        update('text_delta', { delta: 'Hello ' }),
        update('text_delta', { delta: 'there' }),
        update('done', { content: whole }),
        { type: 'thread.item.done', item: { ...item, content: [whole] } },
      ]);
      expect(events).toHaveLength(9);
      expect((await storedItems(core, threadId)).at(-1)).toMatchObject({ id: 'msg_abc', content: [whole] });
      expect(core.results).toMatchObject([
        { id: 'resp_1', status: 'completed', functionCalls: [], usage: { total_tokens: 19 } },
      ]);
      expect(model.current.requests[0]).toMatchObject({
        path: '/v1/responses',
        body: { stream: true, input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }] },
      });
    });

    test('with sources counts them by content part, and leaves out those without a name', async () => {
      const cite = (filename?: string) => ({ type: 'file_citation', file_id: 'file_1', filename, index: 3 });
      const url = { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 5 };
      const container = {
        type: 'container_file_citation',
        container_id: 'c',
        file_id: 'file_2',
        filename: 'plot.png',
        start_index: 0,
        end_index: 4,
      };
      const first = messageFrames('One', { annotations: [cite('a.txt'), cite(), url] });
      const at = { item_id: 'msg_1', output_index: 0, content_index: 1 };
      const second = [
        { type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '', annotations: [] } },
        { type: 'response.output_text.delta', ...at, delta: 'Two' },
        { type: 'response.output_text.annotation.added', ...at, annotation_index: 0, annotation: container },
        { type: 'response.output_text.done', ...at, text: 'Two' },
      ];
      const done = first.pop() as { item: { content: object[] } };
      done.item.content.push({ type: 'output_text', text: 'Two', annotations: [container] });
      model.current.reply(responseFrames([...first, ...second, done]));
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      const added = events.flatMap((event) =>
        event.type === 'thread.item.updated' && event.update.type === 'assistant_message.content_part.annotation_added'
          ? [[event.update.content_index, event.update.annotation_index, event.update.annotation]]
          : [],
      );
      const fileA = { type: 'annotation', index: 3, source: { type: 'file', filename: 'a.txt', title: 'a.txt' } };
      const page = { type: 'annotation', index: 5, source: { type: 'url', url: 'https://a.example', title: 'A' } };
      const plot = { type: 'annotation', index: 4, source: { type: 'file', filename: 'plot.png', title: 'plot.png' } };
      expect(added).toEqual([
        [0, 0, fileA],
        [0, 1, page],
        [1, 0, plot],
      ]);
      expect((await storedItems(core, threadId)).at(-1)).toMatchObject({
        content: [
          { text: 'One', annotations: [fileA, page] },
          { text: 'Two', annotations: [plot] },
        ],
      });
    });

    test('that is a refusal is streamed as text', async () => {
      const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
      const item = { id: 'msg_1', type: 'message', role: 'assistant', content: [] };
      model.current.reply(
        responseFrames([
          { type: 'response.output_item.added', output_index: 0, item },
          { type: 'response.content_part.added', ...at, part: { type: 'refusal', refusal: '' } },
          { type: 'response.refusal.delta', ...at, delta: 'I will ' },
          { type: 'response.refusal.delta', ...at, delta: 'not.' },
          { type: 'response.refusal.done', ...at, refusal: 'I will not.' },
          {
            type: 'response.output_item.done',
            output_index: 0,
            item: { ...item, content: [{ type: 'refusal', refusal: 'I will not.' }] },
          },
        ]),
      );
      const { events } = await startThread(responding(client()));
      expect(outline(events)).toEqual([
        'added assistant_message',
        'added',
        'text_delta I will',
        'text_delta not.',
        'done I will not.',
        'done assistant_message I will not.',
      ]);
    });

    test('comes word by word: the first reaches the page while the model waits', async () => {
      const rest = new Gate();
      const frames = responseFrames(messageFrames('Slow words'));
      model.current.reply([...frames.slice(0, 5), rest, ...frames.slice(5)]);
      const stream = await openStream(responding(client()), createThread());
      const seen: string[] = [];
      for await (const event of stream) {
        if (event.type !== 'thread.item.updated' || !('delta' in event.update)) continue;
        seen.push(event.update.delta);
        if (seen.length === 1) rest.open(); // without the first there is no second
      }
      expect(seen).toEqual(['Slow ', 'words']);
    });

    test('that the provider sends whole, or without its beginning, is put right', async () => {
      const [, , delta, , done] = messageFrames('Hi ', { id: 'msg_x' });
      const other = messageFrames('Only done', { id: 'msg_y', output_index: 1 }).at(-1)!;
      model.current.reply(responseFrames([delta!, { ...done }, other]));
      const { events } = await startThread(responding(client()));
      expect(outline(events)).toEqual([
        'added assistant_message',
        'added',
        'text_delta Hi',
        'done assistant_message Only done',
        'done assistant_message Hi',
      ]);
    });
  });

  describe('reasoning', () => {
    test('is a workflow: the first thought streams, and it closes with its duration when the answer begins', async () => {
      model.current.reply(
        responseFrames([...reasoningFrames(['Let me see', 'I know']), ...messageFrames('Yes', { output_index: 1 })]),
      );
      const { events } = await startThread(responding(client()));
      const thought = (content: string) => ({ type: 'thought', status_indicator: 'none', content });
      const update = (type: string, task_index: number, content: string) => ({
        type: 'thread.item.updated',
        item_id: 'A',
        update: { type: `workflow.task.${type}`, task_index, task: thought(content) },
      });
      expect(told(events).slice(0, 7)).toEqual([
        expect.objectContaining({ type: 'thread.item.added' }),
        update('added', 0, 'Let '),
        update('updated', 0, 'Let me '),
        update('updated', 0, 'Let me see'),
        update('updated', 0, 'Let me see'),
        update('added', 1, 'I know'),
        {
          type: 'thread.item.done',
          item: expect.objectContaining({
            id: 'A',
            type: 'workflow',
            workflow: {
              type: 'reasoning',
              tasks: [thought('Let me see'), thought('I know')],
              summary: { duration: 0 },
              expanded: false,
            },
          }),
        },
      ]);
      expect(outline(events).slice(7)[0]).toBe('added assistant_message');
    });

    test('without an answer closes at the end of the stream', async () => {
      model.current.reply(responseFrames(reasoningFrames(['Hm'])));
      const { events } = await startThread(responding(client()));
      expect(outline(events).at(-1)).toBe('done workflow');
    });
  });

  describe('a generated image', () => {
    const call = { id: 'ig_1', type: 'image_generation_call', status: 'in_progress', result: null };
    const partial = (partial_image_index: number, partial_image_b64: string) => ({
      type: 'response.image_generation_call.partial_image',
      item_id: 'ig_1',
      output_index: 0,
      partial_image_index,
      partial_image_b64,
    });
    const added = { type: 'response.output_item.added', output_index: 0, item: call };

    test('shows its partial versions with their progress, and then itself', async () => {
      const done = { ...call, status: 'completed', result: '/9j/BBBB' };
      model.current.reply(
        responseFrames([
          added,
          partial(0, 'iVBORAAA'),
          partial(1, 'iVBORBBB'),
          { type: 'response.output_item.done', output_index: 0, item: done },
        ]),
      );
      const converter = new ResponseStreamConverter({ partialImages: 2 });
      const { events } = await startThread(responding(client(), { converter }));
      const image = (url: string) => ({ id: 'ig_1', url });
      const update = (url: string, progress: number) => ({
        type: 'thread.item.updated',
        item_id: 'A',
        update: { type: 'generated_image.updated', image: image(url), progress },
      });
      expect(told(events)).toMatchObject([
        { type: 'thread.item.added', item: { id: 'A', type: 'generated_image' } },
        update('data:image/png;base64,iVBORAAA', 0),
        update('data:image/png;base64,iVBORBBB', 0.5),
        { type: 'thread.item.done', item: { id: 'A', image: image('data:image/jpeg;base64,/9j/BBBB') } },
      ]);
      expect(told(events)[0]).not.toHaveProperty('item.image');
    });

    /** Checks that an image that does not arrive is removed from the page, and returns what was logged. */
    async function loggedOfMissing(frames: ReturnType<typeof responseFrames>) {
      model.current.reply(frames);
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      expect(events.map(({ type }) => type).slice(3)).toEqual([
        'thread.item.added',
        'thread.item.updated',
        'thread.item.removed',
        'error',
      ]);
      expect((await storedItems(core, threadId)).map(({ type }) => type)).toEqual(['user_message']);
      return core.logger;
    }

    test('that never comes leaves no empty frame behind when the stream breaks off', async () => {
      const logger = await loggedOfMissing(responseFrames([added, partial(0, 'iVBORAAA')]).slice(0, -1));
      expect(logger.take('error')).toMatchObject([{ message: 'respond failed' }]);
    });

    test('that failed leaves no empty frame behind, and is an error', async () => {
      const done = { type: 'response.output_item.done', output_index: 0, item: { ...call, status: 'failed' } };
      const logger = await loggedOfMissing(responseFrames([added, partial(0, 'iVBORAAA'), done]));
      expect(logger.take('warn')).toMatchObject([{ fields: { reason: 'no_content' } }]);
    });
  });

  describe('tools', () => {
    const searching = { id: 'ws_1', type: 'web_search_call', status: 'in_progress' };
    const sources = [{ type: 'url', url: 'https://a.example/x' }];
    const searched = { ...searching, status: 'completed', action: { type: 'search', query: 'cats', sources } };
    const ran = { id: 'ci_1', type: 'code_interpreter_call', status: 'completed', code: 'print("```")', outputs: null };
    const files = { id: 'fs_1', type: 'file_search_call', queries: ['a', 'b'], results: [{ filename: 'x.md' }] };
    const mcp = { id: 'mcp_1', type: 'mcp_call', server_label: 'shop', name: 'buy', arguments: '{}', error: 'no' };
    const frames = [searched, ran, files, mcp].flatMap((item, output_index) => [
      { type: 'response.output_item.added', output_index, item: item === searched ? searching : item },
      { type: 'response.output_item.done', output_index, item },
    ]);

    test('of the provider are tasks of a workflow when asked for', async () => {
      model.current.reply(responseFrames([...frames, ...messageFrames('Done', { output_index: 4 })]));
      const core = responding(client(), { tools: true });
      const { threadId, events } = await startThread(core);
      const [, workflow] = await storedItems(core, threadId);
      expect(workflow).toMatchObject({
        type: 'workflow',
        workflow: {
          type: 'custom',
          tasks: [
            {
              type: 'web_search',
              status_indicator: 'complete',
              title_query: 'cats',
              queries: ['cats'],
              sources: [{ type: 'url', url: 'https://a.example/x', title: 'https://a.example/x' }],
            },
            { type: 'custom', status_indicator: 'complete', content: '````python\nprint("```")\n````' },
            { type: 'file', title: 'a, b', sources: [{ type: 'file', filename: 'x.md', title: 'x.md' }] },
            { type: 'custom', title: 'shop: buy', content: 'The call failed' },
          ],
        },
      });
      const [first] = told(events) as [{ item: { workflow: { tasks: unknown[] } } }];
      expect(first.item.workflow.tasks).toMatchObject([{ type: 'web_search', status_indicator: 'loading' }]);
    });

    test('of the provider that the answer overtakes are complete in the workflow that it closes', async () => {
      const added = { type: 'response.output_item.added', output_index: 0, item: searching };
      const done = { type: 'response.output_item.done', output_index: 0, item: searched };
      model.current.reply(responseFrames([added, ...messageFrames('Found', { output_index: 1 }), done]));
      const core = responding(client(), { tools: true });
      const { threadId } = await startThread(core);
      const items = await storedItems(core, threadId);
      expect(items.map(({ type }) => type)).toEqual(['user_message', 'workflow', 'assistant_message']);
      expect(items[1]).toMatchObject({ workflow: { tasks: [{ status_indicator: 'complete' }] } });
    });

    test('of the provider are not shown otherwise', async () => {
      model.current.reply(responseFrames([...frames, ...messageFrames('Done', { output_index: 4 })]));
      const { events } = await startThread(responding(client()));
      expect(events.filter((event) => 'item' in event && event.item.type === 'workflow')).toEqual([]);
    });

    test('of the server are left to the caller, with their arguments', async () => {
      model.current.reply(
        responseFrames([
          ...functionCallFrames('weather', '{"city":"Bonn"}'),
          ...functionCallFrames('time', '{}', { id: 'fc_2', call_id: 'call_2', output_index: 1 }),
        ]),
      );
      const core = responding(client());
      const { events } = await startThread(core);
      expect(told(events)).toEqual([]);
      expect(core.results).toMatchObject([
        {
          clientToolCalled: false,
          functionCalls: [
            { callId: 'call_1', name: 'weather', arguments: '{"city":"Bonn"}' },
            { callId: 'call_2', name: 'time', arguments: '{}' },
          ],
          output: [{ type: 'function_call' }, { type: 'function_call' }],
        },
      ]);
    });

    test('of the page stop the turn and go on with the output', async () => {
      model.current.reply(
        responseFrames([...messageFrames('One moment'), ...functionCallFrames('pick', '{"n":1}', { output_index: 1 })]),
        responseFrames(messageFrames('You picked red', { id: 'msg_2' })),
      );
      const core = responding(client(), { clientTools: ['pick'] });
      const { threadId, events } = await startThread(core);
      expect(told(events).at(-1)).toMatchObject({
        type: 'thread.item.done',
        item: { type: 'client_tool_call', status: 'pending', call_id: 'call_1', name: 'pick', arguments: { n: 1 } },
      });
      expect(core.results).toMatchObject([{ clientToolCalled: true, functionCalls: [] }]);
      const after = await ask(core, toolOutput(threadId, { colour: 'red' }));
      expect(outline(after).at(-1)).toBe('done assistant_message You picked red');
      expect(model.current.requests[1]!.body.input).toEqual([
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
        { type: 'message', role: 'assistant', content: 'One moment' },
        { type: 'function_call', call_id: 'call_1', name: 'pick', arguments: '{"n":1}' },
        { type: 'function_call_output', call_id: 'call_1', output: '{"colour":"red"}' },
      ]);
    });

    test.each(['{"n":', '[1]'])('of the page called with %s are an error, and no call is stored', async (args) => {
      model.current.reply(responseFrames([...messageFrames('Hm'), ...functionCallFrames('pick', args)]));
      const core = responding(client(), { clientTools: ['pick'] });
      const { threadId, events } = await startThread(core);
      expect(outline(events).slice(-2)).toEqual(['done assistant_message Hm', 'error stream.error']);
      expect((await storedItems(core, threadId)).map(({ type }) => type)).toEqual([
        'user_message',
        'assistant_message',
      ]);
      expect(core.logger.take('error')).toMatchObject([{ fields: { err: { code: 'invalid_arguments' } } }]);
    });
  });

  describe('ids', () => {
    test.each([
      ['the same', 'msg_same'],
      ['FAKE_ID', 'FAKE_ID'],
      ['__fake_id__', '__fake_id__'],
      ['empty', ''],
    ])('that are %s in three turns give three answers', async (_what, id) => {
      for (const text of ['One', 'Two', 'Three']) {
        model.current.reply(responseFrames(messageFrames(text, { id })));
      }
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      const turns = [events, await ask(core, addMessage(threadId)), await ask(core, addMessage(threadId))];
      for (const turn of turns) {
        // One id through added, updated and done.
        const ids = turn
          .slice(-5)
          .map((event) => ('item_id' in event ? event.item_id : 'item' in event && event.item.id));
        expect(new Set(ids).size).toBe(1);
      }
      const answers = (await storedItems(core, threadId)).filter((item) => item.type === 'assistant_message');
      expect(answers.map((item) => item.content[0]!.text)).toEqual(['One', 'Two', 'Three']);
      expect(new Set(answers.map((item) => item.id)).size).toBe(3);
    });

    test('that are used twice in one answer give two messages', async () => {
      const [one, two] = [
        messageFrames('One', { id: 'FAKE_ID' }),
        messageFrames('Two', { id: 'FAKE_ID', output_index: 1 }),
      ];
      model.current.reply(responseFrames([...one, ...two]));
      const core = responding(client());
      const { threadId } = await startThread(core);
      const answers = (await storedItems(core, threadId)).filter((item) => item.type === 'assistant_message');
      expect(answers.map((item) => item.content[0]!.text)).toEqual(['One', 'Two']);
    });

    test('that come again after their message is done begin no other', async () => {
      const frames = messageFrames('Hi', { id: 'msg_late' });
      const delta = frames.find(({ type }: { type?: string }) => type === 'response.output_text.delta')!;
      model.current.reply(responseFrames([...frames, delta]));
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      expect(outline(events).at(-1)).toBe('done assistant_message Hi');
      expect(await storedItems(core, threadId)).toHaveLength(2);
    });

    test('that are another in each event of one message still give one message', async () => {
      const frames = messageFrames('Hi there').map((frame, index) => {
        const { item, item_id } = frame as { item?: object; item_id?: string };
        return {
          ...frame,
          ...(item && { item: { ...item, id: `x${index}` } }),
          ...(item_id && { item_id: `x${index}` }),
        };
      });
      model.current.reply(responseFrames(frames));
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      expect(outline(events)).toEqual([
        'added assistant_message',
        'added',
        'text_delta Hi',
        'text_delta there',
        'done Hi there',
        'done assistant_message Hi there',
      ]);
      expect(await storedItems(core, threadId)).toHaveLength(2);
    });
  });

  describe('an answer that stops early', () => {
    const half = messageFrames('Half of');
    const incomplete = (reason: string) => ({
      end: 'response.incomplete',
      response: { incomplete_details: { reason } },
    });

    test('at its greatest length is kept, and the user told so', async () => {
      model.current.reply(responseFrames(half, incomplete('max_output_tokens')));
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      expect(outline(events).slice(-2)).toEqual([
        'done assistant_message Half of',
        'notice The answer was cut off: it reached the greatest length that is allowed.',
      ]);
      expect(await storedItems(core, threadId)).toHaveLength(2);
      expect(core.results).toMatchObject([{ status: 'incomplete' }]);
    });

    test('in the middle of a call calls nothing', async () => {
      const call = functionCallFrames('weather', '{"city":"Bo');
      (call.at(-1) as { item: { status: string } }).item.status = 'incomplete';
      model.current.reply(responseFrames(call, incomplete('max_output_tokens')));
      const core = responding(client());
      const { events } = await startThread(core);
      expect(told(events)).toMatchObject([{ type: 'error', code: 'custom', allow_retry: true }]);
      expect(core.results).toMatchObject([{ functionCalls: [] }]);
    });

    test('by the filter before anything was said is an error without Retry', async () => {
      model.current.reply(responseFrames([], incomplete('content_filter')));
      const { events } = await startThread(responding(client()));
      expect(told(events)).toEqual([
        { type: 'error', code: 'custom', message: expect.stringContaining('content filter'), allow_retry: false },
      ]);
    });

    test.each([
      [
        'a failed response',
        { end: 'response.failed', response: { error: { code: 'server_error', message: 'Oh no' } } },
      ],
      ['an error event', { end: 'error', response: {} }],
    ])('with %s is kept, told as an error with Retry, and logged whole', async (_what, end) => {
      const frames = responseFrames(half.slice(0, 4), end) as object[];
      if (end.end === 'error') Object.assign(frames.at(-1)!, { code: 'server_error', message: 'Oh no' });
      model.current.reply(frames);
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      expect(outline(events).slice(-2)).toEqual(['done assistant_message Half of', 'error stream.error']);
      expect(events.at(-1)).toMatchObject({ allow_retry: true });
      expect(JSON.stringify(events)).not.toContain('Oh no');
      expect((await storedItems(core, threadId)).at(-1)).toMatchObject({ content: [{ text: 'Half of' }] });
      // openai 7 throws an error of its own for an `error` event; it holds the same.
      const [line] = core.logger.take('error');
      const { code, message, error } = line!.fields['err'] as { code: string; message: string; error?: object };
      // Version 4 of the client throws an error event itself, without its code.
      const isThrownByClient = name === 'openai 4' && error === undefined && code === undefined;
      const expected = { message: 'Oh no', ...(!isThrownByClient && { code: 'server_error' }) };
      expect({ code, ...(error ?? { message }) }).toMatchObject(expected);
    });

    test.each<[string, (object | string | typeof cut)[], string | RegExp]>([
      ['a cut connection', [cut], /terminated|aborted|socket|premature|ECONNRESET/i],
      ['an end that nobody announced', [], 'The model’s stream ended before the answer was complete'],
      ['a frame that is not JSON', ['data: {"type": "response.out\n\n'], /JSON/],
      ['an error in a frame', ['data: {"error":{"message":"overloaded"}}\n\n'], /overloaded|undefined/],
    ])('with %s is kept and told as an error', async (_what, end, message) => {
      model.current.reply([...(responseFrames(half.slice(0, 4), { end: '' }) as object[]), ...end]);
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      expect(outline(events).slice(-2)).toEqual(['done assistant_message Half of', 'error stream.error']);
      expect((await storedItems(core, threadId)).at(-1)).toMatchObject({ content: [{ text: 'Half of' }] });
      const [line] = core.logger.take('error');
      expect((line!.fields['err'] as Error).message).toMatch(message);
    });

    test('before it said anything leaves no empty message', async () => {
      model.current.reply([...(responseFrames(half.slice(0, 2), { end: '' }) as object[]), cut]);
      const core = responding(client());
      const { threadId, events } = await startThread(core);
      expect(outline(events)).toEqual(['error stream.error']);
      expect(await storedItems(core, threadId)).toHaveLength(1);
      core.logger.take('error');
    });

    test('frames that make no sense are passed over', async () => {
      const odd = [
        'data: null\n\n',
        'data: 7\n\n',
        'data: {}\n\n',
        { type: 'response.of.another.age', item: 3 },
        { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: 5 },
        { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 1e9, delta: 'x' },
        { type: 'response.output_text.annotation.added', item_id: 'msg_1', annotation: null },
        { type: 'response.output_item.done' },
        { type: 'response.image_generation_call.partial_image', item_id: 'ig_9' },
      ];
      const frames = responseFrames(half);
      model.current.reply([...frames.slice(0, 5), ...odd, ...frames.slice(5)]);
      const { events } = await startThread(responding(client()));
      expect(outline(events)).toEqual([
        'added assistant_message',
        'added',
        'text_delta Half',
        'text_delta of',
        'done Half of',
        'done assistant_message Half of',
      ]);
    });
  });

  describe('a provider that refuses', () => {
    const refusal = (status: number, headers = {}) => ({ status, headers, body: { error: { message: 'secret' } } });

    test.each([429, 500])('with %i once is asked again, after the time it says', async (status) => {
      model.current.reply(refusal(status, { 'retry-after-ms': '1' }), responseFrames(messageFrames('Now')));
      const { events } = await startThread(responding(client(2)));
      expect(outline(events).at(-1)).toBe('done assistant_message Now');
      expect(model.current.requests).toHaveLength(2);
    });

    test.each([429, 500, 401])('with %i for good is an error that tells nothing', async (status) => {
      model.current.reply(refusal(status));
      const core = responding(client());
      const { events } = await startThread(core);
      expect(told(events)).toEqual([{ type: 'error', code: 'stream.error', allow_retry: true }]);
      expect(core.logger.take('error')).toMatchObject([{ fields: { err: { status } } }]);
    });
  });

  describe('a client that leaves', () => {
    const frames = responseFrames(messageFrames('Half of it'));

    test('ends the request to the model, and keeps what was said', async () => {
      model.current.reply([...frames.slice(0, 5), new Gate()]);
      const core = responding(client());
      core.store.generateThreadId = () => 'thr_1';
      const stream = await openStream(core, createThread());
      for await (const event of stream) {
        if (event.type === 'thread.item.updated' && 'delta' in event.update) break;
      }
      expect(await (await model.current.request()).closed.passed).toBe(true);
      expect((await storedItems(core, 'thr_1')).slice(1)).toMatchObject([
        { type: 'assistant_message', content: [{ text: 'Half ' }] },
        { type: 'sdk_hidden_context' },
      ]);
    });

    test('before the model answered ends the request too', async () => {
      model.current.reply([new Gate()]);
      const stream = await openStream(responding(client()), createThread());
      const request = await model.current.request();
      await stream.cancel();
      expect(await request.closed.passed).toBe(true);
    });
  });
});
