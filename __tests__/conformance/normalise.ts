// Makes two plays of a vector comparable: dates and generated ids are different each time.

const generatedId = /\b(thr|msg|tc|wf|tsk|atc|shcx)_[0-9A-Za-z]{8,}\b/g;
const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** Replaces dates by `<date>`, and each id by its prefix and a number in the order of first appearance: `<msg-1>`. */
export class Normaliser {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  normalise(value: unknown, key?: string): unknown {
    if (Array.isArray(value)) return value.map((element) => this.normalise(element));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, this.normalise(child, name)]));
    }
    if (typeof value !== 'string') return value;
    if (key === 'created_at') return isoDate.test(value) ? '<date>' : `not a date in UTC: ${value}`;
    return value.replace(generatedId, (id, prefix: string) => this.#nameOf(id, prefix));
  }

  #nameOf(id: string, prefix: string): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const count = (this.#counts.get(prefix) ?? 0) + 1;
    this.#counts.set(prefix, count);
    const name = `<${prefix}-${count}>`;
    this.#names.set(id, name);
    return name;
  }
}
