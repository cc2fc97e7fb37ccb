// Decides how parts of a model's answer are shown, with one method to override for each decision.
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

/** `url_citation`: a web page. */
export interface UrlCitation {
  readonly type: 'url_citation';
  readonly url?: string;
  readonly title?: string;
  readonly start_index?: number;
  readonly end_index?: number;
}

/** An image of the model, or a partial version of it. */
export interface Base64Image {
  /** The id of the call that makes the image. All versions have the same id. */
  imageId: string;
  base64: string;
  /** The number of a partial version, from 0. Undefined for the whole image. */
  partialImageIndex?: number | undefined;
}

/**
 * The reason why an answer is not complete: `max_output_tokens`, `content_filter`, `no_content` (the model ended
 * normally with nothing to show), or the provider's own reason.
 */
export type IncompleteReason = 'max_output_tokens' | 'content_filter' | 'no_content' | (string & {});

type Converted<T> = Widened<T> | null | Promise<Widened<T> | null>;

/**
 * Converts parts of a model's answer into parts of ChatKit. Extend it to change one of them:
 *
 * ```ts
 * class Converter extends ResponseStreamConverter {
 *   override async base64ImageToUrl({ imageId, base64 }) { return uploadSomewhere(imageId, base64); }
 * }
 * yield* streamResponse(turn, ask, { converter: new Converter({ partialImages: 3 }) });
 * ```
 *
 * It has no state, so one converter can serve every turn.
 */
export class ResponseStreamConverter {
  /** The number of requested partial images, for the progress. Without it the progress stays 0. */
  readonly partialImages: number | undefined;

  constructor(options: { partialImages?: number | undefined } = {}) {
    this.partialImages = options.partialImages;
  }

  /**
   * Returns the URL of an image, which is stored with the item. Default: a data URL, which makes items large. Override
   * the method in production, and store the images with your other files.
   */
  base64ImageToUrl({ base64 }: Base64Image): string | Promise<string> {
    return `data:${imageTypeOf(base64)};base64,${base64}`;
  }

  /** Returns the progress of an image, from 0 to 1. */
  partialImageIndexToProgress(partialImageIndex: number): number {
    if (this.partialImages === undefined || this.partialImages <= 0) return 0;
    return Math.min(1, partialImageIndex / this.partialImages);
  }

  /** Converts a citation. `null` leaves it out, as by default without a file name. */
  fileCitationToAnnotation({ filename, index }: FileCitation): Converted<AnnotationInput> {
    return filename ? { source: { type: 'file', filename, title: filename }, ...(isIndex(index) && { index }) } : null;
  }

  /** Converts a citation. `null` leaves it out, as by default without a file name. */
  containerFileCitationToAnnotation({ filename, end_index }: ContainerFileCitation): Converted<AnnotationInput> {
    if (!filename) return null;
    return { source: { type: 'file', filename, title: filename }, ...(isIndex(end_index) && { index: end_index }) };
  }

  /** Converts a citation. `null` leaves it out, as by default without a URL. The URL replaces a missing title. */
  urlCitationToAnnotation({ url, title, end_index }: UrlCitation): Converted<AnnotationInput> {
    if (!url) return null;
    return {
      source: { type: 'url', url, title: title?.trim() || url },
      ...(isIndex(end_index) && { index: end_index }),
    };
  }

  /**
   * Converts the call of a hosted tool into a task of the workflow, with `tools: true`. Called when the call begins and
   * when it has ended, with more fields in `item`. `null` shows nothing. By default web search, file search, the code
   * interpreter and tools of MCP servers are shown.
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
   * Makes the event for an answer that is not complete. `null` shows nothing. By default a notice below a partial
   * answer (`saidSomething`), which is kept, and an error when there is no answer.
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

/** Reads the type from the first bytes. The default of the API is PNG. */
function imageTypeOf(base64: string): string {
  if (base64.startsWith('/9j/')) return 'image/jpeg';
  return base64.startsWith('UklGR') ? 'image/webp' : 'image/png';
}

/** Wraps code for the content of a task, which is Markdown, in a fence that is longer than any in the code. */
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
