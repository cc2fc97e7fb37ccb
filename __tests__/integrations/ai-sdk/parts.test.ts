// Parts of streams one by one, as each version of `ai` and Mastra write them: what the hook yields.
import { applyItemEvent, type HookEventInput, type ThreadItem, type ThreadStreamEvent } from 'chatkit-express';
import {
  ModelError,
  type StreamedTextResult,
  streamTextResult,
  type StreamTextResultOptions,
  type TextResultLike,
  TextStreamConverter,
} from 'chatkit-express/ai-sdk';
import { Gate } from '../../support/gate';
import { RecordingLogger } from '../../support/recording-logger';
import { answerOf } from './play';

interface Read {
  events: HookEventInput[];
  items: ThreadItem[];
  log: RecordingLogger['lines'];
  result: StreamedTextResult | undefined;
  error: unknown;
}

async function read(
  parts: readonly unknown[],
  options?: StreamTextResultOptions,
  more: Partial<TextResultLike> = {},
  signal?: AbortSignal,
) {
  const logger = new RecordingLogger();
  let count = 0;
  const turn = {
    thread: { id: 'thr_1' },
    generateId: () => `item_${count++}`,
    logger,
    signal,
  } as unknown as Parameters<typeof streamTextResult>[0];
  const stream = (async function* () {
    yield* parts;
  })();
  const seen: Read = { events: [], items: [], log: logger.lines, result: undefined, error: undefined };
  const events = streamTextResult(turn, { fullStream: stream, ...more }, options);
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done) {
        seen.result = value;
        break;
      }
      seen.events.push(value);
      seen.items = [...applyItemEvent(seen.items, value as ThreadStreamEvent)];
    }
  } catch (error) {
    seen.error = error;
  }
  return seen;
}

const text = (delta: string, id = 't') => ({ type: 'text-delta', id, text: delta });
const end = { type: 'finish', finishReason: 'stop', totalUsage: {} };
const workflowOf = ({ items }: Read) => items.flatMap((item) => (item.type === 'workflow' ? item.workflow.tasks : []));
const annotationsOf = ({ items }: Read) =>
  items.flatMap((item) => (item.type === 'assistant_message' ? item.content.flatMap((part) => part.annotations) : []));

describe('text', () => {
  test('a second id of a step goes on in the same message, and a step begins another', async () => {
    const { items } = await read([text('a'), text('b', 'u'), { type: 'start-step' }, text('c', 'v'), end]);
    expect(answerOf(items)).toBe('ab | c');
  });

  test('a workflow is done before the text that follows it', async () => {
    const { events } = await read([{ type: 'reasoning-delta', id: 'r', text: 'hm' }, text('a'), end]);
    const done = events.findIndex(({ type }) => type === 'thread.item.done');
    const message = events.findIndex(
      (event) => event.type === 'thread.item.added' && event.item.type === 'assistant_message',
    );
    expect(done).toBeLessThan(message);
  });
});

test('each thought is one, also where their parts come in turns', async () => {
  const seen = await read([
    { type: 'reasoning-delta', id: 'r', text: 'one' },
    { type: 'reasoning-delta', id: 's', text: 'two' },
    { type: 'reasoning-end', id: 's' },
    text('a'),
    end,
  ]);
  expect(workflowOf(seen).map((task) => 'content' in task && task.content)).toEqual(['one', 'two']);
});

describe('sources', () => {
  const url = { type: 'source', sourceType: 'url', id: '1', url: 'https://a.example', title: 'A' };

  test('of a page and of a document are annotations without an index, each once', async () => {
    const document = {
      type: 'source',
      sourceType: 'document',
      id: '2',
      mediaType: 'application/pdf',
      title: 'B',
      filename: 'b.pdf',
    };
    const seen = await read([url, text('a'), document, url, { type: 'text-end', id: 't' }, end]);
    expect(annotationsOf(seen)).toEqual([
      { type: 'annotation', source: { type: 'url', url: 'https://a.example', title: 'A' } },
      { type: 'annotation', source: { type: 'file', filename: 'b.pdf', title: 'B' } },
    ]);
  });

  test('that ai 7 has at the end of a text have an index', async () => {
    const citations = [{ source: url, startIndex: 0, endIndex: 1 }];
    const seen = await read([text('a'), { type: 'text-end', id: 't', citations }, end]);
    expect(annotationsOf(seen)).toEqual([
      { type: 'annotation', source: { type: 'url', url: 'https://a.example', title: 'A' }, index: 1 },
    ]);
  });
});

describe('files', () => {
  test('an image is a generated image', async () => {
    const { items } = await read([{ type: 'file', file: { mediaType: 'image/png', base64: 'AAAA' } }, end]);
    expect(items).toMatchObject([{ type: 'generated_image', image: { url: 'data:image/png;base64,AAAA' } }]);
  });

  test('another file is told of in the log, and shown by a converter', async () => {
    const file = { type: 'file', file: { mediaType: 'audio/wav', base64: 'AAAA' } };
    const { items, log } = await read([file, text('a'), end]);
    expect(items.map(({ type }) => type)).toEqual(['assistant_message']);
    expect(log).toMatchObject([
      { level: 'warn', fields: { media_type: 'audio/wav' }, message: 'a file that a model made is not shown' },
    ]);
    class Converter extends TextStreamConverter {
      override fileToEvents = ({ mediaType }: { mediaType: string }): HookEventInput[] => [
        { type: 'notice', level: 'info', message: mediaType },
      ];
    }
    const shown = await read([file, end], { converter: new Converter() });
    expect(shown.events).toEqual([{ type: 'notice', level: 'info', message: 'audio/wav' }]);
    expect(shown.log).toEqual([]);
  });
});

describe('tools', () => {
  const call = { type: 'tool-call', toolCallId: 'c', toolName: 'look', input: { q: 1 } };
  const result = { ...call, type: 'tool-result', output: { found: 1 } };
  const states = ({ events }: Read) =>
    events.flatMap((event) => {
      if (event.type === 'thread.item.added' && event.item.type === 'workflow') return event.item.workflow.tasks;
      return event.type === 'thread.item.updated' && 'task' in event.update ? [event.update.task] : [];
    });

  test('with the tools of the request a call is shown while it runs, with its title', async () => {
    const tools = { look: { execute: () => 1, title: 'Looking' } };
    const seen = await read([call, { ...result, preliminary: true, output: 'half' }, result, text('a'), end], {
      tools,
    });
    expect(states(seen)).toMatchObject([
      { title: 'Looking', status_indicator: 'loading' },
      { title: 'Looking', status_indicator: 'loading', content: 'half' },
      { title: 'Looking', status_indicator: 'complete' },
    ]);
  });

  test('without them it is shown once there is a result, because it may be the page’s', async () => {
    expect(states(await read([call, result, text('a'), end]))).toMatchObject([
      { title: 'look', status_indicator: 'complete' },
    ]);
    const asked = await read([call, { ...end, finishReason: 'tool-calls' }]);
    expect(states(asked)).toEqual([]);
    expect(asked.items).toMatchObject([{ type: 'client_tool_call', call_id: 'c', name: 'look', arguments: { q: 1 } }]);
    expect(asked.result!.clientToolCalled).toBe(true);
  });

  test.each([
    ['undefined', undefined, {}],
    ['null', null, {}],
    ['JSON in a text', '{"q":1}', { q: 1 }],
  ])('the input of a call of the page may be %s', async (_name, input, args) => {
    const { items } = await read([
      { ...call, input },
      { ...end, finishReason: 'tool-calls' },
    ]);
    expect(items).toMatchObject([{ arguments: args }]);
  });

  test('the input of a call of the page that is a list is an error', async () => {
    const { error } = await read([
      { ...call, input: [1] },
      { ...end, finishReason: 'tool-calls' },
    ]);
    expect(error).toMatchObject({ code: 'invalid_arguments' });
  });

  test('a search of the provider’s is a search', async () => {
    const search = { ...call, toolName: 'web_search', providerExecuted: true, input: { query: 'hats' } };
    const found = { ...search, type: 'tool-result', output: { sources: [{ type: 'url', url: 'https://a.example' }] } };
    expect(states(await read([search, found, text('a'), end]))).toMatchObject([
      { type: 'web_search', status_indicator: 'loading', queries: ['hats'] },
      { type: 'web_search', status_indicator: 'complete', sources: [{ url: 'https://a.example' }] },
    ]);
  });

  test('a call that the provider answers later is not the page’s', async () => {
    const { items } = await read([{ ...call, providerExecuted: true }, text('a'), end], { tools: false });
    expect(items.map(({ type }) => type)).toEqual(['assistant_message']);
  });

  test('results that nobody puts into words are not an answer', async () => {
    const seen = await read([call, result, { ...end, finishReason: 'tool-calls' }]);
    expect(seen.events.at(-1)).toMatchObject({ type: 'error' });
    expect(seen.log).toMatchObject([{ level: 'warn', fields: { reason: 'tool_calls' } }]);
  });

  test('a denied tool says so', async () => {
    const seen = await read([call, { ...call, type: 'tool-output-denied' }, text('a'), end]);
    expect(states(seen)).toMatchObject([{ status_indicator: 'complete', content: 'The tool was not allowed' }]);
  });

  describe('a tool that needs an approval', () => {
    const asks = { type: 'tool-approval-request', approvalId: 'p', toolCall: { ...call, toolName: 'delete_all' } };

    const messages = [{ role: 'assistant', content: [call] }];
    const more = { response: Promise.resolve({ messages }) };
    const waiting = { ...end, finishReason: 'tool-calls' };

    test('is a question that names the tool and its input', async () => {
      const seen = await read([call, { ...asks, reason: 'It is dangerous' }, waiting], {}, more);
      expect(seen.items.map(({ type }) => type)).toEqual(['sdk_hidden_context', 'structured_input']);
      expect(seen.items[1]).toMatchObject({ inputs: [{ question: 'It is dangerous\nAllow look with {"q":1}?' }] });
      expect(seen.result).toMatchObject({ approvalAsked: true, clientToolCalled: false });
      expect(seen.log).toEqual([]);
    });

    test('is a question of the converter', async () => {
      class Asking extends TextStreamConverter {
        override toolCallToQuestion({ toolName }: { toolName: string }): string {
          return `May I ${toolName}?`;
        }
      }
      const seen = await read([call, asks, waiting], { converter: new Asking() }, more);
      expect(seen.items[1]).toMatchObject({ inputs: [{ question: 'May I look?' }] });
    });

    test('is an error without the messages of the answer', async () => {
      const seen = await read([call, asks, waiting]);
      expect(seen.error).toMatchObject({ message: expect.stringContaining('needs the messages') as string });
      expect(seen.items).toEqual([]);
    });

    test('is reported in an answer that is not complete', async () => {
      const seen = await read([text('Half'), call, asks, { ...end, finishReason: 'length' }], {}, more);
      expect(seen.items.map(({ type }) => type)).not.toContain('structured_input');
      expect(seen.events.at(-1)).toMatchObject({ type: 'notice' });
      expect(seen.log).toMatchObject([{ level: 'warn', fields: { tools: ['look'] } }]);
    });

    test('and is not shown where the application answers by itself', async () => {
      const approved = { ...asks, type: 'tool-approval-response', approved: true };
      const yes = await read([call, { ...asks, isAutomatic: true }, approved, result, text('a'), end]);
      expect(answerOf(yes.items)).toBe('a');
      expect(yes.log).toEqual([]);
      const no = await read([call, { ...asks, isAutomatic: true }, { ...approved, approved: false }, text('a'), end]);
      expect(workflowOf(no)).toMatchObject([{ content: 'The tool was not allowed' }]);
      expect(no.log).toEqual([]);
    });
  });
});

describe('the end', () => {
  test('of a stream that does not say that it ended is an error, with what was said kept', async () => {
    const seen = await read([text('Half')]);
    expect(answerOf(seen.items)).toBe('Half');
    expect(seen.error).toMatchObject({ code: 'stream_ended_early' });
  });

  test('by an abort is kept without an error', async () => {
    const seen = await read([text('Half'), { type: 'abort' }]);
    expect(answerOf(seen.items)).toBe('Half');
    expect(seen.error).toBeUndefined();
    expect(seen.result).toMatchObject({ finishReason: undefined });
  });

  test('by an error that is not an Error is a ModelError with its code', async () => {
    const { error } = await read([{ type: 'error', error: { type: 'overloaded_error', message: 'busy' } }, end]);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ code: 'overloaded_error', message: 'busy' });
  });

  test('for a reason that only the provider knows is judged by its word', async () => {
    const good = await read([text('a'), { ...end, finishReason: 'other', rawFinishReason: 'eos' }]);
    expect(good.events.at(-1)).toMatchObject({ type: 'thread.item.done' });
    const bad = await read([text('a'), { ...end, finishReason: 'other', rawFinishReason: 'MALFORMED' }]);
    expect(bad.events.at(-1)).toMatchObject({ type: 'notice' });
    expect(bad.log).toMatchObject([{ level: 'warn', fields: { reason: 'MALFORMED' } }]);
    const unknown = await read([text('a'), { ...end, finishReason: 'interrupted' }]);
    expect(unknown.events.at(-1)).toMatchObject({ type: 'notice' });
  });
});

test('Stop ends the answer, and closes a stream that says nothing more', async () => {
  const stop = new AbortController();
  const closed = new Gate();
  let reads = 0;
  const silent: AsyncIterable<unknown> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        if (reads++ === 0) return Promise.resolve({ done: false, value: text('Half') });
        setImmediate(() => stop.abort());
        return new Promise(() => undefined);
      },
      return() {
        closed.open(undefined);
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  const reading = read([], {}, { fullStream: silent }, stop.signal);
  await closed.passed;
  const { items, error, result } = await reading;
  expect(answerOf(items)).toBe('Half');
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ finishReason: undefined, clientToolCalled: false });
});

describe('parts that nobody knows', () => {
  test('are named in the log', async () => {
    const { log } = await read([{ type: 'hologram' }, { type: 'data-weather', data: 1 }, text('a'), end]);
    expect(log).toMatchObject([
      { fields: { types: ['hologram', 'data-weather'] }, message: 'an answer of a model has parts that are not shown' },
    ]);
  });

  test('data becomes events by a converter', async () => {
    class Converter extends TextStreamConverter {
      override dataToEvents = (name: string, data: unknown): HookEventInput[] => [
        { type: 'progress_update', text: `${name} ${JSON.stringify(data)}` },
      ];
    }
    const seen = await read([{ type: 'data-weather', data: { c: 20 } }, end], { converter: new Converter() });
    expect(seen.events).toEqual([{ type: 'progress_update', text: 'weather {"c":20}' }]);
    expect(seen.log).toEqual([]);
  });

  test.each([[null], ['text'], [{}], [{ type: 7 }]])('%j is not taken for an answer', async (part) => {
    const seen = await read([part, text('a'), end]);
    expect(answerOf(seen.items)).toBe('a');
  });
});

test('a result without a stream is a TypeError that says what to pass', async () => {
  const { error } = await read([], {}, { fullStream: undefined });
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toContain('fullStream');
});

describe('Mastra', () => {
  const wrap = (type: string, payload: object) => ({ type, runId: 'run', from: 'AGENT', payload });
  const finish = wrap('finish', { stepResult: { reason: 'stop' }, output: { usage: { inputTokens: 3 } } });

  test('parts are read in their payload', async () => {
    const seen = await read([
      wrap('start', {}),
      wrap('step-start', { request: {} }),
      wrap('reasoning-delta', { id: 'r', text: 'hm' }),
      wrap('tool-call', { toolCallId: 'c', toolName: 'look', args: { q: 1 } }),
      wrap('tool-result', { toolCallId: 'c', toolName: 'look', result: 1 }),
      wrap('text-delta', { id: 't', text: 'Hi' }),
      wrap('source', { id: 's', sourceType: 'url', title: 'A', url: 'https://a.example' }),
      wrap('file', { data: new Uint8Array([0, 0, 0]), mimeType: 'image/png' }),
      wrap('step-finish', { stepResult: { reason: 'stop' }, output: { usage: {} } }),
      finish,
    ]);
    expect(seen.items.map(({ type }) => type)).toEqual(['workflow', 'assistant_message', 'generated_image']);
    expect(answerOf(seen.items)).toBe('Hi');
    expect(annotationsOf(seen)).toHaveLength(1);
    expect(seen.result!.usage).toEqual({ inputTokens: 3 });
    expect(seen.log).toEqual([]);
  });

  test.each([{ data: new Uint8Array([0, 0, 0]) }, { data: 'AAAA' }, { base64: 'AAAA' }])(
    'an image is read from bytes and from base64: %j',
    async (content) => {
      const { items } = await read([wrap('file', { ...content, mimeType: 'image/png' }), finish]);
      expect(items).toMatchObject([{ type: 'generated_image', image: { url: 'data:image/png;base64,AAAA' } }]);
    },
  );

  test('a tool that fails, and a tool of the page', async () => {
    const seen = await read([
      wrap('tool-call', { toolCallId: 'c', toolName: 'look', args: {} }),
      wrap('tool-result', { toolCallId: 'c', toolName: 'look', result: 'no line', isError: true }),
      wrap('tool-call', { toolCallId: 'd', toolName: 'page', args: { q: 1 } }),
      wrap('finish', { stepResult: { reason: 'tool-calls' }, output: {} }),
    ]);
    expect(seen.items.at(-1)).toMatchObject({ type: 'client_tool_call', arguments: { q: 1 } });
    expect(seen.log).toMatchObject([{ message: 'a tool of the AI SDK failed', fields: { err: 'no line' } }]);
  });

  const callLook = wrap('tool-call', { toolCallId: 'c', toolName: 'look', args: { q: 1 } });

  test('tool-call-approval is a question, whose state names the run, also when the stream ends with it', async () => {
    const asks = {
      ...wrap('tool-call-approval', { toolCallId: 'c', toolName: 'look', args: { q: 1 } }),
      runId: 'run_1',
    };
    for (const rest of [[], [wrap('finish', { stepResult: { reason: 'suspended' }, output: {} })]]) {
      const seen = await read([callLook, asks, ...rest]);
      expect(seen.error).toBeUndefined();
      expect(seen.items.at(-1)).toMatchObject({ inputs: [{ question: 'Allow look with {"q":1}?' }] });
      expect(JSON.stringify(seen.items)).toContain('\\"runId\\":\\"run_1\\",\\"toolCallIds\\":[\\"c\\"]');
      expect(seen.log).toEqual([]);
    }
  });

  test('tool-call-suspended, which waits for data, is an error that names the tool', async () => {
    const seen = await read([
      callLook,
      wrap('tool-call-suspended', { toolCallId: 'c', toolName: 'look', args: {} }),
      wrap('finish', { stepResult: { reason: 'tool-calls' }, output: {} }),
    ]);
    expect(seen.events.at(-1)).toMatchObject({ type: 'error', message: expect.stringContaining('"look"') as string });
    expect(seen.log).toHaveLength(1);
  });

  test('a processor that stops the answer is not silent', async () => {
    const seen = await read([
      wrap('tripwire', { reason: 'bad words' }),
      wrap('finish', { stepResult: { reason: 'tripwire' }, output: {} }),
    ]);
    expect(seen.events.at(-1)).toMatchObject({ type: 'error' });
    expect(seen.log).toMatchObject([{ fields: { tripwire: 'bad words' } }]);
  });

  test('an error is thrown', async () => {
    expect((await read([wrap('error', { error: new Error('no key') })])).error).toMatchObject({ message: 'no key' });
  });
});
