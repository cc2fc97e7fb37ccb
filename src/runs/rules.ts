// The rules for the events of one stream. They find mistakes in well-formed events, which a page and a store treat
// differently. The server checks its hooks with the rules, and the playground checks the streams of any server. This
// module imports nothing, so that both can use it.

/** The name of a rule. */
export type RuleName =
  | 'never_done'
  | 'delta_without_part'
  | 'update_of_unknown_task'
  | 'update_of_unknown_item'
  | 'update_after_done'
  | 'item_twice'
  | 'client_tool_twice'
  | 'placeholder_id'
  | 'message_without_text'
  | 'loading_task'
  | 'nothing_said';

/** A broken rule. */
export interface Finding {
  rule: RuleName;
  /** The index of the event that broke the rule, in the order of the calls of `observe`. -1 for the whole stream. */
  at: number;
  /** The id of the item that the event names. */
  itemId?: string;
}

interface Seen {
  type: unknown;
  /** The content parts of a message, by their index. Undefined without parts. */
  parts: Set<unknown> | undefined;
  /** The number of tasks of a workflow. */
  tasks: number;
  isDone: boolean;
  /** The event that added the item. */
  addedAt: number;
  /** The first update after the item was done. The page shows this update, and the store does not have it. */
  updatedAt: number | undefined;
}

/** The maximum number of remembered items, and of remembered parts of an item. The rules ignore all others. */
const maxRemembered = 1000;

const placeholders = new Set(['__fake_id__', 'fake_id', 'undefined', 'null', 'nan', 'true', 'false']);

/**
 * Returns true for an id that cannot be intended: a placeholder of a model's SDK, or the text of a value that is not an
 * id, such as `undefined` and `[object Promise]`.
 */
export function isPlaceholderId(id: string): boolean {
  return placeholders.has(id.toLowerCase()) || /\[object \w+\]/.test(id);
}

/**
 * Observes the events of one stream, and reports each broken rule. A text delta takes constant time. Any other event
 * takes time for the parts of its own item. Reads malformed events without throwing. Keeps no event.
 */
export class StreamRules {
  readonly #report: (finding: Finding) => void;
  readonly #items = new Map<string, Seen>();
  /** The first update of each item that was not added in this stream. Undefined while there is none. */
  #unknown: Map<string, number> | undefined;
  #at = -1;
  #hasSpoken = false;
  #awaitsClient = false;
  /** The part to which the last delta has added text. Most events are the next delta of the same part. */
  #growingId: unknown;
  #growingPart: unknown;

  constructor(report: (finding: Finding) => void) {
    this.#report = report;
  }

  observe(event: object): void {
    this.#at++;
    const { type, item, item_id, update } = event as Record<'type' | 'item' | 'item_id' | 'update', unknown>;
    switch (type) {
      case 'thread.item.updated':
        this.#update(item_id, objectOf(update));
        return;
      case 'thread.item.added':
      case 'thread.item.done':
      case 'thread.item.replaced':
        this.#put(type, objectOf(item));
        return;
      case 'thread.item.removed':
        this.#hasSpoken = true;
        this.#items.delete(String(item_id));
        this.#unknown?.delete(String(item_id));
        this.#growingId = undefined;
        return;
      case 'error':
      case 'notice':
      case 'client_effect':
        this.#hasSpoken = true;
    }
  }

  /**
   * Reports the mistakes that only the end of the stream shows.
   * @param isWhole False for a stream that broke off before its end.
   */
  end({ isWhole }: { isWhole: boolean }): void {
    for (const [itemId, at] of this.#unknown ?? []) this.#report({ rule: 'update_of_unknown_item', at, itemId });
    for (const [itemId, { updatedAt: at }] of this.#items) {
      if (at !== undefined) this.#report({ rule: 'update_after_done', at, itemId });
    }
    if (!isWhole) return;
    for (const [itemId, { isDone, type, addedAt: at }] of this.#items) {
      // The next stream of the turn can continue a workflow.
      if (!isDone && !(this.#awaitsClient && type === 'workflow')) this.#report({ rule: 'never_done', at, itemId });
    }
    if (!this.#hasSpoken) this.#report({ rule: 'nothing_said', at: -1 });
  }

  #put(event: 'thread.item.added' | 'thread.item.done' | 'thread.item.replaced', item: Record<string, unknown>): void {
    const { type } = item;
    const itemId = String(item['id']);
    const known = this.#items.get(itemId);
    const isDone = event !== 'thread.item.added';
    if (!isUnseen(type)) this.#hasSpoken = true;
    if (isPlaceholderId(itemId)) this.#find('placeholder_id', itemId);
    if (known && event !== 'thread.item.replaced') {
      if (type === 'client_tool_call' && known.type === type) this.#find('client_tool_twice', itemId);
      else if (known.isDone || !isDone) this.#find('item_twice', itemId);
    }
    if (isDone) this.#checkFinal(item, itemId);
    const isStored = event === 'thread.item.replaced';
    if (isStored) this.#unknown?.delete(itemId); // the item is of an earlier stream
    this.#growingId = undefined;
    if (known || this.#items.size < maxRemembered) this.#items.set(itemId, seenOf(item, isDone, this.#at));
    if (event === 'thread.item.done' && type === 'client_tool_call' && item['status'] === 'pending') {
      this.#awaitsClient = true;
    }
  }

  /** Checks the last form of an item. */
  #checkFinal(item: Record<string, unknown>, itemId: string): void {
    if (item['type'] === 'assistant_message') {
      const hasText = listOf(item['content']).some((part) => {
        const { text } = objectOf(part);
        return typeof text === 'string' && text.trim() !== '';
      });
      if (!hasText) this.#find('message_without_text', itemId);
    } else if (item['type'] === 'workflow') {
      const tasks = listOf(objectOf(item['workflow'])['tasks']);
      const isLoading = tasks.some((task) => objectOf(task)['status_indicator'] === 'loading');
      if (isLoading) this.#find('loading_task', itemId);
    }
  }

  #update(id: unknown, update: Record<string, unknown>): void {
    const { type, content_index: part } = update;
    const isDelta = type === 'assistant_message.content_part.text_delta';
    if (isDelta && id === this.#growingId && part === this.#growingPart) return;
    this.#hasSpoken = true;
    const itemId = String(id);
    const known = this.#items.get(itemId);
    if (!known) {
      const unknown = (this.#unknown ??= new Map<string, number>());
      const isFull = this.#items.size >= maxRemembered || unknown.size >= maxRemembered;
      if (!isFull && !unknown.has(itemId)) unknown.set(itemId, this.#at);
      return;
    }
    if (known.isDone) {
      known.updatedAt ??= this.#at;
      return;
    }
    switch (type) {
      case 'assistant_message.content_part.added':
      case 'assistant_message.content_part.done':
        rememberPart(known, part);
        break;
      case 'assistant_message.content_part.text_delta':
      case 'assistant_message.content_part.annotation_added':
        // The part is remembered, so that it is reported once.
        if (rememberPart(known, part)) this.#find('delta_without_part', itemId);
        if (isDelta) [this.#growingId, this.#growingPart] = [id, part];
        break;
      case 'workflow.task.added':
        known.tasks++;
        break;
      case 'workflow.task.updated':
        if (known.type === 'workflow' && !(Number(update['task_index']) < known.tasks)) {
          this.#find('update_of_unknown_task', itemId);
        }
        break;
      default:
    }
  }

  #find(rule: RuleName, itemId: string): void {
    this.#report({ rule, at: this.#at, itemId });
  }
}

/** Returns true for items that are not part of an answer: the message of the user, and the items for the model. */
function isUnseen(type: unknown): boolean {
  return type === 'user_message' || type === 'hidden_context_item' || type === 'sdk_hidden_context';
}

function seenOf(item: Record<string, unknown>, isDone: boolean, addedAt: number): Seen {
  const tasks = listOf(objectOf(item['workflow'])['tasks']).length;
  const seen: Seen = { type: item['type'], parts: undefined, tasks, isDone, addedAt, updatedAt: undefined };
  const count = Math.min(listOf(item['content']).length, maxRemembered);
  for (let index = 0; index < count; index++) rememberPart(seen, index);
  return seen;
}

/** Returns true for a part that was not remembered before. */
function rememberPart(seen: Seen, part: unknown): boolean {
  const parts = (seen.parts ??= new Set());
  if (parts.has(part) || parts.size >= maxRemembered) return false;
  parts.add(part);
  return true;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
