// Calls the application's observer so that it cannot break a request or a run.
import type { Logger } from './logger';
import type { ErrorDetails, ObservedRun, Observer } from './observer';

const methods = [
  'requestStarted',
  'requestEnded',
  'runStarted',
  'firstEvent',
  'itemStored',
  'usage',
  'runEnded',
  'error',
  'inRun',
] as const satisfies (keyof Observer)[];

/** Checks the option `observer`. @param refuse Throws an error with the given message. */
export function checkObserver(given: unknown, refuse: (what: string) => never): void {
  if (given === undefined) return;
  if (typeof given !== 'object' || given === null) return refuse('`observer` must be an object');
  const found = methods.filter((name) => (given as Observer)[name] !== undefined);
  if (found.length === 0) refuse(`\`observer\` has none of the methods ${methods.join(', ')}`);
  for (const name of found) {
    if (typeof (given as Observer)[name] !== 'function') refuse(`\`observer.${name}\` must be a function`);
  }
}

/** The methods of an observer that return nothing. */
type Event = Exclude<keyof Observer, 'inRun'>;

/** An observer whose methods never throw, and the errors that it has been told of. */
export class SafeObserver {
  readonly #observer: Observer;
  readonly #logger: Logger;
  readonly #failed = new Set<string>();

  constructor(observer: Observer, logger: Logger) {
    this.#observer = observer;
    this.#logger = logger;
  }

  /** Calls a method of the observer, if it has that method. Never throws. */
  emit<Name extends Event>(name: Name, ...args: Parameters<NonNullable<Observer[Name]>>): void {
    try {
      const method = this.#observer[name] as ((...args: unknown[]) => unknown) | undefined;
      const returned = method?.apply(this.#observer, args);
      if (typeof returned !== 'object' || returned === null) return;
      Promise.resolve(returned).catch((error: unknown) => this.#report(name, error));
    } catch (error) {
      this.#report(name, error);
    }
  }

  error(error: unknown, details: ErrorDetails): void {
    this.emit('error', error, details);
  }

  /** Calls `step` once, through the observer if it has `inRun`. Throws only what the step throws. */
  inRun<T>(run: ObservedRun, step: () => T): T {
    let result: { value: T } | { error: unknown } | undefined;
    const once = (): T => {
      if (!result) {
        try {
          result = { value: step() };
        } catch (error) {
          result = { error };
        }
      }
      if ('error' in result) throw result.error;
      return result.value;
    };
    try {
      this.#observer.inRun?.(run, once);
    } catch (error) {
      if (!result || !('error' in result) || result.error !== error) this.#report('inRun', error);
    }
    return once();
  }

  /** Logs the first failure of each method. */
  #report(method: string, error: unknown): void {
    if (this.#failed.has(method)) return;
    this.#failed.add(method);
    this.#logger.warn({ err: error, method }, 'a method of the observer failed; later failures of it are not logged');
  }
}
