// Joins the pieces of the calls in a Chat Completions stream.
import { randomUUID } from 'node:crypto';
import { isObject } from '../../protocol/json';
import { ArgumentsText } from './arguments-text';
import type { FunctionCall } from './client-tools';
import type { ChatToolCall } from './input-types';
import { isPlaceholderId } from './item-ids';
import { addField } from './merge-fields';

/** A call, with the form that the next request needs. */
export interface ChatCall extends FunctionCall {
  /** The call as the provider sent it, unknown fields included. */
  toolCall: ChatToolCall;
}

/** One piece of a call. */
interface Piece {
  index: number | undefined;
  id: string | undefined;
  name: string;
  arguments: string;
  fields: Record<string, unknown>;
  functionFields: Record<string, unknown>;
}

interface OpenCall {
  index: number | undefined;
  /** The provider's id; undefined when the provider sends none. */
  id: string | undefined;
  name: string;
  arguments: ArgumentsText;
  /** The number of the chunk with its first piece. */
  chunk: number;
  isLegacy: boolean;
  fields: Record<string, unknown>;
  functionFields: Record<string, unknown>;
}

/** Collects the calls of one stream. The pieces of every chunk must be added in order. */
export class ChatCalls {
  readonly #calls: OpenCall[] = [];
  #chunk = 0;

  /** Adds the `tool_calls` of a delta. */
  add(pieces: readonly unknown[]): void {
    this.#chunk++;
    for (const given of pieces) if (isObject(given)) this.#add(readPiece(given), false);
  }

  /** Adds `function_call`, the old form: one call without an id. */
  addLegacy(given: unknown): void {
    this.#chunk++;
    if (isObject(given)) this.#add({ ...readPiece({ function: given }), index: -1 }, true);
  }

  /**
   * Returns the calls at the end of the stream.
   * @returns `nameless`: the number of pieces that belong to no call.
   */
  end(): { calls: ChatCall[]; nameless: number } {
    const own = this.#calls.filter(({ isLegacy }) => !isLegacy);
    const calls = joinedCalls(own.length > 0 ? own : this.#calls);
    const named = calls.filter(({ name }) => name !== '');
    const empty = calls.filter(
      ({ name, arguments: args, fields }) => name === '' && args.text === '' && Object.keys(fields).length === 0,
    );
    const ids = new Set<string>();
    return { calls: named.map((call) => finished(call, ids)), nameless: calls.length - named.length - empty.length };
  }

  #add(piece: Piece, isLegacy: boolean): void {
    let call = this.#callOf(piece);
    if (!call) {
      const { index, id } = piece;
      const args = new ArgumentsText();
      call = { index, id, name: '', arguments: args, chunk: this.#chunk, isLegacy, fields: {}, functionFields: {} };
      this.#calls.push(call);
    }
    call.id ??= piece.id;
    call.name = joinedName(call.name, piece.name);
    call.arguments.add(piece.arguments);
    for (const [key, value] of Object.entries(piece.fields)) addField(call.fields, key, value, false);
    for (const [key, value] of Object.entries(piece.functionFields)) addField(call.functionFields, key, value, false);
  }

  /** Returns the call that a piece continues; undefined when the piece begins a call. */
  #callOf(piece: Piece): OpenCall | undefined {
    const { index, id } = piece;
    if (id !== undefined) {
      const sameId = this.#calls.findLast((call) => call.id === id);
      if (sameId) return isAnotherOfThisId(sameId, piece) ? undefined : sameId;
    }
    const known = this.#calls.findLast((call) => index === undefined || call.index === index);
    if (!known) return undefined;
    if (id !== undefined && known.id !== undefined) return undefined; // two ids with one index
    return this.#beginsAnother(known, piece) ? undefined : known;
  }

  /** Returns true when a piece without its own id, or with the first id, begins another call at the same index. */
  #beginsAnother(known: OpenCall, { index, id, name, arguments: args }: Piece): boolean {
    if (name === '' || known.name === '') return false;
    if (name === known.name) {
      if (index !== undefined) return id === undefined && isOtherCall(known, args); // every piece has the name
      if (known.chunk === this.#chunk) return true; // two entries of one list
      return known.arguments.isComplete && args !== '';
    }
    // Pieces of one name: the next call of this provider would have its own id.
    const mayGoOn = index !== undefined && id === undefined && known.id !== undefined && known.arguments.text === '';
    return !mayGoOn;
  }
}

/** Handles providers that send the same id for every call: another index with a name begins another call. */
function isAnotherOfThisId(call: OpenCall, { index, name, arguments: args }: Piece): boolean {
  if (name === '' || call.name === '') return false;
  const isElsewhere = index !== undefined && call.index !== undefined && index !== call.index;
  if (name !== call.name) return isElsewhere || call.arguments.text !== '';
  return isElsewhere && call.arguments.isComplete && args !== '';
}

/**
 * Handles providers that send the index 0 and no id for every call: whole arguments that differ belong to another call.
 */
function isOtherCall({ id, arguments: known }: OpenCall, args: string): boolean {
  if (id !== undefined || !known.isComplete) return false;
  const [before, after] = [objectIn(known.text), objectIn(args)];
  if (!before || !after) return false;
  return Object.keys(before).some((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Joins a name, which can arrive whole, repeated, in pieces, or as a longer prefix each time. */
function joinedName(before: string, more: string): string {
  if (more === '' || before === more) return before;
  return more.startsWith(before) ? more : before + more;
}

/**
 * Joins pieces that are recognised as one call only at the end, because some providers send a new id with each piece.
 * Such a piece has no name, or the name of the call before, and its arguments are not complete.
 */
function joinedCalls(calls: readonly OpenCall[]): OpenCall[] {
  const joined: OpenCall[] = [];
  for (const call of calls) {
    const before =
      joined.findLast(({ index }) => index !== undefined && index === call.index) ??
      (call.index === undefined || call.name === '' ? joined.at(-1) : undefined);
    if (!before || !continues(before, call)) {
      joined.push({ ...call });
      continue;
    }
    before.arguments.add(call.arguments.text);
    for (const [key, value] of Object.entries(call.fields)) addField(before.fields, key, value, false);
    for (const [key, value] of Object.entries(call.functionFields)) addField(before.functionFields, key, value, false);
  }
  return joined;
}

function continues(before: OpenCall, call: OpenCall): boolean {
  if (call.name === '') return before.name !== '' && (!before.arguments.isComplete || call.arguments.isComplete);
  if (call.name !== before.name || call.arguments.text === '') return false;
  return before.arguments.text !== '' && !before.arguments.isComplete && !call.arguments.beginsObject;
}

function finished(call: OpenCall, ids: Set<string>): ChatCall {
  const callId = call.id !== undefined && !ids.has(call.id) ? call.id : `call_${randomUUID().replaceAll('-', '')}`;
  ids.add(callId);
  const { name, fields, functionFields } = call;
  const args = call.arguments.text;
  const toolCall: ChatToolCall = {
    ...fields,
    id: callId,
    type: 'function',
    function: { ...functionFields, name, arguments: args },
  };
  return { callId, name, arguments: args, toolCall };
}

function readPiece(given: Record<string, unknown>): Piece {
  const { index, id, type: _type, function: called, ...fields } = given;
  const isNested = isObject(called);
  const { name, arguments: args, ...rest } = isNested ? called : fields;
  return {
    index: typeof index === 'number' ? index : undefined,
    id: typeof id === 'string' && !isPlaceholderId(id) ? id : undefined,
    name: typeof name === 'string' ? name : '',
    arguments: argumentsOf(args),
    fields: isNested ? fields : rest,
    functionFields: isNested ? rest : {},
  };
}

/** Returns arguments as JSON, because some providers send the object itself. */
export function argumentsOf(given: unknown): string {
  if (typeof given === 'string') return given;
  return isObject(given) || Array.isArray(given) ? JSON.stringify(given) : '';
}
