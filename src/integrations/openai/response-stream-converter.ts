// How what a model sends becomes what a client shows, one overridable method for each decision.
import type { AnnotationInput, HookEventInput, Icon, Task } from '../../protocol';
import type { ResponseOutputItem } from './response-events';
import type { Widened } from './widened';

/** `file_citation`: a file that was searched. */
export interface FileCitation {
  readonly type: 'file_citation';
  readonly file_id?: string;
  readonly filename?: string;
  readonly index?: number;
}

/** `container_file_citation`: a file that the code interpreter wrote. */
export interface ContainerFileCitation {
  readonly type: 'container_file_citation';
  readonly container_id?: string;
  readonly file_id?: string;
  readonly filename?: string;
  readonly start_index?: number;
  readonly end_index?: number;
}

/** `url_citation`: a page of the web. */
export interface UrlCitation {
  readonly type: 'url_citation';
  readonly url?: string;
  readonly title?: string;
  readonly start_index?: number;
  readonly end_index?: number;
}

/** An image of the model's, whole or on its way. */
export interface Base64Image {
  /** The id of the call that makes it: the same for all its versions. */
  imageId: string;
  base64: string;
  /** Which of the versions that come before the last one, from 0; undefined for the last. */
  partialImageIndex?: number | undefined;
}

/**
 * Why an answer is not whole: `max_output_tokens`, `content_filter`, `no_content` where the model ended well and there is
 * nothing to show, or what the provider calls it.
 */
export type IncompleteReason = 'max_output_tokens' | 'content_filter' | 'no_content' | (string & {});

type Converted<T> = Widened<T> | null | Promise<Widened<T> | null>;

/**
 * Turns parts of a model's answer into parts of ChatKit's. Extend it to change one of them:
 *
 * ```ts
 * class Converter extends ResponseStreamConverter {
 *   override async base64ImageToUrl({ imageId, base64 }) { return uploadSomewhere(imageId, base64); }
 * }
 * yield* streamResponse(turn, stream, { converter: new Converter({ partialImages: 3 }) });
 * ```
 *
 * It has no state of its own: one can serve every turn.
 */
export class ResponseStreamConverter {
  /** How many partial images were asked for: what progress is counted against. Without it progress stays 0. */
  readonly partialImages: number | undefined;

  constructor(options: { partialImages?: number | undefined } = {}) {
    this.partialImages = options.partialImages;
  }

  /**
   * Where an image can be loaded from: the URL is stored with the item. By default a data URL, which makes items large:
   * keep images of a real application where your files are.
   */
  base64ImageToUrl({ base64 }: Base64Image): string | Promise<string> {
    return `data:${imageTypeOf(base64)};base64,${base64}`;
  }

  /** From 0 to 1. */
  partialImageIndexToProgress(partialImageIndex: number): number {
    if (this.partialImages === undefined || this.partialImages <= 0) return 0;
    return Math.min(1, partialImageIndex / this.partialImages);
  }

  /** `null` leaves the citation out. By default one without a file name, which there is nothing to show of. */
  fileCitationToAnnotation({ filename, index }: FileCitation): Converted<AnnotationInput> {
    return filename ? { source: { type: 'file', filename, title: filename }, ...(isIndex(index) && { index }) } : null;
  }

  /** `null` leaves the citation out. By default one without a file name. */
  containerFileCitationToAnnotation({ filename, end_index }: ContainerFileCitation): Converted<AnnotationInput> {
    if (!filename) return null;
    return { source: { type: 'file', filename, title: filename }, ...(isIndex(end_index) && { index: end_index }) };
  }

  /** `null` leaves the citation out. By default one without a URL. A page without a title goes by its URL. */
  urlCitationToAnnotation({ url, title, end_index }: UrlCitation): Converted<AnnotationInput> {
    if (!url) return null;
    return {
      source: { type: 'url', url, title: title?.trim() || url },
      ...(isIndex(end_index) && { index: end_index }),
    };
  }

  /**
   * A tool's call as a task of the workflow, where tasks are asked for (`tools: true`). Called when the call begins and
   * again when it has ended: then `item` tells more. `null` shows nothing; by default for every tool but web search, file
   * search, the code interpreter and those of MCP servers.
   */
  toolCallToTask(item: ResponseOutputItem, ended: boolean): Widened<Task> | null {
    const status_indicator = ended ? 'complete' : 'loading';
    const failed = item.status === 'failed';
    switch (item.type) {
      case 'web_search_call':
        return { type: 'web_search', status_indicator, ...searchOf(item) };
      case 'file_search_call': {
        const sources = item.results.flatMap(({ filename }) =>
          filename ? [{ type: 'file' as const, filename, title: filename }] : [],
        );
        const title = item.queries.length > 0 ? item.queries.join(', ') : 'Searching files';
        return { type: 'file', status_indicator, title, sources };
      }
      case 'code_interpreter_call': {
        const content = item.code ? { content: fenced(item.code) } : {};
        return custom('square-code', failed ? 'The code failed' : 'Running code', content);
      }
      case 'mcp_call': {
        const title = [item.server_label, item.name].filter(Boolean).join(': ') || 'Calling a tool';
        return custom('bolt', title, item.error || failed ? { content: 'The call failed' } : {});
      }
      default:
        return null;
    }

    function custom(icon: Icon, title: string, more: { content?: string }): Task {
      return { type: 'custom', status_indicator, icon, title, ...more };
    }
  }

  /**
   * What the user is told when the model stopped early. `saidSomething`: there is an answer, only not all of it. It is kept
   * either way. By default a notice under half an answer, and an error in place of none.
   */
  incompleteToEvent(reason: IncompleteReason, saidSomething: boolean): Widened<HookEventInput> | null {
    const message = incompleteMessages[reason] ?? 'The model stopped before the answer was complete.';
    if (saidSomething) return { type: 'notice', level: 'warning', message };
    return { type: 'error', code: 'custom', message, allow_retry: reason !== 'content_filter' };
  }
}

const incompleteMessages: Record<string, string | undefined> = {
  max_output_tokens: 'The answer was cut off: it reached the greatest length that is allowed.',
  content_filter: 'The answer was stopped by the content filter of the model’s provider.',
  no_content: 'The model gave no answer.',
};

function isIndex(index: unknown): index is number {
  return typeof index === 'number' && Number.isSafeInteger(index) && index >= 0;
}

/** By the first bytes. The API makes PNGs unless it is asked for another format. */
function imageTypeOf(base64: string): string {
  if (base64.startsWith('/9j/')) return 'image/jpeg';
  return base64.startsWith('UklGR') ? 'image/webp' : 'image/png';
}

/** A task's content is Markdown. A fence longer than any in the code holds it. */
function fenced(code: string): string {
  const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}python\n${code}\n${fence}`;
}

function searchOf({
  action,
}: ResponseOutputItem): Omit<Extract<Task, { type: 'web_search' }>, 'type' | 'status_indicator'> {
  const { queries = [], query, sources = [], url: opened } = action ?? {};
  const asked = queries.length > 0 || !query ? queries : [query];
  const urls = [...sources.map(({ url }) => url), opened];
  return {
    title: titleOf(action?.type),
    ...(asked[0] && { title_query: asked[0] }),
    queries: asked,
    sources: urls.flatMap((url) => (url ? [{ type: 'url' as const, url, title: url }] : [])),
  };
}

function titleOf(actionType: string | undefined): string {
  if (actionType === 'open_page') return 'Reading a page';
  return actionType === 'find_in_page' ? 'Searching a page' : 'Searching the web';
}
