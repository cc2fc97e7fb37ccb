// Validates a request: its bounds first, and then the schema of its type. The error reports the faults in few words.
import type { z } from 'zod';
import { ChatKitError, type ErrorIssue, fittingIssues, shortened } from '../errors';
import { type ChatKitRequest, RequestSchema } from '../protocol';
import { type JsonBounds, measureJson } from '../protocol/bounds';

/** The number of issues that an error lists. */
const maxIssues = 20;
/** The length up to which a message repeats a received value, in characters. */
const maxReceivedLength = 60;
/** The longest message, in bytes. The issues can be longer. */
const maxMessageBytes = 1000;

/**
 * Returns the validated request.
 * @param bounds Limit the depth and the size of the JSON. Undefined when the caller has checked them.
 * @throws ChatKitError `invalid_request` that names at most 20 invalid fields and the values that were received.
 */
export function parseRequest(request: unknown, bounds: JsonBounds | undefined): ChatKitRequest {
  const exceeded = bounds && measureJson(request, bounds).exceeded;
  if (exceeded) throw refusal([exceeded]);
  const parsed = RequestSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  throw refusal(parsed.error.issues.slice(0, maxIssues).map((issue) => toIssue(issue, request)));
}

function refusal(found: ErrorIssue[]): ChatKitError {
  const issues = fittingIssues(found);
  const lines = issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message));
  return new ChatKitError('invalid_request', shortened(lines.join('; '), maxMessageBytes), { issues });
}

function toIssue(issue: z.core.$ZodIssue, request: unknown): ErrorIssue {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  return { path, message: messageOf(issue, path, request) };
}

function messageOf(issue: z.core.$ZodIssue, path: (string | number)[], request: unknown): string {
  const value = valueAt(request, path);
  if (issue.code === 'invalid_union' && path.length === 1 && path[0] === 'type') {
    return `received ${received(value)}, which is not a type of request`; // the list of types is too long for a message
  }
  if (issue.message.includes('received')) return issue.message;
  return `${shortened(issue.message, 160)}, received ${received(value)}`;
}

/** Describes a received value in few characters. */
function received(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') {
    return value.length > maxReceivedLength ? `a text of ${value.length} characters` : JSON.stringify(value);
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null ? 'null' : 'an object';
}

function valueAt(value: unknown, path: (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}
