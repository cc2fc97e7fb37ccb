// items.list.
import type { JsonOperation } from './operation';
import { clampLimit, visibleItems } from './pages';

export const listItems: JsonOperation<'items.list'> = ({ thread_id, limit, order, after = null }, scope) =>
  visibleItems(thread_id, { limit: clampLimit(limit), after, order }, scope);
