// AnswerWriter: makes the events of an answer, in the order that clients need.
import {
  type AnnotationInput,
  AnnotationSchema,
  type Annotation,
  type HookEventInput,
  type Task,
  type TaskInput,
  TaskSchema,
  type WidgetRoot,
  type WorkflowSummary,
} from '../protocol';
import { copyJson } from '../protocol/json';
import { streamWidget } from '../widgets/stream';
import { clientToolCall, type PageCall } from './client-tool-call';
import { ImageWriter } from './image-writer';
import { MessageWriter } from './message-writer';
import type { AnswerTurn } from './new-item';
import type { WorkflowHolder } from './open-workflow';
import { WorkflowWriter } from './workflow-writer';

/** One version of an image. */
export interface AnswerImage {
  /** Identifies the image. All versions of an image have the same key. Default: the only image in progress. */
  key?: string | undefined;
  /** The URL of the image. Without a URL the page shows a placeholder. */
  url?: string | undefined;
  /** The progress, from 0 to 1. Undefined for the last version. */
  progress?: number | undefined;
}

/**
 * Makes the events of an answer. Each method returns the events to yield:
 *
 * ```ts
 * const writer = new AnswerWriter(turn);
 * yield* writer.step({ type: 'custom', title: 'Looking', status_indicator: 'loading' }, 'look');
 * yield* writer.step({ type: 'custom', title: 'Found it', status_indicator: 'complete' }, 'look');
 * for await (const delta of model) yield* writer.text(delta);
 * yield* writer.end();
 * ```
 *
 * The writer adds a content part before its text, ends a message or a workflow before the next item, uses one id for
 * all events of an item, and makes no message without text. Yield all events of a call before the next call. Call
 * {@link end} last, also when the source of the answer throws, so that the partial answer is kept.
 */
export class AnswerWriter {
  readonly #turn: AnswerTurn;
  readonly #workflow: WorkflowWriter;
  #message: MessageWriter | null = null;
  /** The white space and the sources that arrived before any text. */
  #space = '';
  #sources: Annotation[] = [];
  readonly #images = new Map<string, ImageWriter>();
  #thought = '';
  #saidSomething = false;

  /**
   * @param turn The turn of any hook.
   * @param workflow Holds the open workflow, when other code adds to that workflow as well. Default: a new holder.
   */
  constructor(turn: AnswerTurn, workflow: WorkflowHolder = { workflowItem: null }) {
    this.#turn = turn;
    this.#workflow = new WorkflowWriter(turn, workflow);
  }

  /** True once the answer has text, an image or a widget. */
  get saidSomething(): boolean {
    return this.#saidSomething || (this.#message?.saysSomething ?? false);
  }

  /**
   * Appends text to the message, which begins at the first character that is not white space. Markdown is supported.
   */
  text(delta: string): HookEventInput[] {
    if (delta === '') return [];
    if (this.#message) return this.#message.text(0, delta);
    if (delta.trim() === '') {
      this.#space += delta;
      return [];
    }
    const message = new MessageWriter(this.#turn);
    const text = this.#space + delta;
    const events = [...this.#endThought(), ...this.#workflow.end(), ...message.added(), ...message.text(0, text)];
    for (const source of this.#sources) events.push(...message.annotation(0, source));
    this.#message = message;
    this.#space = '';
    this.#sources = [];
    return events;
  }

  /**
   * Adds a source of the message. A source that arrives before any text is added once the message begins.
   * @throws ZodError for an invalid annotation.
   */
  source(annotation: AnnotationInput): HookEventInput[] {
    const source = AnnotationSchema.parse(copyJson(annotation));
    if (this.#message) return this.#message.annotation(0, source);
    this.#sources.push(source);
    return [];
  }

  /**
   * Appends text to the current thought, in a workflow of thoughts. A thought begins at the first character that is not
   * white space. The workflow ends when something else is shown.
   */
  thought(delta: string): HookEventInput[] {
    if (delta === '' || (this.#thought === '' && delta.trim() === '')) return [];
    this.#thought += delta;
    return [
      ...this.#endMessage(),
      ...this.#workflow.reasoningAdded(),
      ...this.#workflow.thoughtDelta(thoughtKey, delta),
    ];
  }

  /** Ends the current thought. The next text begins a new thought. */
  endThought(): HookEventInput[] {
    return this.#endThought();
  }

  /**
   * Adds a step, which is a task, to the open workflow or to a new one.
   * @param key Identifies the step. A later step with the same key replaces it, also after its workflow has ended.
   * Default: every step is new.
   * @throws ZodError for an invalid task.
   */
  step(task: TaskInput, key?: string): HookEventInput[] {
    const checked: Task = TaskSchema.parse(copyJson(task));
    const isKnown = key !== undefined && this.#workflow.hasStep(key);
    const before = isKnown ? [] : [...this.#endMessage(), ...this.#endThought()];
    return [...before, ...this.#workflow.step(checked, key)];
  }

  /**
   * Ends the workflow of thoughts or steps. The workflow also ends when something else is shown.
   * @param summary The headline: `{ title, icon? }` or `{ duration }` in seconds. Default: the duration.
   */
  endWorkflow(summary?: WorkflowSummary): HookEventInput[] {
    return [...this.#endThought(), ...this.#workflow.end(summary)];
  }

  /** Shows a version of an image, or a placeholder for it. */
  image({ key = '', url, progress }: AnswerImage): HookEventInput[] {
    const known = this.#images.get(key);
    const writer = known ?? new ImageWriter(this.#turn);
    const before = known ? [] : this.before();
    if (url !== undefined && progress === undefined) {
      this.#images.delete(key);
      this.#saidSomething = true;
      return [...before, ...writer.done({ id: key || writer.id, url })];
    }
    this.#images.set(key, writer);
    const added = known ? [] : writer.added();
    return [...before, ...added, ...(url === undefined ? [] : writer.version({ id: key || writer.id, url }, progress))];
  }

  /** Removes the placeholder of an image that was not generated. Does nothing when there is no such placeholder. */
  dropImage(key = ''): HookEventInput[] {
    const events = this.#images.get(key)?.removed() ?? [];
    this.#images.delete(key);
    return events;
  }

  /**
   * Streams a widget, or its successive states, as `streamWidget` does.
   * @param options.copyText The text for the page's copy button. Default: no button.
   */
  async *widget(
    widget: WidgetRoot | AsyncIterable<WidgetRoot>,
    { copyText }: { copyText?: string | undefined } = {},
  ): AsyncGenerator<HookEventInput, void, undefined> {
    const { thread, generateId } = this.#turn;
    let begun = false;
    for await (const event of streamWidget(thread, widget, { copyText, generateId: (type) => generateId(type) })) {
      if (!begun) yield* this.before();
      begun = true;
      this.#saidSomething = true;
      yield event;
    }
  }

  /**
   * Calls a client tool of the page. End the hook after the calls: `respond` is called again once the page has sent
   * their results.
   */
  clientTool(call: PageCall): HookEventInput[] {
    return [...this.before(), ...clientToolCall(this.#turn, copyJson(call))];
  }

  /** Shows a message of the application, which is not stored. @param level Default `info`. */
  notice(
    message: string,
    { level = 'info', title }: { level?: 'info' | 'warning' | 'danger' | undefined; title?: string | undefined } = {},
  ): HookEventInput[] {
    return [{ type: 'notice', level, message, ...(title !== undefined && { title }) }];
  }

  /**
   * Ends the answer, keeps its partial content and shows an error.
   * @param allowRetry True to show a Retry button. Default false.
   */
  fail(message: string, { allowRetry = false }: { allowRetry?: boolean | undefined } = {}): HookEventInput[] {
    return [...this.end(), { type: 'error', code: 'custom', message, allow_retry: allowRetry }];
  }

  /** Ends the open message and the open workflow. Call it before other code shows an item. */
  before(): HookEventInput[] {
    return [...this.#endMessage(), ...this.#endThought(), ...this.#workflow.end()];
  }

  /** Ends the answer and its open items, with their partial content. Removes the placeholders of missing images. */
  end(): HookEventInput[] {
    const images = [...this.#images.keys()].flatMap((key) => this.dropImage(key));
    this.#space = '';
    this.#sources = [];
    return [...this.before(), ...images];
  }

  #endMessage(): HookEventInput[] {
    const message = this.#message;
    if (!message) return [];
    this.#message = null;
    this.#saidSomething = true;
    return [...message.partDone(0), ...message.done()];
  }

  #endThought(): HookEventInput[] {
    const thought = this.#thought;
    this.#thought = '';
    return thought === '' ? [] : this.#workflow.thoughtDone(thoughtKey, thought.trim());
  }
}

/** The key of the current thought, because one thought is streamed at a time. */
const thoughtKey = 'thought';
