// Checks what a client has sent: its bounds first, then the schema of its type. What is wrong is reported in few words.
import type { z } from 'zod';
import { ChatKitError, type ErrorIssue, fittingIssues, shortened } from '../errors';
import { type ChatKitRequest, RequestSchema } from '../protocol';
import { type JsonBounds, measureJson } from '../protocol/bounds';

/** The most issues that are worth a look: an error lists no more. */
const maxIssues = 20;
/** The longest value that a message repeats, in characters. */
const maxReceivedLength = 60;
/** The longest message, in bytes. The issues have more. */
const maxMessageBytes = 1000;

/**
 * The request, checked.
 * @param bounds How deep it may nest, and how much it may hold. Undefined when the caller has measured it.
 * @throws ChatKitError `invalid_request` that names the fields at fault, 20 of them at most, and says what was received.
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
    return `received ${received(value)}, which is not a type of request`; // the list of types would not fit in here
  }
  if (issue.message.includes('received')) return issue.message;
  return `${shortened(issue.message, 160)}, received ${received(value)}`;
}

/** Names a value that was sent, in few characters. */
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
