// The metrics of requests, runs and tokens. Their attributes have few values: no ids, no texts, no owners.
import { type Attributes, metrics as api } from '@opentelemetry/api';
import type { ModelUsage } from '../../hooks';
import type { RequestEnd, RunEnd } from '../../observer';

type MeterOf<T> = T extends { getMeter(...args: never[]): infer Made } ? Made : never;
export type Meter = MeterOf<typeof api>;

const seconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** The buckets that the conventions for generative AI recommend. */
const tokens = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

function instrumentsOf(meter: Meter) {
  const time = { unit: 's', advice: { explicitBucketBoundaries: seconds } };
  return {
    open: meter.createUpDownCounter('chatkit.runs.open', { unit: '{run}', description: 'The runs that are open' }),
    duration: meter.createHistogram('chatkit.run.duration', { ...time, description: 'The time of a run' }),
    firstEvent: meter.createHistogram('chatkit.run.time_to_first_event', {
      ...time,
      description: 'The time from the beginning of a run to the first event of its hook',
    }),
    request: meter.createHistogram('chatkit.request.duration', {
      ...time,
      description: 'The time of a request until its answer, or until the beginning of its stream',
    }),
    tokens: meter.createHistogram('gen_ai.client.token.usage', {
      unit: '{token}',
      description: 'The tokens of a call of a model',
      advice: { explicitBucketBoundaries: tokens },
    }),
  };
}

/** Records metrics. */
export class OtelMetrics {
  readonly #meter: Meter | undefined;
  #instruments: ReturnType<typeof instrumentsOf> | undefined;

  constructor(meter: Meter | undefined) {
    this.#meter = meter;
  }

  /** Makes the instruments at their first use, because the application may register its provider later. */
  get #made(): ReturnType<typeof instrumentsOf> {
    return (this.#instruments ??= instrumentsOf(this.#meter ?? api.getMeter('chatkit-express')));
  }

  requestEnded(operation: string, outcome: RequestEnd['outcome'], durationMs: number): void {
    const attributes = { 'chatkit.operation': operation, 'chatkit.outcome': outcome };
    this.#made.request.record(durationMs / 1000, attributes);
  }

  runStarted(hook: string): void {
    this.#made.open.add(1, { 'chatkit.hook': hook });
  }

  runEnded(hook: string, { outcome, durationMs, firstEventMs }: RunEnd): void {
    const { open, duration, firstEvent } = this.#made;
    open.add(-1, { 'chatkit.hook': hook });
    duration.record(durationMs / 1000, { 'chatkit.hook': hook, 'chatkit.outcome': outcome });
    if (firstEventMs !== undefined) firstEvent.record(firstEventMs / 1000, { 'chatkit.hook': hook });
  }

  usage({ provider, model, inputTokens, outputTokens }: ModelUsage): void {
    const common: Attributes = {
      'gen_ai.operation.name': 'chat',
      ...(typeof provider === 'string' && { 'gen_ai.provider.name': provider }),
      ...(typeof model === 'string' && { 'gen_ai.response.model': model }),
    };
    for (const [type, count] of [
      ['input', inputTokens],
      ['output', outputTokens],
    ] as const) {
      if (typeof count === 'number') this.#made.tokens.record(count, { ...common, 'gen_ai.token.type': type });
    }
  }
}
