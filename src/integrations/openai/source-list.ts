// Collects the sources of a Chat Completions stream: annotations of deltas, and lists beside the choices. Each source
// is used once.
import { isObject } from '../../protocol/json';
import { CitationSchema } from './response-events';
import type { UrlCitation } from './response-stream-converter';

/** Collects the sources of one answer. */
export class SourceList {
  /** The titles of the sources of the whole answer, by URL. Every chunk can repeat them. */
  readonly #listed = new Map<string, string>();
  readonly #known = new Set<string>();
  readonly #knownUrls = new Set<string>();
  #lists: [unknown, unknown] = [undefined, undefined];

  /** Stores `citations` and `search_results` of a chunk, or of its message, for {@link takeListed}. */
  note({ citations, search_results: results }: Record<string, unknown>): void {
    if (citations === undefined && results === undefined) return;
    if (citations === this.#lists[0] && results === this.#lists[1]) return;
    this.#lists = [citations, results];
    for (const list of [results, citations]) {
      if (Array.isArray(list)) for (const entry of list.slice(0, maxSources)) this.#noteEntry(entry);
    }
  }

  #noteEntry(entry: unknown): void {
    const { url, title } = isObject(entry) ? entry : { url: entry, title: undefined };
    if (typeof url !== 'string' || url === '') return;
    const known = this.#listed.get(url);
    if (known === undefined && this.#listed.size >= maxSources) return;
    this.#listed.set(url, known || (typeof title === 'string' ? title : ''));
  }

  /** Returns the source of an annotation; undefined for another annotation, and for a repeated source. */
  take(given: unknown): UrlCitation | undefined {
    if (!isObject(given) || given['type'] !== 'url_citation') return undefined;
    const { success, data } = CitationSchema.safeParse(isObject(given['url_citation']) ? given['url_citation'] : given);
    if (!success) return undefined;
    const { url, end_index: end } = data;
    const key = JSON.stringify([url, end]);
    if (this.#known.has(key) || (end === undefined && url !== undefined && this.#knownUrls.has(url))) return undefined;
    this.#known.add(key);
    if (url !== undefined) this.#knownUrls.add(url);
    return { ...data, type: 'url_citation' };
  }

  /** Returns the sources of the whole answer that no annotation has named. */
  takeListed(): UrlCitation[] {
    const sources = [...this.#listed].flatMap(([url, title]) => this.take({ type: 'url_citation', url, title }) ?? []);
    this.#listed.clear();
    return sources;
  }
}

/** The greatest number of sources, because more are a fault of the stream. */
const maxSources = 500;
