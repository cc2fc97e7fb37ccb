// The workflow that is open in a turn: a model's thoughts and calls go into it, and the tasks of an agent's tools.
import type { HookEventInput, Task, Workflow, WorkflowItem, WorkflowSummary } from '../../protocol';
import type { ItemTurn } from './item-ids';

/** Where the workflow that is open is kept. Shared by all who add tasks to it, such as a model and the tools of an agent. */
export interface WorkflowHolder {
  /** Replaced, never changed: an event that holds it stays as it was. */
  workflowItem: WorkflowItem | null;
}

/** Changes the workflow of a holder, and gives the events that tell of it. */
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

  /** @throws RangeError when there is no such task, or no workflow. */
  updateTask(task: Task, task_index: number): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item) throw new RangeError('No workflow is open, so that there is no task to update');
    const { tasks } = item.workflow;
    if (!(Number.isInteger(task_index) && task_index >= 0 && task_index < tasks.length)) {
      throw new RangeError(`The workflow has no task ${task_index}: it has ${tasks.length}, counted from 0`);
    }
    this.#hold(item, { tasks: tasks.with(task_index, task) });
    return [
      { type: 'thread.item.updated', item_id: item.id, update: { type: 'workflow.task.updated', task_index, task } },
    ];
  }

  /** Does nothing when none is open. The summary is by default the one it has, else the seconds it took. */
  end(summary?: WorkflowSummary, expanded = false): HookEventInput[] {
    const item = this.#holder.workflowItem;
    if (!item) return [];
    this.#holder.workflowItem = null;
    const duration = Math.max(0, Math.floor((Date.now() - Date.parse(item.created_at)) / 1000));
    const ended = { ...item.workflow, summary: summary ?? item.workflow.summary ?? { duration }, expanded };
    return [{ type: 'thread.item.done', item: { ...item, workflow: ended } }];
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
