// The parts of the streams of `ai`, 5 to 7, and of Mastra, which wraps them.
import { isObject } from '../../protocol/json';

/**
 * Says of every type of part whether it is read. A test holds the list against the types of each version of `ai`, so that a
 * new type breaks the build.
 */
export const partTypes = {
  'text-delta': 'read',
  'text-end': 'read',
  'reasoning-delta': 'read',
  'reasoning-end': 'read',
  'tool-call': 'read',
  'tool-result': 'read',
  'tool-error': 'read',
  'tool-output-denied': 'read',
  'tool-approval-request': 'read',
  'tool-approval-response': 'read',
  source: 'read',
  file: 'read',
  'start-step': 'read',
  'finish-step': 'read',
  finish: 'read',
  abort: 'read',
  error: 'read',
  // Nothing to show.
  start: 'ignored',
  'text-start': 'ignored',
  'reasoning-start': 'ignored',
  'tool-input-start': 'ignored',
  'tool-input-delta': 'ignored',
  'tool-input-end': 'ignored',
  'steering-message': 'ignored',
  ping: 'ignored',
  raw: 'ignored',
  // Needed by the provider in the next request: `remember` keeps these.
  'reasoning-file': 'ignored',
  custom: 'ignored',
} as const;

/** The types that only Mastra has. Those with another name for a type of `ai` are renamed. */
const mastraTypes = {
  tripwire: 'read',
  'step-start': 'start-step',
  'step-finish': 'finish-step',
  'tool-call-approval': 'tool-approval-request',
  'tool-call-suspended': 'tool-approval-request',
  'tool-output': 'tool-result',
  'tool-call-input-streaming-start': 'ignored',
  'tool-call-delta': 'ignored',
  'tool-call-input-streaming-end': 'ignored',
  'reasoning-signature': 'ignored',
  'redacted-reasoning': 'ignored',
  'response-metadata': 'ignored',
  object: 'ignored',
  'object-result': 'ignored',
  'step-output': 'ignored',
  watch: 'ignored',
} as const;

/** A type of part that is known. */
export type PartType = keyof typeof partTypes;
/** A type of part that has events, or says how the answer ends. */
export type ReadType =
  { [Type in PartType]: (typeof partTypes)[Type] extends 'read' ? Type : never }[PartType] | 'tripwire';

/** A part, with the names of fields that `ai` gives them. Nothing is known of the values. */
export type Part = Readonly<Record<string, unknown>>;

/** A part as it is read: one with events, data of the application, one without anything to show, or one of an unknown type. */
export type Reading =
  | { kind: 'read'; type: ReadType; part: Part }
  | { kind: 'data'; name: string; part: Part }
  | { kind: 'ignored' }
  | { kind: 'unknown'; type: string };

/** Reads a part, whichever version or wrapping it has. */
export function readPart(given: unknown): Reading {
  if (!isObject(given) || typeof given['type'] !== 'string') return { kind: 'unknown', type: String(given) };
  const { type, payload } = given;
  if (type.startsWith('data-')) return { kind: 'data', name: type.slice('data-'.length), part: given };
  const known = kindOf(type);
  if (known === undefined) return { kind: 'unknown', type };
  if (known === 'ignored') return { kind: 'ignored' };
  const readType = known === 'read' ? (type as ReadType) : known;
  return isObject(payload)
    ? unwrapped(type, readType, { runId: given['runId'], ...payload })
    : { kind: 'read', type: readType, part: given };
}

function kindOf(type: string): ReadType | 'read' | 'ignored' | undefined {
  if (Object.hasOwn(partTypes, type)) return partTypes[type as PartType];
  return Object.hasOwn(mastraTypes, type) ? mastraTypes[type as keyof typeof mastraTypes] : undefined;
}

/** The part inside of one of Mastra's, with the names of `ai`. */
function unwrapped(given: string, type: ReadType, payload: Record<string, unknown>): Reading {
  const { args, result, stepResult, output, mimeType, isError, data } = payload;
  const part: Record<string, unknown> = {
    ...payload,
    ...(args !== undefined && { input: args }),
    ...(mimeType !== undefined && { mediaType: mimeType }),
  };
  if (type === 'tool-result')
    Object.assign(part, given === 'tool-output' ? { output, preliminary: true } : { output: result });
  if (type === 'tool-result' && isError === true)
    return { kind: 'read', type: 'tool-error', part: { ...part, error: result } };
  if (type === 'tool-approval-request') {
    Object.assign(part, { toolCall: { ...part }, isSuspended: given === 'tool-call-suspended' });
  }
  if (type === 'file') part['file'] = { mediaType: mimeType, base64: payload['base64'], data };
  if (type === 'finish' || type === 'finish-step') {
    if (isObject(stepResult)) part['finishReason'] = stepResult['reason'];
    if (isObject(output)) part[type === 'finish' ? 'totalUsage' : 'usage'] = output['usage'];
  }
  return { kind: 'read', type, part };
}
