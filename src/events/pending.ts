// The items of a run that were added and are not done yet, as far as their updates have brought them.
import type { AssistantMessageContent, ThreadItem, ThreadItemUpdate, WidgetComponent } from '../protocol';
import type { TextDeltaEvent } from './check';

/** Keeps a copy of each pending item and applies the updates to it, as a client would. */
export class PendingItems {
  readonly #items = new Map<string, ThreadItem>();
  // The deltas of the part that is being written. Adding each to the text at once would build a string of strings that
  // the garbage collector has to walk again and again.
  #growing: { itemId: string; index: number; deltas: string[] } | null = null;

  add(item: ThreadItem): void {
    this.#settleText(); // what was sent before the item was there is not its text
    this.#items.set(item.id, ownCopy(item));
  }

  remove(itemId: string): void {
    this.#items.delete(itemId);
    if (this.#growing?.itemId === itemId) this.#growing = null;
  }

  /** The items as they are now, in the order they were added. */
  list(): ThreadItem[] {
    this.#settleText();
    return [...this.#items.values()];
  }

  appendText({ item_id, update }: TextDeltaEvent): void {
    if (this.#growing?.itemId === item_id && this.#growing.index === update.content_index) {
      this.#growing.deltas.push(update.delta);
      return;
    }
    this.#settleText();
    this.#growing = { itemId: item_id, index: update.content_index, deltas: [update.delta] };
  }

  #settleText(): void {
    if (!this.#growing) return;
    const { itemId, index, deltas } = this.#growing;
    const item = this.#items.get(itemId);
    if (item?.type === 'assistant_message') partAt(item.content, index).text += deltas.join('');
    this.#growing = null;
  }

  /** Applies any update. One for an item that is not pending, or of another type than the item, changes nothing. */
  update(itemId: string, update: ThreadItemUpdate): void {
    this.#settleText();
    const item = this.#items.get(itemId);
    if (!item) return;
    if (item.type === 'assistant_message') updateMessage(item.content, update);
    else if (item.type === 'workflow') {
      if (update.type === 'workflow.task.added') item.workflow.tasks.splice(update.task_index, 0, update.task);
      else if (update.type === 'workflow.task.updated' && update.task_index < item.workflow.tasks.length) {
        item.workflow.tasks[update.task_index] = update.task;
      }
    } else if (item.type === 'widget') {
      item.widget = updatedWidget(item.widget, update);
    } else if (item.type === 'generated_image' && update.type === 'generated_image.updated') item.image = update.image;
  }
}

function updateMessage(content: AssistantMessageContent[], update: ThreadItemUpdate): void {
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      content[existing(content, update.content_index)] = ownPart(update.content);
      return;
    case 'assistant_message.content_part.text_delta':
      partAt(content, update.content_index).text += update.delta;
      return;
    case 'assistant_message.content_part.annotation_added':
      partAt(content, update.content_index).annotations.splice(update.annotation_index, 0, update.annotation);
      return;
    default:
  }
}

/** The most content parts a message is padded to: an index from nowhere must not fill the memory. */
const maxParts = 1000;

/** `index`, at which there is a part now: those up to it that were never added are empty. */
function existing(content: AssistantMessageContent[], index: number): number {
  if (index < content.length) return index;
  const wanted = Math.min(index, maxParts - 1);
  while (content.length <= wanted) content.push({ type: 'output_text', text: '', annotations: [] });
  return wanted;
}

function partAt(content: AssistantMessageContent[], index: number): AssistantMessageContent {
  return content[existing(content, index)] as AssistantMessageContent;
}

function updatedWidget(widget: WidgetComponent, update: ThreadItemUpdate): WidgetComponent {
  switch (update.type) {
    case 'widget.root.updated':
      return update.widget;
    case 'widget.component.updated':
      return withComponent(widget, update.component_id, () => update.component);
    case 'widget.streaming_text.value_delta':
      return withComponent(widget, update.component_id, (component) => {
        const { value } = component;
        return typeof value === 'string' ? { ...component, value: value + update.delta } : component;
      });
    default:
      return widget;
  }
}

/** The widget with its components of this id changed, as a copy down to them. */
function withComponent(
  widget: WidgetComponent,
  id: string,
  change: (component: WidgetComponent) => WidgetComponent,
): WidgetComponent {
  if (widget.id === id) return change(widget);
  const changed = (child: unknown) => (isComponent(child) ? withComponent(child, id, change) : child);
  const { children } = widget;
  if (Array.isArray(children)) return { ...widget, children: children.map(changed) };
  return isComponent(children) ? { ...widget, children: changed(children) } : widget; // as a Transition holds one
}

function isComponent(value: unknown): value is WidgetComponent {
  return typeof value === 'object' && value !== null;
}

/** A copy down to what updates change: the event that holds the item waits to be sent as it was. */
function ownCopy(item: ThreadItem): ThreadItem {
  if (item.type === 'assistant_message') return { ...item, content: item.content.map(ownPart) };
  if (item.type === 'workflow') return { ...item, workflow: { ...item.workflow, tasks: [...item.workflow.tasks] } };
  return { ...item };
}

function ownPart(part: AssistantMessageContent): AssistantMessageContent {
  return { ...part, annotations: [...part.annotations] };
}
