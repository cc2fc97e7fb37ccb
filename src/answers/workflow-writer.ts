// Makes the events of a turn's workflow: the thoughts of a reasoning model, and the steps of tools.
import type { HookEventInput, Task, WorkflowItem, WorkflowSummary } from '../protocol';
import type { AnswerTurn } from './new-item';
import { OpenWorkflow, type WorkflowHolder } from './open-workflow';
import { wellFormed, withoutHalf } from './whole-characters';

/** Makes the events of the workflow in a holder. */
export class WorkflowWriter {
  readonly #workflow: OpenWorkflow;
  readonly #holder: WorkflowHolder;
  /** The thought that is being streamed. */
  #thought: { workflowId: string; key: string; taskIndex: number; content: string } | null = null;
  /** The workflow and the index of each unfinished step, by its key. */
  readonly #steps = new Map<string, { workflowId: string; taskIndex: number }>();

  constructor(turn: AnswerTurn, holder: WorkflowHolder) {
    this.#workflow = new OpenWorkflow(turn, holder);
    this.#holder = holder;
  }

  /** Starts a workflow of thoughts, unless a workflow is open. */
  reasoningAdded(): HookEventInput[] {
    return this.#holder.workflowItem ? [] : this.#workflow.start({ type: 'reasoning', tasks: [], expanded: false });
  }

  /**
   * Appends text to a thought. The first thought of a workflow is streamed. Later thoughts are shown when they are
   * complete, because the page shows the newest task in place of the previous one.
   * @param key Identifies the thought.
   */
  thoughtDelta(key: string, delta: string): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item) return [];
    const { workflow } = item;
    if (workflow.type === 'reasoning' && workflow.tasks.length === 0) {
      this.#thought = { workflowId: item.id, key, taskIndex: 0, content: delta };
      return this.#workflow.addTask(thoughtTask(withoutHalf(delta)));
    }
    const thought = this.#thoughtOf(item, key);
    if (!thought) return [];
    thought.content += delta;
    // To look at the end of a text that grows would copy all of it.
    const content = withoutHalf(delta) === delta ? thought.content : withoutHalf(thought.content);
    return this.#updateTask(thought.taskIndex, thoughtTask(content));
  }

  /** Ends a thought. */
  thoughtDone(key: string, text: string): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item) return [];
    const thought = this.#thoughtOf(item, key);
    if (!thought) return this.#workflow.addTask(thoughtTask(wellFormed(text)));
    this.#thought = null;
    return this.#updateTask(thought.taskIndex, thoughtTask(wellFormed(text)));
  }

  /** Adds a step. @param key Identifies the step for {@link step} and {@link lastStep}. */
  addStep(task: Task, key?: string): HookEventInput[] {
    const events = this.#workflow.addTask(task);
    const item = this.#holder.workflowItem;
    if (item && key !== undefined) {
      this.#steps.set(key, { workflowId: item.id, taskIndex: item.workflow.tasks.length - 1 });
    }
    return events;
  }

  hasStep(key: string): boolean {
    return this.#steps.has(key);
  }

  /**
   * Replaces the step of this key, also after its workflow ended because something else was shown. A step of an even
   * earlier workflow is not changed. A step with a new key is added.
   */
  step(task: Task, key?: string): HookEventInput[] {
    const known = key === undefined ? undefined : this.#steps.get(key);
    return known ? this.#replaceStep(known, task) : this.addStep(task, key);
  }

  /** Replaces a step for the last time, as {@link step} does. The key can identify another step afterwards. */
  lastStep(task: Task, key: string): HookEventInput[] {
    const events = this.step(task, key);
    this.#steps.delete(key);
    return events;
  }

  #replaceStep({ workflowId, taskIndex }: { workflowId: string; taskIndex: number }, task: Task): HookEventInput[] {
    const { workflowItem: open, endedWorkflow: ended } = this.#holder;
    return (open ?? ended)?.id === workflowId ? this.#workflow.updateTask(task, taskIndex) : [];
  }

  /**
   * Ends the open workflow because something else is shown, and collapses it. Steps that are still loading become
   * complete. Does nothing when no workflow is open.
   * @param summary Default: the duration.
   */
  end(summary?: WorkflowSummary): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item) return [];
    const { workflow } = item;
    const own = [...this.#steps.values()].filter(({ workflowId }) => workflowId === item.id);
    const tasks = workflow.tasks.map((task, index) =>
      task.status_indicator === 'loading' && own.some(({ taskIndex }) => taskIndex === index)
        ? { ...task, status_indicator: 'complete' as const }
        : task,
    );
    this.#holder.workflowItem = { ...item, workflow: { ...workflow, tasks } };
    return this.#workflow.end(summary);
  }

  #thoughtOf(item: WorkflowItem, key: string) {
    const thought = this.#thought;
    return thought?.workflowId === item.id && thought.key === key ? thought : undefined;
  }

  #updateTask(index: number, task: Task): HookEventInput[] {
    const item = this.#holder.workflowItem;
    return item && index < item.workflow.tasks.length ? this.#workflow.updateTask(task, index) : [];
  }
}

function thoughtTask(content: string): Task {
  return { type: 'thought', status_indicator: 'none', content };
}
