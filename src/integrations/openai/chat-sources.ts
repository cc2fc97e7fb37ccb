// The sources of a Chat Completions stream: annotations of deltas, and lists beside the choices.
import type { AnswerWriter } from '../../answers/answer-writer';
import type { HookEventInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import { CitationSchema } from './response-events';
import type { ResponseStreamConverter } from './response-stream-converter';

/** Shows each source once. */
export class ChatSources {
  readonly #converter: ResponseStreamConverter;
  readonly #writer: AnswerWriter;
  /** The sources of the whole answer, by their URL, with their titles. They come with every chunk. */
  readonly #listed = new Map<string, string>();
  readonly #shown = new Set<string>();
  readonly #shownUrls = new Set<string>();
  #lists: [unknown, unknown] = [undefined, undefined];

  constructor(converter: ResponseStreamConverter, writer: AnswerWriter) {
    this.#converter = converter;
    this.#writer = writer;
  }

  /** Keeps `citations` and `search_results` of a chunk, or of its message, for {@link show}. */
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

  /** Shows the source of an annotation. */
  async annotation(given: unknown): Promise<HookEventInput[]> {
    if (!isObject(given)) return [];
    const { url_citation: nested, ...flat } = given;
    if (given['type'] !== 'url_citation') return [];
    const { success, data } = CitationSchema.safeParse(isObject(nested) ? nested : flat);
    if (!success) return [];
    const { url, end_index: end } = data;
    const key = JSON.stringify([url, end]);
    if (this.#shown.has(key) || (end === undefined && url !== undefined && this.#shownUrls.has(url))) return [];
    this.#shown.add(key);
    if (url !== undefined) this.#shownUrls.add(url);
    const source = await this.#converter.urlCitationToAnnotation({ ...data, type: 'url_citation' });
    return source ? this.#writer.source(source) : [];
  }

  /** Shows the sources of the whole answer that no annotation has shown. */
  async show(): Promise<HookEventInput[]> {
    const events: HookEventInput[] = [];
    for (const [url, title] of this.#listed) {
      events.push(...(await this.annotation({ type: 'url_citation', url, title })));
    }
    this.#listed.clear();
    return events;
  }
}

/** More than this is a fault of the stream. */
const maxSources = 500;
