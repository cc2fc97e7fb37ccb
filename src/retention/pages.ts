// Iterates over the lists of an owner in pages, while rows are added and deleted.
import { NotFoundError } from '../errors';
import type { Page } from '../protocol';
import type { PageQuery, Store } from '../stores/store';

/** The number of rows of a page, which bounds the memory that an iteration needs. */
export const batchSize = 50;

/**
 * Iterates over a list in order of insertion. When the last row of a page was deleted, the next page begins after an
 * earlier row of that page.
 * @throws NotFoundError when all rows of a page were deleted before the next page was loaded.
 */
export async function* rowsOf<Row extends { id: string }>(
  load: (query: PageQuery) => Promise<Page<Row>>,
): AsyncGenerator<Row, void, undefined> {
  let seen: string[] = [];
  for (;;) {
    const page = await nextPage(load, seen);
    const known = new Set(seen);
    const rows = page.data.filter(({ id }) => !known.has(id));
    yield* rows;
    if (!page.has_more || page.data.length === 0) return;
    seen = page.data.map(({ id }) => id);
  }
}

/** Loads the page after the newest of the rows that still exists. */
async function nextPage<Row>(load: (query: PageQuery) => Promise<Page<Row>>, seen: string[]): Promise<Page<Row>> {
  for (let index = seen.length - 1; index > 0; index--) {
    try {
      return await load({ limit: batchSize, after: seen[index] ?? null, order: 'asc' });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
  return load({ limit: batchSize, after: seen[0] ?? null, order: 'asc' });
}

/** Iterates over all attachments of an owner. */
export async function* attachmentsOf<TContext>(store: Store<TContext>, context: TContext) {
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof store.loadAttachments>> = await store.loadAttachments(
      { limit: batchSize, after },
      context,
    );
    yield* page.data;
    after = page.data.at(-1)?.id ?? null;
    if (!page.has_more || after === null) return;
  }
}
