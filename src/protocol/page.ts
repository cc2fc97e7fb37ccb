// A page of a list, and the sizes of pages.

/** The number of rows of a page when the client does not ask for one. */
export const defaultPageSize = 20;
/** The most rows of a page. A larger `limit` is clamped, not refused: the official client asks for 9999. */
export const maxPageSize = 100;

/** The order of a list by time: oldest first, or newest first. */
export type Order = 'asc' | 'desc';

/** A page: its rows, and the cursor of the next page when there are more rows. */
export interface Page<Row> {
  data: Row[];
  has_more: boolean;
  /** The id of the last row. Only there when `has_more` is true. */
  after?: string | null | undefined;
}
