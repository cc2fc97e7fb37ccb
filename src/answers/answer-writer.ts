// AnswerWriter: makes the events of an answer, and knows how a turn grows.
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
  /** Names the image, the same for all of its versions. Default: the only image that is being made. */
  key?: string | undefined;
  /** Where it can be loaded from. Without it a place for the image appears. */
  url?: string | undefined;
  /** How far it is, from 0 to 1. Without it this is the last version. */
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
 * It keeps the order that clients need: a content part before its text, a message or a workflow ended before anything that
 * is shown after it, one id for an item, and no message without text. Yield all events of a call before the next call, and
 * call {@link end} last, also when the source of the answer throws: then what was said is kept.
 */
export class AnswerWriter {
  readonly #turn: AnswerTurn;
  readonly #workflow: WorkflowWriter;
  #message: MessageWriter | null = null;
  /** White space that came before any text, and sources that did. */
  #space = '';
  #sources: Annotation[] = [];
  readonly #images = new Map<string, ImageWriter>();
  #thought = '';
  #saidSomething = false;

  /**
   * @param turn the turn of any hook.
   * @param workflow holds the open workflow, where others add to it as well. Default: a holder of its own.
   */
  constructor(turn: AnswerTurn, workflow: WorkflowHolder = { workflowItem: null }) {
    this.#turn = turn;
    this.#workflow = new WorkflowWriter(turn, workflow);
  }

  /** True once the answer has text, an image or a widget. */
  get saidSomething(): boolean {
    return this.#saidSomething || (this.#message?.saysSomething ?? false);
  }

  /** More text of the message, which begins with the first character that is no white space. Markdown is fine. */
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
   * A source of the text of the message. One that comes before any text waits for it.
   * @throws ZodError for one that is not an annotation.
   */
  source(annotation: AnnotationInput): HookEventInput[] {
    const source = AnnotationSchema.parse(copyJson(annotation));
    if (this.#message) return this.#message.annotation(0, source);
    this.#sources.push(source);
    return [];
  }

  /** More of what the model thinks, in a workflow of thoughts. It ends when something else is shown. */
  thought(delta: string): HookEventInput[] {
    if (delta === '') return [];
    this.#thought += delta;
    return [
      ...this.#endMessage(),
      ...this.#workflow.reasoningAdded(),
      ...this.#workflow.thoughtDelta(thoughtKey, delta),
    ];
  }

  /** The thought is whole: the next one is another. */
  endThought(): HookEventInput[] {
    return this.#endThought();
  }

  /**
   * A step of the workflow: a task. Shown in the workflow that is open, else in a new one.
   * @param key names the step: the same key replaces it, also after its workflow has ended. Default: each is a new one.
   * @throws ZodError for one that is not a task.
   */
  step(task: TaskInput, key?: string): HookEventInput[] {
    const checked: Task = TaskSchema.parse(copyJson(task));
    const isKnown = key !== undefined && this.#workflow.hasStep(key);
    const before = isKnown ? [] : [...this.#endMessage(), ...this.#endThought()];
    return [...before, ...this.#workflow.step(checked, key)];
  }

  /**
   * Ends the workflow of thoughts or steps. It ends by itself, too, when something else is shown.
   * @param summary its headline: `{ title, icon? }` or `{ duration }` in seconds. Default: the time it took.
   */
  endWorkflow(summary?: WorkflowSummary): HookEventInput[] {
    return [...this.#endThought(), ...this.#workflow.end(summary)];
  }

  /** A version of an image, or the place for it. */
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

  /** An image that never came: the place for it goes away. Does nothing when there is none. */
  dropImage(key = ''): HookEventInput[] {
    const events = this.#images.get(key)?.removed() ?? [];
    this.#images.delete(key);
    return events;
  }

  /**
   * A widget, or the states that it goes through, as `streamWidget` shows them.
   * @param options.copyText the text for the page's copy button. Default: no button.
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
   * The call of a function of the page. End the hook after the calls: `respond` is called again once the page has sent
   * their results.
   */
  clientTool(call: PageCall): HookEventInput[] {
    return [...this.before(), ...clientToolCall(this.#turn, copyJson(call))];
  }

  /** A message of the application, which is not stored. @param level default `info`. */
  notice(
    message: string,
    { level = 'info', title }: { level?: 'info' | 'warning' | 'danger' | undefined; title?: string | undefined } = {},
  ): HookEventInput[] {
    return [{ type: 'notice', level, message, ...(title !== undefined && { title }) }];
  }

  /** Ends the answer as far as it is, and shows an error. @param allowRetry whether there is a Retry button. Default false. */
  fail(message: string, { allowRetry = false }: { allowRetry?: boolean | undefined } = {}): HookEventInput[] {
    return [...this.end(), { type: 'error', code: 'custom', message, allow_retry: allowRetry }];
  }

  /** Ends the message and the workflow that are open. For something that is shown after them and is made elsewhere. */
  before(): HookEventInput[] {
    return [...this.#endMessage(), ...this.#endThought(), ...this.#workflow.end()];
  }

  /** Ends the answer: everything that is open is done, as far as it is. Images that never came are removed. */
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

/** One thought is streamed at a time. */
const thoughtKey = 'thought';
