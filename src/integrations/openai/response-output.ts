// Collects the items of a response from all of their events and from the final response.
import { isObject } from '../../protocol/json';
import { ArgumentsText } from './arguments-text';
import { argumentsOf } from './chat-calls';
import type { FunctionCall } from './client-tools';
import { isPlaceholderId } from './item-ids';
import type { RawResponseEvent } from './response-events';

type Raw = Record<string, unknown>;

interface OutputItem {
  id: string | undefined;
  index: number | undefined;
  type: string;
  /** The newest version that the provider has sent. */
  item: Raw;
  isDone: boolean;
  /** Of a function call: the arguments of the deltas, and those of the end event. */
  deltas: ArgumentsText;
  whole: string;
  /** Of a message: true when any text was sent. */
  hasText: boolean;
}

/** Collects the items of one stream. */
export class ResponseOutput {
  #items: OutputItem[] = [];
  /** The message of the last text, because most texts belong to the same message. */
  #texts: { id: string | undefined; index: number | undefined } | undefined;

  /** Reads an event of an item. @param given the event as the provider sent it. */
  see(event: RawResponseEvent, given: unknown): void {
    switch (event.type) {
      case 'response.output_item.added':
      case 'response.output_item.done':
        if (isObject(given)) this.#seeItem(given['item'], event.output_index, event.type.endsWith('done'));
        break;
      case 'response.function_call_arguments.delta':
        this.#find(event.item_id, event.output_index, 'function_call')?.deltas.add(event.delta ?? '');
        break;
      case 'response.function_call_arguments.done': {
        if (!isObject(given)) break;
        const call = this.#find(event.item_id, event.output_index, 'function_call') ?? this.#unannounced(event, given);
        if (call) call.whole ||= argumentsOf(given['arguments']);
        break;
      }
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        if (event.delta) this.#seeText(event);
        break;
      case 'response.output_text.done':
      case 'response.refusal.done':
        if (event.text || event.refusal) this.#seeText(event);
        break;
      case 'response.content_part.done':
        if (event.part?.type !== 'reasoning_text' && (event.part?.text || event.part?.refusal)) this.#seeText(event);
        break;
      default:
    }
  }

  /**
   * Compares the items with the `output` of the final response.
   * @returns the items that no event has completed, with their indexes. The caller shows them.
   */
  reconcile(output: unknown): { item: Raw; index: number }[] {
    if (!Array.isArray(output)) return [];
    const missing: { item: Raw; index: number }[] = [];
    const ordinals = new Map<string, number>();
    const order: OutputItem[] = [];
    for (const [index, given] of output.entries()) {
      if (!isObject(given)) continue;
      const type = typeOf(given);
      const ordinal = ordinals.get(type) ?? 0;
      ordinals.set(type, ordinal + 1);
      let known = this.#counterpart(given, ordinal);
      const isSettled = known?.isDone && (type !== 'message' || known.hasText || !hasText(given));
      if (!isSettled) missing.push({ item: given, index });
      if (!known) this.#items.push((known = newItem(given, index)));
      else if (!known.isDone || !isSettled) known.item = given;
      else if (type === 'function_call') known.whole ||= argumentsOf(given['arguments']);
      known.isDone = true;
      order.push(known);
    }
    // The order is that of the final response, if the response has all items.
    if (order.length === this.#items.length) this.#items = order;
    return missing;
  }

  /** Returns the items as the provider sent them, with whole arguments, for the input of the next request. */
  get items(): Raw[] {
    return this.#items.flatMap((entry) => {
      const { item, type, isDone } = entry;
      if (type !== 'function_call') return isDone ? [item] : [];
      if (!isDone && !isWhole(entry)) return [];
      const args = settled(entry);
      return [args === item['arguments'] ? item : { ...item, arguments: args }];
    });
  }

  /** Returns the whole calls. A call that was cut off is left out. */
  get calls(): FunctionCall[] {
    return this.#items.flatMap((entry) => {
      const { item, type, isDone } = entry;
      const { call_id: given, name, status, id } = item;
      const callId = typeof given === 'string' && given !== '' ? given : id;
      if (type !== 'function_call' || status === 'incomplete' || !(isDone || isWhole(entry))) return [];
      if (typeof callId !== 'string' || callId === '' || typeof name !== 'string' || name === '') return [];
      return [{ callId, name, arguments: settled(entry) }];
    });
  }

  #seeItem(given: unknown, index: number | undefined, isDone: boolean): void {
    if (!isObject(given)) return;
    const type = typeOf(given);
    this.#texts = undefined;
    const known = this.#find(stringOf(given['id']), index, type, isDone);
    const entry = known ?? newItem(given, index);
    if (!known) this.#items.push(entry);
    entry.item = given;
    entry.isDone ||= isDone;
    entry.hasText ||= hasText(given);
  }

  /** Adds a call that was never announced, if the end of its arguments names the function. */
  #unannounced({ item_id: id, output_index: index }: RawResponseEvent, given: Raw): OutputItem | undefined {
    const { name, call_id } = given;
    if (typeof name !== 'string' || name === '' || this.#find(id, index, 'function_call', false)) return undefined;
    const entry = newItem(
      { type: 'function_call', ...(id && { id }), call_id: call_id ?? id, name, arguments: '' },
      index,
    );
    this.#items.push(entry);
    return entry;
  }

  #seeText({ item_id: id, output_index: index }: RawResponseEvent): void {
    if (this.#texts?.id === id && this.#texts?.index === index) return;
    this.#texts = { id, index };
    const known = this.#find(id, index, 'message') ?? this.#find(id, index, 'message', false);
    if (known) known.hasText = true;
    else this.#items.push({ ...newItem({ type: 'message', ...(id && { id }) }, index), hasText: true });
  }

  /** Finds the item of an event by its id, else by its index, else the newest item. */
  #find(id: string | undefined, index: number | undefined, type: string, isOpenOnly = true): OutputItem | undefined {
    const items = this.#items.filter((entry) => entry.type === type && !(isOpenOnly && entry.isDone));
    const sayNothing = isPlaceholderId(id) && index === undefined;
    return (
      (isPlaceholderId(id) ? undefined : items.findLast((entry) => entry.id === id)) ??
      (index === undefined ? undefined : items.findLast((entry) => entry.index === index)) ??
      (sayNothing ? items.at(-1) : undefined)
    );
  }

  #counterpart(given: Raw, ordinal: number): OutputItem | undefined {
    const type = typeOf(given);
    const items = this.#items.filter((entry) => entry.type === type);
    const { id, call_id: callId } = given;
    return (
      items.find((entry) => typeof callId === 'string' && callId !== '' && entry.item['call_id'] === callId) ??
      items.find((entry) => typeof id === 'string' && !isPlaceholderId(id) && entry.id === id) ??
      items[ordinal]
    );
  }
}

function newItem(item: Raw, index: number | undefined): OutputItem {
  const id = stringOf(item['id']);
  const deltas = new ArgumentsText();
  return { id, index, type: typeOf(item), item, isDone: false, deltas, whole: '', hasText: hasText(item) };
}

/** Returns the arguments of the item, else of the end event, else of the deltas. */
function settled({ item, whole, deltas }: OutputItem): string {
  return argumentsOf(item['arguments']) || whole || deltas.text;
}

function isWhole({ whole, deltas }: OutputItem): boolean {
  return whole !== '' || deltas.isComplete;
}

function hasText({ content }: Raw): boolean {
  if (typeof content === 'string') return content.trim() !== '';
  if (!Array.isArray(content)) return false;
  return content.some(
    (part) => isObject(part) && [part['text'], part['refusal'], part['transcript']].some((text) => isSaid(text)),
  );
}

function isSaid(text: unknown): boolean {
  return typeof text === 'string' && text.trim() !== '';
}

function typeOf({ type }: Raw): string {
  return typeof type === 'string' ? type : '';
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
