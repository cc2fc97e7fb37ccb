import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Observer } from 'chatkit-express';

const buckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Labels have few values: never the id of a thread, a text or a user. */
export function prometheusObserver(register: Registry): Observer {
  const registers = [register];
  const open = new Gauge({ name: 'chatkit_open_runs', help: 'Open runs', registers });
  const duration = new Histogram({
    name: 'chatkit_run_seconds',
    help: 'Time of a run',
    labelNames: ['hook', 'outcome'],
    buckets,
    registers,
  });
  const firstEvent = new Histogram({
    name: 'chatkit_first_event_seconds',
    help: 'Time to the first event of a hook',
    labelNames: ['hook'],
    buckets,
    registers,
  });
  const tokens = new Counter({ name: 'chatkit_tokens', help: 'Tokens', labelNames: ['model', 'type'], registers });
  const errors = new Counter({ name: 'chatkit_errors', help: 'Failures', labelNames: ['operation'], registers });
  return {
    runStarted: () => open.inc(),
    runEnded({ hook }, { outcome, durationMs, firstEventMs }) {
      open.dec();
      duration.observe({ hook, outcome }, durationMs / 1000);
      if (firstEventMs !== undefined) firstEvent.observe({ hook }, firstEventMs / 1000);
    },
    usage(_run, { model, inputTokens, outputTokens }) {
      tokens.inc({ model: model ?? 'unknown', type: 'input' }, inputTokens ?? 0);
      tokens.inc({ model: model ?? 'unknown', type: 'output' }, outputTokens ?? 0);
    },
    error: (_error, { request }) => errors.inc({ operation: request?.operation ?? 'none' }),
  };
}
