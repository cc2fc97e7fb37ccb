// Lets a test hold code that it calls, and wait until that code has come to a certain point.

import { setImmediate } from 'node:timers/promises';

/** Something that happens once. `await gate.passed` waits for `gate.open()`. */
export class Gate<T = void> {
  open!: (value: T) => void;
  fail!: (error: unknown) => void;
  readonly passed = new Promise<T>((resolve, reject) => {
    this.open = resolve;
    this.fail = reject;
  });
}

/** A promise that never settles, for hooks that hang. */
export const never = new Promise<never>(() => undefined);

/** Lets everything go on that waits for promises only, until all of it waits for something else. */
export async function idle(): Promise<void> {
  // Several ticks, because on a busy machine a run uses up its share of a tick and continues in the next.
  for (let tick = 0; tick < 5; tick++) await setImmediate();
}

/** Waits until the clock shows a moment that is more than `ms` later. */
export async function clockPassed(ms: number): Promise<void> {
  const from = Date.now();
  while (Date.now() - from <= ms) await setImmediate();
}

/** Lets everything go on until `happened` is true. Fails when that does not come about. */
export async function eventually(happened: () => boolean | Promise<boolean>): Promise<void> {
  // Ticks and not milliseconds, because a test may have a clock of its own. They last for several seconds.
  for (let tick = 0; tick < 1_000_000; tick++) {
    if (await happened()) return;
    await setImmediate();
  }
  throw new Error(`it does not come true: ${happened.toString()}`);
}
