// Streams that stop half way, for tests that cancel them.
import type { ChatKitOptions, EventStream, HookEventInput, RespondTurn } from 'chatkit-express';
import { type Context, type Core, openStream } from './core';
import { Gate, never } from './gate';
import { createThread } from './requests';

type Turn = RespondTurn<Context>;

/** A hook that yields the events and then hangs, and a gate that is passed when it does. */
export function hangAfter(events: (turn: Turn) => HookEventInput[]): {
  respond: ChatKitOptions<Context>['respond'];
  hanging: Gate;
} {
  const hanging = new Gate();
  return {
    hanging,
    async *respond(turn) {
      yield* events(turn);
      hanging.open();
      await never;
    },
  };
}

/** Opens a stream for the new thread `thr_1`. */
export function openFirst(core: Core): Promise<EventStream> {
  core.store.generateThreadId = () => 'thr_1';
  return openStream(core, createThread());
}
