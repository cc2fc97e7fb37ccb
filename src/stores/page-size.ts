// How many rows a page can have, in every store.
import { maxPageSize } from '../protocol/page';

/** `limit` clamped to 1 and {@link maxPageSize}; a part of a row is cut, and what is no number counts as 1. */
export function pageSize(limit: number): number {
  return Math.max(1, Math.min(Math.trunc(limit) || 1, maxPageSize));
}
