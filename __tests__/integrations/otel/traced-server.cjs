// A server whose HTTP, Express, pg and model client are traced, in its own process, because instrumentations have to be
// registered before the packages are loaded. Sends the finished spans and the metrics to its parent.
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg');
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
const {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} = require('@opentelemetry/sdk-metrics');
const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');
const { metrics } = require('@opentelemetry/api');

const spans = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register();
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
registerInstrumentations({
  instrumentations: [
    new HttpInstrumentation(),
    new ExpressInstrumentation(),
    new PgInstrumentation(),
    new UndiciInstrumentation(),
  ],
});

const express = require('express');
const OpenAI = require('openai');
const { Pool } = require('pg');
const { chatkitMiddleware } = require('../../../src/index.ts');
const { streamChatCompletion } = require('../../../src/integrations/openai/index.ts');
const { otelObserver } = require('../../../src/integrations/otel/index.ts');
const { PostgresStore } = require('../../../src/stores/postgres.ts');

const [databaseUrl, modelUrl] = process.argv.slice(2);
const pool = new Pool({ connectionString: databaseUrl });
pool.on('error', () => undefined); // the database is stopped before this process
const client = new OpenAI({ baseURL: modelUrl, apiKey: 'none', maxRetries: 0 });
const store = new PostgresStore({ pool, owner: ({ userId }) => userId });
const silent = () => undefined;

const router = chatkitMiddleware({
  store,
  observer: otelObserver({ agentName: 'helper' }),
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  context(request) {
    if (request.headers['x-broken'] !== undefined) throw new TypeError('secret of the context');
    return { userId: 'user-secret' };
  },
  async *respond(turn) {
    await pool.query('SELECT 1 AS hook');
    yield* streamChatCompletion(turn, (messages) =>
      client.chat.completions.create({ model: 'tiny', messages, stream: true }, { signal: turn.signal }),
    );
    if (turn.input.content[0].text.includes('fail')) throw new RangeError('secret of the hook');
  },
});
const app = express().use('/chatkit', router);

const plain = ([seconds, nanoseconds]) => seconds * 1000 + nanoseconds / 1e6;
const spanOf = (span) => ({
  name: span.name,
  kind: span.kind,
  id: span.spanContext().spanId,
  traceId: span.spanContext().traceId,
  parentId: span.parentSpanContext?.spanId,
  start: plain(span.startTime),
  end: plain(span.endTime),
  attributes: span.attributes,
  status: span.status,
  events: span.events.map(({ name, attributes }) => ({ name, attributes })),
});

async function report() {
  await reader.forceFlush();
  const points = measured
    .getMetrics()
    .at(-1)
    .scopeMetrics.flatMap(({ scope, metrics }) => (scope.name === 'chatkit-express' ? metrics : []))
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => ({ name: descriptor.name, attributes, value: value.sum ?? value })),
    );
  process.send({ spans: spans.getFinishedSpans().map(spanOf), points });
  spans.reset();
}

process.on('message', () => void report());
process.on('disconnect', () => process.exit());
void store.migrate().then(() => {
  spans.reset();
  const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
});
