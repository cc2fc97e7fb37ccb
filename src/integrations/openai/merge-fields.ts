// Puts the unknown fields of a stream's pieces together. A provider may need them back, whatever they are.
import { isObject } from '../../protocol/json';

/** Fields whose pieces always continue each other, even where two pieces are the same. */
const streamed = new Set(['text', 'thinking', 'summary', 'reasoning', 'content', 'arguments', 'data', 'delta']);
/** Fields that name something: the last value counts. */
const naming = new Set(['type', 'id', 'role', 'name', 'format', 'model', 'status', 'object', 'index']);

/** Adds the value of one field to what came before. Strings at the top of a delta continue each other. */
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
  return before === value ? before : before + value; // a signature that comes with every piece
}

/** Entries with an index continue the entry of that index. Thoughts without one continue the last thought. */
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

/** Whether the pieces are the whole list again, with what is new at its end. Pieces of thoughts never are. */
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

/** A copy, since what comes later is added to it and the chunk belongs to the caller. */
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

/** A key such as `__proto__` becomes a field like every other. */
function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}
