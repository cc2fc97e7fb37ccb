// Recognises the usual mistakes in the values that a hook yields and returns, each with the code to write instead.

/** The length up to which a message repeats a text, in characters. */
const maxTextLength = 60;

/**
 * Returns a remedy for a value that a hook yielded in place of an event. Undefined for a value that looks like an
 * event.
 */
export function yieldRemedy(value: unknown): string | undefined {
  if (typeof value === 'string') {
    return `a hook yielded ${shown(value)}, something without a type: write \`yield* streamAnswer(turn, text)\``;
  }
  if (typeof value !== 'object' || value === null) {
    return `a hook yielded ${shown(value)}, something without a type: yield events, such as those of \`streamAnswer\``;
  }
  if (isIterable(value)) {
    return `a hook yielded ${shown(value)}, something without a type: write \`yield*\` in place of \`yield\``;
  }
  if (isPromise(value)) {
    return 'a hook yielded a promise: write `await` before the promise';
  }
  const { type, id, choices } = value as Record<string, unknown>;
  if (Array.isArray(choices)) {
    return 'a hook yielded a chunk of a model: write `yield* streamAnswer(turn, chunks)`';
  }
  if (typeof type === 'string' && type.startsWith('response.')) {
    return `a hook yielded the event ${quoted(type)} of a model: write \`yield* streamAnswer(turn, events)\``;
  }
  if (typeof type === 'string' && id !== undefined && 'created_at' in value) {
    return `a hook yielded an item of the type ${quoted(type)}: write \`yield { type: 'thread.item.done', item }\``;
  }
  return undefined;
}

/**
 * Returns the error for a return value of a hook that is not an async iterable. The property `returned` of the error
 * describes the value.
 * @param isPromise True when the hook returned a promise of the value.
 */
export function returnError(hook: string, value: unknown, isPromise: boolean): TypeError {
  const returned = `${isPromise ? 'a promise of ' : ''}${shown(value)}`;
  const error = new TypeError(`${hook} must return an async iterable: write it as async function*`);
  return Object.assign(error, { returned });
}

/** Describes a value in a few words. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'string') return `the text ${quoted(value)}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`;
  if (Array.isArray(value)) return 'an array';
  if (isAsyncIterable(value)) return 'an async iterable';
  if (typeof value === 'object') return isIterable(value) ? 'an iterable that is not async' : 'an object';
  return `a ${typeof value}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text);
}

/** Returns true for a promise of any library. */
export function isPromise(value: unknown): boolean {
  return typeof (Object(value) as { then?: unknown }).then === 'function';
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isIterable(value: object): boolean {
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}
