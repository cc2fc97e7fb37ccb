// Reads events one by one, without the SDK: what the hook yields and what remains.
import { applyItemEvent, type HookEventInput, type ThreadItem, type ThreadStreamEvent } from 'chatkit-express';
import {
  type MessageSource,
  type StreamedMessage,
  streamMessage,
  type StreamMessageOptions,
} from 'chatkit-express/anthropic';
import { RecordingLogger } from '../../support/recording-logger';

export interface Read {
  events: HookEventInput[];
  items: ThreadItem[];
  log: RecordingLogger['lines'];
  result: StreamedMessage | undefined;
  error: unknown;
}

export async function* streamOf(events: readonly object[]): AsyncGenerator<never> {
  yield* events as never[];
}

function newTurn(logger = new RecordingLogger(), signal?: AbortSignal): Parameters<typeof streamMessage>[0] {
  let count = 0;
  return { thread: { id: 'thr_1' }, generateId: () => `item_${count++}`, logger, signal } as never;
}

export async function read(source: readonly object[] | MessageSource, options?: StreamMessageOptions): Promise<Read> {
  const logger = new RecordingLogger();
  const seen: Read = { events: [], items: [], log: logger.lines, result: undefined, error: undefined };
  try {
    const stream = Array.isArray(source) ? streamOf(source as object[]) : (source as MessageSource);
    const events = streamMessage(newTurn(logger), stream, options);
    for (;;) {
      const { done, value } = await events.next();
      if (done) {
        seen.result = value;
        break;
      }
      seen.events.push(value);
      seen.items = [...applyItemEvent(seen.items, value as ThreadStreamEvent)];
    }
  } catch (error) {
    seen.error = error;
  }
  return seen;
}

export const annotationsOf = ({ items }: Read) =>
  items.flatMap((item) => (item.type === 'assistant_message' ? item.content.flatMap((part) => part.annotations) : []));

export const tasksOf = ({ items }: Read) =>
  items.flatMap((item) => (item.type === 'workflow' ? item.workflow.tasks : []));
