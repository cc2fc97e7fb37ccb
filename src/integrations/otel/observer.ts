// otelObserver(): makes a span for each run inside the HTTP span of its request, and names the HTTP span after the operation.
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  type Span,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { ModelUsage } from '../../hooks';
import type { ObservedRequest, ObservedRun, Observer, RunEnd, RunOutcome, UsageTotal } from '../../observer';
import { type Meter, OtelMetrics } from './metrics';

/** Options of {@link otelObserver}. */
export interface OtelOptions {
  /** Default: the tracer `chatkit-express` of the global provider. */
  tracer?: Tracer | undefined;
  /** Default: the meter `chatkit-express` of the global provider. */
  meter?: Meter | undefined;
  /** The name of the agent, as `gen_ai.agent.name` of its spans. Default: none. */
  agentName?: string | undefined;
}

/** The outcomes after which the user has no whole answer through no decision of a person. */
const failures = new Set<RunOutcome>(['failed', 'timeout', 'lost']);

/** The key under which instrumentations share the HTTP span. Keys of one name are equal in all copies of the API. */
const rpcKey = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');

interface RpcMetadata {
  span?: Span;
  route?: string;
}

/** A run that is open. */
interface OpenRun {
  span: Span;
  /** The context in which the hook runs. */
  context: Context;
  provider: string | undefined;
  model: string | undefined;
}

/**
 * Returns an observer for the option `observer`.
 *
 * - Each run is a span `invoke_agent`, in the trace of its request. Its hook runs inside the span, so that the spans of a
 *   database or a model's client belong to it. Its status is an error when the run has failed, has timed out or was lost.
 * - The HTTP span of the request is named after the operation: `POST /chatkit threads.create`.
 * - The metrics are `chatkit.runs.open`, `chatkit.run.duration`, `chatkit.run.time_to_first_event`,
 *   `chatkit.request.duration` and `gen_ai.client.token.usage`.
 *
 * No attribute has what users or models have said, or an owner. The attributes of metrics have no ids.
 */
export function otelObserver({ tracer, meter, agentName }: OtelOptions = {}): Observer {
  const tracing = tracer ?? trace.getTracer('chatkit-express');
  const metrics = new OtelMetrics(meter);
  const runs = new WeakMap<ObservedRun, OpenRun>();
  const requests = new WeakMap<ObservedRequest, Span>();
  return {
    requestStarted(request) {
      const span = nameHttpSpan(request.operation);
      if (!span) return;
      requests.set(request, span);
      span.setAttributes({ 'chatkit.operation': request.operation, 'chatkit.request.id': request.id });
    },
    requestEnded(request, { outcome, durationMs, error }) {
      metrics.requestEnded(request.operation, outcome, durationMs);
      const span = requests.get(request) ?? httpSpan()?.span;
      if (outcome === 'failed' && span) markFailed(span, error);
    },
    runStarted(run) {
      const attributes = {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.conversation.id': run.threadId,
        'chatkit.run.id': run.id,
        'chatkit.hook': run.hook,
        'chatkit.operation': run.request.operation,
        ...(agentName !== undefined && { 'gen_ai.agent.name': agentName }),
      };
      const name = agentName === undefined ? 'invoke_agent' : `invoke_agent ${agentName}`;
      const span = tracing.startSpan(name, { attributes });
      runs.set(run, { span, context: trace.setSpan(context.active(), span), provider: undefined, model: undefined });
      metrics.runStarted(run.hook);
    },
    firstEvent(run) {
      runs.get(run)?.span.addEvent('chatkit.first_event');
    },
    itemStored(run, { type }) {
      runs.get(run)?.span.addEvent('chatkit.item_stored', { 'chatkit.item.type': type });
    },
    usage(run, usage) {
      const open = runs.get(run);
      if (open) noteModel(open, usage);
      metrics.usage(usage);
    },
    runEnded(run, end) {
      metrics.runEnded(run.hook, end);
      const open = runs.get(run);
      runs.delete(run);
      if (open) endSpan(open, end);
    },
    inRun(run, step) {
      const open = runs.get(run);
      return open ? context.with(open.context, step) : step();
    },
  };
}

function httpSpan(): RpcMetadata | undefined {
  return context.active().getValue(rpcKey) as RpcMetadata | undefined;
}

/**
 * Names the HTTP span after an operation, and returns the span. The instrumentation of HTTP names the span after the route
 * when the response ends, so that the route gets the operation as well.
 */
function nameHttpSpan(operation: string): Span | undefined {
  const rpc = httpSpan();
  if (!rpc?.span) return undefined;
  rpc.route = rpc.route === undefined ? operation : `${rpc.route} ${operation}`;
  rpc.span.updateName(rpc.route);
  return rpc.span;
}

function noteModel(open: OpenRun, { provider, model }: ModelUsage): void {
  open.provider ??= provider ?? undefined;
  open.model ??= model ?? undefined;
}

function endSpan({ span, provider, model }: OpenRun, { outcome, error, usage, items, firstEventMs }: RunEnd): void {
  span.setAttributes({
    'chatkit.run.outcome': outcome,
    'chatkit.run.items': items,
    ...(firstEventMs !== undefined && { 'chatkit.run.time_to_first_event': firstEventMs / 1000 }),
    ...(provider !== undefined && { 'gen_ai.provider.name': provider }),
    ...(model !== undefined && { 'gen_ai.response.model': model }),
    ...usageAttributes(usage),
  });
  if (failures.has(outcome)) markFailed(span, error, outcome);
  span.end();
}

function usageAttributes(usage: UsageTotal): Attributes {
  const names = {
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedInputTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWriteTokens,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
  };
  return Object.fromEntries(Object.entries(names).filter(([, count]) => count !== undefined));
}

/** Marks a span as failed. The message of an error can hold what a user has said, so that only its class is recorded. */
function markFailed(span: Span, error: unknown, otherwise = '_OTHER'): void {
  const type = error === undefined ? otherwise : errorType(error);
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
}

function errorType(error: unknown): string {
  const { name } = Object(error) as { name?: unknown };
  return typeof name === 'string' && name !== '' ? name.slice(0, 100) : typeof error;
}
