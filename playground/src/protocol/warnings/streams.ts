// Mistakes in the order of a stream's events: what the official client drops, loses or does twice.
import { objectOf } from '../wire';
import { type Check, nameOf, type Seen, seenEvents, type Warning } from './warning';

const eventTypes = new Set([
  'thread.created',
  'thread.updated',
  'thread.item.added',
  'thread.item.updated',
  'thread.item.done',
  'thread.item.removed',
  'thread.item.replaced',
  'stream_options',
  'progress_update',
  'client_effect',
  'error',
  'notice',
]);

/** Finds frames that are not events. */
export const frames: Check = ({ events }) =>
  events.flatMap(({ raw, data }, index): Warning[] => {
    if (data === undefined) {
      const message = `A frame is not JSON: ${raw.slice(0, 60)}. The official client raises an error in the page, and the stream goes on.`;
      return [{ code: 'bad_frame', level: 'warning', message, event: index }];
    }
    const { type } = objectOf(data);
    if (typeof type === 'string' && eventTypes.has(type)) return [];
    return [
      {
        code: 'unknown_event_type',
        level: 'warning',
        message: `The official client ignores events of the type ${nameOf(type)}.`,
        event: index,
      },
    ];
  });

/** Checks the first events of a new thread and of a new message. */
export const beginnings: Check = (exchange) => {
  const { type, outcome, kind, status } = exchange;
  if (kind !== 'stream' || status !== 200) return [];
  const seen = seenEvents(exchange);
  const warnings: Warning[] = [];
  if (type === 'threads.create') {
    const created = seen.findIndex((event) => event.type === 'thread.created');
    for (const { index } of seen.slice(0, created < 0 ? undefined : created)) {
      warnings.push({
        code: 'before_thread_created',
        level: 'error',
        message: 'On create the official client drops every event before thread.created.',
        event: index,
      });
    }
  }
  const sendsMessage = type === 'threads.create' || type === 'threads.add_user_message';
  if (outcome === 'done' && seen.length > 0) {
    if (sendsMessage && !seen.some(({ data }) => objectOf(data['item'])['type'] === 'user_message')) {
      warnings.push({
        code: 'no_user_message',
        level: 'error',
        message:
          'The stream never sent the user_message item: the message disappears from the official client when the stream ends.',
      });
    }
    if (!seen.some((event) => event.type === 'stream_options')) {
      warnings.push({
        code: 'no_stream_options',
        level: 'note',
        message: 'The stream sent no stream_options: whether there is a Stop button is left to the client.',
      });
    }
  }
  return warnings;
};

/** Finds items with the id of another thread, or without one. */
export const threads: Check = (exchange) => {
  const seen = seenEvents(exchange);
  const created = seen.find(({ type }) => type === 'thread.created');
  const threadId = exchange.params['thread_id'] ?? objectOf(created?.data['thread'])['id'];
  if (typeof threadId !== 'string') return [];
  const strange = seen.find(({ data }) => {
    const { thread_id } = objectOf(data['item']);
    return thread_id !== undefined && thread_id !== threadId;
  });
  return strange ? [otherThread(strange, threadId)] : [];
};

function otherThread({ data, index }: Seen, threadId: string): Warning {
  const { thread_id } = objectOf(data['item']);
  return {
    code: 'other_thread',
    level: 'warning',
    message: `An item of the thread ${nameOf(thread_id)} was sent in a stream of ${threadId}.`,
    event: index,
  };
}
