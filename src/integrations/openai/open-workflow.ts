// The workflow that is open in a turn: a model's thoughts and calls go into it, and the tasks of an agent's tools.
import type { HookEventInput, Task, Workflow, WorkflowItem, WorkflowSummary } from '../../protocol';
import type { ItemTurn } from './item-ids';

/** Holds the open workflow. Shared by all who add tasks to it, such as a model and the tools of an agent. */
export interface WorkflowHolder {
  /** Replaced, never changed: an event that holds the item stays as it was. */
  workflowItem: WorkflowItem | null;
  /** The last workflow that was ended because something else was shown: its tasks can still be updated. */
  endedWorkflow?: WorkflowItem | null;
}

/** Changes the workflow of a holder, and makes the events of each change. */
export class OpenWorkflow<TContext> {
  readonly #turn: ItemTurn<TContext>;
  readonly #holder: WorkflowHolder;

  constructor(turn: ItemTurn<TContext>, holder: WorkflowHolder) {
    this.#turn = turn;
    this.#holder = holder;
  }

  /** One that is open already is ended first. One without tasks is shown with its first task, so that none stays empty. */
  start(workflow: Workflow): HookEventInput[] {
    const ended = this.end();
    const item = this.#open(workflow);
    const seen = workflow.type === 'reasoning' || workflow.tasks.length > 0;
    return seen ? [...ended, { type: 'thread.item.added', item }] : ended;
  }

  /** Starts a workflow when none is open. */
  addTask(task: Task): HookEventInput[] {
    const item = this.#holder.workflowItem ?? this.#open({ type: 'custom', tasks: [], expanded: false });
    const task_index = item.workflow.tasks.length;
    const next = this.#hold(item, { tasks: [...item.workflow.tasks, task] });
    if (item.workflow.type !== 'reasoning' && task_index === 0) return [{ type: 'thread.item.added', item: next }];
    return [
      { type: 'thread.item.updated', item_id: item.id, update: { type: 'workflow.task.added', task_index, task } },
    ];
  }

  /**
   * Replaces a task of the open workflow; when none is open, a task of the one that {@link end} ended last.
   * @throws RangeError when there is no such task, or no workflow.
   */
  updateTask(task: Task, task_index: number): HookEventInput[] {
    const { workflowItem: open, endedWorkflow: ended } = this.#holder;
    const item = open ?? ended;
    if (!item) throw new RangeError('No workflow is open, so that there is no task to update');
    const { tasks } = item.workflow;
    if (!(Number.isInteger(task_index) && task_index >= 0 && task_index < tasks.length)) {
      throw new RangeError(`The workflow has no task ${task_index}: it has ${tasks.length}, counted from 0`);
    }
    const changed = { ...item, workflow: { ...item.workflow, tasks: tasks.with(task_index, task) } };
    if (!open) {
      this.#holder.endedWorkflow = changed;
      return [{ type: 'thread.item.replaced', item: changed }];
    }
    this.#holder.workflowItem = changed;
    return [
      { type: 'thread.item.updated', item_id: item.id, update: { type: 'workflow.task.updated', task_index, task } },
    ];
  }

  /**
   * Ends the open workflow because something else is shown after it. Does nothing when none is open. The summary is the
   * one that it has, by default the seconds that it took.
   */
  end(): HookEventInput[] {
    const ended = this.#end();
    if (!ended) return [];
    this.#holder.endedWorkflow = ended;
    return [{ type: 'thread.item.done', item: ended }];
  }

  /** Ends the open workflow for good. @param summary default: as with {@link end}. */
  close(summary?: WorkflowSummary, expanded = false): HookEventInput[] {
    const ended = this.#end(summary, expanded);
    this.#holder.endedWorkflow = null;
    return ended ? [{ type: 'thread.item.done', item: ended }] : [];
  }

  #end(summary?: WorkflowSummary, expanded = false): WorkflowItem | null {
    const item = this.#holder.workflowItem;
    if (!item) return null;
    this.#holder.workflowItem = null;
    const duration = Math.max(0, Math.floor((Date.now() - Date.parse(item.created_at)) / 1000));
    const ended = { ...item.workflow, summary: summary ?? item.workflow.summary ?? { duration }, expanded };
    return { ...item, workflow: ended };
  }

  #open(workflow: Workflow): WorkflowItem {
    const item: WorkflowItem = {
      id: this.#turn.generateId('workflow'),
      thread_id: this.#turn.thread.id,
      created_at: new Date().toISOString(),
      type: 'workflow',
      workflow,
    };
    this.#holder.workflowItem = item;
    return item;
  }

  /** A copy with the change, held: an event that carries the item stays as it was. */
  #hold(item: WorkflowItem, change: Partial<Workflow>): WorkflowItem {
    const next = { ...item, workflow: { ...item.workflow, ...change } };
    this.#holder.workflowItem = next;
    return next;
  }
}
