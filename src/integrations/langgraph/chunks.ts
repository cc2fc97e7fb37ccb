// The chunks of a stream of LangGraph, in each of the shapes that `streamMode` and `subgraphs` give them.
import { isObject } from '../../protocol/json';
import { readMessage } from './messages';

/** Says of every stream mode how it is read. A test holds the list against the types of `@langchain/langgraph`. */
export const streamModes = {
  messages: 'read',
  updates: 'read',
  custom: 'read',
  // Reported by name: interrupts in `values` are read.
  values: 'reported',
  debug: 'reported',
  checkpoints: 'reported',
  tasks: 'reported',
  tools: 'reported',
} as const;

/** A mode of a stream that is known. */
export type GraphStreamMode = keyof typeof streamModes;

/** A chunk with its mode and the path of its subgraph. `mode` is undefined where nothing says it. */
export interface GraphChunk {
  mode: string | undefined;
  namespace: readonly string[];
  data: unknown;
}

/**
 * Reads a chunk: `[mode, data]`, `[namespace, mode, data]`, or the data of the only mode, with or without its namespace.
 * @param only The only mode of the stream. Undefined for a list of modes, and where it is not known.
 */
export function readChunk(chunk: unknown, only: string | undefined): GraphChunk {
  if (Array.isArray(chunk)) {
    const given = chunk as unknown[];
    const [first, second] = given;
    if (given.length === 3 && isNamespace(first) && typeof second === 'string') {
      return { mode: second, namespace: first, data: given[2] };
    }
    if (given.length === 2 && typeof first === 'string' && (only === undefined || isMode(first))) {
      return { mode: first, namespace: [], data: second };
    }
    if (given.length === 2 && isNamespace(first)) {
      return { mode: only ?? modeOf(second), namespace: first, data: second };
    }
  }
  return { mode: only ?? modeOf(chunk), namespace: [], data: chunk };
}

function isNamespace(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string');
}

function isMode(value: string): boolean {
  return Object.hasOwn(streamModes, value);
}

/** The mode of the data of a stream with one mode, as far as the data shows it. */
function modeOf(data: unknown): string | undefined {
  if (Array.isArray(data) && data.length === 2 && readMessage(data[0]) && isObject(data[1])) return 'messages';
  return isObject(data) && '__interrupt__' in data ? 'updates' : undefined;
}
