// Collections for objects that live as long as a request or an answer.
//
// V8 gives a `Map` or `Set` a new table after some deletions. The old table keeps its entries and refers to the new
// table. Once one old table has survived two collections of the young generation, every later table and every object
// that was ever in the collection survive too, until the next full collection. These collections forget what is deleted.

/** The place of a value in a {@link ShortLivedList}, by which the value is deleted. */
export interface Place<Value> {
  /** Undefined once the value is deleted. */
  value: Value | undefined;
  previous: Place<Value> | undefined;
  next: Place<Value> | undefined;
}

/** A list of values in order of insertion. */
export class ShortLivedList<Value> {
  #first: Place<Value> | undefined;
  #last: Place<Value> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(value: Value): Place<Value> {
    const place: Place<Value> = { value, previous: this.#last, next: undefined };
    if (this.#last) this.#last.next = place;
    else this.#first = place;
    this.#last = place;
    this.#size++;
    return place;
  }

  /** Deletes a value. Returns false for a value that was deleted before. */
  delete(place: Place<Value>): boolean {
    if (place.value === undefined) return false;
    const { previous, next } = place;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    place.value = place.previous = place.next = undefined;
    this.#size--;
    return true;
  }

  /** Returns a copy, so that the caller may add and delete values meanwhile. */
  values(): Value[] {
    const values: Value[] = [];
    for (let place = this.#first; place; place = place.next) values.push(place.value as Value);
    return values;
  }
}

/** A map in order of insertion. */
export class ShortLivedMap<Key, Value> {
  readonly #boxes = new Map<Key, { value: Value | undefined }>();

  get size(): number {
    return this.#boxes.size;
  }

  get(key: Key): Value | undefined {
    return this.#boxes.get(key)?.value;
  }

  has(key: Key): boolean {
    return this.#boxes.has(key);
  }

  set(key: Key, value: Value): void {
    const box = this.#boxes.get(key);
    if (box) box.value = value;
    else this.#boxes.set(key, { value });
  }

  /** Deletes a value. Does nothing for an unknown key. */
  delete(key: Key): void {
    const box = this.#boxes.get(key);
    if (!box) return;
    box.value = undefined;
    this.#boxes.delete(key);
  }

  /** Returns a copy, so that the caller may add and delete values meanwhile. */
  values(): Value[] {
    return Array.from(this.#boxes.values(), ({ value }) => value as Value);
  }

  /** Iterates over the entries as they are at each step. */
  *[Symbol.iterator](): Generator<[Key, Value], void, undefined> {
    for (const [key, { value }] of this.#boxes) yield [key, value as Value];
  }
}
