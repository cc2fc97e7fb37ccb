// Applies events to items. Runs, answer writers and pages share this code, so that all of them have the same items.
import type { AssistantMessageContent } from './content';
import type { ThreadStreamEvent } from './events';
import type { ThreadItem } from './items';
import type { ThreadItemUpdate } from './updates';

/** An event about one item: `thread.item.added`, `updated`, `done`, `replaced` or `removed`. */
export type ThreadItemEvent = Extract<ThreadStreamEvent, { type: `thread.item.${string}` }>;

/**
 * Returns the items of a page after an event. `added` and `done` replace the item with the same id, or append the item.
 * `replaced`, `removed` and `updated` return the same list when no item has the id. The given list and its items are
 * not modified.
 *
 * @param items the items of one thread, oldest first.
 */
export function applyItemEvent(items: readonly ThreadItem[], event: ThreadStreamEvent): readonly ThreadItem[] {
  switch (event.type) {
    case 'thread.item.added':
    case 'thread.item.done':
      return putItem(items, event.item);
    case 'thread.item.replaced':
      return items.some(({ id }) => id === event.item.id) ? putItem(items, event.item) : items;
    case 'thread.item.removed':
      return items.some(({ id }) => id === event.item_id) ? items.filter(({ id }) => id !== event.item_id) : items;
    case 'thread.item.updated': {
      const at = items.findIndex(({ id }) => id === event.item_id);
      const item = items[at];
      const updated = item && updateItem(item, event.update);
      return updated === item ? items : items.with(at, updated as ThreadItem);
    }
    default:
      return items;
  }
}

function putItem(items: readonly ThreadItem[], item: ThreadItem): readonly ThreadItem[] {
  const at = items.findIndex(({ id }) => id === item.id);
  return at < 0 ? [...items, item] : items.with(at, item);
}

/**
 * Returns a copy of the item with the update applied. Unchanged parts are shared with the given item, which is not
 * modified. Returns the same item when the update is for another type of item, or for a task or a component that the
 * item does not have.
 */
export function updateItem<Item extends ThreadItem>(item: Item, update: ThreadItemUpdate): Item;
export function updateItem(item: ThreadItem, update: ThreadItemUpdate): ThreadItem {
  switch (item.type) {
    case 'assistant_message': {
      const content = updatedContent(item.content, update);
      return content === item.content ? item : { ...item, content };
    }
    case 'workflow': {
      const tasks = updatedTasks(item.workflow.tasks ?? [], update);
      return tasks === (item.workflow.tasks ?? tasks) ? item : { ...item, workflow: { ...item.workflow, tasks } };
    }
    case 'widget': {
      const widget = updatedWidget(item.widget, update);
      return widget === item.widget ? item : { ...item, widget };
    }
    case 'generated_image':
      return update.type === 'generated_image.updated' ? { ...item, image: update.image } : item;
    default:
      return item;
  }
}

type Content = AssistantMessageContent[];

/**
 * The number of content parts to which a message is padded at most, so that a wrong index does not exhaust the memory.
 */
const maxParts = 1000;

function updatedContent(content: Content, update: ThreadItemUpdate): Content {
  if (!('content_index' in update)) return content;
  // Parts before the index that were never added become empty parts.
  const { content_index } = update;
  const index = content_index < content.length ? content_index : Math.min(content_index, maxParts - 1);
  const parts = [...content];
  while (parts.length <= index) parts.push({ type: 'output_text', text: '', annotations: [] });
  const part = parts[index] as AssistantMessageContent;
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      return parts.with(index, update.content);
    case 'assistant_message.content_part.text_delta':
      return parts.with(index, { ...part, text: part.text + update.delta });
    case 'assistant_message.content_part.annotation_added': {
      const { annotation_index, annotation } = update;
      return parts.with(index, {
        ...part,
        annotations: inserted(part.annotations ?? [], annotation_index, annotation),
      });
    }
  }
}

type Tasks = Extract<ThreadItem, { type: 'workflow' }>['workflow']['tasks'];

function updatedTasks(tasks: Tasks, update: ThreadItemUpdate): Tasks {
  if (update.type === 'workflow.task.added') return inserted(tasks, update.task_index, update.task);
  if (update.type !== 'workflow.task.updated' || update.task_index >= tasks.length) return tasks;
  return tasks.with(update.task_index, update.task);
}

function inserted<T>(list: readonly T[], index: number, value: T): T[] {
  return list.toSpliced(index, 0, value);
}

type Component = Extract<ThreadItem, { type: 'widget' }>['widget'];

function updatedWidget(widget: Component, update: ThreadItemUpdate): Component {
  switch (update.type) {
    case 'widget.root.updated':
      return update.widget;
    case 'widget.component.updated':
      return withComponent(widget, update.component_id, () => update.component);
    case 'widget.streaming_text.value_delta':
      return withComponent(widget, update.component_id, (component) => grown(component, update));
    default:
      return widget;
  }
}

function grown(component: Component, { delta, done }: { delta: string; done: boolean }): Component {
  const { value } = component;
  if (typeof value !== 'string') return component;
  return { ...component, value: value + delta, ...(done && component['streaming'] === true && { streaming: false }) };
}

/** Returns a copy in which the components with this id are changed. A component without them is the same object. */
function withComponent(widget: Component, id: string, change: (component: Component) => Component): Component {
  if (widget.id === id) return change(widget);
  const changed = (child: unknown) => (isComponent(child) ? withComponent(child, id, change) : child);
  const { children } = widget;
  if (Array.isArray(children)) {
    const next = children.map(changed);
    return next.some((child, index) => child !== children[index]) ? { ...widget, children: next } : widget;
  }
  const next = changed(children); // a Transition has a single child
  return next === children ? widget : { ...widget, children: next };
}

function isComponent(value: unknown): value is Component {
  return typeof value === 'object' && value !== null;
}
