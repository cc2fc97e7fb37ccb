// Joins the unknown fields of a stream's pieces, because the provider may need them in the next request.
import { isObject } from '../../protocol/json';

/** Fields whose pieces are always joined, even if two pieces are equal. */
const streamed = new Set(['text', 'thinking', 'summary', 'reasoning', 'content', 'arguments', 'data', 'delta']);
/** Fields that contain a name or an id. The last value is kept. */
const naming = new Set(['type', 'id', 'role', 'name', 'format', 'model', 'status', 'object', 'index']);

/** Merges the value of a field into the earlier value. Strings at the top of a delta are joined. */
export function addField(target: Record<string, unknown>, key: string, value: unknown, isTop: boolean): void {
  setField(target, key, merged(key, own(target, key), value, isTop));
}

function merged(key: string, before: unknown, value: unknown, isTop: boolean): unknown {
  if (before === undefined || before === null) return copied(value);
  if (value === undefined || value === null) return before;
  if (typeof before === 'string' && typeof value === 'string') return mergedText(key, before, value, isTop);
  if (Array.isArray(before) && Array.isArray(value)) return mergedList(before, value);
  if (isObject(before) && isObject(value)) {
    for (const [inner, more] of Object.entries(value)) addField(before, inner, more, false);
    return before;
  }
  return copied(value);
}

function mergedText(key: string, before: string, value: string, isTop: boolean): string {
  if (naming.has(key)) return value;
  if (isTop || streamed.has(key)) return before + value;
  return before === value ? before : before + value; // a signature that every piece repeats
}

/** Merges an entry with an index into the entry of that index, and a thought without an index into the last thought. */
function mergedList(list: unknown[], pieces: readonly unknown[]): unknown[] {
  if (repeats(list, pieces)) return list.concat(pieces.slice(list.length).map(copied));
  for (const piece of pieces) {
    const known = isObject(piece) ? continuedBy(list, piece) : undefined;
    if (known && isObject(piece)) {
      for (const [key, value] of Object.entries(piece)) addField(known, key, value, false);
    } else list.push(copied(piece));
  }
  return list;
}

/** Returns true when the pieces repeat the whole list, with new entries at the end. Pieces of thoughts never do. */
function repeats(list: readonly unknown[], pieces: readonly unknown[]): boolean {
  if (list.length > pieces.length || pieces.some((piece) => isObject(piece) && isContinuing(piece))) return false;
  return JSON.stringify(list) === JSON.stringify(pieces.slice(0, list.length));
}

function isContinuing(piece: Record<string, unknown>): boolean {
  return typeof piece['index'] === 'number' || isThought(piece);
}

function continuedBy(list: readonly unknown[], piece: Record<string, unknown>): Record<string, unknown> | undefined {
  const { index, type, id } = piece;
  if (typeof index === 'number') {
    return list.find(
      (entry): entry is Record<string, unknown> =>
        isObject(entry) && entry['index'] === index && entry['type'] === type && sameId(entry['id'], id),
    );
  }
  const last = list.at(-1);
  if (!isObject(last) || !isThought(piece) || last['type'] !== type || !sameId(last['id'], id)) return undefined;
  return last['signature'] ? undefined : last; // the signature ends a thought
}

function sameId(one: unknown, other: unknown): boolean {
  return one === other || one === undefined || one === null || other === undefined || other === null;
}

function isThought({ type }: Record<string, unknown>): boolean {
  return typeof type === 'string' && /^(?:thinking|reasoning(?:\.(?:text|summary))?)$/.test(type);
}

/** Copies a value, because later pieces are merged into it and the chunk belongs to the caller. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) setField(copy, key, copied(inner));
  return copy;
}

function own(target: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(target, key) ? target[key] : undefined;
}

/** Sets a field. `__proto__` is an ordinary key. */
function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}
