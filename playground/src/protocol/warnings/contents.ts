// Finds mistakes in the content of threads, items and attachments: missing fields, and fields that must not be sent.
import { isPlaceholderId } from '../../../../src/runs/rules';
import { parseJson } from '../frames';
import { itemTypes, objectOf } from '../wire';
import { isWidgetRoot } from '../widget-root';
import { type Check, listOf, nameOf, type Warning } from './warning';

const hiddenTypes = new Set(['hidden_context_item', 'sdk_hidden_context']);
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

/** Checks every thread and item of an exchange, each mistake once an exchange. */
export const contents: Check = (exchange) => {
  const found: Warning[] = [];
  const { events, kind, status, responseBody } = exchange;
  for (const [index, { data }] of events.entries()) {
    const { type, item, thread } = objectOf(data);
    if (typeof type !== 'string') continue;
    found.push(...[...itemWarnings(item), ...threadWarnings(thread)].map((warning) => ({ ...warning, event: index })));
  }
  if (kind === 'json' && status === 200)
    found.push(...bodyWarnings(exchange.type, objectOf(parseJson(responseBody ?? ''))));
  const known = new Set<string>();
  return found.filter(({ code, message }) => !known.has(code + message) && known.add(code + message));
};

function bodyWarnings(type: string, body: Record<string, unknown>): Warning[] {
  switch (type) {
    case 'threads.list':
      return listOf(body['data']).flatMap(threadWarnings);
    case 'items.list':
      return listOf(body['data']).flatMap(itemWarnings);
    case 'threads.get_by_id':
      return [...threadWarnings(body), ...listOf(objectOf(body['items'])['data']).flatMap(itemWarnings)];
    case 'threads.update':
      return threadWarnings(body);
    case 'threads.sync_custom_action':
      return itemWarnings(body['updated_item']);
    case 'attachments.create':
      return attachmentWarnings(body);
    default:
      return [];
  }
}

function threadWarnings(value: unknown): Warning[] {
  if (value === undefined) return [];
  const thread = objectOf(value);
  const warnings = [...nullWarnings('thread', thread), ...timeWarnings('thread', thread)];
  if (Object.keys(objectOf(thread['metadata'])).length > 0) {
    warnings.push({
      code: 'thread_metadata',
      level: 'warning',
      message: 'A thread was sent with its metadata. It is private: send {} instead.',
    });
  }
  if (thread['status'] === undefined) warnings.push(missing('thread', 'status', '{ "type": "active" }'));
  return warnings;
}

function itemWarnings(value: unknown): Warning[] {
  if (value === undefined) return [];
  const item = objectOf(value);
  const type = String(item['type']);
  if (hiddenTypes.has(type)) {
    return [
      { code: 'hidden_item', level: 'error', message: `A ${type} was sent: hidden items are for the model only.` },
    ];
  }
  if (!itemTypes.has(type)) {
    return [
      {
        code: 'unknown_item_type',
        level: 'warning',
        message: `The official client ignores items of the type ${nameOf(item['type'])}.`,
      },
    ];
  }
  const warnings = [...nullWarnings(type, item), ...timeWarnings(type, item), ...idWarnings(item)];
  if (type === 'widget' && !isWidgetRoot(item['widget'])) warnings.push(rootWarning(item));
  if (type === 'user_message' && !Array.isArray(item['attachments'])) warnings.push(missing(type, 'attachments', '[]'));
  if (type === 'user_message') warnings.push(...listOf(item['attachments']).flatMap(attachmentWarnings));
  if (type === 'assistant_message') {
    const bare = listOf(item['content']).some((part) => !Array.isArray(objectOf(part)['annotations']));
    if (bare) warnings.push(missing('content part', 'annotations', '[]'));
  }
  return warnings;
}

function rootWarning({ widget }: Record<string, unknown>): Warning {
  const root = nameOf(objectOf(widget)['type']);
  const message = `The root of a widget must be a Card, a ListView or a Basic, and this one is ${root}.`;
  return { code: 'widget_root', level: 'error', message };
}

function attachmentWarnings(value: unknown): Warning[] {
  const attachment = objectOf(value);
  if (Object.keys(objectOf(attachment['metadata'])).length === 0) return [];
  return [
    {
      code: 'attachment_metadata',
      level: 'warning',
      message: 'An attachment was sent with its metadata, which is private to the server.',
    },
  ];
}

function idWarnings({ id }: Record<string, unknown>): Warning[] {
  if (typeof id !== 'string' || id === '') {
    return [{ code: 'item_without_id', level: 'error', message: 'An item has no id: it cannot be shown.' }];
  }
  if (!isPlaceholderId(id)) return [];
  return [
    {
      code: 'placeholder_id',
      level: 'error',
      message: `The id ${id} is a model's placeholder: every answer overwrites the one before it.`,
    },
  ];
}

function nullWarnings(what: string, value: Record<string, unknown>): Warning[] {
  // A client tool may well have answered null.
  const keys = Object.keys(value).filter((key) => value[key] === null && key !== 'output');
  if (keys.length === 0) return [];
  return [
    {
      code: 'null_value',
      level: 'note',
      message: `Absent values are left out, never null: ${keys.join(', ')} of the ${what}.`,
    },
  ];
}

function timeWarnings(what: string, { created_at }: Record<string, unknown>): Warning[] {
  if (typeof created_at === 'string' && isoTime.test(created_at)) return [];
  return [
    {
      code: 'time_without_zone',
      level: 'warning',
      message: `created_at of the ${what} is ${nameOf(created_at)}: without a zone it is read as local time. Write ISO 8601 with Z.`,
    },
  ];
}

function missing(what: string, key: string, value: string): Warning {
  return {
    code: 'missing_default',
    level: 'note',
    message: `A ${what} came without "${key}": send its default, ${value}.`,
  };
}
