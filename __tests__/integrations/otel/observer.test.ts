// The spans and the metrics of an observer, call by call.
import { context, type Context, createContextKey, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { otelObserver } from 'chatkit-express/otel';

const spans = new InMemorySpanExporter();
const tracing = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const measured = new InMemoryMetricExporter(AggregationTemporality.DELTA);
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });
const meters = new MeterProvider({ readers: [reader] });
const tracer = tracing.getTracer('test');
const observe = (agentName?: string) => otelObserver({ tracer, meter: meters.getMeter('test'), agentName });
const observer = observe('helper');

beforeAll(() => tracing.register());
beforeEach(() => spans.reset());
afterAll(async () => {
  await Promise.all([tracing.shutdown(), meters.shutdown()]);
  context.disable();
  trace.disable();
});

const request = { id: 'req_1', operation: 'threads.create' };
const makeRun = () => ({ id: 'run_1', threadId: 'thr_1', request, hook: 'respond' });
const completed = { outcome: 'completed', durationMs: 1500, items: 2, usage: {} } as const;

/** The metrics since the last call, without those of other tests. */
async function metrics() {
  measured.reset();
  await reader.forceFlush();
  return measured
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics: all }) => all)
    .map(({ descriptor, dataPoints }) => ({
      name: descriptor.name,
      unit: descriptor.unit,
      description: descriptor.description,
      points: dataPoints.map(({ attributes, value }) => ({ attributes, value: value as never })),
    }));
}

/** Runs a function inside the span of an HTTP request, as the instrumentation of HTTP does. */
function inHttpSpan(act: (span: Span, rpc: { route?: string }) => void, route?: string) {
  const span = tracer.startSpan('POST');
  const rpc = { span, ...(route !== undefined && { route }) };
  const key = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');
  const active: Context = trace.setSpan(context.active(), span).setValue(key, rpc);
  context.with(active, () => act(span, rpc));
  span.end();
  return spans.getFinishedSpans().find(({ name }) => !name.startsWith('invoke_agent'))!;
}

test('a run is a span with its events, its tokens and its end', () => {
  const run = makeRun();
  observer.runStarted!(run);
  observer.firstEvent!(run);
  observer.itemStored!(run, { id: 'item_1', type: 'assistant_message' });
  observer.usage!(run, { provider: 'openai', model: 'tiny', inputTokens: 1 });
  observer.usage!(run, { provider: 'other', model: 'large', inputTokens: 1 });
  const usage = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 3, cacheWriteTokens: 4, reasoningTokens: 5 };
  observer.runEnded!(run, { ...completed, firstEventMs: 250, usage });
  const [span, ...more] = spans.getFinishedSpans();
  expect(more).toEqual([]);
  expect(span).toMatchObject({ name: 'invoke_agent helper', status: { code: SpanStatusCode.UNSET } });
  expect(span!.attributes).toEqual({
    ...{ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.conversation.id': 'thr_1', 'gen_ai.agent.name': 'helper' },
    ...{ 'chatkit.run.id': 'run_1', 'chatkit.hook': 'respond', 'chatkit.operation': 'threads.create' },
    ...{ 'chatkit.run.outcome': 'completed', 'chatkit.run.items': 2, 'chatkit.run.time_to_first_event': 0.25 },
    ...{ 'gen_ai.provider.name': 'openai', 'gen_ai.response.model': 'tiny' },
    ...{ 'gen_ai.usage.input_tokens': 1, 'gen_ai.usage.output_tokens': 2 },
    ...{ 'gen_ai.usage.cache_read.input_tokens': 3, 'gen_ai.usage.cache_creation.input_tokens': 4 },
    'gen_ai.usage.reasoning.output_tokens': 5,
  });
  expect(span!.events.map(({ name, attributes }) => ({ name, attributes: { ...attributes } }))).toEqual([
    { name: 'chatkit.first_event', attributes: {} },
    { name: 'chatkit.item_stored', attributes: { 'chatkit.item.type': 'assistant_message' } },
  ]);
});

test('a span has no attribute for what is not known', () => {
  const run = makeRun();
  const silent = observe();
  silent.runStarted!(run);
  silent.runEnded!(run, completed);
  const [span] = spans.getFinishedSpans();
  expect(span!.name).toBe('invoke_agent');
  expect(Object.keys(span!.attributes).sort()).toEqual([
    ...['chatkit.hook', 'chatkit.operation', 'chatkit.run.id', 'chatkit.run.items', 'chatkit.run.outcome'],
    ...['gen_ai.conversation.id', 'gen_ai.operation.name'],
  ]);
});

test.each([
  [{ outcome: 'failed', error: new RangeError('secret') }, 'RangeError'],
  [{ outcome: 'failed', error: 'secret' }, 'string'],
  [{ outcome: 'failed', error: { name: '' } }, 'object'],
  [{ outcome: 'failed', error: { name: 'x'.repeat(101) } }, 'x'.repeat(100)],
  [{ outcome: 'failed' }, 'failed'],
  [{ outcome: 'timeout' }, 'timeout'],
  [{ outcome: 'lost' }, 'lost'],
  [{ outcome: 'refused' }, undefined],
  [{ outcome: 'disconnected' }, undefined],
] as const)('the end %j is marked as the error %s', (end, type) => {
  const run = makeRun();
  observer.runStarted!(run);
  observer.runEnded!(run, { ...completed, ...end });
  const [span] = spans.getFinishedSpans();
  expect(span!.attributes['error.type']).toBe(type);
  expect(span!.status).toEqual(
    type === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: type },
  );
});

test('the steps of a hook run inside the span of its run, and those of an unknown run as they are', () => {
  const run = makeRun();
  observer.runStarted!(run);
  const active = () => trace.getSpan(context.active());
  expect(observer.inRun!(run, active)).toBeDefined();
  expect(observer.inRun!(makeRun(), active)).toBeUndefined();
  observer.runEnded!(run, completed);
  expect(observer.inRun!(run, active)).toBeUndefined();
});

test('an HTTP span is named after the operation, behind its route', () => {
  const span = inHttpSpan((_span, rpc) => {
    observer.requestStarted!(request);
    observer.requestEnded!(request, { outcome: 'answered', durationMs: 1 });
    expect(rpc.route).toBe('/chatkit threads.create');
  }, '/chatkit');
  expect(span).toMatchObject({ name: '/chatkit threads.create', status: { code: SpanStatusCode.UNSET } });
  expect(span.attributes).toEqual({ 'chatkit.operation': 'threads.create', 'chatkit.request.id': 'req_1' });
  spans.reset();
  expect(inHttpSpan(() => observer.requestStarted!(request)).name).toBe('threads.create');
});

test.each([
  ['failed', { code: SpanStatusCode.ERROR, message: 'TypeError' }],
  ['refused', { code: SpanStatusCode.UNSET }],
] as const)(
  'an HTTP span of a request that was %s has its status, also when its type was not read',
  (outcome, status) => {
    const end = { outcome, durationMs: 1, error: new TypeError('secret') };
    for (const isStarted of [true, false]) {
      const own = { ...request };
      const span = inHttpSpan(() => {
        if (isStarted) observer.requestStarted!(own);
        observer.requestEnded!(own, end);
      });
      expect(span.status).toEqual(status);
      spans.reset();
    }
  },
);

test('a request without an HTTP span is measured', async () => {
  observer.requestStarted!(request);
  observer.requestEnded!(request, { outcome: 'failed', durationMs: 20, error: new Error('secret') });
  const requests = (await metrics()).find(({ name }) => name === 'chatkit.request.duration');
  expect(requests!.points.map(({ attributes }) => attributes)).toContainEqual({
    ...{ 'chatkit.operation': 'threads.create', 'chatkit.outcome': 'failed' },
  });
});

test('the metrics have the names, units, buckets and attributes that the documentation lists', async () => {
  await metrics(); // those of other tests
  const run = makeRun();
  observer.requestEnded!(request, { outcome: 'answered', durationMs: 100 });
  observer.runStarted!(run);
  observer.usage!(run, { provider: 'openai', model: 'tiny', inputTokens: 7, outputTokens: 3 });
  observer.usage!(run, { inputTokens: 1 });
  observer.runEnded!(run, { ...completed, firstEventMs: 250 });
  const seconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
  const powers = Array.from({ length: 14 }, (_, power) => 4 ** power);
  const made = await metrics();
  const histogram = (boundaries: number[], sum: number) => ({ sum, buckets: { boundaries } });
  const hook = { 'chatkit.hook': 'respond' };
  const tokens = { 'gen_ai.operation.name': 'chat' };
  const known = { ...tokens, 'gen_ai.provider.name': 'openai', 'gen_ai.response.model': 'tiny' };
  expect(Object.fromEntries(made.map(({ name, unit, points }) => [name, { unit, points }]))).toMatchObject({
    'chatkit.runs.open': { unit: '{run}', points: [{ attributes: hook, value: 0 }] },
    'chatkit.run.duration': {
      unit: 's',
      points: [{ attributes: { ...hook, 'chatkit.outcome': 'completed' }, value: histogram(seconds, 1.5) }],
    },
    'chatkit.run.time_to_first_event': {
      unit: 's',
      points: [{ attributes: hook, value: histogram(seconds, 0.25) }],
    },
    'chatkit.request.duration': {
      unit: 's',
      points: [
        {
          attributes: { 'chatkit.operation': 'threads.create', 'chatkit.outcome': 'answered' },
          value: histogram(seconds, 0.1),
        },
      ],
    },
    'gen_ai.client.token.usage': {
      unit: '{token}',
      points: [
        { attributes: { ...known, 'gen_ai.token.type': 'input' }, value: histogram(powers, 7) },
        { attributes: { ...known, 'gen_ai.token.type': 'output' }, value: histogram(powers, 3) },
        { attributes: { ...tokens, 'gen_ai.token.type': 'input' }, value: histogram(powers, 1) },
      ],
    },
  });
  expect(made.every(({ description }) => description !== '')).toBe(true);
});
