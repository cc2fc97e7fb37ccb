// The schemas of pages, and of the order of a list.
import { z } from 'zod';
import type { $ZodType, input, output } from 'zod/v4/core';
import { named, type Schema } from './named-schema';
import type { Order, Page } from './page';
import { optional } from './schema';

export * from './page';

export const OrderSchema = named<Order>()(z.enum(['asc', 'desc']));

/** Returns the schema of a page whose rows match `row`. */
export function pageSchema<Row extends $ZodType>(row: Row): Schema<Page<output<Row>>, Page<input<Row>>> {
  const page = z.object({ data: z.array(row), has_more: z.boolean(), after: optional(z.string()) });
  return page;
}
