// Runs apart from their requests, for tests of the core: a hook that a test steers, pages that come and go.
import type { EventStream, HookEventInput, RespondTurn, ThreadItem, ThreadStreamEvent } from 'chatkit-express';
import { applyItemEvent } from '../../src/protocol/reducer';
import { ada, askJson, type Context, type Core } from './core';
import { Gate } from './gate';
import { getThread } from './requests';

/** A `respond` that yields what a test gives it, for each turn, and counts how often it was called. */
export function steeredHook() {
  const turns: RespondTurn<Context>[] = [];
  const batches: HookEventInput[][] = [];
  let ended = false;
  let wake = new Gate();
  const act = (change: () => void) => {
    change();
    wake.open();
  };
  return {
    turns,
    say: (...events: HookEventInput[]) => act(() => batches.push(events)),
    end: () => act(() => (ended = true)),
    async *respond(turn: RespondTurn<Context>): AsyncGenerator<HookEventInput> {
      turns.push(turn);
      turn.signal.addEventListener('abort', () => wake.open());
      for (;;) {
        for (let batch = batches.shift(); batch; batch = batches.shift()) yield* batch;
        if (ended || turn.signal.aborted) return;
        await wake.passed;
        wake = new Gate();
      }
    },
  };
}

/** A page of this user that reports Stop itself. */
export const controlled = { runControl: true };

export const callerOf = (context = ada) => ({ context: () => context });

/** Takes events until `count` have come, or the stream is done. */
export async function takeEvents(stream: EventStream, count = Infinity): Promise<ThreadStreamEvent[]> {
  const events: ThreadStreamEvent[] = [];
  while (events.length < count && !stream.done) {
    events.push(...(stream.take() ?? []));
    if (events.length < count && !stream.done) await new Promise<void>((resolve) => stream.whenReady(resolve));
  }
  return events;
}

/** The items of a page that had these and got the events. */
export function pageAfter(events: readonly ThreadStreamEvent[], items: readonly ThreadItem[] = []) {
  return events.reduce(applyItemEvent, items);
}

/** The items of a thread as a page loads them. */
export async function loadPage(core: Core, threadId: string, context = ada): Promise<ThreadItem[]> {
  const thread = (await askJson(core, getThread(threadId), context)) as { items: { data: ThreadItem[] } };
  return thread.items.data;
}

/** The open runs of a thread. */
export async function openRuns({ server }: Core, threadId: string, context = ada) {
  return (await server.listRuns({ thread_id: threadId }, callerOf(context))).data;
}

export const follow = ({ server }: Core, id: string, after?: number, context = ada) =>
  server.followRun({ id, after }, callerOf(context));

export const stop = ({ server }: Core, body: unknown, context = ada) => server.stopRuns(() => body, callerOf(context));
