// The type of a page of a list, and the sizes of pages.

/** The number of rows of a page when the client sets no `limit`. */
export const defaultPageSize = 20;
/** The greatest number of rows of a page. A larger `limit` is clamped, because the official client sends 9999. */
export const maxPageSize = 100;

/** The order of a list by time: `asc` is oldest first, `desc` is newest first. */
export type Order = 'asc' | 'desc';

/** A page of a list: its rows, and the cursor of the next page when there are more rows. */
export interface Page<Row> {
  data: Row[];
  has_more: boolean;
  /** The cursor of the next page: the id of the last row. Present only when `has_more` is true. */
  after?: string | null | undefined;
}
