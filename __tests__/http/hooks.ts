// Hooks that tests steer, and what they say.
import type { HookEventInput, RespondTurn } from 'chatkit-express';
import { Gate } from '../support/gate';
import * as items from '../support/items';
import { thread } from './endpoint';

/** The events of an answer: begun, grown, done. */
export const added = (id = 'msg_1', owner = thread) => items.added(items.assistantMessage(owner, id, ''));
export const delta = (text: string, id = 'msg_1') => items.textDelta(id, text);
export const done = (text: string, id = 'msg_1', owner = thread) => items.done(items.assistantMessage(owner, id, text));

/** A `respond` that yields what a test gives it, and tells what happens to it. */
export function steered() {
  const batches: HookEventInput[][] = [];
  let ended = false;
  let failure: { error: unknown } | undefined;
  let wake = new Gate();
  const started = new Gate<RespondTurn<unknown>>();
  const left = new Gate();
  const signal = (act: () => void) => {
    act();
    wake.open();
  };
  return {
    /** The turn of the run, once it is there. */
    started: started.passed,
    /** Settles when the hook's `finally` has run. */
    left: left.passed,
    /** Yields these one after the other without waiting between them. */
    say: (...events: HookEventInput[]) => signal(() => batches.push(events)),
    end: () => signal(() => (ended = true)),
    fail: (error: unknown) => signal(() => (failure = { error })),
    async *respond(turn: RespondTurn<unknown>): AsyncGenerator<HookEventInput> {
      started.open(turn);
      // What waits for a model stops when it is told to.
      turn.signal.addEventListener('abort', () => wake.open());
      try {
        for (;;) {
          for (let batch = batches.shift(); batch; batch = batches.shift()) yield* batch;
          if (failure) throw failure.error;
          if (ended || turn.signal.aborted) return;
          await wake.passed;
          wake = new Gate();
        }
      } finally {
        left.open();
      }
    },
  };
}

/** A hook that a test steers, and the number of its calls. */
export function answering() {
  const hook = steered();
  let calls = 0;
  return {
    ...hook,
    respond(turn: RespondTurn<unknown>) {
      calls++;
      return hook.respond(turn);
    },
    get calls() {
      return calls;
    },
  };
}
