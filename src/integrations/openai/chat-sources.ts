// Shows the sources of a Chat Completions stream, each once.
import type { AnswerWriter } from '../../answers/answer-writer';
import type { AnnotationInput, HookEventInput } from '../../protocol';
import type { ResponseStreamConverter, UrlCitation } from './response-stream-converter';
import { SourceList } from './source-list';

/** Converts the sources of one answer into events. */
export class ChatSources {
  readonly #converter: ResponseStreamConverter;
  readonly #writer: AnswerWriter;
  readonly #list = new SourceList();

  constructor(converter: ResponseStreamConverter, writer: AnswerWriter) {
    this.#converter = converter;
    this.#writer = writer;
  }

  /** Stores the lists of a chunk, or of its message, for {@link show}. */
  note(given: Record<string, unknown>): void {
    this.#list.note(given);
  }

  /** Shows the source of an annotation. */
  async annotation(given: unknown): Promise<HookEventInput[]> {
    const source = this.#list.take(given);
    return source ? this.#show(source) : [];
  }

  /** Shows the sources of the whole answer that no annotation has shown. */
  async show(): Promise<HookEventInput[]> {
    const events: HookEventInput[] = [];
    for (const source of this.#list.takeListed()) events.push(...(await this.#show(source)));
    return events;
  }

  async #show(source: UrlCitation): Promise<HookEventInput[]> {
    const annotation = await this.#converter.urlCitationToAnnotation(source);
    return annotation ? this.#writer.source(annotation as AnnotationInput) : [];
  }
}
