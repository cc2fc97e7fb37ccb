// What the events about items do to the items of the open thread. Anything that the official client ignores is ignored.
import type { StructuredInputSubmission } from 'chatkit-express/protocol';
import type { Item, ItemOf, ThreadItemUpdate } from './wire';
import { itemTypes, objectOf } from './wire';
import { isWidgetRoot, replaceComponent, growComponent } from './widget-updates';

/** Adds the item, or puts it in the place of the one with its id. Items of unknown types are ignored. */
export function putItem(items: readonly Item[], item: Item): readonly Item[] {
  if (!itemTypes.has(item.type)) return items;
  const at = items.findIndex(({ id }) => id === item.id);
  return at < 0 ? [...items, item] : items.with(at, item);
}

/** Puts the item in the place of the one with its id. Without one nothing happens. */
export function replaceItem(items: readonly Item[], item: Item): readonly Item[] {
  return items.some(({ id }) => id === item.id) ? putItem(items, item) : items;
}

/** Takes the item away. */
export function removeItem(items: readonly Item[], itemId: string): readonly Item[] {
  return items.filter(({ id }) => id !== itemId);
}

/** Grows the item. An update of an item that is not there, or that does not fit its type, is ignored. */
export function updateItem(items: readonly Item[], itemId: string, update: ThreadItemUpdate): readonly Item[] {
  const at = items.findIndex(({ id }) => id === itemId);
  const item = items[at];
  if (!item) return items;
  const updated = grown(item, update);
  return updated === item ? items : items.with(at, updated);
}

function grown(item: Item, update: ThreadItemUpdate): Item {
  switch (item.type) {
    case 'assistant_message':
      return withContent(item, update);
    case 'workflow':
      return withTask(item, update);
    case 'widget':
      return withWidget(item, update);
    case 'generated_image':
      return update.type === 'generated_image.updated' ? { ...item, image: update.image } : item;
    default:
      return item;
  }
}

type Message = ItemOf<'assistant_message'>;

function withContent(item: Message, update: ThreadItemUpdate): Message {
  if (!('content_index' in update)) return item;
  const { content_index: index } = update;
  const content = [...item.content];
  const part = content[index];
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      while (content.length < index) content.push({ type: 'output_text', text: '', annotations: [] });
      content[index] = update.content;
      return { ...item, content };
    case 'assistant_message.content_part.text_delta':
      // A delta to a part that was never added is lost.
      if (!part) return item;
      content[index] = { ...part, text: part.text + update.delta };
      return { ...item, content };
    case 'assistant_message.content_part.annotation_added': {
      if (!part) return item;
      const annotations = [...(part.annotations ?? [])];
      annotations[update.annotation_index] = update.annotation;
      content[index] = { ...part, annotations: annotations.filter(Boolean) };
      return { ...item, content };
    }
  }
}

function withTask(item: ItemOf<'workflow'>, update: ThreadItemUpdate): Item {
  if (update.type !== 'workflow.task.added' && update.type !== 'workflow.task.updated') return item;
  const tasks = [...(item.workflow.tasks ?? [])];
  if (update.type === 'workflow.task.updated' && !tasks[update.task_index]) return item;
  tasks[Math.min(update.task_index, tasks.length)] = update.task;
  return { ...item, workflow: { ...item.workflow, tasks } };
}

function withWidget(item: ItemOf<'widget'>, update: ThreadItemUpdate): Item {
  switch (update.type) {
    case 'widget.root.updated':
      return isWidgetRoot(update.widget) ? { ...item, widget: update.widget } : item;
    case 'widget.component.updated': {
      const widget = replaceComponent(item.widget, update.component_id, update.component);
      return widget === item.widget ? item : { ...item, widget };
    }
    case 'widget.streaming_text.value_delta': {
      const widget = growComponent(item.widget, update.component_id, update.delta, update.done);
      return widget === item.widget ? item : { ...item, widget };
    }
    default:
      return item;
  }
}

/** The ids of every item of the turn that `itemId` is part of: what came after the user's last message before it. */
export function turnOf(items: readonly Item[], itemId: string): string[] {
  const at = items.findIndex(({ id }) => id === itemId);
  const start = items.findLastIndex((item, index) => index <= at && item.type === 'user_message');
  const next = items.findIndex((item, index) => index > at && item.type === 'user_message');
  return items.slice(start + 1, next < 0 ? undefined : next).map(({ id }) => id);
}

/** The user's message that `itemId` answers, if it is there. */
export function messageBefore(items: readonly Item[], itemId?: string): ItemOf<'user_message'> | undefined {
  const at = itemId === undefined ? items.length : items.findIndex(({ id }) => id === itemId);
  const found = items.findLast((item, index) => index <= at && item.type === 'user_message');
  return found?.type === 'user_message' ? found : undefined;
}

/** The questions with their answers, as the server will have them. */
export function withAnswers(
  item: ItemOf<'structured_input'>,
  { status, answers }: StructuredInputSubmission,
): ItemOf<'structured_input'> {
  const inputs = item.inputs.map((field) => ({ ...field, answer: answers[field.id] ?? { values: [], skipped: true } }));
  return { ...item, status, inputs };
}

/** What an assistant's message says, as text to copy. */
export function textOf(item: Item): string {
  if (item.type === 'assistant_message') return item.content.map(({ text }) => text).join('\n\n');
  if (item.type === 'user_message') return item.content.map((part) => part.text).join('');
  if (item.type === 'widget') return item.copy_text ?? '';
  return '';
}

const listsOf: Partial<Record<Item['type'], readonly string[]>> = {
  user_message: ['content', 'attachments'],
  assistant_message: ['content'],
  structured_input: ['inputs'],
};

/** The item with the lists that it must have: a server may have left them out, and the rest is worth showing. */
export function wholeItem(item: Item): Item {
  const missing = (listsOf[item.type] ?? []).filter((key) => !Array.isArray(objectOf(item)[key]));
  return missing.length === 0 ? item : { ...item, ...Object.fromEntries(missing.map((key) => [key, []])) };
}

/** Whether `value` is what an item must be to be shown at all. */
export function isItem(value: unknown): value is Item {
  const { id, type } = objectOf(value);
  return typeof id === 'string' && typeof type === 'string';
}
