// Decides how parts of a message of Anthropic are shown, with one method to override for each decision.
import type { AnnotationInput, HookEventInput, Icon, TaskInput, UrlSource } from '../../protocol';
import { isObject } from '../../protocol/json';
import { type IncompleteReason, ResponseStreamConverter } from '../openai/response-stream-converter';
import type { Widened } from '../openai/widened';
import { serverTools } from './stream-types';

/** A citation of a text: a page of the web, a document of the request, or a result of your own search. */
export interface AnthropicCitation {
  /** `web_search_result_location`, `search_result_location`, `char_location`, `page_location` … */
  readonly type: string;
  /** The URL of a page of the web. */
  readonly url?: string | undefined;
  /** The source of a result of your own search, which can be a URL. */
  readonly source?: string | undefined;
  readonly title?: string | undefined;
  /** The title of a document of the request. `toMessageParams` sends the name of the file as the title. */
  readonly documentTitle?: string | undefined;
  readonly citedText?: string | undefined;
  /** The number of characters of the message before the end of the cited part. */
  readonly index: number;
}

/** A call of a tool that Anthropic or an MCP server runs. */
export interface AnthropicServerCall {
  id: string;
  /** `web_search`, `web_fetch`, `code_execution` …, or the name of a tool of an MCP server. */
  name: string;
  /** The name of the MCP server; undefined for a tool of Anthropic. */
  serverName: string | undefined;
  /** The input as far as it has arrived. Empty at the beginning of the call. */
  input: Readonly<Record<string, unknown>>;
  state: 'running' | 'done' | 'failed';
  /** The content of the result block; undefined while the call runs. */
  result: unknown;
}

/** A file that a tool of Anthropic made. Download it with the client: `client.files.download(fileId)`. */
export interface AnthropicFile {
  fileId: string;
}

/** More about an answer that is not complete. */
export interface AnthropicStopDetails {
  /** The category of a refusal, such as `cyber`. */
  category: string | undefined;
  /** The explanation of a refusal. */
  explanation: string | undefined;
}

type Converted<T> = Widened<T> | null | Promise<Widened<T> | null>;

/**
 * Converts parts of a message of Anthropic into parts of ChatKit. Extend it to change one of them:
 *
 * ```ts
 * class Converter extends MessageStreamConverter {
 *   override toolCallToTask(call: AnthropicServerCall) {
 *     return call.name === 'tool_search_tool_regex' ? null : super.toolCallToTask(call);
 *   }
 * }
 * yield* streamMessage(turn, ask, { tools: true, converter: new Converter() });
 * ```
 *
 * It has no state, so one converter can serve every turn.
 */
export class MessageStreamConverter {
  /** Converts a citation. `null` leaves it out, as by default without a URL and a title. */
  citationToAnnotation({ url, source, title, documentTitle, index }: AnthropicCitation): Converted<AnnotationInput> {
    const page = url ?? (source !== undefined && /^https?:\/\//i.test(source) ? source : undefined);
    if (page) return { source: { type: 'url', url: page, title: title?.trim() || page }, index };
    const filename = documentTitle?.trim() || title?.trim() || source?.trim();
    return filename ? { source: { type: 'file', filename, title: filename }, index } : null;
  }

  /**
   * Converts a call of a tool of Anthropic or of an MCP server into a task, with `tools: true`. Called when the call
   * begins, when the input is complete and when there is a result. `null` shows nothing. By default a search with its
   * query and pages, and the title and the code of other tools. Results are not shown, because they are for the model.
   */
  toolCallToTask(call: AnthropicServerCall): Widened<TaskInput> | null {
    const { name, serverName, input, state } = call;
    const status_indicator = state === 'running' ? 'loading' : 'complete';
    const failed = state === 'failed';
    if (serverName !== undefined) {
      const title = [serverName, name].filter(Boolean).join(': ') || 'Calling a tool';
      return custom('bolt', title, failed ? 'The call failed' : undefined);
    }
    const title = Object.hasOwn(serverTools, name) ? serverTools[name as keyof typeof serverTools] : name;
    if (name === 'web_search' || name === 'web_fetch') {
      const { query } = input;
      const asked = typeof query === 'string' && query !== '' ? query : undefined;
      const shown = failed ? `${title} failed` : title;
      return {
        ...{ type: 'web_search', status_indicator, title: shown, queries: asked ? [asked] : [] },
        ...(asked && { title_query: asked }),
        sources: pagesOf(call),
      };
    }
    if (name.endsWith('code_execution')) {
      const code = codeOf(input);
      return custom('square-code', failed ? `${title} failed` : title, code && fenced(code));
    }
    return custom('bolt', title || 'Calling a tool', failed ? 'The call failed' : undefined);

    function custom(icon: Icon, shown: string, content: string | undefined): Widened<TaskInput> {
      return { type: 'custom', status_indicator, icon, title: shown, ...(content && { content }) };
    }
  }

  /** Returns the events of a file that a tool made. `null`, the default, shows nothing, with a warning in the log. */
  fileToEvents(_file: AnthropicFile): Converted<HookEventInput[]> {
    return null;
  }

  /**
   * Makes the event for an answer that is not complete. `null` shows nothing. By default a notice below a partial answer
   * (`saidSomething`), which is kept, and an error when there is no answer.
   * @param reason `max_output_tokens`, `model_context_window_exceeded`, `refusal`, `no_content` (the model ended
   * normally with nothing to show), or the provider's own reason.
   */
  incompleteToEvent(
    reason: IncompleteReason,
    saidSomething: boolean,
    _details: AnthropicStopDetails,
  ): Widened<HookEventInput> | null {
    const message = Object.hasOwn(messages, reason) ? messages[reason as keyof typeof messages] : undefined;
    if (message === undefined) return plain.incompleteToEvent(reason, saidSomething);
    if (saidSomething) return { type: 'notice', level: 'warning', message };
    return { type: 'error', code: 'custom', message, allow_retry: false }; // the same request would end in the same way
  }
}

const messages = {
  model_context_window_exceeded: 'The answer was cut off: the conversation is too long for the model.',
  refusal: 'The model declined to answer.',
};

const plain = new ResponseStreamConverter();

/** More than this is a fault of the stream. */
const maxPages = 100;

/** The pages that a search found, or the page that was read. */
function pagesOf({ input, result }: AnthropicServerCall): UrlSource[] {
  const found: unknown[] = Array.isArray(result) ? result : [isObject(result) ? result : input];
  return found.slice(0, maxPages).flatMap((page): UrlSource[] => {
    if (!isObject(page)) return [];
    const { url, title, content } = page;
    if (typeof url !== 'string' || url === '') return typeof input['url'] === 'string' ? pageOf(input['url']) : [];
    return pageOf(url, title ?? (isObject(content) ? content['title'] : undefined));
  });
}

function pageOf(url: string, title?: unknown): UrlSource[] {
  return url === ''
    ? []
    : [{ type: 'url', url, title: typeof title === 'string' && title.trim() !== '' ? title : url }];
}

function codeOf({ code, command, path }: AnthropicServerCall['input']): string | undefined {
  const lines = [code, command, path].filter((line) => typeof line === 'string' && line.trim() !== '');
  return lines.length > 0 ? lines.join(' ') : undefined;
}

/** Wraps code in a fence that is longer than any in the code. */
function fenced(code: string): string {
  const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${code}\n${fence}`;
}
