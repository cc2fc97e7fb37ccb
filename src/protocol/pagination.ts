// Pages: what a list answers, and how it is asked for.
import { z } from 'zod';
import { defaulted, NameSchema, optional } from './schema';

/** How many rows a page has when the client does not say. */
export const defaultPageSize = 20;
/** The most rows a page has. A larger `limit` is clamped, not refused: the official client asks for 9999. */
export const maxPageSize = 100;

export const OrderSchema = z.enum(['asc', 'desc']);
export type Order = z.infer<typeof OrderSchema>;

/** The list parameters of a request. `after` is the id of the last row the client has. */
export const pageParams = {
  // Any whole number: the server clamps it. `z.int()` would refuse numbers above 2^53.
  limit: optional(z.number().min(1).refine(Number.isInteger, 'Invalid input: expected int, received number')),
  order: defaulted(OrderSchema, 'desc'),
  after: optional(NameSchema),
};

/** A page: its rows, whether there are more, and then the id of the last row as the cursor for the next page. */
export interface Page<Row> {
  data: Row[];
  has_more: boolean;
  /** Only there when `has_more` is. */
  after?: string | null;
}

/** The schema of a page of rows. */
export function pageSchema<Row extends z.ZodType>(row: Row) {
  return z.object({ data: z.array(row), has_more: z.boolean(), after: optional(z.string()) });
}
