// Mistakes in the order of a stream's events: what the official client drops, loses or does twice.
import { objectOf } from '../wire';
import { isWidgetRoot } from '../widget-root';
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

/** Finds updates without their item. Items from before this stream are unknown here, so only some are reported. */
export const updates: Check = (exchange) => {
  const warnings: Warning[] = [];
  const items = new Map<string, { type: string; parts: Set<unknown>; done: boolean; addedAt?: number }>();
  const before = new Set(typeof exchange.params['item_id'] === 'string' ? [exchange.params['item_id']] : []);
  for (const { type, data, index } of seenEvents(exchange)) {
    const item = objectOf(data['item']);
    const id = String(item['id'] ?? data['item_id']);
    const known = items.get(id);
    if (type === 'thread.item.added' || type === 'thread.item.done') {
      const added = type === 'thread.item.added';
      warnings.push(...twiceWarnings(item, known?.type, index));
      const content = Array.isArray(item['content']) ? item['content'] : [];
      items.set(id, {
        type: String(item['type']),
        parts: new Set(content.map((_, at) => at)),
        done: !added,
        ...(added && { addedAt: index }),
      });
    } else if (type === 'thread.item.removed') {
      items.delete(id);
    } else if (type === 'thread.item.updated') {
      const update = objectOf(data['update']);
      if (known) warnings.push(...updateWarnings(known.parts, update, index));
      else if (!before.has(id)) warnings.push(...strayWarnings(id, index));
    }
  }
  if (exchange.outcome === 'done') {
    for (const [id, { done, addedAt }] of items) {
      if (done || addedAt === undefined) continue;
      warnings.push({
        code: 'never_done',
        level: 'warning',
        message: `The item ${id} was added and never done: only what is done is stored, so it is gone after a reload.`,
        event: addedAt,
      });
    }
  }
  return warnings;
};

function twiceWarnings(item: Record<string, unknown>, knownAs: string | undefined, event: number): Warning[] {
  if (item['type'] !== 'client_tool_call' || knownAs !== 'client_tool_call') return [];
  return [
    {
      code: 'client_tool_twice',
      level: 'error',
      message:
        'A client tool call was sent more than once: the official client runs the tool for each. Send thread.item.done only.',
      event,
    },
  ];
}

function strayWarnings(id: string, event: number): Warning[] {
  return [
    {
      code: 'update_of_unknown_item',
      level: 'warning',
      message: `The item ${id} was updated and not added in this stream. The official client ignores updates of items it does not have.`,
      event,
    },
  ];
}

function updateWarnings(parts: Set<unknown>, update: Record<string, unknown>, event: number): Warning[] {
  const { type, content_index: part, widget } = update;
  switch (type) {
    case 'assistant_message.content_part.added':
      parts.add(part);
      return [];
    case 'assistant_message.content_part.done':
      parts.add(part);
      return [];
    case 'assistant_message.content_part.text_delta':
      if (parts.has(part)) return [];
      return [
        {
          code: 'delta_without_part',
          level: 'error',
          message: `A text_delta for the content part ${String(part)}, which was never added: it is lost until the item is done. Send content_part.added first.`,
          event,
        },
      ];
    case 'widget.root.updated':
      if (isWidgetRoot(widget)) return [];
      return [
        {
          code: 'widget_root',
          level: 'error',
          message: `The root of a widget must be a Card, a ListView or a Basic, and this one is ${nameOf(objectOf(widget)['type'])}.`,
          event,
        },
      ];
    default:
      return [];
  }
}

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
