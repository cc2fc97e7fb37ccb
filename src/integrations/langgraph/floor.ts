// Lets one node speak at a time, because the messages of nodes that run at once would be cut into pieces.

/** The place of a chunk in the graph. */
export interface Place {
  /** The path of tasks, such as `research:1f2e|model:3d4c`. Empty where it is not known. */
  path: string;
  step: number | undefined;
}

/** Keeps the chunks of other nodes until the node that speaks has finished. */
export class Floor<Chunk> {
  readonly #waiting: { place: Place; chunk: Chunk }[] = [];
  readonly #finished = new Set<string>();
  #current: Place | undefined;

  /** Returns true for a chunk that is shown now. Any other chunk is kept for {@link next}. */
  admits(place: Place, chunk: Chunk): boolean {
    const current = this.#current;
    const isSame = !current || current.path === place.path || place.path === '' || current.path === '';
    if (!isSame && isAfter(place, current)) this.#finished.add(current.path);
    const isFree = this.#waiting.length === 0 && (isSame || this.#finished.has(current.path));
    if (isFree || current?.path === place.path) {
      this.#current = place;
      return true;
    }
    this.#waiting.push({ place, chunk });
    return false;
  }

  /** Notes that a node has finished. @param namespace The path of the graph that has the node. */
  finish(namespace: readonly string[], node: string): void {
    const paths = [this.#current, ...this.#waiting.map(({ place }) => place)].map((place) => place?.path ?? '');
    for (const path of paths) {
      const tasks = path.split('|');
      const isWithin = namespace.every((task, index) => tasks[index] === task);
      if (isWithin && nameOf(tasks[namespace.length]) === node) this.#finished.add(path);
    }
  }

  /** Notes that the model of the node that speaks has finished. */
  finishCurrent(): void {
    if (this.#current) this.#finished.add(this.#current.path);
  }

  /** Takes the kept chunks of the next node, if it can speak now. @param isEnd True at the end of the stream. */
  next(isEnd: boolean): Chunk[] {
    const [first] = this.#waiting;
    if (!first || !(isEnd || (this.#current && this.#finished.has(this.#current.path)))) return [];
    this.#current = first.place;
    const own = this.#waiting.filter(({ place }) => place.path === first.place.path);
    for (const one of own) this.#waiting.splice(this.#waiting.indexOf(one), 1);
    return own.map(({ chunk }) => chunk);
  }
}

/** Returns true for a task of a later step of the same graph. */
function isAfter(place: Place, current: Place): boolean {
  const parentOf = ({ path }: Place) => path.slice(0, Math.max(0, path.lastIndexOf('|')));
  if (place.step === undefined || current.step === undefined || parentOf(place) !== parentOf(current)) return false;
  return place.step > current.step;
}

/** Returns the name of the node of a task. */
export function nameOf(task: string | undefined): string {
  return (task ?? '').split(':')[0] ?? '';
}
