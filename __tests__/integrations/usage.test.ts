// The tokens that the adapters report with `turn.usage`, each in the names of its API or SDK.
import { MemoryStore, type ModelUsage, type Thread } from 'chatkit-express';
import { AgentContext, streamAgentResponse } from 'chatkit-express/agents';
import { streamTextResult } from 'chatkit-express/ai-sdk';
import { streamChatCompletion, streamResponse } from 'chatkit-express/openai';
import { RecordingLogger } from '../support/recording-logger';
import { chatFrames, messageFrames, responseFrames } from '../support/model-frames';

const thread: Thread = { id: 'thr_1', created_at: '2026-01-01T00:00:00Z', status: { type: 'active' }, metadata: {} };

function turnWith() {
  const reported: ModelUsage[] = [];
  const turn = {
    thread,
    context: {},
    store: new MemoryStore(),
    signal: new AbortController().signal,
    logger: new RecordingLogger(),
    generateId: () => `id_${Math.random()}`,
    usage: (usage: ModelUsage) => void reported.push(usage),
  };
  return { turn, reported };
}

async function* streamOf<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

async function drain(events: AsyncIterable<unknown>): Promise<unknown> {
  try {
    const iterator = events[Symbol.asyncIterator]();
    while (!(await iterator.next()).done);
    return undefined;
  } catch (error) {
    return error;
  }
}

const isFrame = (step: unknown): step is { type: string } => typeof step === 'object';
const responsesUsage = {
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 5 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 3 },
};
const reportedUsage = { inputTokens: 12, outputTokens: 7, cachedInputTokens: 5, reasoningTokens: 3 };

describe('streamResponse', () => {
  it.each(['response.completed', 'response.incomplete', 'response.failed'])(
    'reports the counts of a response that ends with %s, once',
    async (end) => {
      const { turn, reported } = turnWith();
      const frames = responseFrames(messageFrames('Good evening'), { end, response: { usage: responsesUsage } });
      await drain(streamResponse(turn, streamOf(frames.filter(isFrame))));
      expect(reported).toEqual([{ ...reportedUsage, model: 'test-model', provider: 'openai' }]);
    },
  );

  it('reports nothing for a response that was cut off before its counts', async () => {
    const { turn, reported } = turnWith();
    const frames = responseFrames(messageFrames('Good evening'), { end: '' });
    expect(await drain(streamResponse(turn, streamOf(frames.filter(isFrame))))).toBeInstanceOf(Error);
    expect(reported).toEqual([]);
  });

  it('needs no `usage` in its turn', async () => {
    const { usage: _usage, ...turn } = turnWith().turn;
    const frames = responseFrames(messageFrames('Good evening'), { response: { usage: responsesUsage } });
    expect(await drain(streamResponse(turn, streamOf(frames.filter(isFrame))))).toBeUndefined();
  });
});

describe('streamChatCompletion', () => {
  const chunk = (usage: unknown) => ({ object: 'chat.completion.chunk', model: 'tiny-2', choices: [], usage });
  const frames = chatFrames('Good evening').filter(isFrame);

  it('reports the last counts of a stream that repeats them, once', async () => {
    const { turn, reported } = turnWith();
    const counts = [
      chunk({ prompt_tokens: 12, completion_tokens: 1 }),
      chunk({ prompt_tokens: 12, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 5 } }),
    ];
    await drain(streamChatCompletion(turn, streamOf<object>([...frames, ...counts])));
    expect(reported).toEqual([{ inputTokens: 12, outputTokens: 7, cachedInputTokens: 5, model: 'tiny-2' }]);
  });

  it.each([[null], [{}], [{ prompt_tokens: null, completion_tokens: 'many' }], ['text']])(
    'reports nothing for the counts %j',
    async (usage) => {
      const { turn, reported } = turnWith();
      await drain(streamChatCompletion(turn, streamOf<object>([...frames, chunk(usage)])));
      expect(reported).toEqual([]);
    },
  );
});

describe('streamTextResult', () => {
  const step = { type: 'finish-step', finishReason: 'stop', response: { modelId: 'm' } };
  const text = { type: 'text-delta', id: '1', text: 'Good evening' };
  it.each([
    ['version 5', { inputTokens: 12, outputTokens: 7, cachedInputTokens: 5, reasoningTokens: 3 }],
    [
      'version 6',
      {
        inputTokens: 12,
        outputTokens: 7,
        inputTokenDetails: { cacheReadTokens: 5 },
        outputTokenDetails: { reasoningTokens: 3 },
      },
    ],
  ])('reports each step of %s, and not their sum again', async (_what, usage) => {
    const { turn, reported } = turnWith();
    const finish = { type: 'finish', finishReason: 'stop', totalUsage: { inputTokens: 24, outputTokens: 14 } };
    await drain(
      streamTextResult(turn, { fullStream: streamOf([{ ...step, usage }, text, { ...step, usage }, finish]) }),
    );
    expect(reported).toEqual([
      { ...reportedUsage, model: 'm' },
      { ...reportedUsage, model: 'm' },
    ]);
  });

  it('reports the sum where no step has counts', async () => {
    const { turn, reported } = turnWith();
    const finish = { type: 'finish', finishReason: 'stop', totalUsage: { inputTokens: 24, outputTokens: NaN } };
    await drain(streamTextResult(turn, { fullStream: streamOf([text, step, finish]) }));
    expect(reported).toEqual([{ inputTokens: 24 }]);
  });
});

describe('streamAgentResponse', () => {
  it('reports each response of the run', async () => {
    const { turn, reported } = turnWith();
    await turn.store.saveThread(thread, {});
    const usage = { inputTokens: 12, outputTokens: 7, inputTokensDetails: [{ cached_tokens: 5 }] };
    const done = {
      type: 'raw_model_stream_event',
      data: { type: 'response_done', response: { id: 'r', output: [], usage } },
    };
    const text = { type: 'raw_model_stream_event', data: { type: 'output_text_delta', delta: 'Good evening' } };
    const events = [text, done, text, done];
    const stream = () =>
      new ReadableStream({
        start(to) {
          for (const event of events) to.enqueue(event);
          to.close();
        },
      });
    const run = {
      toStream: stream,
      newItems: [],
      completed: Promise.resolve(),
      [Symbol.asyncIterator]: () => streamOf(events),
    };
    expect(await drain(streamAgentResponse(new AgentContext(turn), run as never))).toBeUndefined();
    expect(reported).toEqual([
      { inputTokens: 12, outputTokens: 7, cachedInputTokens: 5 },
      { inputTokens: 12, outputTokens: 7, cachedInputTokens: 5 },
    ]);
  });
});
