// Makes the writes of a run conditional on its lease, however many stores and wrappers lie between the two.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { PostgresPool } from './postgres-pool';
import { fencedStatement } from './postgres-runs';

/** The lease that the writes depend on, and its database. */
export interface Fence {
  pool: PostgresPool;
  schema: string;
  id: string;
  token: number;
}

const fences = new AsyncLocalStorage<Fence>();

/** Calls `write`, whose statements in the database of the fence are refused once the lease has another holder. */
export function withFence<Result>(fence: Fence, write: () => Promise<Result>): Promise<Result> {
  return fences.run(fence, write);
}

/** Adds the condition of the current run, if there is one, to a statement that writes. */
export function fenced<Value>(
  statement: string,
  values: Value[],
  { pool, schema }: Pick<Fence, 'pool' | 'schema'>,
): [string, (Value | string | number)[]] {
  const fence = fences.getStore();
  const applies = fence?.pool === pool && fence.schema === schema && !statement.startsWith('SELECT');
  if (!fence || !applies) return [statement, values];
  return [fencedStatement(statement, schema, values.length), [...values, fence.id, fence.token]];
}
