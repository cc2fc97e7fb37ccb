// GraphStreamConverter: how parts of a graph's stream are shown. Extend it to change one kind of part.
import type { AnnotationInput, HookEventInput, TaskInput } from '../../protocol';
import { type IncompleteReason, ResponseStreamConverter } from '../openai/response-stream-converter';
import type { Widened } from '../openai/widened';
import type { InterruptRequest } from './interrupts';

/** A call of a tool in a graph. */
export interface GraphToolCall {
  toolCallId: string;
  toolName: string;
  /** Undefined until the whole call is known. */
  input: unknown;
  state: 'running' | 'done' | 'failed';
  /** The content of the tool's message. */
  output: unknown;
}

/** A source of an answer. */
export interface GraphSource {
  url: string;
  title: string | undefined;
}

type Converted<T> = Widened<T> | null | Promise<Widened<T> | null>;

/**
 * Turns parts of a graph's stream into parts of ChatKit's answer. Extend it to change one of them:
 *
 * ```ts
 * class Converter extends GraphStreamConverter {
 *   override toolCallToTask() { return null; } // shows no tools
 * }
 * yield* streamGraph(turn, stream, { converter: new Converter() });
 * ```
 *
 * It has no state of its own: one converter can serve every turn.
 */
export class GraphStreamConverter {
  /**
   * Returns the task that shows a call of a tool. Called each time that the call changes. `null` shows nothing. By default
   * the name of the tool. Outputs are not shown, because they are made for the model.
   */
  toolCallToTask({ toolName, state }: GraphToolCall): Widened<TaskInput> | null {
    const status_indicator = state === 'running' ? 'loading' : 'complete';
    const failed = state === 'failed' && { content: 'The tool failed' };
    return { type: 'custom', status_indicator, icon: 'bolt', title: toolName, ...failed };
  }

  /** Returns the annotation of a source. `null` leaves the source out. */
  sourceToAnnotation({ url, title }: GraphSource): Converted<AnnotationInput> {
    return { source: { type: 'url', url, title: title?.trim() || url } };
  }

  /**
   * Returns the events of data that a node has written with `config.writer`. Data of the shape `{ progress }`, and events,
   * do not come here. `null`, the default, shows nothing, with a warning in the log.
   */
  customToEvents(_data: unknown): Converted<HookEventInput[]> {
    return null;
  }

  /**
   * Returns the request of an interrupt whose value has another shape than those that are known: a function of the page,
   * `{ tool, arguments }`, or a yes or no, `{ approval: question }`. The graph continues with the output, or with true or
   * false. `null`, the default, is an error that the user sees.
   */
  interruptToRequest(_value: unknown): InterruptRequest | null {
    return null;
  }

  /** Returns the event for a model that stopped early, as `incompleteToEvent` of {@link ResponseStreamConverter}. */
  incompleteToEvent(reason: IncompleteReason, saidSomething: boolean): Widened<HookEventInput> | null {
    return plain.incompleteToEvent(reason, saidSomething);
  }
}

const plain = new ResponseStreamConverter();
