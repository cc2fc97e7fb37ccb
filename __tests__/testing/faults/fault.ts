// A fault, and a MemoryStore that has it.
import type { Page } from 'chatkit-express';
import { NotFoundError } from '../../../src/errors';
import { MemoryStore } from '../../../src/stores/memory';
import type { PageQuery } from '../../../src/stores/store';
import type { SuiteUser } from '../../../src/testing';

export type SuiteStore = MemoryStore<SuiteUser>;

export interface Fault {
  /** The name of a test that must find it. */
  foundBy: RegExp;
  /** The faulty methods, in terms of the right ones. */
  make: (right: SuiteStore) => Partial<SuiteStore>;
}

/** A MemoryStore with the fault. */
export function breakStore({ make }: Fault): SuiteStore {
  const store = new MemoryStore<SuiteUser>({ owner: ({ userId }) => userId });
  const right = new Proxy(store, {
    get: (target, name) => (Reflect.get(MemoryStore.prototype, name) as () => unknown).bind(target),
  });
  return Object.assign(store, make(right));
}

export const everybody: SuiteUser = { userId: 'everybody' };
const firstHundred: PageQuery = { limit: 100, after: null, order: 'asc' };

/** All rows of a list, in order of insertion. */
export async function all<Row extends { id: string }>(load: (query: PageQuery) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let page = await load(firstHundred); ; page = await load({ ...firstHundred, after: rows.at(-1)!.id })) {
    rows.push(...page.data);
    if (!page.has_more) return rows;
  }
}

/** A right page of these rows. */
export function cut<Row extends { id: string }>(
  rows: Row[],
  { limit, after, order }: PageQuery,
  most = 100,
): Page<Row> {
  const ordered = order === 'asc' ? rows : rows.toReversed();
  const seen = ordered.findIndex(({ id }) => id === after);
  if (after !== null && seen < 0) throw new NotFoundError('There is no such cursor');
  const rest = ordered.slice(seen + 1);
  const data = rest.slice(0, Math.max(1, Math.min(limit, most)));
  return data.length < rest.length ? { data, has_more: true, after: data.at(-1)!.id } : { data, has_more: false };
}
