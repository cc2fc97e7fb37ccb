// One run as the log and the observer see it: its beginning, its first event, its items and tokens, and its end.
import type { ModelUsage } from '../hooks';
import type { ErrorDetails, ObservedRun, RunOutcome, UsageTotal } from '../observer';
import type { RequestObservation } from '../request-observation';

const counts = ['inputTokens', 'outputTokens', 'cachedInputTokens', 'cacheWriteTokens', 'reasoningTokens'] as const;
const names = ['provider', 'model'] as const;
/** The longest name of a model, in characters. */
const maxNameLength = 200;

/** Observes one run. */
export class RunObservation implements ObservedRun {
  readonly id: string;
  readonly threadId: string;
  readonly request: RequestObservation;
  readonly hook: string;
  readonly #startedAt = performance.now();
  #firstEventMs: number | undefined;
  #items = 0;
  #model: string | undefined;
  #total: UsageTotal = {};
  #hasWarned = false;
  #isEnded = false;
  /** The end that was noted. The first of them counts. */
  #end: { outcome: RunOutcome; error?: unknown } | undefined;

  constructor(request: RequestObservation, run: { id: string; threadId: string; hook: string }) {
    this.request = request;
    this.id = run.id;
    this.threadId = run.threadId;
    this.hook = run.hook;
  }

  start(): void {
    this.request.observer?.emit('runStarted', this);
  }

  /** Calls a step of the hook. */
  step<T>(call: () => T): T {
    const { observer } = this.request;
    return observer ? observer.inRun(this, call) : call();
  }

  /** Called for each event of the hook. */
  noteEvent(): void {
    if (this.#firstEventMs !== undefined) return;
    this.#firstEventMs = performance.now() - this.#startedAt;
    this.request.observer?.emit('firstEvent', this);
  }

  noteItem({ id, type }: { id: string; type: string }): void {
    this.#items++;
    this.request.observer?.emit('itemStored', this, { id, type });
  }

  /** Adds up the tokens of one call of a model. Never throws. */
  readonly usage = (given: ModelUsage): void => {
    const usage = this.#checked(given);
    if (!usage) return;
    this.#model ??= usage.model ?? undefined;
    for (const name of counts) {
      const count = usage[name];
      if (typeof count === 'number') this.#total[name] = (this.#total[name] ?? 0) + count;
    }
    this.request.observer?.emit('usage', this, usage);
  };

  /** Returns the valid fields. Undefined when there is no count. */
  #checked(given: ModelUsage): ModelUsage | undefined {
    const usage: ModelUsage = {};
    const wrong: string[] = [];
    try {
      for (const name of counts) {
        const count: unknown = given[name] ?? undefined;
        if (Number.isSafeInteger(count) && (count as number) >= 0) usage[name] = count as number;
        else if (count !== undefined) wrong.push(name);
      }
      const hasCounts = Object.keys(usage).length > 0;
      for (const name of names) {
        const text: unknown = given[name] ?? undefined;
        if (typeof text === 'string') usage[name] = text.slice(0, maxNameLength);
        else if (text !== undefined) wrong.push(name);
      }
      if (wrong.length > 0) this.#warn(wrong);
      return hasCounts ? usage : undefined;
    } catch {
      this.#warn(['usage']); // a value whose properties cannot be read
      return undefined;
    }
  }

  #warn(fields: string[]): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const { logger } = this.request;
    logger.warn({ fields, run_id: this.id, thread_id: this.threadId }, 'a hook reported tokens that are not counts');
  }

  /** Notes how the run ends. Only the first call has an effect. */
  noteEnd(outcome: RunOutcome, error?: unknown): void {
    this.#end ??= { outcome, error };
  }

  /** Reports an error that the application did not intend. */
  error(error: unknown, message: string): void {
    const details: ErrorDetails = { message, request: this.request, run: this };
    this.request.observer?.error(error, details);
  }

  /** Reports the end of the run, once. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { outcome, error } = this.#end ?? { outcome: 'completed' };
    const durationMs = performance.now() - this.#startedAt;
    const { logger, observer } = this.request;
    const fields = {
      run_id: this.id,
      thread_id: this.threadId,
      hook: this.hook,
      outcome,
      duration_ms: Math.round(durationMs),
      ...(this.#firstEventMs !== undefined && { first_event_ms: Math.round(this.#firstEventMs) }),
      items: this.#items,
      ...(this.#model !== undefined && { model: this.#model }),
      ...(this.#total.inputTokens !== undefined && { input_tokens: this.#total.inputTokens }),
      ...(this.#total.outputTokens !== undefined && { output_tokens: this.#total.outputTokens }),
    };
    logger.info(fields, 'a run ended');
    observer?.emit('runEnded', this, {
      outcome,
      durationMs,
      ...(this.#firstEventMs !== undefined && { firstEventMs: this.#firstEventMs }),
      items: this.#items,
      usage: { ...this.#total },
      ...(error !== undefined && { error }),
    });
  }
}
