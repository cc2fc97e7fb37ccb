// Limits the number of rows of a page, for every store.
import { maxPageSize } from '../protocol/page';

/**
 * Returns the number of rows of a page: the `limit` of a query, between 1 and {@link maxPageSize} and rounded down. NaN
 * counts as 1.
 */
export function pageSize(limit: number): number {
  return Math.max(1, Math.min(Math.trunc(limit) || 1, maxPageSize));
}
