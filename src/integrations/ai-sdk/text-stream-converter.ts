// How the parts of a stream of the AI SDK become what a client shows, one overridable method for each decision.
import type { AnnotationInput, HookEventInput, TaskInput, UrlSource } from '../../protocol';
import { isObject } from '../../protocol/json';
import { callQuestion } from '../../answers/approval';
import { type IncompleteReason, ResponseStreamConverter } from '../openai/response-stream-converter';
import type { Widened } from '../openai/widened';

/** A source of an answer: a page of the web, or a document. */
export interface AiSource {
  readonly sourceType?: string | undefined;
  readonly url?: string | undefined;
  readonly title?: string | undefined;
  readonly filename?: string | undefined;
  readonly mediaType?: string | undefined;
}

/** A file that a model made. */
export interface AiFile {
  /** Names the file within the turn. */
  id: string;
  /** Such as `image/png`. */
  mediaType: string;
  base64: string;
}

/** A call of a tool, as far as it is. */
export interface AiToolCall {
  toolCallId: string;
  toolName: string;
  /** The title that the tool has, where it is known. */
  title: string | undefined;
  input: unknown;
  /** `running` also comes again, with a preliminary output. */
  state: 'running' | 'done' | 'failed' | 'denied';
  /** The output so far. */
  output: unknown;
  /** True for a tool that the provider runs, such as its own web search. */
  providerExecuted: boolean;
}

type Converted<T> = Widened<T> | null | Promise<Widened<T> | null>;

/**
 * Turns parts of a stream of the AI SDK into parts of ChatKit's answer. Extend it to change one of them:
 *
 * ```ts
 * class Converter extends TextStreamConverter {
 *   override async imageToUrl({ id, base64 }) { return uploadSomewhere(id, base64); }
 * }
 * yield* streamTextResult(turn, result, { converter: new Converter() });
 * ```
 *
 * It has no state of its own: one converter can serve every turn.
 */
export class TextStreamConverter {
  /** Returns the URL of an image, which is stored with the item. By default a data URL, which makes items large. */
  imageToUrl({ mediaType, base64 }: AiFile): string | Promise<string> {
    return `data:${mediaType};base64,${base64}`;
  }

  /** Returns the events of a file that is not an image. `null`, the default, shows nothing, with a warning in the log. */
  fileToEvents(_file: AiFile): Converted<HookEventInput[]> {
    return null;
  }

  /** Returns the annotation of a source. `null` leaves the source out; by default a source without a URL and a name. */
  sourceToAnnotation({ sourceType, url, title, filename }: AiSource): Converted<AnnotationInput> {
    if (sourceType !== 'document') return url ? { source: { type: 'url', url, title: title?.trim() || url } } : null;
    const name = filename || title;
    return name ? { source: { type: 'file', filename: name, title: title?.trim() || name } } : null;
  }

  /**
   * Returns the task that shows a call of a tool. Called each time that the call changes. `null` shows nothing. By default
   * the title or the name of the tool, and a search of the web as such a task. Outputs are not shown, because they are made
   * for the model, except for a preliminary output that is a text.
   */
  toolCallToTask(call: AiToolCall): Widened<TaskInput> | null {
    const { toolName, title, state, output, providerExecuted } = call;
    const status_indicator = state === 'running' ? 'loading' : 'complete';
    if (providerExecuted && /(?:web|google|browser).?search/i.test(toolName)) {
      return { type: 'web_search', status_indicator, title: 'Searching the web', ...searchOf(call) };
    }
    const content = { running: typeof output === 'string' ? output : undefined, done: undefined, ...unsuccessful }[
      state
    ];
    return { type: 'custom', status_indicator, icon: 'bolt', title: title || toolName, ...(content && { content }) };
  }

  /**
   * Returns the question that the user is asked before a tool runs. By default the reason, if there is one, and the name of
   * the tool with the whole input.
   * @param reason Why the tool needs an approval, if the application has given a reason.
   */
  toolCallToQuestion({ title, toolName, input }: AiToolCall, reason: string | undefined): string {
    const question = callQuestion(title || toolName, input);
    return reason ? `${reason}\n${question}` : question;
  }

  /**
   * Returns the events of data that a stream carries, such as what a tool of Mastra's writes: a part of the type
   * `data-weather` has the name `weather`. By default none, with a warning in the log.
   */
  dataToEvents(_name: string, _data: unknown): Converted<HookEventInput[]> {
    return null;
  }

  /** Returns what the user is told when the model stopped early, as `incompleteToEvent` of {@link ResponseStreamConverter}. */
  incompleteToEvent(reason: IncompleteReason, saidSomething: boolean): Widened<HookEventInput> | null {
    return plain.incompleteToEvent(reason, saidSomething);
  }
}

const plain = new ResponseStreamConverter();
const unsuccessful = { failed: 'The tool failed', denied: 'The tool was not allowed' };

/** The queries and the pages of a search, as far as the provider says them. */
function searchOf({ input, output }: AiToolCall): { title_query?: string; queries: string[]; sources: UrlSource[] } {
  const { action, sources, results } = isObject(output) ? output : {};
  const queries = [input, action, output].flatMap((one) => {
    const { query, queries: several } = isObject(one) ? one : {};
    return [query, ...(Array.isArray(several) ? (several as unknown[]) : [])].filter(
      (text) => typeof text === 'string',
    );
  });
  const listed: unknown[] = [sources, results, output].find((list) => Array.isArray(list)) ?? [];
  const pages = listed.slice(0, maxPages).flatMap((page): UrlSource[] => {
    const { url, title } = isObject(page) ? page : {};
    return typeof url === 'string' && url !== ''
      ? [{ type: 'url', url, title: typeof title === 'string' && title !== '' ? title : url }]
      : [];
  });
  const [first] = queries;
  return { ...(first && { title_query: first }), queries: [...new Set(queries)], sources: pages };
}

/** More than this is a fault of the stream. */
const maxPages = 100;
