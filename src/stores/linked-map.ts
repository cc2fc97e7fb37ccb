// A map that keeps insertion order in both directions, so that the cost of a page does not depend on the length of the
// list.
import { NotFoundError } from '../errors';
import type { Page } from '../protocol';
import { pageSize } from './page-size';
import type { PageQuery } from './store';

interface Link<Value> {
  readonly id: string;
  /** Increases along the list. */
  readonly position: number;
  value: Value;
  previous: Link<Value> | undefined;
  next: Link<Value> | undefined;
}

/**
 * Holds values by id, in order of insertion. Each call takes constant time. A page takes time proportional to its
 * length. Values are not copied.
 */
export class LinkedMap<Value> {
  readonly #links = new Map<string, Link<Value>>();
  #first: Link<Value> | undefined;
  #last: Link<Value> | undefined;
  #added = 0;

  /** The id and the position of the newest value. Undefined in an empty map. */
  get last(): { id: string; position: number } | undefined {
    return this.#last;
  }

  get(id: string): Value | undefined {
    return this.#links.get(id)?.value;
  }

  /** Returns the position of a value. Undefined for an unknown id. */
  positionOf(id: string): number | undefined {
    return this.#links.get(id)?.position;
  }

  /** Adds a value at the end, or replaces the value of a known id in its place. */
  set(id: string, value: Value): void {
    const known = this.#links.get(id);
    if (known) {
      known.value = value;
      return;
    }
    const link: Link<Value> = { id, position: ++this.#added, value, previous: this.#last, next: undefined };
    if (this.#last) this.#last.next = link;
    else this.#first = link;
    this.#last = link;
    this.#links.set(id, link);
  }

  /** Iterates over the values after a position, in order. */
  *after(position: number): Generator<{ id: string; position: number; value: Value }> {
    for (let link = this.#first; link; link = link.next) if (link.position > position) yield link;
  }

  /** Deletes a value. Does nothing for an unknown id. */
  delete(id: string): void {
    const link = this.#links.get(id);
    if (!link) return;
    if (link.previous) link.previous.next = link.next;
    else this.#first = link.next;
    if (link.next) link.next.previous = link.previous;
    else this.#last = link.previous;
    this.#links.delete(id);
  }

  /** Deletes the values after an id, up to a position, except `kept`. Does nothing for an unknown id. */
  deleteAfter(id: string, { upTo = Infinity, kept }: { upTo?: number; kept?: string } = {}): void {
    for (let link = this.#links.get(id)?.next; link && link.position <= upTo; link = link.next) {
      if (link.id !== kept) this.delete(link.id);
    }
  }

  /**
   * Returns a page of the results of `read`. `limit` is clamped by {@link pageSize}.
   * @throws NotFoundError for an unknown cursor.
   */
  page<Row>({ limit, after, order }: PageQuery, read: (value: Value) => Row): Page<Row> {
    const size = pageSize(limit);
    const step = order === 'desc' ? 'previous' : 'next';
    let link: Link<Value> | undefined;
    if (after === null) {
      link = order === 'desc' ? this.#last : this.#first;
    } else {
      const seen = this.#links.get(after);
      if (!seen) throw new NotFoundError(`The cursor ${after} is not in the list`);
      link = seen[step];
    }
    const data: Row[] = [];
    let last: string | undefined;
    for (; link && data.length < size; link = link[step]) {
      data.push(read(link.value));
      last = link.id;
    }
    return link ? { data, has_more: true, after: last } : { data, has_more: false };
  }
}
