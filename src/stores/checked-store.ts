// Makes the store that the server uses: it has every method, and the result of each call is checked.
import { z } from 'zod';
import { NotFoundError } from '../errors';
import type { Logger } from '../logger';
import { AttachmentSchema, ThreadItemSchema, ThreadSchema } from '../protocol';
import { Store } from './store';

type Method = Exclude<keyof Store, symbol>;

/** The methods that every store must have. Other missing methods are taken from {@link Store}. */
export const requiredMethods = [
  'loadThread',
  'saveThread',
  'loadThreads',
  'deleteThread',
  'loadThreadItems',
  'addThreadItem',
  'saveItem',
  'loadItem',
  'deleteThreadItem',
  'saveAttachment',
  'loadAttachment',
  'deleteAttachment',
] as const satisfies Method[];

/** The former names of methods, which stores that were written for them still have. */
const formerNames = {
  attachToThread: 'tieAttachment',
  leaseUnsentAttachments: 'claimUnsentAttachments',
  deleteLeasedAttachment: 'deleteClaimedAttachment',
} as const satisfies Partial<Record<Method, Method>>;

const withoutDefault = new Set<string>(['constructor', ...Object.values(formerNames)]);
const optional = (Object.getOwnPropertyNames(Store.prototype) as Method[]).filter((name) => !withoutDefault.has(name));

/**
 * The methods that the default of each conditional operation writes with. For a class that overrides one of them and
 * inherits the operation, the default is used, because such a class expects to see every write.
 */
const madeOf: Partial<Record<Method, readonly Method[]>> = {
  updateThread: ['saveThread'],
  createThread: ['saveThread', 'addThreadItem'],
  insertItem: ['addThreadItem'],
  insertItemIfActive: ['addThreadItem'],
  completeItem: ['saveItem'],
  loadItemAndEnd: ['loadItem', 'loadThread'],
  deleteItemsAfter: ['deleteThreadItem'],
  replaceItemsAfter: ['addThreadItem', 'deleteThreadItem'],
  attachToThread: ['saveAttachment'],
};

type Part = 'thread' | 'item' | 'attachment';

/** The checks of results. A method without a check resolves with nothing. */
const results: Partial<Record<Method, (value: unknown, check: Check) => void>> = {
  loadThread: (value, check) => check.part('thread', value),
  updateThread: (value, check) => check.part('thread', value),
  loadThreads: (value, check) => check.page('thread', value),
  loadThreadItems: (value, check) => check.page('item', value),
  loadItem: (value, check) => check.part('item', value),
  loadAttachment: (value, check) => check.part('attachment', value),
  deleteThread: (value, check) => value === undefined || value === null || check.ids(value),
  loadItemAndEnd(value, check) {
    const { item, end, thread } = check.object(value, '', 'an object `{ item, end }`');
    check.part('item', item, 'item');
    if (thread !== undefined) check.part('thread', thread, 'thread');
    check.text(check.object(end, 'end', 'an object `{ lastItemId }`')['lastItemId'], 'end.lastItemId', nonEmpty);
  },
  completeItem(value, check) {
    const { pending, repeated } = check.object(value, '', 'an object `{ pending, repeated }`');
    if (!Number.isSafeInteger(pending)) check.fail('pending', 'a whole number', pending);
    if (typeof repeated !== 'boolean') check.fail('repeated', 'true or false', repeated);
  },
  loadAttachments: (value, check) => check.page('attachment', value),
  loadIdleThreads(value, check) {
    const { data, after } = check.object(value, '', 'an object `{ data, after }`');
    if (!Array.isArray(data)) return check.fail('data', 'an array', data);
    if (after !== null) check.text(after, 'after', 'a cursor or null');
    for (const [index, idle] of (data as unknown[]).entries()) {
      const { owner, threadId, state, attachments } = check.object(idle, `data.${index}`, 'an idle thread');
      // A store without owners may use the empty string.
      if (typeof owner !== 'string') check.fail(`data.${index}.owner`, 'a string', owner);
      check.text(threadId, `data.${index}.threadId`, nonEmpty);
      check.text(state, `data.${index}.state`, nonEmpty);
      if (!Number.isSafeInteger(attachments)) check.fail(`data.${index}.attachments`, 'a whole number', attachments);
    }
  },
  deleteIdleThread: (value, check) => typeof value === 'boolean' || check.fail('', 'true or false', value),
  leaseUnsentAttachments(value, check) {
    if (!Array.isArray(value)) return check.fail('', 'an array of `{ owner, attachment }`', value);
    for (const [index, leased] of (value as unknown[]).entries()) {
      const { owner, attachment } = check.object(leased, `${index}`, 'an object `{ owner, attachment }`');
      check.text(owner, `${index}.owner`, nonEmpty);
      check.part('attachment', attachment, `${index}.attachment`);
    }
  },
};

/** The methods for which `null` means that the row does not exist. */
const loads = new Set<Method>(['loadThread', 'loadThreads', 'loadThreadItems', 'loadItem', 'loadAttachment']);

type AnyMethod = (this: unknown, ...values: unknown[]) => unknown;

/** Returns how many prototypes away a property is defined. Infinity for a missing property. */
function distance(value: object, key: PropertyKey): number {
  let steps = 0;
  for (let at: object | null = value; at; at = Reflect.getPrototypeOf(at), steps++)
    if (Object.hasOwn(at, key)) return steps;
  return Infinity;
}

/** Returns the name under which a store has a method: the former name, if the store's own class defines that one. */
function nameIn(store: object, method: Method): Method {
  const former = (formerNames as Partial<Record<Method, Method>>)[method];
  return former !== undefined && distance(store, former) < distance(store, method) ? former : method;
}

/** Reports, once for a store, which of its methods have been renamed. */
function reportFormerNames(store: object, logger: Logger): void {
  const renamed = Object.entries(formerNames).filter(([name, former]) => nameIn(store, name as Method) === former);
  if (renamed.length === 0) return;
  const methods = Object.fromEntries(renamed.map(([name, former]) => [former, name]));
  logger.warn({ methods }, 'the store has methods under their former names; rename them');
}

/**
 * Returns the method to call: the store's own, or the default of {@link Store}. Looked up for each call, because
 * methods can be replaced.
 */
function methodOf(store: object, method: Method): AnyMethod {
  const name = nameIn(store, method);
  const writes = madeOf[name];
  if (!writes) return ((name in store ? store : Store.prototype) as Record<Method, AnyMethod>)[name];
  const own = distance(store, name);
  const useDefault = writes.some((write) => distance(store, write) < own);
  const owner = useDefault || own === Infinity ? Store.prototype : store;
  return owner[name as keyof typeof owner];
}

/** Returns the names of the required methods that a value lacks. Empty for a store. */
export function missingMethods(store: unknown): string[] {
  const given = Object(store) as Record<string, unknown>;
  return requiredMethods.filter((name) => typeof given[name] !== 'function');
}

/**
 * Returns the store for hooks: with the defaults of missing methods. Returns the store itself when no method is
 * missing.
 */
export function completeStore<TContext>(store: Store<TContext>): Store<TContext> {
  const given = store as unknown as Record<string, unknown>;
  const missing = new Set<PropertyKey>(optional.filter((name) => typeof given[name] !== 'function'));
  if (missing.size === 0) return store;
  const completed: Store<TContext> = new Proxy(store, {
    get(target, key) {
      if (missing.has(key)) return (Store.prototype[key as Method] as () => unknown).bind(completed);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return completed;
}

/**
 * Returns a complete store that checks the result of each call. Shapes, ids and dates are checked each time. Whole
 * threads, items and attachments are checked outside production, and at the first use of each method in production.
 *
 * A method rejects with TypeError for a wrong result. The message names the method and the expected value. A load that
 * resolves with `null` is logged, and rejects with NotFoundError.
 */
export function checkedStore<TContext>(store: Store<TContext>, logger: Logger): Store<TContext> {
  const isProduction = process.env['NODE_ENV'] === 'production';
  reportFormerNames(store, logger);
  const methods = [...requiredMethods, ...optional].map((name): [string, (...values: unknown[]) => unknown] => {
    if (name === 'generateThreadId' || name === 'generateItemId') {
      return [name, (...values) => checkId(name, methodOf(store, name).apply(store, values))];
    }
    if (name === 'isTransient' || name === 'ownerOf')
      return [name, (...values) => methodOf(store, name).apply(store, values)];
    const shallow = new Check(name, false);
    const whole = new Check(name, true);
    let isUsed = false;
    const call = async (...values: unknown[]) => {
      const result: unknown = await methodOf(store, name).apply(store, values);
      if (loads.has(name) && (result === null || result === undefined)) {
        const message = `store.${name} must throw NotFoundError for what does not exist, and returned ${result}`;
        const ids = values.filter((value) => typeof value === 'string');
        logger.warn({ method: name, ids }, 'a load of the store returned nothing; it must throw NotFoundError');
        throw new NotFoundError(message);
      }
      results[name]?.(result, isProduction && isUsed ? shallow : whole);
      isUsed = true;
      return result;
    };
    return [name, call];
  });
  return Object.fromEntries(methods) as unknown as Store<TContext>;
}

function checkId(method: Method, id: unknown): string {
  if (typeof id === 'string' && id !== '') return id;
  if (typeof (id as { catch?: unknown } | null | undefined)?.catch === 'function') {
    (id as Promise<unknown>).catch(() => undefined); // no caller handles the rejection
    throw new TypeError(`store.${method} must return ${nonEmpty}, and returned a promise: it must not be async`);
  }
  throw new TypeError(`store.${method} must return ${nonEmpty}, and returned ${show(id)}`);
}

const nonEmpty = 'a string that is not empty';
const date = "an ISO 8601 date with an offset, such as '2026-01-02T03:04:05.678Z'";
const usualDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const DateSchema = z.iso.datetime({ offset: true });
const schemas = { thread: ThreadSchema, item: ThreadItemSchema, attachment: AttachmentSchema };
const itemTypes = new Set<unknown>(ThreadItemSchema.options.map(({ shape }) => shape.type.value));

/** Checks one result of a method. */
class Check {
  readonly #method: Method;
  readonly #whole: boolean;

  constructor(method: Method, whole: boolean) {
    this.#method = method;
    this.#whole = whole;
  }

  page(part: Part, value: unknown): void {
    const expected = 'a page `{ data, has_more, after }`';
    if (Array.isArray(value)) this.fail('', expected, value);
    const { data, has_more, after } = this.object(value, '', expected);
    if (!Array.isArray(data)) this.fail('data', 'an array', data);
    if (typeof has_more !== 'boolean') this.fail('has_more', 'true or false', has_more);
    if (after !== undefined && after !== null) this.text(after, 'after', 'the id of the last row');
    (data as unknown[]).forEach((row, index) => this.part(part, row, `data.${index}`));
  }

  part(part: Part, value: unknown, path = ''): void {
    const under = path && `${path}.`;
    const row = this.object(value, path, part === 'thread' ? 'a thread' : `an ${part}`);
    this.text(row['id'], `${under}id`, nonEmpty);
    if (part === 'item') {
      this.text(row['thread_id'], `${under}thread_id`, nonEmpty);
      this.text(row['type'], `${under}type`, 'the type of an item');
    }
    if (part === 'attachment') this.text(row['mime_type'], `${under}mime_type`, nonEmpty);
    else if (!isDate(row['created_at'])) this.fail(`${under}created_at`, date, row['created_at']);
    if (this.#whole) this.#checkWhole(part, row, under);
  }

  ids(value: unknown): void {
    if (!Array.isArray(value)) return this.fail('', 'an array of ids, or nothing', value);
    (value as unknown[]).forEach((id, index) => this.text(id, `${index}`, nonEmpty));
  }

  object(value: unknown, path: string, expected: string): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail(path, expected, value);
    return value as Record<string, unknown>;
  }

  text(value: unknown, path: string, expected: string): void {
    if (typeof value !== 'string' || value === '') this.fail(path, expected, value);
  }

  fail(path: string, expected: string, value: unknown): never {
    const fault =
      path === ''
        ? `${expected}, and returned ${show(value)}`
        : `valid data: expected \`${path}\` to be ${expected}, and received ${show(value)}`;
    throw new TypeError(`store.${this.#method} must return ${fault}`);
  }

  /** Checks a whole row. Items of an unknown type pass, because a later version may have added the type. */
  #checkWhole(part: Part, row: Record<string, unknown>, under: string): void {
    if (part === 'item' && !itemTypes.has(row['type'])) return;
    const parsed = schemas[part].safeParse(row);
    if (parsed.success) return;
    const { path = [], message = '' } = parsed.error.issues[0] ?? {};
    const where = `${under}${path.map(String).join('.')}`;
    throw new TypeError(`store.${this.#method} must return valid data: \`${where}\`: ${message}`);
  }
}

function isDate(value: unknown): boolean {
  return typeof value === 'string' && (usualDate.test(value) || DateSchema.safeParse(value).success);
}

/** Describes a value for an error message, shortened. */
function show(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a Date';
  if (typeof value === 'string') return value === '' ? 'an empty string' : `'${value.slice(0, 80)}'`;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return `${value} (a ${typeof value})`;
  }
  return typeof value === 'function' ? 'a function' : 'an object';
}
